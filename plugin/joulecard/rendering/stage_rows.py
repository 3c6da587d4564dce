"""The lines of the stage table: so many that they fit, and such that they add up to the totals below them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from joulecard.disclosure.untimed import untimed
from joulecard.rendering import words
from joulecard.rendering.figures import Columns, Figure, bounded, missing
from joulecard.rendering.inside import lines_of, most_of_each
from joulecard.rendering.subtotals import subtotal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from joulecard.rendering.unrecorded import Unrecorded

Stages = list[dict[str, Any]]
MOST_ROWS = 8


@dataclass(frozen=True, slots=True)
class Grams:
    """Emissions in g with the ends of their interval where it is stated."""

    value_g: float
    lower_g: float | None
    upper_g: float | None
    method: str


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the stage table."""

    name: str
    status: str
    duration: str
    energy: Figure
    method: str
    carbon: Figure
    grams: Grams | None = None  # what a chart draws; None where there is no number
    is_rest: bool = False  # stands for what has no line of its own
    is_part: bool = False  # of the stage above it: not added again


NOTHING_NEW = Row("New in this run", "nothing ran", "", missing("none"), "", missing("none"))


def stage_rows(
    stages: Sequence[dict[str, Any]], units: Columns, most: int = MOST_ROWS, *, with_parts: bool = False
) -> tuple[Row, ...]:
    """A line for each execution; where these are too many, for each stage; the rest in one line of each kind.

    `with_parts`: below an execution with a line of its own, its parts.
    """
    groups = [[stage] for stage in stages]
    if len(groups) > most:
        groups = _by_name(stages)
    shown, rest = _greatest(groups, most)
    each = most_of_each(stages) if with_parts else 0
    rows = [row for group in shown for row in (_row(_name(group), group, units), *_parts(group, units, each))]
    ran = [stage for stage in rest if "energy" in stage]
    reused = [stage for stage in rest if "reused_from" in stage]
    neither = [stage for stage in rest if "energy" not in stage and "reused_from" not in stage]
    for group, what in ((ran, "execution"), (reused, "reused result"), (neither, "stage")):
        if group:
            rows.append(replace(_row(_counted(len(group), f"further {what}"), group, units), is_rest=True))
    return tuple(rows)


def _parts(group: Stages, units: Columns, most: int) -> Iterator[Row]:
    """The lines below an execution: its parts, and what is in none of them."""
    for line in lines_of(group[0], units, most) if len(group) == 1 and most else ():
        yield Row(line.name, "", line.duration, line.energy, line.method, missing(""), is_part=True)


def missing_rows(unrecorded: Sequence[Unrecorded]) -> tuple[Row, ...]:
    """A line for each stage of which there is no record, with the reason; of many, the last line counts the rest."""
    most = MOST_ROWS if len(unrecorded) <= MOST_ROWS else MOST_ROWS - 1
    rows = [_missing(each.stage, f": {each.reason}" if each.reason else "") for each in unrecorded[:most]]
    more = len(unrecorded) - len(rows)
    return (*rows, *([_missing(_counted(more, "further stage"), "")] if more else ()))


def total_rows(
    document: dict[str, Any], ran: Sequence[dict[str, Any]], part: str, units: Columns
) -> tuple[Row, Row | None]:
    """What ran and, where results were reused, the sum with these; `part` says of what the figures are only a part."""
    totals, label = document["totals"], f", partial ({part})" if part else ""
    if not any("reused_from" in stage for stage in document["stages"]):
        return _total(f"Total{label}", totals["new"], ran, units) if ran else NOTHING_NEW, None
    new = _total(f"New in this run{label}", totals["new"], ran, units) if ran else NOTHING_NEW
    both = f"Including reused results{', partial' if part else ''}"
    return new, _total(both, totals["including_reused"], (), units)


def row_of(name: str, group: Sequence[dict[str, Any]], units: Columns) -> Row:
    """One line for several executions that ran, without their status."""
    return replace(_row(name, list(group), units), status="")


def with_known_times(document: dict[str, Any]) -> Stages:
    """The stages; those of which nobody tells how long they took without their times, which would say more."""
    untold = untimed(document)
    if not untold:
        return list(document["stages"])
    return [
        {key: value for key, value in stage.items() if key != "time" or stage["id"] not in untold}
        for stage in document["stages"]
    ]


def lasted(stages: Sequence[dict[str, Any]]) -> str:
    """How long any of them ran, in words; empty where that is not told of each."""
    return words.duration(elapsed_s(stages)) if stages and all("time" in stage for stage in stages) else ""


def elapsed_s(stages: Iterable[dict[str, Any]]) -> float:
    """Seconds by the wall clock in which any record ran; what ran at the same time counts once."""
    spans: list[tuple[datetime, datetime]] = []
    for stage in stages:
        parts = [part for part in stage.get("segments", ()) if "within" not in part] or [stage["time"]]
        spans += [(words.instant(part["start"]), words.instant(part["end"])) for part in parts]
    seconds, until = 0.0, None
    for start, end in sorted(spans):
        since = start if until is None else max(start, until)
        if end > since:
            seconds += (end - since).total_seconds()
            until = end
    return seconds


def _by_name(stages: Sequence[dict[str, Any]]) -> list[Stages]:
    """The executions of each stage together, reused results apart; in the order in which each is first seen."""
    groups: dict[tuple[str, bool], Stages] = {}
    for stage in stages:
        groups.setdefault((stage["name"], "energy" in stage), []).append(stage)
    return list(groups.values())


def _greatest(groups: Sequence[Stages], most: int) -> tuple[list[Stages], Stages]:
    """The groups that have a line, in their order: all, or else those with the greatest emissions; and the rest."""
    if len(groups) <= most:
        return list(groups), []
    ranked = sorted(range(len(groups)), key=lambda place: (-sum(map(_grams, groups[place])), place))
    kept = set(ranked[: most - 1])
    rest = [stage for place, group in enumerate(groups) if place not in kept for stage in group]
    return [groups[place] for place in sorted(kept)], rest


def _grams(stage: dict[str, Any]) -> float:
    return float((_part(stage) or {}).get("emissions", {}).get("operational_location", {}).get("value") or 0.0)


def _part(stage: dict[str, Any]) -> dict[str, Any] | None:
    """Where the stage's energy and emissions stand; None where it has none."""
    return stage if "energy" in stage else stage.get("reused_from")


def _name(group: Stages) -> str:
    first = group[0]
    if len(group) > 1:
        return f"{first['name']}, {_counted(len(group), 'execution' if 'energy' in first else 'result')}"
    attempt = first.get("attempt", 1)
    return str(first["name"]) if attempt == 1 else f"{first['name']}, attempt {attempt}"


def _row(name: str, group: Stages, units: Columns) -> Row:
    parts = [part for stage in group if (part := _part(stage))]
    if not parts:
        return Row(name, _statuses(group), "", missing("no record"), "not available", missing("no record"))
    energy = subtotal([part["energy"]["it_total"] for part in parts])
    carbon = subtotal([part["emissions"]["operational_location"] for part in parts])
    timed = [stage for stage in group if "time" in stage]
    row = _figures(name, _statuses(group, energy), timed, energy, carbon, units)
    return replace(row, energy=bounded(row.energy), carbon=bounded(row.carbon))


def _statuses(group: Stages, energy: dict[str, Any] | None = None) -> str:
    """The status that all have in common, else how many have each; of reused results what their figures are."""
    counts = Counter(str(stage["status"]) for stage in group)
    told = ", ".join(f"{count} {status}" for status, count in counts.items()) if len(counts) > 1 else next(iter(counts))
    if energy is None or "energy" in group[0]:
        return told
    return f"{told}: {'what the earlier run had cost' if 'value' in energy else 'no record of the earlier run'}"


def _total(name: str, total: dict[str, Any], ran: Sequence[dict[str, Any]], units: Columns) -> Row:
    """A total; its duration is that of the executions behind it where there are any."""
    return _figures(name, "", ran, total["energy_it"], total["operational_location"], units)


def _figures(
    name: str,
    status: str,
    timed: Sequence[dict[str, Any]],
    energy: dict[str, Any],
    carbon: dict[str, Any],
    units: Columns,
) -> Row:
    method = words.methods(energy, carbon)
    return Row(name, status, lasted(timed), units.energy_of(energy), method, units.mass_of(carbon), _drawn(carbon))


def _drawn(carbon: dict[str, Any]) -> Grams | None:
    if carbon.get("value") is None:
        return None
    ends = carbon.get("interval", {})
    return Grams(carbon["value"], ends.get("lower"), ends.get("upper"), carbon["method"])


def _missing(name: str, why: str) -> Row:
    none = missing("not recorded")
    return Row(name, f"not recorded{why}", "", none, "not available", none)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
