"""Slips in stated figures: each is found where it is planted, and right figures are let be."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from joulecard.accounting.slips import Stated, slips
from joulecard.errors import InvalidInputError

KG_PER_LB = 0.45359237
PRINTED_DIGITS = st.integers(3, 8)
PUES = st.floats(1.15, 1.9)


def printed(figure: float, digits: int) -> float:
    """A figure as it is printed with so many digits."""
    return float(f"{figure:.{digits - 1}e}")


@st.composite
def right_figures(draw: st.DrawFn) -> Stated:
    """Figures of one piece of work that follow from one another, as printed."""
    devices, hours = draw(st.integers(2, 5000)), draw(st.floats(3, 5000))
    watts, pue, intensity = draw(st.floats(40, 1200)), draw(PUES), draw(st.floats(8, 600))
    digits, units = draw(PRINTED_DIGITS), draw(st.floats(1, 1e9))
    energy = devices * hours * watts / 1000
    carbon = energy * pue * intensity
    shares = draw(st.lists(st.floats(0.1, 1), min_size=1, max_size=9))
    exact = {
        "energy_kwh": energy,
        "facility_kwh": energy * pue,
        "co2e_g": carbon,
        "intensity_g_per_kwh": intensity,
        "pue": pue,
        "device_hours": devices * hours,
        "hours": hours,
        "device_w": watts,
        "nameplate_w": watts * draw(st.floats(0.9, 3)),
        "units": units,
        "kwh_per_unit": energy / units,
        "g_per_unit": carbon / units,
    }
    rounded = {name: printed(figure, digits) for name, figure in exact.items()}
    parts_kwh, parts_g = (
        tuple(printed(total * share / sum(shares), digits + 1) for share in shares) for total in (energy, carbon)
    )
    return Stated(**rounded, energy_basis="it", devices=devices, parts_kwh=parts_kwh, parts_g=parts_g)


FIGURES = right_figures()


def codes(stated: Any) -> set[str]:
    """The codes of what is found."""
    return {slip.code for slip in slips(stated)}


def alone(stated: Stated, **changed: Any) -> Stated:
    """The figures of energy and emissions alone, some of them changed."""
    kept = replace(stated, facility_kwh=None, units=None, parts_g=(), parts_kwh=())
    return replace(kept, **changed)


def exact(stated: Any) -> Any:
    """Energy and emissions alone, with all their digits."""
    energy, intensity, pue = (
        stated.energy_kwh * 1.0123457,
        stated.intensity_g_per_kwh * 1.0123457,
        stated.pue * 1.0012345,
    )
    carbon = energy * intensity * pue
    return alone(stated, energy_kwh=energy, intensity_g_per_kwh=intensity, pue=pue, co2e_g=carbon, device_w=None)


def far_from(pue: float, *others: float) -> bool:
    """Whether a PUE is told from other ratios by more than print may hide."""
    return all(abs(math.log(pue / other)) > 0.2 for other in others)


@given(stated=FIGURES, absent=st.sets(st.sampled_from([*Stated.__slots__])))
def test_right_figures_have_no_slips(stated: Any, absent: set[str]) -> None:
    """All of them or any few, rounded to three digits or more; but emissions with a PUE are told with their PUE."""
    few = {**dict.fromkeys(absent), "energy_basis": "it", **dict.fromkeys(absent & {"parts_kwh", "parts_g"}, ())}
    assert slips(stated) == ()
    found = codes(replace(stated, **few)) | codes(
        replace(stated, **{**few, "facility_kwh": None, "energy_basis": None})
    )
    assert found <= ({"pue-untold", "short-tons"} if "pue" in absent else set())


@given(stated=FIGURES)
def test_right_figures_of_a_facility_have_no_slips(stated: Any) -> None:
    """Whether its PUE is told or not."""
    of_facility = replace(alone(stated, energy_kwh=stated.facility_kwh), energy_basis="facility")
    assert slips(of_facility) == ()
    assert slips(replace(of_facility, pue=None)) == ()


def test_a_pue_that_is_not_told_is_asked_for() -> None:
    """1 MWh of machines, 400 g/kWh and 480 kg are right with a PUE of 1.2."""
    (slip,) = slips(Stated(energy_kwh=1000, co2e_g=480e3, intensity_g_per_kwh=400))
    assert slip.code == "pue-untold"
    assert slip.sentence.endswith("; a PUE of 1.2 that is not told would explain it")


@given(stated=FIGURES, ratio=st.sampled_from([1e-6, 1e-3, 1e3, 1e6]))
def test_grams_in_a_field_of_kilograms_are_found(stated: Any, ratio: float) -> None:
    """And kilograms or tonnes in a field of grams."""
    wrong = alone(stated, co2e_g=stated.co2e_g * ratio)
    assert codes(wrong) == {"kilograms"}
    assert "may" in slips(wrong)[0].sentence


@given(stated=FIGURES, ratio=st.sampled_from([KG_PER_LB, 1 / KG_PER_LB]))
def test_pounds_read_as_kilograms_are_found(stated: Any, ratio: float) -> None:
    """And kilograms that were taken for pounds."""
    assume(far_from(stated.pue or 1, 1 / KG_PER_LB))
    right = exact(stated)
    assert codes(replace(right, co2e_g=right.co2e_g * ratio)) == {"pounds"}


@given(stated=FIGURES, ratio=st.sampled_from([0.90718474, 1 / 0.90718474]))
def test_short_tons_read_as_metric_ones_are_found(stated: Any, ratio: float) -> None:
    """Where the PUE is not itself the ratio of the two tons."""
    assume(far_from(stated.pue or 1, 1 / 0.90718474))
    right = exact(stated)
    assert codes(replace(right, co2e_g=right.co2e_g * ratio)) == {"short-tons"}


@given(stated=FIGURES)
def test_a_pue_applied_twice_or_never_is_found(stated: Any) -> None:
    """In the emissions, in the energy of the facility, and in what is called IT energy."""
    right, energy_alone = exact(stated), alone(stated, co2e_g=None)
    pue = right.pue or 1.0
    assume(far_from(pue, 1 / 0.90718474))
    assume(not any(300 < hours < 3000 for hours in (stated.hours, stated.device_hours)))  # W are kWh in 1000 hours
    assert codes(replace(right, co2e_g=right.co2e_g * pue)) == {"pue-twice"}
    assert codes(replace(right, co2e_g=right.co2e_g / pue)) == {"pue-never"}
    assert codes(replace(energy_alone, facility_kwh=stated.energy_kwh)) == {"pue-never"}
    assert codes(replace(energy_alone, facility_kwh=stated.energy_kwh * pue**2)) == {"pue-twice"}
    in_energy = replace(energy_alone, energy_kwh=stated.energy_kwh * pue, nameplate_w=None)
    assert codes(in_energy) == {"pue-twice"}
    assert codes(replace(energy_alone, energy_basis="facility")) == {"pue-never"}


@given(stated=FIGURES, per_device=st.booleans(), kilowatts=st.booleans())
def test_a_power_in_the_place_of_an_energy_is_found(stated: Any, per_device: bool, kilowatts: bool) -> None:  # noqa: FBT001
    """KW or W, of one device or of all of them."""
    power = stated.device_w * (1 if per_device else stated.devices) / (1000 if kilowatts else 1)
    ratio = power / stated.energy_kwh
    near = (1e-6, 1e-3, 1.0, 1e3, 1e6, stated.pue, 1 / stated.pue)
    assume(far_from(ratio, *near))
    wrong = alone(stated, energy_kwh=power, co2e_g=None, nameplate_w=None)
    assert codes(wrong) == {"power-for-energy"}


@given(stated=FIGURES, ratio=st.sampled_from([1e-6, 1e-3, 1e3, 1e6]))
def test_watt_hours_in_a_field_of_kilowatt_hours_are_found(stated: Any, ratio: float) -> None:
    """And MWh or GWh, where no power of the devices is that number."""
    devices = stated.devices or 1
    assume(far_from(ratio * stated.hours, *(a * b for a in (1, 1e3) for b in (1, 1 / devices))))
    assert "watt-hours" in codes(alone(stated, energy_kwh=stated.energy_kwh * ratio, co2e_g=None, nameplate_w=None))


@given(stated=FIGURES, more=st.floats(1.6, 50))
def test_energy_above_the_nameplate_is_found(stated: Any, more: float) -> None:
    """More than 1.2 times what the devices can draw, whatever else is known."""
    most = stated.device_hours * stated.nameplate_w / 1000
    assert "above-nameplate" in codes(alone(stated, energy_kwh=most * more))
    assert codes(alone(stated, energy_kwh=most * more, device_w=None, co2e_g=None)) == {"above-nameplate"}


@given(stated=FIGURES, off=st.sampled_from([0.6, 0.8, 1.3, 3.5]))
def test_sums_and_products_that_do_not_come_out_are_found(stated: Any, off: float) -> None:
    """Parts against their total, device-hours against devices x hours, rates against the whole over the units."""
    assert codes(replace(stated, parts_g=(*stated.parts_g, stated.co2e_g * off))) == {"sum"}
    assert codes(replace(stated, parts_kwh=(*stated.parts_kwh, stated.energy_kwh * off))) == {"sum"}
    assert "device-hours" in codes(replace(stated, device_hours=stated.device_hours * off))
    assert codes(replace(stated, kwh_per_unit=stated.kwh_per_unit * off)) == {"per-unit"}
    assert codes(replace(stated, g_per_unit=stated.g_per_unit * off)) == {"per-unit"}


def test_an_intensity_that_is_not_the_stated_one_is_found() -> None:
    """8.66 g with 0.062 kWh are 139.7 g/kWh, not 297.6; and 0 g are no emissions of 400 g/kWh."""
    (slip,) = slips(Stated(energy_kwh=0.062, co2e_g=8.66, intensity_g_per_kwh=297.6))
    assert slip.code == "implied-intensity"
    assert slip.sentence == (
        "8.66 g CO2e are stated with 62 Wh, or 139.7 g/kWh, and the stated intensity is 297.6 g/kWh; stated is 1/2.131 "
        "of what follows"
    )
    assert codes(Stated(energy_kwh=100, co2e_g=0, intensity_g_per_kwh=400)) == {"implied-intensity"}
    assert codes(Stated(energy_kwh=100, co2e_g=0, intensity_g_per_kwh=0)) == set()


def test_an_intensity_that_no_grid_has_is_found_without_a_stated_one() -> None:
    """12.9 t for 7 million device-hours at 700 W are 2.6 g/kWh; 552 g for 1.287 GWh were tonnes."""
    (slip,) = slips(Stated(device_hours=7e6, device_w=700, co2e_g=12.9e6))
    assert slip.code == "implied-intensity"
    assert slip.sentence == "12.9 t CO2e with 4.9 GWh imply 2.633 g/kWh, and grids have 5 to 1500 g/kWh"
    assert codes(Stated(energy_kwh=1287e3, co2e_g=552)) == {"kilograms"}
    assert codes(Stated(energy_kwh=10, intensity_g_per_kwh=0.385)) == {"kilograms"}
    assert codes(Stated(energy_kwh=10, intensity_g_per_kwh=1.3)) == set()


def test_a_power_is_known_by_the_nameplate_too() -> None:
    """3.2 kWh of eight devices of 400 W in 100 hours are their power, and 4 W each is less than they idle at."""
    (slip,) = slips(Stated(devices=8, hours=100, nameplate_w=400, energy_kwh=3.2))
    assert slip.code == "power-for-energy"
    assert slip.sentence.endswith("a power, 3.2 kW, may stand in the place of the energy")
    assert codes(Stated(devices=8, hours=100, nameplate_w=400, energy_kwh=2.1)) == set()


def test_what_rounding_of_the_print_explains_is_no_slip() -> None:
    """0.62 + 2.64 kWh may be printed as 3.27; 67.81 + 51.1 g are not 128.91."""
    assert codes(Stated(energy_kwh=3.27, parts_kwh=(0.62, 2.64))) == set()
    assert codes(Stated(co2e_g=128.91, parts_g=(67.81, 51.1))) == {"sum"}
    assert codes(Stated(energy_kwh=324e3, co2e_g=75e6, intensity_g_per_kwh=231)) == set()
    assert codes(Stated(energy_kwh=324e3, co2e_g=70e6, intensity_g_per_kwh=231)) == {"implied-intensity"}


def test_an_untold_pue_may_be_in_the_energy() -> None:
    """Facility energy without a PUE may be up to twice that of the devices; IT energy may not."""
    figures = Stated(energy_kwh=1500, energy_basis="facility", device_hours=1000, device_w=1000)
    assert codes(figures) == set()
    assert codes(replace(figures, energy_basis="it")) == {"energy-product"}


@pytest.mark.parametrize("wrong", [{"hours": -1.0}, {"co2e_g": math.nan}, {"parts_g": (1.0, -2.0)}, {"pue": 0.9}])
def test_figures_that_nothing_can_have_are_refused(wrong: dict[str, Any]) -> None:
    """Negative ones, what is no number, and a PUE below 1, with the name of the figure."""
    with pytest.raises(InvalidInputError, match=f"^{next(iter(wrong))}: is "):
        Stated(**wrong)


ENERGY_AND_MASS = ("energy_kwh", "facility_kwh", "co2e_g", "intensity_g_per_kwh", "kwh_per_unit", "g_per_unit")
OTHER_FIGURES = ("device_hours", "devices", "hours", "device_w", "nameplate_w", "units")
OF_ANY_SIZE = st.one_of(st.none(), st.just(0.0), st.floats(1e-40, 1e40))


@given(
    st.fixed_dictionaries(dict.fromkeys((*ENERGY_AND_MASS, *OTHER_FIGURES), OF_ANY_SIZE)),
    st.sampled_from(["it", "facility", None]),
)
def test_figures_of_any_size_are_told_of_in_numbers(figures: dict[str, float | None], basis: Any) -> None:
    """Nothing breaks, and no sentence holds what is no number."""
    for slip in slips(Stated(**figures, energy_basis=basis)):  # type: ignore[arg-type]
        assert not {"inf", "nan", "1/inf"} & set(slip.sentence.split())


@pytest.mark.parametrize("figures", [{"device_hours": 10.0, "device_w": 0.0}, {"device_hours": 0.0, "device_w": 9.0}])
def test_something_where_nothing_follows_is_told_without_a_ratio(figures: dict[str, float]) -> None:
    """1 kWh of devices that draw nothing: the sentence ends with what follows."""
    (slip,) = slips(Stated(energy_kwh=1.0, energy_basis="it", **figures))  # type: ignore[arg-type]
    assert slip.code == "energy-product"
    assert slip.sentence.endswith(" are 0 kWh")


def test_a_figure_beyond_all_figures_is_refused() -> None:
    """10^40 is the greatest number of the standard."""
    with pytest.raises(InvalidInputError, match="1e\\+41"):
        Stated(energy_kwh=1e41)


@pytest.mark.parametrize(
    ("watts", "told"),
    [
        (0.4, "0.4 W are stated of a device of 400 W; kW may stand in a field of W"),
        (400_000.0, "400000 W are stated of a device of 400 W; mW may stand in a field of W"),
        (4000.0, "4000 W are stated of a device of 400 W"),
    ],
)
def test_a_power_that_no_such_device_draws_is_told(watts: float, told: str) -> None:
    """Without an energy beside it, too; 330 W of one of 300 W, with its host, is none."""
    (slip,) = slips(Stated(device_w=watts, nameplate_w=400.0))
    assert (slip.code, slip.sentence) == ("device-power", told)
    assert slips(Stated(device_w=330.0, nameplate_w=300.0)) == ()
