"""How much was made, where several disclosures count it: no rate is better than the energy that it divides."""

from __future__ import annotations

HEAD


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


def test_more_than_one_disclosure_may_hold_is_refused(pair: tuple[Disclosure, Disclosure]) -> None:
    """Two quantities at the upper bound of the standard have no sum in it."""
    one, other = counting(pair[0], 9e29), counting(pair[1], 9e29)
    with pytest.raises(InvalidInputError, match=r"a disclosure cannot hold the FunctionalUnit"):
        merged(one, other)
