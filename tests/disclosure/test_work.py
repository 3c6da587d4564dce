"""What programs counted and declared: summed over a stage, told for one unit, and never invented."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.disclosure.conftest import PLAIN, a_disclosure, a_segment
from tests.disclosure.merging import merged

from joulecard.capture.segment import Declared, Gap
from joulecard.disclosure.lineage import Lineage, StageLineage
from joulecard.disclosure.per_unit import per_unit
from joulecard.errors import InvalidInputError
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from joulecard.disclosure import document as doc


def counted(number: int, count: float, unit: str = "request", **changes: Any) -> Any:
    """A segment that counted so many of a unit, ten seconds after the one before."""
    spans = {"from_s": 10 * number, "until_s": 10 * number + 10, **changes}
    return a_segment(number, work_done=((unit, count),), **spans)


def works(stage: doc.Stage) -> dict[str, float]:
    """How many of each unit a stage did."""
    return {work.name: work.count for work in stage.work_done or ()}


def test_counts_are_summed_over_the_segments_and_what_lies_inside() -> None:
    """Ranks, resumes, rotated records and recorders inside: each counted what was done while it was looking."""
    inside = a_segment(
        3, stage="batch", within=PLAIN.execution_id, series=None, work_done=(("request", 5), ("token", 7))
    )
    (stage,) = a_disclosure([counted(1, 100), counted(2, 20), inside]).stages
    assert works(stage) == {"request": 125, "token": 7}
    (part,) = stage.parts or ()
    assert [(work.name, work.count, work.operational_location) for work in part.work_done or ()] == [
        ("request", 5, None),
        ("token", 7, None),
    ]


def test_one_unit_costs_the_stage_over_the_count() -> None:
    """Value and both ends of the range, with the same method."""
    (stage,) = a_disclosure([counted(1, 100), counted(2, 150)]).stages
    (work,) = stage.work_done or ()
    assert stage.energy is not None
    assert stage.emissions is not None
    for whole, one in (
        (stage.energy.it_total, work.energy_it),
        (stage.emissions.operational_location, work.operational_location),
    ):
        assert one is not None
        assert whole.interval is not None
        assert one.interval is not None
        ends = (whole.value, whole.interval.lower, whole.interval.upper)
        assert (one.value, one.interval.lower, one.interval.upper) == pytest.approx([(end or 0) / 250 for end in ends])
        assert (one.method, one.measured_fraction, one.factor_refs) == (whole.method, whole.measured_fraction, None)


def test_what_was_never_done_has_no_rate() -> None:
    """A count of 0 divides nothing, and a stage that counted nothing says nothing."""
    assert [stage.work_done for stage in a_disclosure([counted(1, 0.0)]).stages] == [None]
    assert [stage.work_done for stage in a_disclosure([a_segment()]).stages] == [None]


def test_a_unit_so_small_that_no_document_holds_its_cost_has_a_count_alone() -> None:
    """The rest of the disclosure stands."""
    (stage,) = a_disclosure([counted(1, 1e-300)]).stages
    assert [(work.count, work.energy_it) for work in stage.work_done or ()] == [(1e-300, None)]


def test_without_energy_there_is_a_count_and_no_rate() -> None:
    """Nothing over anything is not zero."""
    blind = replace(counted(1, 12), energy=(), activity=replace(PLAIN.activity, coverage=0.0))
    (stage,) = a_disclosure([blind]).stages
    assert [(work.count, work.energy_it, work.operational_location) for work in stage.work_done or ()] == [
        (12, None, None)
    ]


def test_operations_are_summed_and_a_total_says_who_told_none() -> None:
    """What a program declares of its computation is declared in the sums, too."""
    told = [a_segment(n, from_s=10 * n, until_s=10 * n + 10, declared=Declared(flop=1e15)) for n in (1, 2)]
    silent = a_segment(3, stage="evaluate", from_s=40, until_s=50)
    disclosure = a_disclosure([*told, silent])
    compute = disclosure.stages[0].compute
    assert compute is not None
    assert (compute.value, compute.method, disclosure.stages[1].compute) == (2e15, "declared", None)
    new = disclosure.totals.new.compute
    assert new is not None
    assert (new.value, new.reason) == (2e15, "without 1 of 2 stages, which tell nothing of it")


def test_operations_of_a_reused_result_are_told() -> None:
    """They are in the total that includes it and in no other."""
    earlier = a_segment(1, stage="prepare", declared=Declared(flop=1e15))
    lineage = Lineage((StageLineage("prepare", cached=True), StageLineage("train")))
    totals = a_disclosure([earlier, a_segment(2, from_s=20, until_s=30)], lineage=lineage).totals
    assert totals.new.compute is None
    assert totals.including_reused.compute is not None


def test_quality_stands_with_the_stage_that_tells_it() -> None:
    """Of several records of one stage the last word counts; two stages keep theirs apart."""
    first = a_segment(1, declared=Declared(quality=(("accuracy", 0.8), ("loss", 0.4))))
    last = a_segment(2, from_s=20, until_s=30, declared=Declared(quality=(("accuracy", 0.9),)))
    other = a_segment(3, stage="evaluate", from_s=40, until_s=50, declared=Declared(quality=(("accuracy", 0.7),)))
    metrics = a_disclosure([first, last, other]).subject.quality_metrics or ()
    assert [(metric.name, metric.value, metric.stage_ref) for metric in metrics] == [
        ("accuracy", 0.9, "s1"),
        ("loss", 0.4, "s1"),
        ("accuracy", 0.7, "s2"),
    ]


def test_a_unit_of_the_whole_is_the_headline_over_all_that_was_counted() -> None:
    """Over several stages, under a name of its own, with the rate of each total that is known."""
    disclosure = a_disclosure([counted(1, 100), counted(2, 300, stage="evaluate")])
    told = per_unit(disclosure, "request")
    assert validate_disclosure(told.to_json()).violations == ()
    (unit,), (rate,) = told.functional_units or (), told.totals.per_functional_unit or ()
    assert (unit.id, unit.quantity, rate.functional_unit_ref) == ("request", 400, "request")
    assert rate.energy_it is not None
    assert rate.energy_it.value == pytest.approx((disclosure.totals.new.energy_it.value or 0) / 400)
    assert told.document.id != disclosure.document.id


def test_a_unit_that_nobody_counted_is_refused_with_those_that_are() -> None:
    """So that a slip of spelling is seen at once."""
    with pytest.raises(InvalidInputError, match="no stage counted the unit 'requests'") as told:
        per_unit(a_disclosure([counted(1, 100)]), "requests")
    assert "they counted request" in str(told.value.mend)
    with pytest.raises(InvalidInputError, match="no stage counted the unit 'request'"):
        per_unit(a_disclosure([a_segment()]), "request")


def test_of_reused_results_nobody_knows_how_much_was_done() -> None:
    """Their work is no part of the disclosure, so there is no rate."""
    reused = a_disclosure([counted(1, 100)], lineage=Lineage((StageLineage("train", cached=True),)))
    with pytest.raises(InvalidInputError, match="nothing ran anew"):
        per_unit(reused, "request")


def test_merging_carries_work_and_parts() -> None:
    """With the names that things have together; the same unit of both is added up."""
    inside = a_segment(3, stage="batch", within=PLAIN.execution_id, series=None, work_done=(("request", 5),))
    one = per_unit(a_disclosure([counted(1, 100, from_s=0, until_s=10), inside]), "request")
    other = per_unit(a_disclosure([counted(7, 50, stage="serve", host_ref="ba9876543210")]), "request")
    found = merged(one, other).disclosure
    assert validate_disclosure(found.to_json()).violations == ()
    assert [works(stage) for stage in found.stages] == [{"request": 105}, {"request": 50}]
    assert [part.name for part in found.stages[0].parts or ()] == ["batch"]
    assert [unit.quantity for unit in found.functional_units or ()] == [155]


def test_what_many_records_of_a_service_say_alike_stands_once() -> None:
    """For all of their time together; a few keep each their own record."""
    gap = Gap("rapl:package-0", "permission denied", 10.0)
    many = [a_segment(n, from_s=10 * n, until_s=10 * n + 10, gaps=(gap,)) for n in range(6)]
    assert [(each.seconds, each.segment_ref) for each in a_disclosure(many).gaps] == [(60.0, None)]
    assert [each.seconds for each in a_disclosure(many[:3]).gaps] == [10.0, 10.0, 10.0]


def test_that_programs_counted_themselves_is_an_assumption() -> None:
    """A reader sees that nothing here checks it."""
    told = [item.statement for item in a_disclosure([counted(1, 100)]).assumptions]
    assert any(statement.startswith("How much work was done") for statement in told)


@pytest.mark.parametrize(
    ("status", "until_s", "told"), [("interrupted", 8, 1), ("completed", 8, 0), ("interrupted", 10, 0)]
)
def test_counts_that_end_before_their_energy_are_told_as_the_least(status: str, until_s: int, told: int) -> None:
    """A killed recorder counted to its last checkpoint, the one around it saw the energy of the whole."""
    inside = a_segment(
        2, stage="serve", within=PLAIN.execution_id, work_done=(("request", 5.0),), status=status, until_s=until_s
    )
    found = a_disclosure([a_segment(1), inside])
    assert [gap.stage_ref for gap in found.gaps if gap.what == "count"] == ["s1"] * told
