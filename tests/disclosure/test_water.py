"""Water in disclosures: at the site from IT energy, at power plants from what was drawn; what is missing is said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.disclosure.conftest import PLAIN, a_disclosure, a_segment
from tests.disclosure.merging import HOST_B

from joulecard.disclosure.lineage import Lineage, StageLineage
from joulecard.disclosure.tallied import Factors
from joulecard.factors import CURRENT, edition
from joulecard.factors.own.file import read_own
from joulecard.surroundings.place import Evidence, Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from joulecard.disclosure.document import Disclosure, WaterUse

AWS = Place((Evidence("setting", "high", "aws", "eu-north-1"),))
SWEDEN = PLAIN.place  # PUE 1.2, declared
NO_PUE = replace(SWEDEN, pue=None)
FRANCE = Place((Evidence("setting", "high", country="FR"),), pue=1.2)
WUE, PLANTS = 0.5, 3.0  # L/kWh


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Factors]:
    """Factors with the user's own of these kinds for Sweden."""

    def factors(*kinds: str) -> Factors:
        values = {"wue": WUE, "water_intensity": PLANTS}
        told = 'place = "SE"\nunit = "L/kWh"\nsource = { name = "the operator" }\n'
        path = tmp_path / f"{'-'.join(kinds)}.toml"
        path.write_text("".join(f'[[factor]]\nkind = "{kind}"\nvalue = {values[kind]}\n{told}' for kind in kinds))
        return Factors(edition(CURRENT, read_own(str(path))))

    return factors


def water(disclosure: Disclosure) -> WaterUse:
    """That of the first stage."""
    found = disclosure.stages[0].water
    assert found is not None
    return found


def energies(disclosure: Disclosure) -> tuple[float, float]:
    """IT and facility energy of the first stage, 0 where there is none."""
    energy = disclosure.stages[0].energy
    assert energy is not None
    return energy.it_total.value or 0.0, energy.facility_total.value or 0.0


def test_a_cloud_s_fleet_mean_is_taken_by_itself() -> None:
    """Litres at the site are WUE x IT energy; that the power plants are left out is said, and nothing is a zero."""
    found = a_disclosure([a_segment(place=AWS)])
    assert water(found).value == pytest.approx(0.15 * energies(found)[0])
    assert water(found).method == "modelled"
    assert "without the water of the power plants" in (water(found).reason or "")
    assert any("fleet mean of AWS for 2024" in item.statement and item.default for item in found.assumptions)


@pytest.mark.parametrize("place", [SWEDEN, FRANCE, Place()])
def test_without_any_factor_there_is_no_number(place: Place) -> None:
    """The reason stands in its place, in stages and totals."""
    found = a_disclosure([a_segment(place=place)])
    total = found.totals.new.water
    assert total is not None
    assert (water(found).value, total.value) == (None, None)
    assert "no water usage effectiveness is known" in (total.reason or "")


def test_site_and_power_plants_add_up(own: Callable[..., Factors]) -> None:
    """The PUE is in the water of the plants alone; one energy's error counts for both."""
    found = a_disclosure([a_segment()], factors=own("wue", "water_intensity"))
    it_kwh, facility_kwh = energies(found)
    assert facility_kwh == pytest.approx(1.2 * it_kwh)
    assert water(found).value == pytest.approx(WUE * it_kwh + PLANTS * facility_kwh)
    assert water(found).reason is None
    assert [(line.energy_basis, line.pue_ref is None) for line in water(found).lines or ()] == [
        ("it", True),
        ("facility", False),
    ]


def test_without_a_pue_the_plants_see_what_the_node_drew(own: Callable[..., Factors]) -> None:
    """A lower bound, as the emissions are."""
    found = a_disclosure([a_segment(place=NO_PUE)], factors=own("water_intensity"))
    assert water(found).value == pytest.approx(PLANTS * energies(found)[0])
    assert "without the water of the site" in (water(found).reason or "")


def test_half_a_stage_is_not_told_as_all_of_it(own: Callable[..., Factors]) -> None:
    """One of two hosts stands where no factor is known: the stage has no number."""
    abroad = replace(a_segment(2, host_ref=HOST_B, place=FRANCE), rank=1)
    found = a_disclosure([a_segment(1), abroad], factors=own("wue"))
    assert water(found).value is None


def test_a_total_says_which_stages_it_leaves_out(own: Callable[..., Factors]) -> None:
    """The stage abroad has no number, and its reason stands beside the sum."""
    abroad = a_segment(2, stage="evaluate", host_ref=HOST_B, place=FRANCE, from_s=20, until_s=30)
    found = a_disclosure([a_segment(1), abroad], factors=own("wue"))
    total = found.totals.new.water
    assert total is not None
    assert total.value == water(found).value
    assert "no water usage effectiveness is known" in (total.reason or "")


def test_a_reused_result_brings_its_water(own: Callable[..., Factors]) -> None:
    """Into the total with reused results, and not into that of what ran."""
    early, late = a_segment(4, stage="prepare"), a_segment(5, from_s=20, until_s=30)
    lineage = Lineage((StageLineage("prepare", cached=True), StageLineage("train", depends_on=("prepare",))))
    found = a_disclosure([early, late], lineage=lineage, factors=own("wue"))
    new, both = found.totals.new.water, found.totals.including_reused.water
    assert new is not None
    assert both is not None
    assert both.value == pytest.approx(2 * (new.value or 0))


def test_what_saw_nothing_consumed_an_unknown_amount(own: Callable[..., Factors]) -> None:
    """No energy, no litres: the reason is that of the energy."""
    activity = replace(PLAIN.activity, coverage=0.0, memory_gb_s=0.0)
    blind = a_segment(energy=(), activity=activity, coverage=0.0, series=None)
    found = a_disclosure([blind], factors=own("wue"))
    assert (water(found).value, "was seen" in (water(found).reason or "")) == (None, True)
