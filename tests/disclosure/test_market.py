"""Market-based emissions: contracts first, the residual mix for the rest, and the location-based number as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.disclosure.conftest import a_disclosure, a_segment
from tests.disclosure.merging import FRANCE, GROUP_B, HOST_B, merged

from joulecard.disclosure.tallied import Factors
from joulecard.errors import InvalidInputError
from joulecard.factors import CURRENT, edition
from joulecard.factors.own.file import read_own
from joulecard.surroundings.place import Evidence, Place

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from joulecard.disclosure.document import Disclosure, MarketEmissions

RESIDUAL = """
[[factor]]
kind = "grid_intensity"
accounting = "residual"
place = "SE"
year = 2026
value = 80
unit = "g/kWh"
source = { name = "AIB" }
"""
WIND = """
[[instrument]]
id = "wind"
type = "ppa"
zone = "SE"
supplier = "Wind AB"
vintage = { start = 2026-01-01, end = 2026-12-31 }
factor = { name = "wind", value = 12, unit = "g/kWh", source = { name = "contract" } }
"""
OFFSET = """
[[instrument]]
id = "trees"
type = "credit"
mass_g = 1000
"""
STAGES = (a_segment(1), a_segment(2, stage="evaluate", from_s=20, until_s=30))
COVERED_KWH = 0.0003


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Factors]:
    """Factors with these own ones."""

    def factors(text: str, *, direct: bool = False) -> Factors:
        path = tmp_path / "own.toml"
        path.write_text(text, encoding="utf-8")
        return Factors(edition(CURRENT, read_own(str(path))), "direct" if direct else "lifecycle")

    return factors


def covering(kwh: float, text: str = WIND) -> str:
    """The contract for so much energy."""
    return text.replace('zone = "SE"', f'zone = "SE"\nenergy_kwh = {kwh}')


def market(disclosure: Disclosure, stage: int = 0) -> MarketEmissions | None:
    """That of a stage; None where it tells none."""
    emissions = disclosure.stages[stage].emissions
    assert emissions is not None
    return emissions.operational_market


def lines(disclosure: Disclosure, stage: int = 0) -> list[tuple[Any, str | None]]:
    """Energy and contract of each line."""
    found = market(disclosure, stage)
    assert found is not None
    return [(line.energy_kwh, line.instrument_ref) for line in found.lines or ()]


def facility_kwh(disclosure: Disclosure, stage: int = 0) -> float:
    """What a stage drew, with its data centre's overhead."""
    energy = disclosure.stages[stage].energy
    assert energy is not None
    return energy.facility_total.value or 0.0


def fallback(disclosure: Disclosure) -> list[str]:
    """What stands for a residual mix that nobody gave."""
    return [item.statement for item in disclosure.assumptions if item.id == "market-fallback"]


def test_without_contracts_there_is_no_market() -> None:
    """No second number is made up from the first."""
    found = a_disclosure([a_segment()])
    assert (market(found), found.totals.new.operational_market, found.instruments) == (None, None, None)


def test_a_contract_covers_all_that_its_zone_draws(own: Callable[..., Factors]) -> None:
    """Facility energy x 12 g/kWh, beside a location-based number that stays as it was."""
    plain, found = a_disclosure(STAGES), a_disclosure(STAGES, factors=own(WIND))
    told = market(found)
    assert told is not None
    assert told.value == pytest.approx(12 * facility_kwh(found))
    assert lines(found) == [(pytest.approx(facility_kwh(found)), "wind")]
    assert found.totals.new.operational_location == plain.totals.new.operational_location
    assert fallback(found) == []


def test_what_no_contract_covers_takes_the_residual_mix(own: Callable[..., Factors]) -> None:
    """The first stage uses the contract up, the second takes what is left."""
    found = a_disclosure(STAGES, factors=own(covering(COVERED_KWH) + RESIDUAL))
    first, second = facility_kwh(found), facility_kwh(found, 1)
    assert first > COVERED_KWH
    assert lines(found) == [(pytest.approx(COVERED_KWH), "wind"), (pytest.approx(first - COVERED_KWH), None)]
    assert lines(found, 1) == [(pytest.approx(second), None)]
    total = found.totals.new.operational_market
    assert total is not None
    assert total.value == pytest.approx(12 * COVERED_KWH + 80 * (first + second - COVERED_KWH))
    assert fallback(found) == []


def test_a_contract_may_reach_into_the_next_stage(own: Callable[..., Factors]) -> None:
    """What the first stage leaves of it covers a part of the second."""
    whole = facility_kwh(a_disclosure(STAGES))
    found = a_disclosure(STAGES, factors=own(covering(1.5 * whole) + RESIDUAL))
    assert lines(found) == [(pytest.approx(whole), "wind")]
    assert lines(found, 1) == [(pytest.approx(whole / 2), "wind"), (pytest.approx(whole / 2), None)]


def test_without_a_residual_mix_the_grid_stands_in_and_it_is_said(own: Callable[..., Factors]) -> None:
    """As the standard asks, in an assumption with an id of its own that the tool chose."""
    found = a_disclosure(STAGES, factors=own(covering(COVERED_KWH)))
    assert len(fallback(found)) == 1
    assert "Sweden" in fallback(found)[0]
    assert next(item.default for item in found.assumptions if item.id == "market-fallback")


@pytest.mark.parametrize(
    "elsewhere",
    [
        WIND.replace('zone = "SE"', 'zone = "FR"'),
        WIND.replace("2026-01-01", "2024-01-01").replace("2026-12-31", "2024-12-31"),
    ],
)
def test_contracts_of_another_grid_or_time_cover_nothing(own: Callable[..., Factors], elsewhere: str) -> None:
    """They are listed, and no energy rests on them."""
    found = a_disclosure([a_segment()], factors=own(elsewhere + RESIDUAL))
    assert lines(found) == [(pytest.approx(facility_kwh(found)), None)]
    (contract,) = found.instruments or ()
    assert (contract.id, contract.factor_ref) == ("wind", None)


def test_a_region_lies_in_the_country_of_a_contract(own: Callable[..., Factors]) -> None:
    """A cloud region is told by its own name; the contract by the country."""
    stockholm = Place((Evidence("setting", "high", "aws", "eu-north-1"),))
    assert lines(a_disclosure([a_segment(place=stockholm)], factors=own(WIND)))[0][1] == "wind"


def test_an_offset_changes_no_number(own: Callable[..., Factors]) -> None:
    """It is listed, and there is no market-based number because of it."""
    found = a_disclosure([a_segment()], factors=own(OFFSET))
    assert market(found) is None
    assert [(item.id, item.type, item.mass_g) for item in found.instruments or ()] == [("trees", "credit", 1000)]


def test_a_residual_mix_alone_is_enough(own: Callable[..., Factors]) -> None:
    """Who has no contract has drawn what others left over."""
    found = a_disclosure([a_segment()], factors=own(RESIDUAL))
    told = market(found)
    assert told is not None
    assert told.value == pytest.approx(80 * facility_kwh(found))


def test_a_tariff_covers_all_that_is_drawn_at_a_place(own: Callable[..., Factors]) -> None:
    """A market-based factor without a contract of its own: what the supplier publishes of its product."""
    tariff = RESIDUAL.replace("residual", "market").replace("value = 80", "value = 30")
    told = market(a_disclosure([a_segment()], factors=own(tariff + RESIDUAL)))
    assert told is not None
    assert told.value == pytest.approx(30 * facility_kwh(a_disclosure([a_segment()])))


def test_factors_with_and_without_upstream_are_not_added(own: Callable[..., Factors]) -> None:
    """One sentence says which two, and how to mend it."""
    direct = WIND.replace('name = "wind",', 'name = "wind", scope = "direct",')
    with pytest.raises(InvalidInputError, match="cannot add") as caught:
        a_disclosure([a_segment()], factors=own(covering(COVERED_KWH, direct)))
    assert "scope" in caught.value.mend


def test_direct_factors_stand_beside_direct_ones(own: Callable[..., Factors]) -> None:
    """Where there is no direct factor of the grid, all are lifecycle ones, those of contracts too."""
    found = a_disclosure([a_segment()], factors=own(WIND, direct=True))
    assert lines(found)[0][1] == "wind"


def test_disclosures_with_contracts_merge(own: Callable[..., Factors]) -> None:
    """The sum says what it leaves out."""
    other = a_disclosure([a_segment(2, stage="evaluate", host_ref=HOST_B, place=FRANCE, group=GROUP_B)])
    mine = a_disclosure([a_segment(1)], factors=own(WIND))
    total = merged(mine, other).disclosure.totals.new.operational_market
    told = market(mine)
    assert total is not None
    assert told is not None
    assert total.value == told.value
    assert "tell nothing of it" in (total.reason or "")
