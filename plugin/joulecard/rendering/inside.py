"""What stages got done and what one unit of it cost; and the parts of stages that were recorded by themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from joulecard import numbers
from joulecard.disclosure.stage_gaps import COUNT
from joulecard.rendering import words
from joulecard.rendering.figures import Figure, bounded, energy_of_one, mass_of_one
from joulecard.rendering.stage_shares import UNFINISHED
from joulecard.rendering.subtotals import subtotal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.rendering.figures import Columns

MOST_UNITS = 6
MOST_PARTS = 6  # lines of one stage
MOST_OF_ALL = 18  # lines of all stages together
LEAST_PARTS = 2
KNOWN_IN_PART = ", known to its last checkpoint"
LONGEST_COUNT = 1e15  # beyond it a count is no exact number


@dataclass(frozen=True, slots=True)
class UnitCost:
    """What one unit of work cost: "0.42 Wh per request", with how many were counted, and where."""

    unit: str
    count: str
    where: str  # "in serve"; "in all stages"
    energy: Figure
    carbon: Figure
    is_most: bool = False  # more were done than counted, so that one cost at most this


@dataclass(frozen=True, slots=True)
class Units:
    """At most so many units of work, and how many there are beside them."""

    shown: tuple[UnitCost, ...]
    more: int
    headline: UnitCost | None  # of the functional unit that the disclosure is told for


@dataclass(frozen=True, slots=True)
class PartLine:
    """A part of a stage, what stands for several of them, or what is in none."""

    name: str  # "of which epoch 3 of 12"
    duration: str
    energy: Figure
    method: str  # empty where it is that of the stage


def units(document: dict[str, Any]) -> Units:
    """The units that the whole disclosure is told for, then those of each stage."""
    found = [*_of_all(document), *_of_stages(document)]
    return Units(tuple(found[:MOST_UNITS]), max(0, len(found) - MOST_UNITS), _headline(document))


def lines_of(stage: dict[str, Any], columns: Columns, most: int = MOST_PARTS) -> tuple[PartLine, ...]:
    """A line for each part of a stage, those in others after them; of very many the greatest, and the rest in one.

    The last line is what is in none of them.
    """
    parts = stage.get("parts", ())
    if not parts:
        return ()
    direct = [part for part in parts if "part_of" not in part]
    shown = list(_tree(parts)) if len(parts) <= most else _greatest(direct, most - 1)
    names, ended = _names(parts), _ended(stage)
    cut = _cut_short(parts, ended)
    told = []
    for part in shown:
        own = part["execution_id"]
        name = _name(part, names) + _times(stage, own) + ended.get(own, "") + (KNOWN_IN_PART if own in cut else "")
        told.append((name, words.duration(part["monotonic_s"]), part["energy_it"]))
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
    named, cut = {unit["id"]: unit for unit in document.get("functional_units", ())}, _cut_counts(document)
    counted = [work["name"] for stage in document["stages"] for work in stage.get("work_done", ())]
    alone = sum("energy" in stage for stage in document["stages"]) == 1
    for rate in document["totals"].get("per_functional_unit", ()):
        unit = named[rate["functional_unit_ref"]]
        if not (alone and unit["name"] in counted):
            yield _of_unit(unit, rate, cut)


def _of_stages(document: dict[str, Any]) -> Iterator[UnitCost]:
    cut = _cut_counts(document)
    for stage in document["stages"]:
        for work in stage.get("work_done", ()):
            yield _cost(work["name"], work["count"], f"in {stage['name']}", work, is_least=stage["id"] in cut)


def _cut_counts(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The stages whose counts end at the last checkpoint of a killed recorder, by their id."""
    ids = {gap.get("stage_ref") for gap in document["gaps"] if gap["what"] == COUNT}
    return {stage["id"]: stage for stage in document["stages"] if stage["id"] in ids}


def _headline(document: dict[str, Any]) -> UnitCost | None:
    """What one of the first functional unit cost over all stages; None where no energy of one is told."""
    named = {unit["id"]: unit for unit in document.get("functional_units", ())}
    rates = document["totals"].get("per_functional_unit", ())
    if not rates or rates[0].get("energy_it", {}).get("value") is None:
        return None
    unit = named[rates[0]["functional_unit_ref"]]
    return _of_unit(unit, rates[0], _cut_counts(document))


def _of_unit(unit: dict[str, Any], rate: dict[str, Any], cut: dict[str, dict[str, Any]]) -> UnitCost:
    """What one of a functional unit cost; `cut` are the stages whose counts are the least."""
    is_least = any(work["name"] == unit["name"] for each in cut.values() for work in each.get("work_done", ()))
    return _cost(unit["name"], unit["quantity"], "in all stages", rate, is_least=is_least)


def _cost(unit: str, count: float, where: str, rate: dict[str, Any], *, is_least: bool = False) -> UnitCost:
    none = {"method": "not_available", "reason": "it is not known for all of them"}
    energy, carbon = rate.get("energy_it", none), rate.get("operational_location", none)
    told = f"at least {_count(count)}" if is_least else _count(count)
    until = f"{where}, until the last checkpoint of a killed recorder" if is_least else where
    return UnitCost(unit, told, until, energy_of_one(energy), mass_of_one(carbon), is_least)


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


def _names(parts: Sequence[dict[str, Any]]) -> dict[str, str]:
    """The name of each part by its execution; those of one name beside one another are numbered in their order."""
    alike: dict[tuple[str | None, str], list[str]] = {}
    for part in parts:
        alike.setdefault((part.get("part_of"), part["name"]), []).append(part["execution_id"])
    return {
        execution: f"{name} {number} of {len(same)}" if len(same) > 1 else name
        for (_, name), same in alike.items()
        for number, execution in enumerate(same, 1)
    }


def _ended(stage: dict[str, Any]) -> dict[str, str]:
    """How the parts ended that were not completed, by their execution: ", failed"."""
    ends: dict[str, set[str]] = {}
    for segment in stage.get("segments", ()):
        if "within" in segment and "execution_id" in segment:
            ends.setdefault(segment["execution_id"], set()).add(segment["status"])
    worst = {execution: next((end for end in UNFINISHED if end in found), "") for execution, found in ends.items()}
    return {execution: f", {end}" for execution, end in worst.items() if end}


def _times(stage: dict[str, Any], execution: str) -> str:
    """How often a part ran in the same process: ", 4 times"; what goes on where another record ended is one with it."""
    ends: dict[tuple[str, int | None], list[str]] = {}
    times: dict[tuple[str, int | None], int] = {}
    own = [each for each in stage.get("segments", ()) if each.get("execution_id") == execution]
    for each in sorted(own, key=lambda each: words.instant(each["start"])):
        where = each["host_ref"], each.get("rank")
        times[where] = times.get(where, 0) + (each["start"] not in ends.setdefault(where, []))
        ends[where].append(each["end"])
    most = max(times.values(), default=1)
    return f", {most} times" if most > 1 else ""


def _cut_short(parts: Sequence[dict[str, Any]], ended: dict[str, str]) -> set[str]:
    """The parts whose recorder was killed, so that what ran in them is known for longer than they are."""
    lasted = {part["execution_id"]: words.instant(part["end"]) for part in parts}
    inside = [part for part in parts if "part_of" in part]
    longer = {part["part_of"] for part in inside if words.instant(part["end"]) > lasted[part["part_of"]]}
    return {execution for execution in longer if "interrupted" in ended.get(execution, "")}


def _name(part: dict[str, Any], names: dict[str, str]) -> str:
    """Its name behind a word for where it lies."""
    own, inside = names[part["execution_id"]], names.get(part.get("part_of", ""), "")
    return f"in {inside}: {own}" if inside else f"of which {own}"


def _line(name: str, duration: str, energy: dict[str, Any], usual: str, columns: Columns) -> PartLine:
    figure, method = bounded(columns.energy_of(energy)), words.method(energy)
    return PartLine(name, duration, replace(figure, reason=""), "" if method == usual else method)
