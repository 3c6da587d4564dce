"""What does not compare is refused in a sentence that names both; what a reader should know is said."""

from __future__ import annotations

import pytest
from tests.disclosure.comparing import Run, compared, disclosed, pair, place
from tests.disclosure.merging import bounded, titled
from tests.rendering.conftest import a_document

from joulecard.disclosure.comparison.side import Scope
from joulecard.disclosure.document import Disclosure, Exclusion, FunctionalUnit, MassQuantity
from joulecard.disclosure.per_unit import per_unit
from joulecard.errors import InvalidInputError

ONE, OTHER = disclosed(Run()), disclosed(Run(number=2))
FAILED = Run(number=3, changes=(("status", "failed"), ("exit_status", 1)))


def declared(disclosure: Disclosure) -> Disclosure:
    """The same with an energy that a person told."""
    total = disclosure.totals.new
    told = total.energy_it.model_copy(update={"method": "declared", "measured_fraction": None})
    new = total.model_copy(update={"energy_it": told})
    return disclosure.model_copy(update={"totals": disclosure.totals.model_copy(update={"new": new})})


def counting(disclosure: Disclosure, name: str, unit: str, basis: str | None = None) -> Disclosure:
    """The same with a functional unit, of which it holds a thousand."""
    told = FunctionalUnit.model_validate({"id": "fu", "name": name, "quantity": 1000, "unit": unit, "basis": basis})
    return disclosure.model_copy(update={"functional_units": (told,)})


def leaving_out(disclosure: Disclosure, part: str) -> Disclosure:
    """The same without a part of its boundary."""
    told = Exclusion.model_validate({"part": part, "what": part, "reason": "on purpose"})
    return bounded(disclosure, exclusions=(*disclosure.boundary.exclusions, told))


UNLIKE = {
    "boundary": (disclosed(Run(place=place("SE", None))), "boundaries are facility and node; assemble the one"),
    "accelerators alone": (bounded(ONE, scope_level="accelerator"), "boundaries are facility and accelerator"),
    "attribution": (bounded(ONE, attribution="machine"), "attributed as allocated and machine"),
    "runs": (disclosed(Run(number=2), FAILED), "they count final and all runs; --final"),
    "runs left out": (leaving_out(ONE, "runs"), "only B leaves out runs"),
    "equipment": (leaving_out(bounded(ONE, equipment_included=("memory",)), "cpu"), "A includes cpu and B leaves it"),
    "method": (declared(ONE), r"measured \(observed in the run\) and declared \(from facts that were not observed\)"),
    "profile": (
        disclosed(Run(place=place("US")), profile="direct"),
        "scope of their grid factors is lifecycle and dir",
    ),
    "unit": (disclosed(Run(work=(("image", 5.0),))), "counts token .*image.*no common unit; --per"),
    "basis": (counting(disclosed(Run(work=())), "token", "token", "effective"), "no common unit"),
    "reused": (
        ONE.model_copy(update={"totals": ONE.totals.model_copy(update={"headline": "including_reused"})}),
        "totals new and including reused; --with-reused",
    ),
}


@pytest.mark.parametrize("what", UNLIKE)
def test_what_does_not_compare_is_refused(what: str) -> None:
    """Whichever of the two comes first, and in a comparison of three."""
    unlike, sentence = UNLIKE[what]
    with pytest.raises(InvalidInputError, match=sentence) as refused:
        pair(ONE, unlike)
    assert "A (A.json)" in str(refused.value)
    assert "B (B.json)" in str(refused.value)
    with pytest.raises(InvalidInputError):
        pair(unlike, ONE)
    with pytest.raises(InvalidInputError, match=r"C \(C.json\)"):
        compared(ONE, OTHER, unlike)


def test_a_word_names_the_unit_that_both_mean() -> None:
    """By id, name or unit; another unit or basis, or one that nobody counts, is refused."""
    training = counting(disclosed(Run(work=())), "training token", "token", "gross")
    found = pair(training, per_unit(OTHER, "token"), per="token")
    assert [number.value for number in (found.factors[0].one, found.factors[0].other)] == [1000, 2000]
    with pytest.raises(InvalidInputError, match="B does not tell how much of 'image' was done; it counts token"):
        pair(counting(ONE, "image", "image"), OTHER, per="image")
    with pytest.raises(InvalidInputError, match=r"counts in kilotoken and .* in token"):
        pair(counting(disclosed(Run(work=())), "token", "kilotoken"), OTHER, per="token")
    with pytest.raises(InvalidInputError, match=r"effective .* gross"):
        pair(counting(disclosed(Run(work=())), "token", "token", "effective"), OTHER, per="token")


def test_operations_are_work_where_all_of_them_are_told() -> None:
    """Joules per FLOP; the units that programs count come first."""
    one, other = (disclosed(Run(number=number, work=(), flop=1e15 * number)) for number in (1, 2))
    assert (pair(one, other).factors[0].unit, pair(one, other).factors[0].ratio.value) == ("FLOP", 2)
    both = disclosed(Run(flop=1e15))
    assert [row.unit for row in pair(both, disclosed(Run(number=2, flop=1e15))).factors[:1]] == ["token"]
    partly = disclosed(Run(work=(), flop=1e15), Run(number=4, stage="evaluate", work=()))
    assert pair(partly, other).factors[0].key == "energy_it"


def test_final_runs_compare_beside_failed_ones() -> None:
    """--final leaves the failed attempt out, and its energy."""
    with_failure = disclosed(Run(number=2), FAILED)
    found = pair(ONE, with_failure, scope=Scope(final=True))
    assert found.carbon.ratio.value == pytest.approx(1)
    assert found.factors[0].ratio.value == 1
    noted = compared(with_failure, with_failure).notes
    assert any("failed" in note for note in noted)


def test_stages_of_one_name_compare_alone() -> None:
    """Their sums are those of the stages; a name that no stage has is refused with those that are there."""
    evaluate = Run(number=4, stage="evaluate", energy_j=300.0)
    found = pair(disclosed(Run(), evaluate), OTHER, scope=Scope(stages=("train",)))
    assert found.carbon.ratio.value == pytest.approx(1)
    with pytest.raises(InvalidInputError, match="has no stage of the name 'tune'; its stages with energy are train"):
        pair(ONE, OTHER, scope=Scope(stages=("tune",)))


def test_withdrawn_and_half_seen_numbers_are_told() -> None:
    """Nobody quotes them without."""
    withdrawn = titled(ONE, status="withdrawn", note="the meter was wrong")
    assert compared(OTHER, withdrawn).notes == ("B is withdrawn: the meter was wrong",)
    half = disclosed(Run(number=2, changes=(("coverage", 0.5),)))
    assert any("observed for 50.0%" in note for note in compared(ONE, half).notes)


def test_nothing_is_so_many_times_as_much_as_nothing() -> None:
    """Emissions of zero, or such as are not known, are refused."""
    total = ONE.totals.new
    none = total.operational_location.model_copy(update={"value": 0.0, "interval": None})
    unknown = MassQuantity(method="not_available", reason="the grid is not known")
    for found, sentence in ((none, "is 0 for B"), (unknown, "is not known of B; the grid is not known")):
        new = total.model_copy(update={"operational_location": found})
        totals = ONE.totals.model_copy(update={"new": new})
        with pytest.raises(InvalidInputError, match=sentence):
            pair(OTHER, ONE.model_copy(update={"totals": totals}))


def test_what_else_differs_is_told() -> None:
    """Other editions and other kinds of table are no reason to refuse."""
    generator = ONE.generator.model_copy(update={"factor_edition": "2025.12"})
    older = ONE.model_copy(update={"generator": generator})
    (note,) = pair(older, OTHER).notes
    assert "editions 2025.12 and 2026.11" in note
    missing = bounded(OTHER, nodes_seen=1, nodes_expected=4)
    assert compared(ONE, missing).notes == ("B holds 1 of 4 nodes",)


def test_one_execution_in_both_is_told() -> None:
    """A recomputed disclosure holds the same joules as the one before: the ratio is about its factors alone."""
    abroad = disclosed(Run(place=place("PL")))
    found = pair(ONE, abroad)
    assert "A and B hold the same executions: train" in found.notes
    energy = next(row for row in found.factors if row.key == "energy_per_work")
    assert (energy.ratio.value, energy.ratio.log_sds) == (1, ())


def test_what_was_taken_over_counts_where_it_is_asked_for() -> None:
    """A pipeline that ran and the same one out of the cache; without, it is said what is not in it."""
    names = ("typical", "cached_stage", "all_cached")
    ran, partly, cached = (Disclosure.model_validate(a_document(name)) for name in names)
    with pytest.raises(InvalidInputError, match="--with-reused"):
        pair(ran, cached)
    assert pair(ran, cached, scope=Scope(reused=True)).carbon.ratio.value == pytest.approx(1)
    assert any("prepare, featurize from earlier executions" in note for note in compared(ran, partly).notes)
    assert compared(ran, partly, scope=Scope(reused=True)).notes == ()
