"""What the methods refuse, in one sentence each, and how they are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.accounting.methods import (
    embodied_share,
    equivalences,
    flops,
    implied,
    mix,
    patterson,
    per_inference,
    power_curves,
    savings,
    sci,
    time_power,
)
from joulecard.accounting.methods.catalogue import METHODS, method
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

AMOUNTS = st.floats(min_value=1e-6, max_value=1e9)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: patterson.energy_kwh(24, 8, 300, 0.9), "PUE is 0.9; facility energy is never below IT energy"),
        (lambda: time_power.energy_kwh(-1, 300), "device_h is -1"),
        (lambda: time_power.energy_kwh(1, float("nan")), "power_w is nan"),
        (lambda: time_power.energy_kwh(1, 300, 1.0, 40), "utilisation is 40; give a share from 0 to 1, so 40 % is 0.4"),
        (lambda: time_power.co2e_g(1, float("inf")), "intensity_g_per_kwh is inf"),
        (lambda: sci.per_unit_g(1, 0), "units is 0; something is divided by it"),
        (lambda: embodied_share.rate_g_per_h(1, 100, 0), "utilisation is 0"),
        (lambda: flops.device_hours(1e20, 1e12, 1.5), "utilisation is 1.5"),
        (lambda: per_inference.break_even_uses([1], 0), "per_one is 0"),
        (lambda: savings.after_saving(1, 47), "saved_share is 47"),
        (lambda: mix.intensity_g_per_kwh([(0.7, 100), (0.6, 100)]), "add up to more than 1"),
        (lambda: power_curves.curve_factor(0.5, ((0.5, 1.0), (0.1, 2.0))), "by rising utilisation"),
        (lambda: equivalences.equivalence("flight", "epa-2021"), "no equivalence of 'flight' in 'epa-2021'"),
        (lambda: method("patterson"), "there is no published method 'patterson'; known are time-power, patterson-2021"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(call: Callable[[], object], sentence: str) -> None:
    """Negative amounts, a PUE below 1, percents for shares and divisions by nothing name the input and the remedy."""
    with pytest.raises(InvalidInputError) as refused:
        call()
    assert sentence in str(refused.value)


def test_a_claimed_intensity_of_zero_is_allowed() -> None:
    """Hydro counted as zero is a publication's claim: the result is zero, and it is the factor that says so."""
    assert time_power.co2e_g(135_000, 0.0) == 0.0


def test_every_method_is_listed_with_its_work_version_and_place() -> None:
    """Nineteen methods, each under its own id, each with a work, a version and a web address."""
    assert len(METHODS) == 19
    assert all(citation.id == name for name, citation in METHODS.items())
    assert all(c.work and c.version and c.uri.startswith("https://") for c in METHODS.values())
    assert method("patterson-2021").uri == "https://arxiv.org/abs/2104.10350"


@given(device_h=AMOUNTS, power_w=AMOUNTS, pue=st.floats(1, 3), intensity=st.floats(0, 1500))
def test_results_scale_with_each_factor(device_h: float, power_w: float, pue: float, intensity: float) -> None:
    """Twice the hours, the watts or the intensity is twice the emissions, and PUE multiplies once."""
    once = time_power.co2e_g(time_power.energy_kwh(device_h, power_w, pue), intensity)
    assert time_power.co2e_g(time_power.energy_kwh(2 * device_h, power_w, pue), intensity) == pytest.approx(2 * once)
    assert time_power.co2e_g(time_power.energy_kwh(device_h, 2 * power_w, pue), intensity) == pytest.approx(2 * once)
    assert time_power.energy_kwh(device_h, power_w) * pue == pytest.approx(
        time_power.energy_kwh(device_h, power_w, pue)
    )


@given(used_h=AMOUNTS, energy=AMOUNTS, intensity=st.floats(1, 1500))
def test_what_is_implied_is_what_was_put_in(used_h: float, energy: float, intensity: float) -> None:
    """Emissions divided by their energy give the intensity back, and a break-even is what one use goes into."""
    emissions_g = time_power.co2e_g(energy, intensity)
    assert implied.intensity_g_per_kwh(emissions_g, energy) == pytest.approx(intensity)
    assert implied.energy_kwh(emissions_g, intensity) == pytest.approx(energy)
    one = per_inference.per_use(energy, used_h)
    assert per_inference.break_even_uses([energy], one) == pytest.approx(used_h)


@given(utilisation=st.floats(0, 1), more=st.floats(0, 1))
def test_a_busier_chip_draws_no_less(utilisation: float, more: float) -> None:
    """Every power curve rises with utilisation."""
    low, high = sorted((utilisation, more))
    assert power_curves.curve_factor(low) <= power_curves.curve_factor(high)
    profile = power_curves.XEON_PLATINUM
    assert power_curves.logarithmic_power_w(low, profile) <= power_curves.logarithmic_power_w(high, profile)
