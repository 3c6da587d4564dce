"""The four numbers below the headline: the first four of those that the disclosure knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from joulecard import numbers
from joulecard.rendering import words
from joulecard.rendering.beside import where_used
from joulecard.rendering.figures import Figure, columns, volume_of
from joulecard.rendering.foreign_text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.rendering.view import View

SHOWN = 4
LONGEST_TEXT = 130
BEYOND = {
    "facility": "with the data centre's overhead",
    "node": "of the node alone, without the data centre around it",
    "accelerator": "of the accelerators alone",
}
SCOPES = {"lifecycle": "life cycle", "direct": "combustion only"}


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A number, its unit and what it is."""

    number: str
    unit: str
    text: str


def key_figures(document: dict[str, Any], card: View) -> tuple[KeyFigure, ...]:
    """Energy first, then what a reader asks next."""
    shown = islice(_known(document, card), SHOWN)
    return tuple(replace(figure, text=plain(figure.text, LONGEST_TEXT)) for figure in shown)


def _known(document: dict[str, Any], card: View) -> Iterator[KeyFigure]:
    headline = document["totals"][document["totals"]["headline"]]
    energy = card.facility if card.facility.known else card.energy
    if energy.known:
        yield _energy(energy, card, document["boundary"]["scope_level"])
    if one := card.work.headline:
        yield _of(one.energy, f"for one {one.unit}; {one.count} were counted")
    market = headline.get("operational_market", {})
    if market.get("value") is not None:
        units = columns((document["totals"]["new"], document["totals"]["including_reused"]))
        figure = units.mass_of(market)
        yield _of(figure, f"market-based, {figure.method}, beside the location-based headline; {figure.range}")
    yield from _measured(headline["energy_it"])
    yield from _grid(document, headline["operational_location"])
    water = headline.get("water", {})
    if water.get("value") is not None:
        figure = volume_of(water)
        yield _of(figure, f"water consumed{where_used(document, water)}, {figure.method}")
    fraction = document["boundary"].get("coverage_fraction")
    if fraction is not None and not card.reused_only:
        observed = card.observed.partition("% of ")[2].replace(" was observed", " observed")
        yield _percentage(fraction, f"of {observed}")
    if card.duration:
        *number, unit = card.duration.split(numbers.THIN_SPACE)
        yield KeyFigure(numbers.THIN_SPACE.join(number), unit, "of running time, each moment counted once")
    count = len({stage["name"] for stage in document["stages"]})
    yield KeyFigure(str(count), "", f"{'stage' if count == 1 else 'stages'} on record")


def _energy(energy: Figure, card: View, scope_level: str) -> KeyFigure:
    reach = BEYOND[scope_level] if card.facility.known or scope_level != "facility" else BEYOND["node"]
    pue = f", {card.pue}" if card.pue and card.facility.known else ""
    ends = f"; {energy.range}" if energy.range else ""
    return _of(energy, f"{'or more: ' if card.is_least else ''}electricity {reach}{pue}{ends}")


def _measured(energy: dict[str, Any]) -> Iterator[KeyFigure]:
    """How much of the IT energy counters read, where that is said."""
    fraction = 1.0 if energy["method"] == "measured" else energy.get("measured_fraction")
    if energy.get("value") is None or fraction is None:
        return
    rest = (
        ""
        if fraction == 1
        else f", the rest is {energy['method']}"
        if fraction
        else f"; all of it is {energy['method']}"
    )
    yield _percentage(fraction, f"of the IT energy was read from counters{rest}")


def _grid(document: dict[str, Any], carbon: dict[str, Any]) -> Iterator[KeyFigure]:
    """The grid intensity that was applied; of several, how many there are and which."""
    applied = set(carbon.get("factor_refs") or ())
    grids = [each for each in document["factors"] if each["id"] in applied and each["kind"] == "grid_intensity"]
    if len(grids) == 1:
        grid = grids[0]
        basis = SCOPES.get(grid.get("basis", {}).get("scope", ""), "")
        year = str(grid.get("valid", {}).get("start", ""))[:4]
        told = ", ".join(part for part in (f"grid intensity of {grid['name']}", year, basis) if part)
        yield KeyFigure(f"{grid['value']:.6g}", "g/kWh", told)
    elif grids:
        each = words.listed(f"{grid['name']} {grid['value']:.6g}{numbers.THIN_SPACE}g/kWh" for grid in grids)
        yield KeyFigure(str(len(grids)), "grids", each)


def _of(figure: Figure, text: str) -> KeyFigure:
    number, *unit = figure.text.rsplit(numbers.THIN_SPACE, 2 if figure.text.endswith(numbers.CO2E) else 1)
    return KeyFigure(number, numbers.THIN_SPACE.join(unit), text)


def _percentage(fraction: float, text: str) -> KeyFigure:
    return KeyFigure(numbers.percent(fraction).rpartition(numbers.THIN_SPACE)[0], "%", text)
