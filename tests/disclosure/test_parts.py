"""Executions inside a stage: each with its own energy, all of it in the stage's, and what is in none of them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.disclosure.conftest import GROUP, PLAIN, a_disclosure, a_segment, moment

from joulecard.capture.identity import execution_id
from joulecard.capture.segment import Reading
from joulecard.disclosure import document as doc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joulecard.capture.segment import Segment
    from joulecard.disclosure.document import Disclosure

OUTER = PLAIN.execution_id
JOULES = 3.6e6
DRAWN = st.just(0.0) | st.floats(1e-6, 1e6)


def drew(joules: float) -> dict[str, Any]:
    """A CPU that drew so much, and nothing to model memory from."""
    reading = Reading("cpu", "rapl", "package-0", 1e9, joules, 1.0)
    return {"energy": (reading,), "activity": replace(PLAIN.activity, memory_gb_s=0.0), "series": None}


def a_part(number: int, name: str, joules: float = 100.0, *, within: str = OUTER, **changes: Any) -> Segment:
    """What a recorder inside the stage saw."""
    return a_segment(number, stage=name, within=within, scope="process", **{**drew(joules), **changes})


def of(name: str, attempt: int = 1) -> str:
    """The execution of a part."""
    return execution_id(GROUP, name, attempt)


def stage_of(disclosure: Disclosure) -> doc.Stage:
    """The only stage."""
    (stage,) = disclosure.stages
    return stage


def joules(quantity: doc.Quantity | None) -> float:
    """An energy in J."""
    assert quantity is not None
    assert quantity.value is not None
    return quantity.value * JOULES


def named(stage: doc.Stage) -> dict[str, doc.StagePart]:
    """The parts of a stage by their names."""
    return {part.name: part for part in stage.parts or ()}


def test_a_part_has_its_own_energy_and_adds_none() -> None:
    """The stage's total is its own recorder's; the parts and what is in none of them sum to it."""
    outer = a_segment(1, **drew(1000.0))
    stage = stage_of(a_disclosure([outer, a_part(2, "epoch", 300.0), a_part(3, "evaluate", 200.0)]))
    assert stage.energy is not None
    assert joules(stage.energy.it_total) == pytest.approx(1000.0)
    assert {name: joules(part.energy_it) for name, part in named(stage).items()} == pytest.approx(
        {"epoch": 300.0, "evaluate": 200.0}
    )
    assert joules(stage.unattributed) == pytest.approx(500.0)


def test_a_stage_without_parts_says_nothing_of_them() -> None:
    """No empty list, and no energy in no part."""
    stage = stage_of(a_disclosure([a_segment(1)]))
    assert (stage.parts, stage.unattributed) == (None, None)


def test_a_loop_is_one_part_with_the_times_and_energy_of_all_its_rounds() -> None:
    """Three epochs under one name are one execution: from the first start to the last end."""
    rounds = [a_part(n, "epoch", 100.0, from_s=2 * n, until_s=2 * n + 1) for n in (1, 2, 3)]
    stage = stage_of(a_disclosure([a_segment(9, **drew(1000.0)), *rounds]))
    part = named(stage)["epoch"]
    assert (part.start, part.end, part.monotonic_s) == (moment(2), moment(7), 3.0)
    assert joules(part.energy_it) == pytest.approx(300.0)


def test_parts_within_parts_name_them_to_any_depth() -> None:
    """Their energy is in that of what they lie in, so only the outermost are summed with the rest."""
    nested = [
        a_part(2, "epoch", 600.0),
        a_part(3, "batch", 300.0, within=of("epoch")),
        a_part(4, "step", 100.0, within=of("batch")),
    ]
    stage = stage_of(a_disclosure([a_segment(1, **drew(1000.0)), *nested]))
    assert {name: part.part_of for name, part in named(stage).items()} == {
        "epoch": None,
        "batch": of("epoch"),
        "step": of("batch"),
    }
    assert joules(stage.unattributed) == pytest.approx(400.0)


def test_a_part_whose_outer_part_left_no_record_is_its_own_stage() -> None:
    """It cannot be told that it lies in this one; the gap says that its outer record is missing."""
    lost = a_part(2, "step", 50.0, within=of("epoch"), host_ref="ba9876543210")
    disclosure = a_disclosure([a_segment(1, **drew(1000.0)), lost])
    ids = {stage.name: stage.id for stage in disclosure.stages}
    assert ids.keys() == {"train", "step"}
    assert [gap.what for gap in disclosure.gaps if gap.stage_ref == ids["step"]][-1] == "outer record"


def test_parts_that_claim_too_much_are_scaled_down_and_a_gap_says_by_how_much() -> None:
    """Each recorder looks at its own moments; the stage's own figure stays."""
    parts = [a_part(2, "one", 800.0), a_part(3, "two", 450.0)]
    disclosure = a_disclosure([a_segment(1, **drew(1000.0)), *parts])
    stage = stage_of(disclosure)
    assert {name: joules(part.energy_it) for name, part in named(stage).items()} == pytest.approx(
        {"one": 640.0, "two": 360.0}
    )
    assert joules(stage.unattributed) == pytest.approx(0.0, abs=1e-9)
    (gap,) = (gap for gap in disclosure.gaps if gap.what == "parts")
    assert gap.reason.startswith("parts claimed 25 % more energy than what they lie in drew")


def test_parts_of_a_part_are_scaled_down_to_it() -> None:
    """With the factor of the part around them, and their own where they still claim more."""
    nested = [a_part(2, "epoch", 2000.0), a_part(3, "batch", 3000.0, within=of("epoch"))]
    stage = stage_of(a_disclosure([a_segment(1, **drew(1000.0)), *nested]))
    assert {name: joules(part.energy_it) for name, part in named(stage).items()} == pytest.approx(
        {"epoch": 1000.0, "batch": 1000.0}
    )


def test_a_part_that_saw_nothing_is_not_zero() -> None:
    """What it drew is in the rest, which says so."""
    blind = a_part(2, "short", energy=(), activity=replace(PLAIN.activity, coverage=0.0))
    stage = stage_of(a_disclosure([a_segment(1, **drew(1000.0)), blind, a_part(3, "seen", 100.0)]))
    assert named(stage)["short"].energy_it.method == "not_available"
    assert joules(stage.unattributed) == pytest.approx(900.0)
    assert stage.unattributed is not None
    assert stage.unattributed.reason == "with what 1 of 2 parts drew, in which nothing was seen"


def test_parts_of_a_stage_of_unknown_energy_are_unknown() -> None:
    """There is nothing that they could be parts of."""
    blind = a_segment(1, energy=(), activity=replace(PLAIN.activity, coverage=0.0), series=None)
    stage = stage_of(a_disclosure([blind, a_part(2, "epoch", 100.0)]))
    assert named(stage)["epoch"].energy_it.reason == "the energy of the stage around it is not known"
    assert stage.unattributed is None


def test_what_a_process_of_the_stage_itself_saw_is_no_part() -> None:
    """Ranks inside the node's recorder are the same execution."""
    rank = a_segment(2, within=OUTER, rank=1, scope="process", series=None)
    stage = stage_of(a_disclosure([a_segment(1), rank]))
    assert stage.parts is None
    assert len(stage.segments or ()) == 2


def test_sources_of_error_of_a_part_are_listed() -> None:
    """A part may be modelled where its stage was measured: what its range rests on stands in the document."""
    modelled = a_segment(2, stage="epoch", within=OUTER, energy=(), series=None)
    disclosure = a_disclosure([a_segment(1, **drew(1000.0)), modelled])
    assert disclosure.uncertainty is not None
    known = {source.id for source in disclosure.uncertainty.sources}
    interval = named(stage_of(disclosure))["epoch"].energy_it.interval
    assert interval is not None
    assert {each.source_ref for each in interval.contributions or ()} <= known


def test_what_the_parts_leave_has_what_they_leave_of_each_source() -> None:
    """All of one counter: its error is of the rest as much as the rest is of the whole."""
    stage = stage_of(a_disclosure([a_segment(1, **drew(1000.0)), a_part(2, "epoch", 250.0)]))
    assert stage.energy is not None
    amounts = [
        {each.source_ref: each.amount for each in quantity.interval.contributions or ()}
        for quantity in (stage.energy.it_total, stage.unattributed)
        if quantity and quantity.interval
    ]
    of_counter = [next(amount for name, amount in each.items() if name.startswith("rapl")) for each in amounts]
    assert of_counter[1] == pytest.approx(0.75 * of_counter[0])


@given(
    whole=DRAWN,
    shapes=st.lists(st.tuples(DRAWN, st.integers(0, 8), st.booleans()), max_size=8),
)
@settings(max_examples=40, deadline=None)
def test_whatever_lies_in_whatever_the_disclosure_keeps_every_rule(
    whole: float, shapes: Sequence[tuple[float, int, bool]]
) -> None:
    """Rings, orphans and claims beyond all measure; `a_disclosure` validates, and nothing is lost or doubled."""
    names = [f"part-{place}" for place in range(len(shapes))]
    parts = [
        a_part(
            place + 2,
            names[place],
            claimed,
            within=OUTER if above >= len(names) else of(names[above]),
            **({"energy": ()} if blind else {}),
        )
        for place, (claimed, above, blind) in enumerate(shapes)
    ]
    disclosure = a_disclosure([a_segment(1, **drew(whole)), *parts])
    train = next(stage for stage in disclosure.stages if stage.name == "train")
    assert train.energy is not None
    assert joules(train.energy.it_total) == pytest.approx(whole)
    if train.unattributed:
        direct = [part.energy_it.value or 0.0 for part in train.parts or () if part.part_of is None]
        assert math.fsum(direct) * JOULES + joules(train.unattributed) == pytest.approx(whole, rel=1e-6, abs=1e-9)


def test_segments_one_after_the_other_are_one_stage_with_one_curve() -> None:
    """A rotated recorder: contiguous series, every joule and second once, no gap and no warning."""
    made = [
        a_segment(n, from_s=10 * n, until_s=10 * n + 10, series=replace_start(PLAIN, moment(10 * n))) for n in range(6)
    ]
    disclosure = a_disclosure([replace(each, id=str(UUID(int=50 + n, version=4))) for n, each in enumerate(made)])
    stage = stage_of(disclosure)
    assert stage.time is not None
    assert (stage.time.wall_s, stage.time.monotonic_s) == (60.0, 60.0)
    assert stage.series is not None
    assert stage.energy is not None
    assert len(stage.series.it_energy_j) == 30
    assert min(stage.series.it_energy_j) > 0
    assert math.fsum(stage.series.it_energy_j) == pytest.approx(joules(stage.energy.it_total))
    assert joules(stage.energy.it_total) == pytest.approx(6 * joules(seen(a_segment(1)).it_total))
    assert disclosure.gaps == ()


def replace_start(segment: Segment, start: str) -> Any:
    """The segment's series, begun at another time."""
    assert segment.series is not None
    return replace(segment.series, start=start)


def seen(segment: Segment) -> doc.StageEnergy:
    """The energy of a segment alone."""
    energy = stage_of(a_disclosure([segment])).energy
    assert energy is not None
    return energy
