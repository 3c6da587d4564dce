"""What a reader of a what-if must know of all its rows together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.disclosure.counterfactual.row import Row
    from joulecard.disclosure.counterfactual.scene import Scene

ENERGIES = {"it": "IT energy", "facility": "facility energy"}
MOST_NAMES = 8


def notes_on(scene: Scene, rows: Sequence[Row], base: Row | None, left_out: Sequence[str]) -> Iterator[str]:
    """Sentences without their full stop; `left_out` are the places that have no factor of the profile."""
    actual = scene.actual
    if scene.basis == "it":
        of = "" if actual.basis else " for all of it"
        yield f"All rows are on IT energy, since no PUE is disclosed{of}"
    if base is None or base.kind != "disclosed":
        yield f"The disclosed emissions are not among the rows: {_unlike(scene)}"
    if base is None:
        yield "No ratio is told, since no row is of the disclosed place"
    yield from _other_source(scene, rows)
    if actual.left_out:
        yield f"The disclosed energy is not all: {actual.left_out}"
    if left_out:
        yield f"Left out, since the edition has no {scene.profile} factor for them: {_some(left_out)}"
    if "reference" not in {row.kind for row in rows}:
        yield f"The edition has no {scene.profile} factor of the world, so there is no reference grid"
    years = sorted({factor.year or 0 for row in rows for factor in row.factors} - {0})
    if years and not set(years) <= set(actual.years):
        yield f"Intensities are of {_and(years)}, the nearest that the edition has to {_and(actual.years)}"


def _other_source(scene: Scene, rows: Sequence[Row]) -> Iterator[str]:
    """That the disclosed place stands among the others by another source, which alone makes it another number."""
    grid = scene.actual.grid
    named = (factor.source["name"] for row in rows if row.kind == "place" for factor in row.factors
             if grid and factor.name == grid.name)  # fmt: skip
    for source in dict.fromkeys(named):
        if grid and source != grid.source.name:
            told = f"{grid.name} is disclosed by {grid.source.name} and ranked by {source}"
            yield f"{told}: as far as these differ, its ratio is one of sources and not of places"


def _some(names: Sequence[str]) -> str:
    """The names, of many only the first."""
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _and(years: Sequence[int]) -> str:
    return " and ".join(str(year) for year in years)


def _unlike(scene: Scene) -> str:
    """Why the disclosed emissions cannot be compared with the rows."""
    if scene.actual.emissions.value is None:
        return f"there are none ({scene.actual.emissions.reason})"
    if not scene.actual.scopes <= {scene.profile}:
        return f"they are made with {' and '.join(sorted(scene.actual.scopes))} factors, the rows with {scene.profile}"
    if scene.actual.basis is None:
        return "a part of them is on IT energy and the rest on facility energy"
    return f"they are on {ENERGIES[scene.actual.basis]}, the rows on {ENERGIES[scene.basis]}"
