"""The ratio of two emissions is exactly the product of its factors, each with an honest range."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.disclosure.comparing import POLAND, Run, disclosed, pair, place

from joulecard.surroundings.place import Place

if TYPE_CHECKING:
    from joulecard.disclosure.comparison import Pair
    from joulecard.disclosure.comparison.four_ms import Row

OTHER_HOST = "ba9876543210"
RUNS = st.builds(
    Run,
    place=st.builds(place, st.sampled_from(("SE", "FR", "PL", "US")), st.floats(1.0, 2.5)),
    host=st.sampled_from(("0123456789ab", OTHER_HOST)),
    energy_j=st.floats(1.0, 1500.0),
    work=st.floats(1e-3, 1e12).map(lambda count: (("token", count),)),
)


def rows(found: Pair) -> dict[str, Row]:
    """The factors by their names."""
    return {row.key: row for row in found.factors}


def product(found: Pair) -> float:
    """The ratios of the factors, multiplied."""
    return math.prod(row.ratio.value for row in found.factors)


@given(RUNS, RUNS)
def test_the_factors_multiply_to_the_ratio(one: Run, other: Run) -> None:
    """To a part in 10^12, whatever the runs were."""
    found = pair(disclosed(one), disclosed(other))
    assert [row.key for row in found.factors] == ["work", "energy_per_work", "pue", "intensity"]
    assert product(found) == pytest.approx(found.carbon.ratio.value, rel=1e-12, abs=0)


def test_each_factor_is_what_was_changed() -> None:
    """Three times the work, twice the energy, another PUE, another grid: each stands in its own line."""
    one = disclosed(Run(energy_j=600.0))
    other = disclosed(Run(energy_j=1220.0, work=(("token", 6000.0),), place=place("PL", 1.5), host=OTHER_HOST))
    found = rows(pair(one, other))
    assert found["work"].ratio.value == 3
    assert found["energy_per_work"].ratio.value == pytest.approx(1240 / 620 / 3)
    assert found["pue"].ratio.value == pytest.approx(1.5 / 1.2)
    swedish, polish = (each.factors for each in (one, other))
    grids = [next(factor.value for factor in each if factor.kind == "grid_intensity") for each in (swedish, polish)]
    assert found["intensity"].ratio.value == pytest.approx(grids[1] / grids[0])
    assert found["energy_per_work"].one.value == pytest.approx(620 / 2000)


def test_one_host_on_one_grid_leaves_no_doubt() -> None:
    """The errors of its counter, its PUE and its grid are the same for both runs."""
    found = pair(disclosed(Run()), disclosed(Run(number=2)))
    assert found.carbon.ratio.log_sds == ()
    assert found.carbon.is_distinguishable is False
    assert all(row.ratio.value == pytest.approx(1) for row in found.factors)


def test_another_host_has_another_counter() -> None:
    """Two readings of 3 % each: 1 % more energy is not distinguishable there, and it is on one host."""
    one, more = disclosed(Run()), Run(number=2, energy_j=1212.0)
    assert pair(one, disclosed(more)).factors[1].is_distinguishable is True
    apart = pair(one, disclosed(replace(more, host=OTHER_HOST))).factors[1]
    assert apart.is_distinguishable is False
    assert apart.ratio.upper / apart.ratio.lower > 1.1


def test_another_grid_is_another_error() -> None:
    """Two countries of 32 % each; the ratio of their intensities is less sure than either."""
    found = rows(pair(disclosed(Run()), disclosed(Run(number=2, place=POLAND))))["intensity"]
    assert {name for name, _ in found.ratio.log_sds} >= {
        "grid-country-lifecycle@grid:SWE",
        "grid-country-lifecycle@grid:POL of B",
    }
    assert found.one.ends
    assert found.ratio.upper / found.ratio.lower > found.one.ends[1] / found.one.ends[0]


def test_how_joules_were_split_is_an_error_of_each_run() -> None:
    """Half of a node twice, on one host: the neighbours of one run were not those of the other."""
    one, other, again = (disclosed(Run(number=number, share=0.5)) for number in (1, 2, 1))
    left = dict(pair(one, other).carbon.ratio.log_sds)
    assert [name.partition("@")[0] for name in left] == ["share-cpu-time", "share-cpu-time"]
    assert pair(one, again).carbon.ratio.log_sds == ()


def test_an_unknown_place_is_not_the_same_place() -> None:
    """Both have the world's mean, and nobody knows that they stood in one place: but for one host."""
    unknown = Place()
    here = disclosed(Run(place=unknown))
    same, elsewhere = (disclosed(Run(number=2, place=unknown, host=host)) for host in ("0123456789ab", OTHER_HOST))
    assert pair(here, same).carbon.ratio.log_sds == ()
    left = dict(pair(here, elsewhere).carbon.ratio.log_sds)
    assert any(name.startswith("grid-world-for-unknown") for name in left)


def test_without_a_pue_the_last_factor_holds_it() -> None:
    """And a note says so: a PUE of 1 is invented nowhere."""
    found = pair(disclosed(Run(place=place("SE", None))), disclosed(Run(number=2, place=place("PL", None))))
    assert [row.key for row in found.factors] == ["work", "energy_per_work", "intensity_it"]
    assert product(found) == pytest.approx(found.carbon.ratio.value, rel=1e-12, abs=0)
    assert any("PUE" in note for note in found.notes)


def test_without_work_the_first_factor_is_the_energy() -> None:
    """A note says that work and joules per work are not told apart, but where nobody wanted it."""
    one, other = disclosed(Run(work=())), disclosed(Run(number=2, energy_j=600.0))
    found = pair(one, other)
    assert [row.key for row in found.factors] == ["energy_it", "pue", "intensity"]
    assert product(found) == pytest.approx(found.carbon.ratio.value, rel=1e-12, abs=0)
    assert any("work" in note for note in found.notes)
    assert pair(one, other, whole=True).notes == ()


def test_what_stands_beside_is_compared_and_not_split() -> None:
    """Emissions of one unit and of one point of quality; results below zero divide nothing."""
    quality = (("accuracy", 0.8), ("log_likelihood", -3.0))
    one = disclosed(Run(quality=quality))
    other = disclosed(Run(number=2, energy_j=600.0, quality=(("accuracy", 0.9), *quality[1:])))
    found = pair(one, other)
    (per_token,) = found.rates
    assert per_token.ratio.value == pytest.approx(found.carbon.ratio.value)
    assert per_token.one.value == pytest.approx(found.carbon.one.value / 2000)
    assert [name for name, _, _ in found.results] == ["accuracy", "log_likelihood"]
    (per_accuracy,) = found.quality
    assert per_accuracy.ratio.value == pytest.approx(found.carbon.ratio.value * 0.8 / 0.9)
