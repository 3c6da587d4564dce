"""What stages got done and what one unit of it cost; and the parts of stages that were recorded by themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from joulecard import numbers
from joulecard.rendering import words
from joulecard.rendering.figures import Figure, bounded, energy_of_one, mass_of_one
from joulecard.rendering.subtotals import subtotal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.rendering.figures import Columns

MOST_UNITS = 6
MOST_PARTS = 6  # lines of one stage
MOST_OF_ALL = 18  # lines of all stages together
LEAST_PARTS = 2
LONGEST_COUNT = 1e15  # beyond it a count is no exact number


@dataclass(frozen=True, slots=True)
class UnitCost:
    """What one unit of work cost: "0.42 Wh per request", with how many were counted, and where."""

    unit: str
    count: str
    where: str  # "in serve"; "in all stages"
    energy: Figure
    carbon: Figure


@dataclass(frozen=True, slots=True)
class Units:
    """At most so many units of work, and how many there are beside them."""

    shown: tuple[UnitCost, ...]
    more: int


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part of a stage, what stands for several of them, or what is in none."""

    name: str  # "of which epoch"
    duration: str
    energy: Figure
    method: str  # empty where it is that of the stage


def units(document: dict[str, Any]) -> Units:
    """The units that the whole disclosure is told for, then those of each stage."""
    found = [*_of_all(document), *_of_stages(document)]
    return Units(tuple(found[:MOST_UNITS]), max(0, len(found) - MOST_UNITS))


def lines_of(stage: dict[str, Any], columns: Columns, most: int = MOST_PARTS) -> tuple[PartLine, ...]:
    """A line for each part of a stage, those in others after them; of very many the greatest, and the rest in one.

    The last line is what is in none of them.
    """
    parts = stage.get("parts", ())
    if not parts:
        return ()
    direct = [part for part in parts if "part_of" not in part]
    shown = list(_tree(parts)) if len(parts) <= most else _greatest(direct, most - 1)
    names = {part["execution_id"]: part["name"] for part in parts}
    told = [(_name(part, names), words.duration(part["monotonic_s"]), part["energy_it"]) for part in shown]
    rest = [part["energy_it"] for part in direct if part not in shown]
    if rest:
        told.append((f"and {len(rest)} more {'part' if len(rest) == 1 else 'parts'}", "", subtotal(rest)))
    if "unattributed" in stage:
        told.append(("not in any part", "", stage["unattributed"]))
    usual = words.method(stage["energy"]["it_total"])
    return tuple(_line(*each, usual, columns) for each in told)


def most_of_each(stages: Sequence[dict[str, Any]]) -> int:
    """How many lines the parts of one stage may have, so that those of all are not too many."""
    divided = sum("parts" in stage for stage in stages)
    return max(LEAST_PARTS, min(MOST_PARTS, MOST_OF_ALL // divided)) if divided else MOST_PARTS


def _of_all(document: dict[str, Any]) -> Iterator[UnitCost]:
    """Rates of the headline; where one stage counted all of a unit they are told with it."""
    named = {unit["id"]: unit for unit in document.get("functional_units", ())}
    counted = [work["name"] for stage in document["stages"] for work in stage.get("work", ())]
    alone = sum("energy" in stage for stage in document["stages"]) == 1
    for rate in document["totals"].get("per_functional_unit", ()):
        unit = named[rate["functional_unit_ref"]]
        if not (alone and unit["name"] in counted):
            yield _cost(unit["name"], unit["quantity"], "in all stages", rate)


def _of_stages(document: dict[str, Any]) -> Iterator[UnitCost]:
    for stage in document["stages"]:
        for work in stage.get("work", ()):
            yield _cost(work["name"], work["count"], f"in {stage['name']}", work)


def _cost(unit: str, count: float, where: str, rate: dict[str, Any]) -> UnitCost:
    none = {"method": "not_available", "reason": "it is not known for all of them"}
    energy, carbon = rate.get("energy_it", none), rate.get("operational_location", none)
    return UnitCost(unit, _count(count), where, energy_of_one(energy), mass_of_one(carbon))


def _count(count: float) -> str:
    """A count as it is; what is no whole number, or too great for one, to six digits."""
    exact = float(count).is_integer() and abs(count) < LONGEST_COUNT
    return f"{count:,.0f}".replace(",", numbers.THIN_SPACE) if exact else f"{count:.6g}"


def _tree(parts: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The parts, each followed by those in it."""
    below: dict[str | None, list[dict[str, Any]]] = {}
    for part in parts:
        below.setdefault(part.get("part_of"), []).append(part)
    waiting = list(reversed(below.get(None, [])))
    while waiting:
        part = waiting.pop()
        yield part
        waiting += reversed(below.get(part["execution_id"], []))


def _greatest(parts: Sequence[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Those that drew most, in their order."""
    ranked = sorted(range(len(parts)), key=lambda place: (-(parts[place]["energy_it"].get("value") or 0.0), place))
    return [parts[place] for place in sorted(ranked[:most])]


def _name(part: dict[str, Any], names: dict[str, str]) -> str:
    """Its name behind a word for where it lies."""
    inside = names.get(part.get("part_of", ""), "")
    return f"in {inside}: {part['name']}" if inside else f"of which {part['name']}"


def _line(name: str, duration: str, energy: dict[str, Any], usual: str, columns: Columns) -> PartLine:
    figure, method = bounded(columns.energy_of(energy)), words.method(energy)
    return PartLine(name, duration, replace(figure, reason=""), "" if method == usual else method)
