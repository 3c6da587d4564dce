"""What the numbers cover, what was taken for true and what was not seen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.disclosure.conftest import PLAIN

from joulecard.capture.segment import Gap, Reading, Segment
from joulecard.disclosure.lineage import Lineage, StageLineage
from joulecard.disclosure.tallied import Factors
from joulecard.factors import edition
from joulecard.surroundings.machine import Accelerator
from joulecard.surroundings.place import Evidence, Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.disclosure.document import Disclosure

    Maker = Callable[..., Segment]
    Assembled = Callable[..., Disclosure]

DIRECT = Factors(edition(), "direct")
SWEDEN = Evidence("setting", "high", country="SE")
NO_PUE = Place((SWEDEN,))
STATES = Place((Evidence("setting", "high", country="US"),), pue=1.1)
ANTARCTICA = Place((Evidence("setting", "high", country="AQ"), Evidence("time-zone", "low", country="DE")))


def blind(made: Segment) -> Segment:
    """The same with nothing seen."""
    return replace(made, energy=(), activity=replace(made.activity, coverage=0.0), coverage=0.0, series=None)


def scopes(disclosure: Disclosure) -> set[str]:
    """On what the grid factors of a document are based."""
    return {factor.basis.scope for factor in disclosure.factors if factor.basis}


def test_a_stage_of_which_nothing_was_seen_does_not_take_the_facility_away(
    segment: Maker, assembled: Assembled
) -> None:
    """It has no energy that a PUE could be missing for."""
    disclosure = assembled([segment(1), blind(segment(2, stage="evaluate", from_s=20, until_s=30))])
    assert disclosure.boundary.scope_level == "facility"


def test_two_jobs_of_one_node_each_are_not_a_node_too_many(segment: Maker, assembled: Assembled) -> None:
    """Launchers tell of their own job; at least as many nodes were to be seen as were seen."""
    told = (("nodes_expected", "1"),)
    jobs = [segment(1, refs=told), segment(2, stage="evaluate", host_ref="ba9876543210", refs=told)]
    found = assembled(jobs).boundary
    assert (found.nodes_seen, found.nodes_expected) == (2, 2)
    assert assembled(jobs, lineage=Lineage(nodes_expected=1)).boundary.nodes_expected == 2
    assert assembled(jobs, lineage=Lineage(nodes_expected=4)).boundary.nodes_expected == 4


def test_the_boundary_is_that_of_the_stages_that_ran(segment: Maker, assembled: Assembled) -> None:
    """What a reused result had cost does not change it; where nothing ran, it is all there is."""
    segments = [segment(1), segment(2, stage="prepare", from_s=20, until_s=30, place=NO_PUE)]
    stages = (StageLineage("prepare", cached=True), StageLineage("train"))
    assert assembled(segments, lineage=Lineage(stages)).boundary.scope_level == "facility"
    turned = (StageLineage("prepare"), StageLineage("train", cached=True))
    assert assembled(segments, lineage=Lineage(turned)).boundary.scope_level == "node"
    reused = Lineage((StageLineage("train", cached=True),))
    assert assembled(segments[:1], lineage=reused).boundary.scope_level == "facility"


def test_a_clock_set_back_by_more_than_the_stage_took_is_told_not_refused(segment: Maker, assembled: Assembled) -> None:
    """The stage ends before it starts, no time passed on the wall, and the gap says why."""
    turned = segment(1, from_s=50, until_s=60, end="2026-11-21T09:00:20.000Z", clock_step_s=-40.0)
    (stage,) = assembled([replace(turned, gaps=(Gap("clock", "the clock was set back"),))]).stages
    assert stage.time is not None
    assert (stage.time.wall_s, stage.time.monotonic_s) == (0.0, 10.0)


def test_a_clock_set_back_by_less_than_the_recorder_minds_is_a_gap_where_it_shows(
    segment: Maker, assembled: Assembled
) -> None:
    """A second back in a shorter stage: no gap of the segment says so, hence one of the stage."""
    short = segment(1, until_s=0, monotonic_s=0.9005, start="2026-11-21T09:00:00.100Z", clock_step_s=-1.0005)
    (gap,) = assembled([replace(short, series=None)]).gaps
    assert (gap.what, gap.stage_ref) == ("clock", "s1")


def test_times_with_and_without_milliseconds_are_put_in_order(segment: Maker, assembled: Assembled) -> None:
    """In a dictionary 00Z comes after 00.500Z, in time before it."""
    first = segment(1, start="2026-11-21T09:00:00Z", series=None)
    later = segment(
        2, host_ref="ba9876543210", start="2026-11-21T09:00:00.500Z", end="2026-11-21T09:00:10Z", clock_step_s=-0.5
    )
    disclosure = assembled([later, replace(first, end="2026-11-21T09:00:10.000Z")])
    (stage,) = disclosure.stages
    assert stage.time is not None
    assert disclosure.boundary.period is not None
    assert (stage.time.start, disclosure.boundary.period.start) == ("2026-11-21T09:00:00Z",) * 2
    assert stage.segments is not None
    assert stage.segments[0].id == first.id


def test_stages_of_two_years_have_two_factors(segment: Maker, assembled: Assembled) -> None:
    """One row of the table serves both; standing in for another year it is wider, and one of the two says so."""
    old = segment(1, stage="prepare", start="2025-12-31T23:00:00.000Z", end="2025-12-31T23:00:10.000Z", series=None)
    grids = [factor for factor in assembled([old, segment(2)]).factors if factor.kind == "grid_intensity"]
    assert [grid.id for grid in grids] == ["grid:SWE:2025", "grid:SWE:2025~2026"]
    refs = [set(grid.uncertainty_refs or ()) for grid in grids]
    assert refs[1] - refs[0] == {"grid-year-shift@grid:SWE:2025-2026"}
    assert refs[0] < refs[1]


def test_each_segment_names_the_factors_that_its_energy_was_multiplied_with(
    segment: Maker, assembled: Assembled
) -> None:
    """Grid and, where one is known, PUE; a segment that saw nothing has neither energy nor factors, and a gap."""
    plain = segment(2, host_ref="ba9876543210", place=NO_PUE)
    unseeing = blind(segment(3, host_ref="cccccccccccc"))
    disclosure = assembled([segment(1), plain, unseeing])
    (stage,) = disclosure.stages
    named = {each.id: (each.energy_it_kwh is None, each.factor_ref, each.pue_ref) for each in stage.segments or ()}
    assert named == {
        segment(1).id: (False, "grid:SWE:2025~2026", "pue:declared:1.2"),
        plain.id: (False, "grid:SWE:2025~2026", None),
        unseeing.id: (True, None, None),
    }
    assert {gap.segment_ref for gap in disclosure.gaps} == {unseeing.id}


def test_direct_factors_are_used_for_all_places_or_for_none(segment: Maker, assembled: Assembled) -> None:
    """A sum of what chimneys emit here and whole life cycles there means nothing."""
    states = segment(1, place=STATES)
    sweden = segment(2, stage="evaluate", from_s=20, until_s=30)
    direct, mixed = assembled([states], factors=DIRECT), assembled([states, sweden], factors=DIRECT)
    assert (scopes(direct), [item.id for item in direct.assumptions if item.id == "profile-fallback"]) == (
        {"direct"},
        [],
    )
    assert scopes(mixed) == {"lifecycle"}
    (fallback,) = (item for item in mixed.assumptions if item.id == "profile-fallback")
    assert fallback.statement == (
        "Direct grid factors were asked for and there is none for Sweden: all grid factors are lifecycle ones"
    )
    assert mixed.generator.profile == "direct"


def test_an_unseen_stage_in_a_place_without_a_direct_factor_changes_nothing(
    segment: Maker, assembled: Assembled
) -> None:
    """Nothing of it is multiplied with any factor."""
    unseen = blind(segment(2, stage="evaluate", from_s=20, until_s=30))
    assert scopes(assembled([segment(1, place=STATES), unseen], factors=DIRECT)) == {"direct"}


def test_assumptions_point_to_the_factors_whose_values_they_give(segment: Maker, assembled: Assembled) -> None:
    """Value and unit are those of a factor of the document."""
    disclosure = assembled([segment()])
    factors = {factor.id: factor for factor in disclosure.factors}
    given = [item for item in disclosure.assumptions if item.value is not None]
    assert given
    for item in given:
        assert item.factor_ref is not None
        assert (item.value, item.unit) == (factors[item.factor_ref].value, factors[item.factor_ref].unit)


def test_the_models_behind_reused_results_are_assumed_in_words_alone(segment: Maker, assembled: Assembled) -> None:
    """Their factors are not applied in this document, so that no value can be checked."""
    disclosure = assembled([segment()], lineage=Lineage((StageLineage("train", cached=True),)))
    (memory,) = (item for item in disclosure.assumptions if item.statement.startswith("Memory draws"))
    assert (memory.value, memory.factor_ref) == (None, None)


def test_gaps_of_a_reused_result_name_its_stage_and_no_record(segment: Maker, assembled: Assembled) -> None:
    """The records of an earlier execution are not listed in this document."""
    one = segment(gaps=(Gap("rapl:package-0", "permission denied", 4.0),), coverage=0.6)
    (gap,) = assembled([one], lineage=Lineage((StageLineage("train", cached=True),))).gaps
    assert (gap.what, gap.stage_ref, gap.segment_ref) == ("rapl:package-0", "s1", None)


def test_a_named_place_without_a_factor_stays_the_place(segment: Maker, assembled: Assembled) -> None:
    """The location is what the user said, the factor the world's, and the time zone's country is nowhere."""
    disclosure = assembled([segment(place=ANTARCTICA)])
    assert [location.country for location in disclosure.locations] == ["AQ"]
    (grid,) = (factor for factor in disclosure.factors if factor.kind == "grid_intensity")
    assert grid.fallback_level == "world"
    assert any("no factor for Antarctica" in item.statement and item.default for item in disclosure.assumptions)


def test_models_are_named_beside_their_kind_of_sensor(segment: Maker, assembled: Assembled) -> None:
    """A counter is its own name; what no counter saw is a power model with a name."""
    (stage,) = assembled([segment()]).stages
    assert stage.energy is not None
    assert [(part.sensor, part.model) for part in stage.energy.components or ()] == [
        ("rapl", None),
        ("power_model", "memory-watts-per-gb"),
    ]


def test_a_counter_that_was_never_read_is_a_gap_of_its_segment(segment: Maker, assembled: Assembled) -> None:
    """And the component's coverage is that of the worst of its counters."""
    (seen,) = segment().energy
    unread = replace(seen, domain="package-1", node_j=0.0, share_j=0.0, idle_j=0.0, coverage=0.0)
    disclosure = assembled([segment(energy=(seen, unread))])
    assert [(gap.what, gap.seconds) for gap in disclosure.gaps] == [("rapl:package-1", 10.0)]
    energy = disclosure.stages[0].energy
    assert energy is not None
    assert (energy.components or ())[0].coverage == 0.0


@pytest.mark.parametrize("coverage", [0.25, 1.0])
def test_coverage_is_weighted_by_time(segment: Maker, assembled: Assembled, coverage: float) -> None:
    """Of twenty seconds ten were seen wholly and ten in part."""
    part = segment(2, stage="evaluate", from_s=20, until_s=30, coverage=coverage)
    assert assembled([segment(1), part]).boundary.coverage_fraction == pytest.approx((1 + coverage) / 2)


def test_a_stage_without_a_record_is_a_gap_that_programs_can_read(segment: Maker, assembled: Assembled) -> None:
    """Its name stands behind `stage:`, the reason in words beside it."""
    lineage = Lineage((StageLineage("train"), StageLineage("plot", unrecorded="it has not run"), StageLineage("send")))
    told = [(gap.what, gap.reason) for gap in assembled([segment()], lineage=lineage).gaps]
    assert told == [
        ("stage:plot", "plot: it has not run"),
        ("stage:send", "send: no record of this stage is here"),
    ]


def test_accelerators_that_no_meter_read_are_excluded_by_name(segment: Maker, assembled: Assembled) -> None:
    """A GPU whose energy is not in the numbers stands among what is left out."""
    seen = segment(1)
    blind_gpu = replace(seen, machine=replace(seen.machine, accelerators=(Accelerator("NVIDIA H200", 8, "NVIDIA"),)))
    disclosure = assembled([blind_gpu])
    assert [gap.reason for gap in disclosure.gaps if gap.what == "accelerator"] == ["no counter read 8 x NVIDIA H200"]
    exclusions = {item.what: item.reason for item in disclosure.boundary.exclusions}
    assert exclusions["accelerators"] == "no meter read the NVIDIA H200 of the nodes"
    assert "accelerators" not in {item.what for item in assembled([seen]).boundary.exclusions}


def test_memory_of_unknown_size_is_a_gap_and_no_zero(segment: Maker, assembled: Assembled) -> None:
    """Where the system did not say how much memory there is, no component claims that it drew nothing."""
    made = segment(1)
    unknown = replace(made, energy=(), activity=replace(made.activity, memory_gb_s=0.0))
    disclosure = assembled([unknown])
    energy = disclosure.stages[0].energy
    assert energy
    assert energy.components
    assert [component.kind for component in energy.components] == ["cpu"]
    assert "no counter read the memory and its size was not seen" in [gap.reason for gap in disclosure.gaps]


def test_in_no_time_no_memory_was_missed(segment: Maker, assembled: Assembled) -> None:
    """A record of no length, as of a recorder that was killed at once, does not say that its hardware was not seen."""
    made = segment(1, until_s=0, monotonic_s=0.0, series=None, energy=())
    for coverage, whats in ((1.0, set()), (0.0, {"recorder"})):
        used = replace(made.activity, cpu_s=0.0, core_s=0.0, memory_gb_s=0.0, coverage=coverage)
        disclosure = assembled([replace(made, activity=used), segment(2, stage="evaluate", from_s=20, until_s=30)])
        assert {gap.what for gap in disclosure.gaps if gap.segment_ref == made.id} == whats


@pytest.mark.parametrize(
    ("core_s", "idle_j", "is_told"), [(160.0, 720.0, True), (320.0, 720.0, False), (160.0, None, False)]
)
def test_an_even_split_is_assumed_only_where_idle_power_was_split(
    segment: Maker, assembled: Assembled, core_s: float, idle_j: float | None, *, is_told: bool
) -> None:
    """Not where a recorder was alone and had all CPUs, nor where no idle part was told apart."""
    activity = replace(PLAIN.activity, reserved_by="even_split", core_s=core_s, memory_gb_s=0.0)
    counter = Reading("cpu", "rapl", "package-0", 2880.0, 1800.0, 1.0, idle_j=idle_j)
    found = assembled([segment(1, activity=activity, energy=(counter,))])
    assert any("split evenly" in item.statement for item in found.assumptions) is is_told
