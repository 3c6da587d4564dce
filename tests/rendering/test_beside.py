"""What stands beside the headline on every page: market-based emissions, hardware, water and the SCI score."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.disclosure.conftest import a_disclosure, a_segment
from tests.rendering.conftest import the_bytes

from joulecard import numbers
from joulecard.disclosure.embodied import Hardware
from joulecard.disclosure.per_unit import per_unit
from joulecard.disclosure.tallied import Factors
from joulecard.factors import CURRENT, edition
from joulecard.factors.own.file import read_own
from joulecard.rendering.beside import beside
from joulecard.rendering.figures import factor_row
from joulecard.rendering.html import html_report
from joulecard.rendering.latex import paper_appendix
from joulecard.rendering.model_card import model_card

OWN = read_own(str(Path(__file__).parents[1] / "disclosure" / "own.toml"))
NAMES = [
    "Emissions, market-based",
    "Embodied in the hardware",
    "Emissions with embodied",
    "Water consumed",
    "SCI score, for one token",
]


def with_all() -> dict[str, Any]:
    """A disclosure that knows all of it."""
    counted = a_segment(work_done=(("token", 1000.0),))
    made = a_disclosure([counted], factors=Factors(edition(CURRENT, OWN), hardware=Hardware()))
    document: dict[str, Any] = json.loads(per_unit(made, "token").to_json())
    return document


def without() -> dict[str, Any]:
    """One that knows nothing of it."""
    document: dict[str, Any] = json.loads(a_disclosure([a_segment()]).to_json())
    return document


def test_what_is_known_is_shown_and_nothing_else() -> None:
    """In this order; what nobody told has no line."""
    assert [line.name for line in beside(with_all())] == NAMES
    assert beside(without()) == ()


def test_every_page_shows_them() -> None:
    """Model card, paper and report, each with range and method; without them no page has a heading for it."""
    full, bare = with_all(), without()
    pages = [model_card(full), paper_appendix(full, the_bytes(full)), html_report(full, the_bytes(full))]
    assert [name for page in pages for name in NAMES if name not in page] == []
    for page in (model_card(bare), paper_appendix(bare, the_bytes(bare))):
        assert "Beside the emissions" not in page


def test_water_of_one_kind_says_where() -> None:
    """Litres at the site are no statement about the power plants."""
    document = with_all()
    water = document["totals"]["new"]["water"]
    for kind, place in (("wue", " at the site"), ("water_intensity", " at the power plants")):
        alone = [factor["id"] for factor in document["factors"] if factor["kind"] == kind]
        document["totals"]["new"]["water"] = {**water, "factor_refs": alone}
        assert f"Water consumed{place}" in [line.name for line in beside(document)]


@pytest.mark.parametrize(
    ("litres", "ends", "printed"),
    [
        (3.6e-5, (1.5e-5, 6.9e-5), "0.036 mL (0.015 to 0.069 mL)"),
        (2.5, (1.0, 4.0), "2.5 L (1.0 to 4.0 L)"),
        (54321.0, (40000.0, 70000.0), "54 m³ (40 to 70 m³)"),
        (0.0, (0.0, 0.0), "0 mL (0 to 0 mL)"),
    ],
)
def test_volumes_fit_their_unit(litres: float, ends: tuple[float, float], printed: str) -> None:
    """Millilitres to cubic metres, rounded by the range."""
    assert numbers.plain(str(numbers.volume(litres, ends))) == printed


@pytest.mark.parametrize(
    ("members", "basis"),
    [
        ({"accounting": "market"}, "average, life cycle, market-based, 2026"),
        ({"accounting": "residual"}, "average, life cycle, residual mix, 2026"),
        ({"accounting": "location"}, "average, life cycle, location-based, 2026, hourly"),
    ],
)
def test_a_factor_says_what_it_is_a_mean_of(members: dict[str, str], basis: str) -> None:
    """A contract, what contracts left over, or the grid; finer than a year where it is."""
    factor = {
        "id": "f",
        "kind": "grid_intensity",
        "name": "f",
        "value": 12.0,
        "unit": "g/kWh",
        "basis": {"attribution": "average", "scope": "lifecycle", **members},
        "valid": {"start": "2026-01-01", "end": "2026-12-31"},
        "granularity": "hourly" if members["accounting"] == "location" else "yearly",
        "source": {"name": "s"},
    }
    assert factor_row(factor, {}).basis == basis
