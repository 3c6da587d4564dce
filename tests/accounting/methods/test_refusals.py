"""What the methods refuse, in one sentence each, and how they are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.accounting.methods import (
    ecologits,
    embodied_share,
    equivalences,
    flops,
    green_algorithms,
    implied,
    lacoste,
    mix,
    patterson,
    per_inference,
    power_curves,
    savings,
    sci,
    strubell,
    time_power,
)
from joulecard.accounting.methods.catalogue import METHODS, method
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

AMOUNTS = st.floats(min_value=1e-6, max_value=1e9)
SERVER = ecologits.Server(-1200.0, 8.0, 80.0, 3e6, 1e5, 26280.0)


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
        (lambda: mix.intensity_g_per_kwh([]), "a mix of nothing has no intensity"),
        (lambda: mix.weighted_mean([(1.0, float("nan"))]), "a value is nan"),
        (lambda: strubell.system_power_w(0, 0, -2, -100), "gpus is -2"),
        (lambda: sci.chip_kwh(1, -100, 1.0, -2), "chips is -2"),
        (lambda: green_algorithms.power_w((green_algorithms.Processors(1, -5),), 0, 1.0), "power_w is -5"),
        (lambda: green_algorithms.flights(1, "rome-oslo"), "no flight 'rome-oslo'; known are paris-london"),
        (lambda: lacoste.impact(100, 1, -50), "intensity_g_per_kwh is -50"),
        (lambda: ecologits.latency_s(10, 7, -1000), "batch is -1000"),
        (lambda: ecologits.gpus_needed(7, -16, 80), "bits is -16"),
        (lambda: ecologits.request_kwh(SERVER, 1, 1, 1, 1), "server.power_w is -1200"),
        (lambda: power_curves.logarithmic_power_w(0.0, (1, 0.03, 36, -10)), "the four parameters give is -9.9"),
        (lambda: embodied_share.server_g(100, [(-5, 1000)]), "what is left of the baseline is -4900"),
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


def test_the_smallest_model_takes_one_gpu() -> None:
    """Nothing to hold is no reason for a second one; what fills one takes one, a little more takes two."""
    assert [ecologits.gpus_needed(billions, 16, 80) for billions in (0, 0.001, 33.3, 33.4)] == [1, 1, 1, 2]


def test_a_figure_without_decimals_is_shown_as_it_is() -> None:
    """The calculator's two decimals are no matter beyond 2^53."""
    assert lacoste.impact(1e30, 1, 50).energy_kwh == 1e27


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
