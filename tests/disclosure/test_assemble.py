"""Segments become one disclosure that validates, counts each joule once and hides nothing."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joulecard.capture.segment import Activity, Gap, Reading, Segment
from joulecard.disclosure import document as doc
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.document import Disclosure, Stage, Subject
from joulecard.disclosure.lineage import Artifact, Lineage, StageLineage
from joulecard.disclosure.tallied import Factors
from joulecard.disclosure.tally import combine, tally
from joulecard.errors import InvalidInputError, NothingToDoError
from joulecard.factors import edition
from joulecard.surroundings.place import Evidence, Place
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Maker = Callable[..., Segment]

EDITION = edition()
HOST_B = "ba9876543210"
ABSENT = str(UUID(int=99, version=4))
SWEDEN = Place((Evidence("setting", "high", country="SE"),), pue=1.2)
FRANCE = Place((Evidence("setting", "high", country="FR"),), pue=1.4)
AWS = Place((Evidence("cloud-init", "high", provider="aws", region="eu-north-1", country="SE"),))
NOWHERE = Place()


def assembled(segments: Iterable[Segment], **options: Any) -> Disclosure:
    """A disclosure that validation accepts."""
    members = {"factors": Factors(EDITION), "created": "2026-11-21T10:00:00Z", **options}
    disclosure = assemble(segments, subject=Subject(type="pipeline", name="digits"), **members)
    assert validate_disclosure(disclosure.to_json()).violations == ()
    return disclosure


def only_stage(disclosure: Disclosure) -> Stage:
    """The one stage there is."""
    (stage,) = disclosure.stages
    return stage


def joules_seen(disclosure: Disclosure) -> float:
    """IT energy of the new total in kWh."""
    value = disclosure.totals.new.energy_it.value
    assert value is not None
    return value


def test_nothing_to_assemble_is_said() -> None:
    """An empty disclosure would be a claim of zero."""
    with pytest.raises(NothingToDoError, match="no record"):
        assembled([])


def test_energy_and_emissions_are_those_of_the_tally(segment: Maker) -> None:
    """There is one join, and the document repeats it."""
    one = segment()
    stage, joined = only_stage(assembled([one])), tally(one, EDITION)
    assert stage.energy is not None
    assert stage.emissions is not None
    assert stage.energy.it_total.value == joined.energy_it.value
    assert stage.energy.facility_total.value == joined.energy_facility.value
    assert stage.emissions.operational_location.value == joined.co2e.value


def test_ranks_on_two_hosts_are_one_stage_on_two_nodes(segment: Maker) -> None:
    """Segments meet in a folder and are summed with no coordinator."""
    disclosure = assembled([segment(1), segment(2, host_ref=HOST_B)])
    assert disclosure.boundary.nodes_seen == 2
    assert {resource.host_ref for resource in disclosure.resources} == {"0123456789ab", HOST_B}
    assert joules_seen(disclosure) == pytest.approx(2 * joules_seen(assembled([segment(1)])))


def test_a_missing_node_is_a_gap(segment: Maker) -> None:
    """Two nodes are expected, one left a record."""
    disclosure = assembled([segment(refs=(("nodes_expected", "2"),))])
    assert (disclosure.boundary.nodes_seen, disclosure.boundary.nodes_expected) == (1, 2)
    assert [gap.what for gap in disclosure.gaps] == ["node"]


def test_a_record_within_another_adds_nothing(segment: Maker) -> None:
    """A DVC stage whose command starts a recorder of its own is counted once, and both records are listed."""
    outer = segment(1)
    inner = segment(2, stage="fit", within=outer.execution_id, from_s=2, until_s=8)
    disclosure = assembled([outer, inner])
    assert joules_seen(disclosure) == joules_seen(assembled([outer]))
    assert [(each.within is None, each.energy_it_kwh is None) for each in only_stage(disclosure).segments or ()] == [
        (True, False),
        (False, True),
    ]


def test_a_record_whose_outer_one_is_missing_counts_and_says_so(segment: Maker) -> None:
    """What is left is the total, with a gap."""
    inner = segment(within=ABSENT)
    disclosure = assembled([inner])
    assert joules_seen(disclosure) == joules_seen(assembled([segment()]))
    assert [gap.what for gap in disclosure.gaps] == ["outer record"]


def test_a_retry_counts_and_points_from_the_first_attempt_to_the_second(segment: Maker) -> None:
    """What failed was spent too."""
    disclosure = assembled([segment(1, status="failed"), segment(2, attempt=2, from_s=20, until_s=30)])
    assert [(each.status, each.superseded_by) for each in disclosure.stages] == [("failed", "s2"), ("completed", None)]
    assert disclosure.boundary.runs_counted == "all"


def test_lineage_gives_order_edges_and_files(segment: Maker) -> None:
    """What dvc.lock knows stands beside what the recorder saw, and the document can be traced."""
    data = Artifact("data/train.npz", "md5:9e107d9d372bb6826bd81d3542a419d6")
    lineage = Lineage(
        (
            StageLineage("prepare", outputs=(data,), refs=(("dvc_stage", "prepare"),)),
            StageLineage("train", depends_on=("prepare",), inputs=(data,)),
        )
    )
    segments = [segment(1, from_s=20, until_s=30), segment(2, stage="prepare")]
    disclosure = assembled(segments, lineage=lineage)
    assert [(each.id, each.name, each.depends_on) for each in disclosure.stages] == [
        ("s1", "prepare", ()),
        ("s2", "train", ("s1",)),
    ]
    assert validate_disclosure(disclosure.to_json()).level == "L2"


def test_without_lineage_nothing_is_claimed_about_it(segment: Maker) -> None:
    """An empty list of inputs would say that the stage read nothing."""
    stage = only_stage(assembled([segment()]))
    assert (stage.depends_on, stage.inputs, stage.outputs) == (None, None, None)


def test_a_cached_stage_is_no_new_energy_and_is_not_lost(segment: Maker) -> None:
    """The totals have two lines, and the headline is the first."""
    lineage = Lineage((StageLineage("prepare", cached=True), StageLineage("train", depends_on=("prepare",))))
    segments = [segment(1, stage="prepare"), segment(2, from_s=20, until_s=30)]
    disclosure = assembled(segments, lineage=lineage)
    assert [each.status for each in disclosure.stages] == ["cached", "completed"]
    assert joules_seen(disclosure) == joules_seen(assembled(segments[1:]))
    both = disclosure.totals.including_reused.energy_it.value
    assert both == joules_seen(assembled(segments))
    assert disclosure.totals.headline == "new"


def test_when_everything_was_reused_nothing_new_is_claimed(segment: Maker) -> None:
    """The new total says in words that nothing ran, and the headline is the other one."""
    disclosure = assembled([segment()], lineage=Lineage((StageLineage("train", cached=True),)))
    new = disclosure.totals.new.energy_it
    assert (disclosure.totals.headline, new.value, new.method) == ("including_reused", None, "not_available")
    assert "nothing ran anew" in (new.reason or "")


def test_a_cached_stage_without_a_record_is_cached_at_an_unknown_cost(segment: Maker) -> None:
    """Not skipped and not zero: the sum with what was reused says what it leaves out, and a gap does too."""
    disclosure = assembled([segment()], lineage=Lineage((StageLineage("prepare", cached=True), StageLineage("train"))))
    assert [each.status for each in disclosure.stages] == ["cached", "completed"]
    reused = disclosure.stages[0].reused_from
    assert reused is not None
    assert (reused.execution_id, reused.energy.it_total.method) == (None, "not_available")
    both = disclosure.totals.including_reused
    for found in (both.energy_it, both.energy_facility, both.operational_location):
        assert found.value is not None
        assert found.reason == "no record of the execution behind the cached result of prepare is here"
    assert disclosure.totals.new.energy_it.reason is None
    assert [gap.what for gap in disclosure.gaps] == ["stage:prepare"]


def test_files_belong_to_the_execution_that_the_tool_names(segment: Maker) -> None:
    """What failed, or came before it, read and wrote other files: no inputs, outputs, edges or digest of the lock."""
    written = doc.Artifact(uri="data.npz", digest="md5:9e107d9d372bb6826bd81d3542a419d6")
    data, lock = Artifact("data.npz", "md5:9e107d9d372bb6826bd81d3542a419d6"), (("dvc_lock", "sha256:00"),)
    executions = [segment(n, attempt=n, from_s=20 * n, until_s=20 * n + 10) for n in (1, 2, 3)]
    executions[2] = replace(executions[2], status="failed")
    after = segment(4, stage="evaluate", from_s=90, until_s=100)
    named = frozenset({executions[1].execution_id})
    stages = (
        StageLineage("train", inputs=(data,), outputs=(data,), refs=lock, execution_ids=named),
        StageLineage("evaluate", depends_on=("train",)),
    )
    first, second, third, last = assembled([*executions, after], lineage=Lineage(stages)).stages
    assert (second.inputs, second.outputs, second.depends_on) == ((written,), (written,), ())
    assert (second.refs or {})["dvc_lock"] == "sha256:00"
    for other in (first, third):
        assert (other.inputs, other.outputs, other.depends_on) == (None, None, None)
        assert "dvc_lock" not in (other.refs or {})
    assert last.depends_on == (second.id,)


def test_where_the_tool_names_no_execution_the_files_are_those_of_the_last_completed_one(segment: Maker) -> None:
    """A failed one made nothing that a lock file could name; where the named one left no record, no other steps in."""
    pair = [segment(1), segment(2, attempt=2, status="failed", from_s=20, until_s=30)]
    made, failed = assembled(pair, lineage=Lineage((StageLineage("train"),))).stages
    assert (made.inputs, failed.inputs) == ((), None)
    gone = StageLineage("train", execution_ids=frozenset(), unrecorded="its record cannot be read")
    assert [stage.inputs for stage in assembled(pair, lineage=Lineage((gone,))).stages] == [None, None]


def test_a_stage_that_was_not_recorded_is_a_gap_with_its_reason(segment: Maker) -> None:
    """A stage record may say why there is nothing in it."""
    lineage = Lineage((StageLineage("prepare", unrecorded="recording was disabled"), StageLineage("train")))
    assert [gap.reason for gap in assembled([segment()], lineage=lineage).gaps] == ["prepare: recording was disabled"]


def test_without_a_pue_the_boundary_is_the_node_and_the_facility_unknown(segment: Maker) -> None:
    """Never a silent 1.0."""
    disclosure = assembled([segment(place=Place((Evidence("setting", "high", country="SE"),)))])
    stage = only_stage(disclosure)
    assert stage.energy is not None
    assert disclosure.boundary.scope_level == "node"
    assert stage.energy.facility_total.method == "not_available"
    assert any("cooling" in exclusion.what for exclusion in disclosure.boundary.exclusions)


def test_two_places_give_two_lines_with_their_own_factors(segment: Maker) -> None:
    """One stage on hosts in two countries."""
    disclosure = assembled([segment(1), segment(2, host_ref=HOST_B, place=FRANCE)])
    emissions = only_stage(disclosure).emissions
    assert emissions is not None
    assert {(line.factor_ref, line.pue_ref) for line in emissions.operational_location.lines or ()} == {
        ("grid:SWE:2025~2026", "pue:declared:1.2"),
        ("grid:FRA:2025~2026", "pue:declared:1.4"),
    }
    assert [location.country for location in disclosure.locations] == ["SE", "FR"]


def test_a_zone_stands_under_the_name_of_who_drew_it(segment: Maker) -> None:
    """A grid's zone is Electricity Maps' word, not the cloud's; a country's factor names no zone."""
    (cloud,) = assembled([segment(place=AWS)]).locations
    assert cloud.grid_zones is not None
    assert (cloud.region, cloud.zone, cloud.grid_zones.electricity_maps) == ("eu-north-1", None, "SE-SE3")
    (country,) = assembled([segment(place=SWEDEN)]).locations
    assert (country.zone, country.grid_zones) == (None, None)


def test_an_unknown_place_takes_the_world_as_a_stated_default(segment: Maker) -> None:
    """The wide interval and the word default say what is not known."""
    disclosure = assembled([segment(place=NOWHERE)])
    grid = next(factor for factor in disclosure.factors if factor.kind == "grid_intensity")
    assert grid.fallback_level == "world"
    assert any(item.default and "World" in item.statement for item in disclosure.assumptions)
    assert disclosure.locations[0].precision == "unknown"


def test_an_unknown_place_is_refused_when_asked_to_be_strict(segment: Maker) -> None:
    """`strict` would rather have no number than a default one."""
    with pytest.raises(InvalidInputError):
        assembled([segment(place=NOWHERE)], factors=Factors(EDITION, strict=True))


def test_a_segment_that_saw_nothing_is_named_beside_the_sum(segment: Maker) -> None:
    """The sum stands, and says what it leaves out."""
    blind = segment(2, host_ref=HOST_B, energy=(), activity=replace(segment().activity, coverage=0.0), coverage=0.0)
    stage = only_stage(assembled([segment(1), blind]))
    assert stage.energy is not None
    assert stage.energy.it_total.reason == "without 1 of 2 segments, in which nothing saw the energy"


def test_a_stage_of_which_nothing_was_seen_has_no_energy_at_all(segment: Maker) -> None:
    """Not available, with the reason; never 0."""
    blind = segment(energy=(), activity=replace(segment().activity, coverage=0.0), coverage=0.0)
    disclosure = assembled([blind])
    assert disclosure.totals.new.energy_it.value is None
    assert disclosure.totals.new.operational_location.method == "not_available"


def test_gaps_of_segments_reach_the_document(segment: Maker) -> None:
    """With the stage, the segment and the host they belong to."""
    one = segment(gaps=(Gap("rapl:package-0", "permission denied", 4.0),), coverage=0.6)
    (gap,) = assembled([one]).gaps
    assert (gap.what, gap.seconds, gap.stage_ref, gap.segment_ref) == ("rapl:package-0", 4.0, "s1", one.id)


def test_drivers_are_ranked_and_come_with_advice(segment: Maker) -> None:
    """The widest source first, with what would make it smaller."""
    drivers = assembled([segment()]).uncertainty.drivers or ()  # type: ignore[union-attr]
    assert drivers[0].source_ref.startswith("grid-")
    assert "region" in (drivers[0].advice or "")
    assert sum(driver.variance_share for driver in drivers) == pytest.approx(1, abs=0.02)


def test_the_same_records_make_the_same_document(segment: Maker) -> None:
    """Order and repetition of the input change no byte."""
    segments = [segment(1), segment(2, host_ref=HOST_B), segment(3, stage="evaluate", from_s=20, until_s=30)]
    assert assembled(segments).to_json() == assembled([*reversed(segments), *segments]).to_json()


def test_work_grows_in_proportion_to_the_segments(segment: Maker, calls: Callable[[Callable[[], object]], int]) -> None:
    """Four times as many segments take hardly more than four times the calls; benchmarks/scaling.py tells seconds."""

    def work(count: int) -> int:
        part = Reading("cpu", "rapl", "package-0", node_j=2880.0, share_j=60.0, coverage=1.0, idle_j=24.0)
        segments = [
            segment(n, host_ref=f"{n % 50:012x}", stage=f"s{n % 20}", series=None, energy=(part,))
            for n in range(1, count)
        ]
        return calls(
            lambda: assemble(
                segments,
                subject=Subject(type="pipeline", name="many"),
                factors=Factors(EDITION),
                created="2026-11-21T10:00:00Z",
            )
        )

    work(500)  # loads the tables
    assert work(2000) < 4.4 * work(500)


names = st.sampled_from(["prepare", "train", "evaluate", "Süß | *x* {{7*7}}"])
joules = st.one_of(st.just(0.0), st.floats(1e-3, 1e9))
some = st.one_of(st.just(0.0), st.floats(1e-3, 1e6))
NODE_J = 1e10  # so much that no two stages together can take more than there was
readings = st.builds(
    lambda domain, share_j, seen: Reading("cpu", "rapl", domain, NODE_J, share_j * seen, seen, share_j * seen / 2),
    st.sampled_from(["package-0", "package-1"]),
    joules,
    st.sampled_from([0.0, 0.5, 1.0]),
) | st.builds(lambda share_j: Reading("dram", "rapl", "dram-0", NODE_J if share_j else 0.0, share_j, 1.0), joules)
activities = st.builds(
    lambda cpu_s, core_s, memory, by: Activity(cpu_s, "proc", cpu_s + 1, core_s, memory, by, 1.0),
    some,
    some,
    some,
    st.sampled_from(["cpuset", "even_split"]),
)


def in_year(year: str, made: Segment) -> Segment:
    """The same in another year, with another spelling of its times in the first of them."""
    start, end = made.start.replace("2026", year), made.end.replace("2026", year)
    if year == "2023":
        start, end = start.replace(".000Z", "Z"), end.replace(".000Z", "Z")
    return replace(made, start=start, end=end, series=None)


@st.composite
def pipelines(draw: st.DrawFn, maker: Maker) -> list[Segment]:
    """Segments of a few executions on a few hosts, some inside others, some repeated."""
    made: list[Segment] = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        from_s = draw(st.integers(0, 1000))
        year = draw(st.sampled_from(["2023", "2025", "2026", "2027"]))
        outer = draw(st.sampled_from([None, *made])) if draw(st.booleans()) else None
        made.append(
            in_year(
                year,
                maker(
                    number,
                    from_s=from_s,
                    until_s=from_s + draw(st.integers(1, 600)),
                    stage=draw(names) if outer is None else f"inner {number}",
                    attempt=draw(st.integers(1, 2)) if outer is None else 1,
                    status=draw(st.sampled_from(["completed", "failed", "interrupted"])),
                    host_ref=draw(st.sampled_from(["0123456789ab", HOST_B])),
                    place=draw(st.sampled_from([SWEDEN, FRANCE, AWS, NOWHERE])),
                    energy=tuple(draw(st.lists(readings, max_size=2, unique_by=lambda reading: reading.domain))),
                    activity=draw(activities),
                    within=outer.execution_id if outer else None,
                ),
            )
        )
    return made


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_any_pipeline_makes_a_valid_disclosure_with_the_totals_of_the_tally(
    segment: Maker, data: st.DataObject
) -> None:
    """Whatever was recorded: the document follows the standard, and the sums are those of the one join."""
    segments = data.draw(pipelines(segment))
    disclosure = assembled(segments)
    counted = [tally(each, EDITION) for each in segments if each.within is None]
    total = combine(counted)
    assert disclosure.totals.new.energy_it.value == pytest.approx(total.energy_it.value, rel=1e-9)
    if disclosure.totals.new.operational_location.value is not None and total.co2e.value is not None:
        grams = math.fsum(
            stage.emissions.operational_location.value or 0 for stage in disclosure.stages if stage.emissions
        )
        assert disclosure.totals.new.operational_location.value == pytest.approx(grams, rel=1e-9)
    shuffled = data.draw(st.permutations([*segments, segments[0]]))
    assert assembled(shuffled).to_json() == disclosure.to_json()
