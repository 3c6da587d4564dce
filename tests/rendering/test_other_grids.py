"""The scenario of other grids changes the intensity and nothing else, and is not told where it would mislead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from joulecard.numbers import MASS_STEPS
from joulecard.rendering.figures import columns
from joulecard.rendering.other_grids import scenario

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.rendering.charts import Grid

    Documents = Callable[[str], dict[str, Any]]


def the_actual(grids: tuple[Grid, ...]) -> Grid:
    """The one marked grid."""
    (actual,) = (grid for grid in grids if grid.is_actual)
    return actual


def headline(document: dict[str, Any]) -> dict[str, Any]:
    """The headline's emissions."""
    carbon: dict[str, Any] = document["totals"][document["totals"]["headline"]]["operational_location"]
    return carbon


def grid_factor(document: dict[str, Any]) -> dict[str, Any]:
    """The first grid factor of a document."""
    return next(factor for factor in document["factors"] if factor["kind"] == "grid_intensity")


@pytest.mark.parametrize("name", ["typical", "estimated", "unknown_place", "all_cached", "many_stages"])
def test_the_actual_grid_is_the_headline(document: Documents, name: str) -> None:
    """Same value, same ends, in the unit of the stage table."""
    found = document(name)
    actual, carbon, totals = the_actual(scenario(found)), headline(found), found["totals"]
    scale_g = dict(MASS_STEPS)[columns((totals["new"], totals["including_reused"])).mass]
    assert actual.value == pytest.approx(carbon["value"] / scale_g)
    assert (actual.lower, actual.upper) == pytest.approx(
        (carbon["interval"]["lower"] / scale_g, carbon["interval"]["upper"] / scale_g)
    )


@pytest.mark.parametrize("name", ["typical", "estimated", "unknown_place"])
def test_every_grid_stands_to_the_actual_as_its_intensity_does(document: Documents, name: str) -> None:
    """The energy is the same: emissions per intensity are equal, and the rows go up."""
    grids = scenario(document(name))
    per_intensity = [grid.value / float(grid.intensity_label) for grid in grids]
    assert per_intensity == pytest.approx([per_intensity[0]] * len(grids), rel=0.02)
    assert 7 <= len(grids) <= 9
    assert [grid.value for grid in grids] == sorted(grid.value for grid in grids)
    assert len({grid.label for grid in grids}) == len(grids)
    assert grids[-1].value > 5 * grids[0].value


def test_another_grid_has_its_own_uncertainty(document: Documents) -> None:
    """A country of several grids is less certain than one of a single grid; the energy's own stays."""
    grids = {grid.label: grid for grid in scenario(document("typical"))}
    spread = {name: (grid.upper or 0) / (grid.lower or 1) for name, grid in grids.items()}
    assert spread["United States"] > 2 * spread["Germany"]
    assert all(grid.lower and grid.upper and grid.lower < grid.value < grid.upper for grid in grids.values())


def test_the_other_grids_come_from_the_table_of_the_actual_one(document: Documents) -> None:
    """Consumption beside consumption, production beside production: France has one value in each."""
    by_zone = {grid.label: grid.intensity_label for grid in scenario(document("typical"))}
    by_country = {grid.label: grid.intensity_label for grid in scenario(document("unknown_place"))}
    assert (by_zone["France"], by_country["France"]) == ("31", "41.2")


def test_the_country_of_the_actual_grid_stands_there_once(document: Documents) -> None:
    """A part of Sweden is not shown beside Sweden, nor France beside France."""
    assert [grid.label for grid in scenario(document("typical")) if "Sweden" in grid.label] == ["South Central Sweden"]
    france = [grid for grid in scenario(document("single_stage")) if grid.label == "France"]
    assert [grid.is_actual for grid in france] == [True]


def test_an_unknown_grid_is_called_the_mean_of_the_world(document: Documents) -> None:
    """Whether the place is unknown or has no factor of its own."""
    assert the_actual(scenario(document("unknown_place"))).label == "Mean of the world"
    assert the_actual(scenario(document("antarctica"))).label == "Mean of the world"


def test_several_grids_make_no_scenario(document: Documents) -> None:
    """Which part of the work would move is not known."""
    assert scenario(document("several_hosts")) == ()


def test_without_known_emissions_there_is_no_scenario(document: Documents) -> None:
    """Neither of nothing nor of the unknown."""
    for value in (0.0, None):
        found = document("typical")
        headline(found)["value"] = value
        assert scenario(found) == ()


def test_an_edition_that_is_not_at_hand_makes_no_scenario(document: Documents) -> None:
    """Other tables would compare what is not alike; the same holds where none is named."""
    for edition in ({"factor_edition": "1999.01"}, {"factor_edition": "../2026.11"}, {}):
        found = document("typical")
        found["generator"] = {"name": "another", **edition}
        assert scenario(found) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"granularity": "hourly"},
        {"basis": {"attribution": "marginal", "accounting": "location", "scope": "lifecycle", "flow": "consumption"}},
        {"basis": {"attribution": "average", "accounting": "location", "scope": "direct", "flow": "production"}},
        {"basis": {"attribution": "average", "accounting": "market", "scope": "lifecycle", "flow": "consumption"}},
        {"basis": {"attribution": "average", "accounting": "location", "scope": "lifecycle"}},
        {"value": 0.0},
    ],
)
def test_an_intensity_of_another_kind_makes_no_scenario(document: Documents, change: dict[str, Any]) -> None:
    """Yearly life-cycle means are compared with their like alone."""
    found = document("typical")
    grid_factor(found).update(change)
    assert scenario(found) == ()


def test_without_named_sources_the_others_have_no_range(document: Documents) -> None:
    """Widths are never made up."""
    found = document("typical")
    del headline(found)["interval"]["contributions"]
    grids = scenario(found)
    assert {(grid.lower, grid.upper) for grid in grids if not grid.is_actual} == {(None, None)}
    assert the_actual(grids).lower is not None
