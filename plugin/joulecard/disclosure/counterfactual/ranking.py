"""The rows of a what-if, least emissions first, each with its ratio to one of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from joulecard.accounting.ratios import ratio
from joulecard.disclosure.counterfactual.actual import evidence_of
from joulecard.disclosure.counterfactual.notes import notes_on
from joulecard.disclosure.counterfactual.row import Intensity, Pue, Row, placed
from joulecard.disclosure.counterfactual.scene import scene_of
from joulecard.errors import InvalidInputError
from joulecard.factors import edition as tables_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.disclosure.counterfactual.actual import Actual, Basis
    from joulecard.disclosure.counterfactual.asked import Asked, Elsewhere
    from joulecard.disclosure.counterfactual.row import Kind
    from joulecard.disclosure.counterfactual.scene import Scene
    from joulecard.factors.grid import Profile

DISCLOSED, SAME_PLACE, REFERENCE = "as disclosed", "same place", "reference: world mean"
ALIKE = 1e-9  # relative: the same place with the factors of the disclosure is the disclosure


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """The same energy on several grids, ranked; marked as such wherever it is shown, and never a disclosure."""

    rows: tuple[Row, ...]  # least emissions first
    base: Row | None  # the row that all ratios are to; None where none is comparable
    disclosed: Row  # among the rows only where it is comparable with them
    energy_it_kwh: float | None  # which a PUE of its own multiplies in a row
    basis: Basis
    profile: Profile
    edition: str
    has_own_factors: bool
    notes: tuple[str, ...]  # what a reader must know, sentences without their full stop


def counterfactual(actual: Actual, asked: Asked) -> Counterfactual:
    """The disclosed energy at the places that are asked for and on the reference grid, ranked.

    Raises InvalidInputError where a premise cannot be applied or a place has no factor of the profile.
    """
    scene = scene_of(actual, asked)
    disclosed, here = _disclosed(scene), _same_place(scene)
    base = disclosed if _is_comparable(scene) else here
    is_new = here is not None and (base is here or not _alike(here, disclosed))
    others = [each for each in asked.others if _has_factor(scene, each)]
    elsewhere = [_elsewhere(scene, each) for each in (*_required(scene), *others)]
    reference = _reference(scene)
    shown = [base if base is disclosed else None, here if is_new else None, *elsewhere, reference]
    rows = tuple(_compared(scene, row, base) for row in shown if row)
    if not rows:
        raise InvalidInputError(
            f"nothing is left to rank with {scene.profile} factors", mend="name places that have one with --in"
        )
    return Counterfactual(
        rows=tuple(sorted(rows, key=lambda row: (row.co2e.known, row.name))),
        base=base,
        disclosed=disclosed,
        energy_it_kwh=actual.energy_it_kwh,
        basis=scene.basis,
        profile=scene.profile,
        edition=asked.edition.name,
        has_own_factors=asked.edition.own is not None,
        notes=tuple(notes_on(scene, rows, base, [each.name for each in asked.others if each not in others])),
    )


def _is_comparable(scene: Scene) -> bool:
    """Whether the disclosed emissions are of the same energy and of the same kind of factor as the rows."""
    actual = scene.actual
    is_known = actual.emissions.value is not None
    return is_known and actual.basis == scene.basis and actual.scopes <= {scene.profile}


def _disclosed(scene: Scene) -> Row:
    actual = scene.actual
    pue = Pue(actual.pue, "disclosed") if actual.basis == "facility" else None
    name = f"{DISCLOSED}, {actual.grid.name}" if actual.grid else DISCLOSED
    return Row("disclosed", name, actual.energy, actual.emissions, actual.emissions_have_range, pue)


def _same_place(scene: Scene) -> Row | None:
    """The place of the disclosure with the factors and the PUE that are asked for; None where it cannot be told."""
    actual, asked = scene.actual, scene.asked
    if asked.other_factors or not actual.scopes <= {scene.profile}:
        if len(actual.locations) != 1:
            return None
        evidence = evidence_of(actual.locations[0])
        row = _row(scene, "same-place", SAME_PLACE, scene.grid(evidence), scene.own_pue(evidence) or scene.pue(None))
        return row if scene.fits(row.factors) else None
    if actual.grid is None or asked.pue is None:
        return None
    intensity = Intensity(actual.grid.value, tuple(_Known(*each) for each in actual.grid_log_sds))
    return _row(scene, "same-place", SAME_PLACE, lambda _: intensity, scene.pue(None))


def _row(scene: Scene, kind: Kind, name: str, at: Callable[[int], Intensity], pue: Pue | None) -> Row:
    return replace(placed(kind, name, scene.actual.drawn, at, pue), has_range=scene.actual.energy_has_range)


def _required(scene: Scene) -> tuple[Elsewhere, ...]:
    """The places that are named, raising InvalidInputError where the profile has no factor for one."""
    for each in scene.asked.places:
        if not _has_factor(scene, each):
            raise InvalidInputError(
                f"edition {scene.asked.edition.name} has no {scene.profile} factor for {each.name}",
                mend="leave it out, or ask for the other profile",
            )
    return scene.asked.places


def _has_factor(scene: Scene, place: Elsewhere) -> bool:
    """Whether there is a factor of the profile for the place, better than the mean of the world."""
    found = [factor for year in scene.actual.years if (factor := scene.grid(place.evidence)(year).factor)]
    return scene.fits(found) and all(each.fallback_level != "world" for each in found)


def _elsewhere(scene: Scene, place: Elsewhere) -> Row:
    return _row(scene, "place", place.name, scene.grid(place.evidence), scene.pue(place.evidence))


def _reference(scene: Scene) -> Row | None:
    """The same energy on the mean of the world's grids: a convention, so its intensity has no range of its own."""
    tables = tables_of(scene.asked.edition.name)  # the user's own factors are of no common grid

    def at(year: int) -> Intensity:
        found = tables.grid(None, year, scene.profile)
        return Intensity(found.value, (), found)

    row = _row(scene, "reference", REFERENCE, at, scene.pue(None))
    return row if scene.fits(row.factors) else None


def _alike(one: Row, other: Row) -> bool:
    return other.co2e.value is not None and abs(one.co2e.known - other.co2e.value) <= ALIKE * other.co2e.value


def _compared(scene: Scene, row: Row, base: Row | None) -> Row:
    """The row with its ratio to the base; without one where there is no base or one of the two is nothing."""
    if base is None or not base.co2e.value or not row.co2e.value:
        return row
    is_told = base.has_range if base.kind == "disclosed" else bool(base.factors or scene.actual.grid_log_sds)
    return replace(row, ratio=ratio([row.co2e], [base.co2e]), ratio_has_range=is_told)


@dataclass(frozen=True, slots=True)
class _Known:
    """A source of uncertainty as a disclosure tells it."""

    id: str
    log_sd: float
