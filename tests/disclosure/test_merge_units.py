"""How much was made, where several disclosures count it: no rate is better than the energy that it divides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.disclosure.merging import merged

from joulecard.capture.segment import Segment
from joulecard.disclosure import document as doc
from joulecard.disclosure.document import Disclosure
from joulecard.disclosure.lineage import Lineage, StageLineage
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., Segment]
    Assembled = Callable[..., Disclosure]


def counting(disclosure: Disclosure, quantity: float, **members: Any) -> Disclosure:
    """The disclosure with so many training tokens, and rates of its energy and emissions."""
    unit = doc.FunctionalUnit(
        **{"id": "token", "name": "training token", "unit": "token", **members}, quantity=quantity
    )
    whole = disclosure.totals.new
    assert whole.energy_it.value is not None
    rate = doc.UnitTotal(
        functional_unit_ref=unit.id,
        energy_it=doc.EnergyQuantity(value=whole.energy_it.value / quantity, method=whole.energy_it.method),
    )
    totals = disclosure.totals.model_copy(update={"per_functional_unit": (rate,)})
    return disclosure.model_copy(update={"functional_units": (unit,), "totals": totals})


def test_units_that_all_count_are_added_up_and_divide_the_new_total(pair: tuple[Disclosure, Disclosure]) -> None:
    """1000 tokens and 3000 tokens are 4000, whatever their ids."""
    found = merged(counting(pair[0], 1000.0), counting(pair[1], 3000.0, id="other")).disclosure
    (unit,) = found.functional_units or ()
    (rate,) = found.totals.per_functional_unit or ()
    assert (unit.name, unit.quantity, rate.functional_unit_ref) == ("training token", 4000.0, unit.id)
    assert rate.energy_it
    assert rate.energy_it.value == pytest.approx((found.totals.new.energy_it.value or 0.0) / 4000)


def test_units_that_one_does_not_count_are_left_out_and_said(pair: tuple[Disclosure, Disclosure]) -> None:
    """Another basis is another unit, too."""
    for other in (pair[1], counting(pair[1], 3000.0, basis="effective")):
        found = merged(counting(pair[0], 1000.0), other).disclosure
        assert found.functional_units is None
        assert found.totals.per_functional_unit == ()
        assert any("training token" in item.what for item in found.boundary.exclusions)


def test_units_of_a_part_are_not_counted_again(segment: Maker, assembled: Assembled) -> None:
    """The whole says how much all of its executions made; a part of it adds nothing."""
    one, two = segment(1), segment(2, stage="evaluate", from_s=20, until_s=30)
    whole, part = counting(assembled([one, two]), 4000.0), counting(assembled([one]), 1000.0)
    (unit,) = merged(whole, part).disclosure.functional_units or ()
    assert unit.quantity == 4000.0


def test_units_of_disclosures_that_share_a_part_have_no_sum(segment: Maker, assembled: Assembled) -> None:
    """Nobody knows how many of them the shared execution made."""
    one, two, three = (segment(n, stage=f"stage {n}", from_s=20 * n, until_s=20 * n + 10) for n in (1, 2, 3))
    found = merged(counting(assembled([one, two]), 10.0), counting(assembled([two, three]), 10.0)).disclosure
    assert found.functional_units is None


def test_units_are_left_out_where_the_headline_lacks_what_made_them(segment: Maker, assembled: Assembled) -> None:
    """One quotes what ran, another what it took over: its units over the energy of the first would be free."""
    cached = Lineage((StageLineage("train", cached=True),))
    ran = counting(assembled([segment(1)]), 1000.0)
    earlier = assembled([segment(2, attempt=2, from_s=20, until_s=30)], lineage=cached)
    taken_over = earlier.model_copy(update={"functional_units": ran.functional_units})
    found = merged(ran, taken_over).disclosure
    assert (found.totals.headline, found.functional_units) == ("new", None)
    assert any("training token" in item.what for item in found.boundary.exclusions)
    again = assembled([segment(1)], lineage=cached).model_copy(update={"functional_units": ran.functional_units})
    (unit,) = merged(ran, again).disclosure.functional_units or ()
    assert unit.quantity == 1000.0


def test_units_of_an_inner_part_are_not_added_to_those_of_the_whole(segment: Maker, assembled: Assembled) -> None:
    """Its energy is that of the outer recording, and so are its units."""
    outer = segment(1)
    inner = segment(2, stage="fit", within=outer.execution_id, from_s=2, until_s=8)
    whole, part = counting(assembled([outer, inner]), 1000.0), counting(assembled([inner]), 1000.0)
    assert merged(whole, part).disclosure.functional_units is None


def test_more_than_one_disclosure_may_hold_is_refused(pair: tuple[Disclosure, Disclosure]) -> None:
    """Two quantities at the upper bound of the standard have no sum in it."""
    one, other = counting(pair[0], 9e29), counting(pair[1], 9e29)
    with pytest.raises(InvalidInputError, match=r"a disclosure cannot hold the FunctionalUnit"):
        merged(one, other)
