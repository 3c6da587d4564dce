"""R16 and R17: dates that make numbers or dependencies unlikely."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.validation.at import At, Finding, Json
from joulecard.validation.facts import Facts, quantity
from joulecard.validation.instants import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator

EMITTED = ("operational_location", "operational_market")
CLOCKS_APART_MS = 3_600_000  # how far the clocks of two machines may be apart


def days_of_factors(facts: Facts) -> Iterator[Finding]:
    """A grid factor of other days than its energy, which no assumption names."""
    told = {item.value.get("factor_ref") for item in facts.root.items("assumptions")}
    for stage in facts.ran:
        time = stage.member("time")
        for line in _lines(stage):
            factor = facts.factors.get(line.value["factor_ref"])
            days = factor.value.get("valid") if factor else None
            if time and factor and days and factor.value["id"] not in told and _apart(days, time):
                told.add(factor.value["id"])
                yield _of_other_days(f"{factor.pointer}/valid", "factor", days, time, line)


def days_of_contracts(facts: Facts) -> Iterator[Finding]:
    """A contract generated on other days than the energy that rests on it, whose factor no assumption names."""
    told = {item.value.get("factor_ref") for item in facts.root.items("assumptions")}
    for stage in facts.ran:
        time = stage.member("time")
        for line in _lines(stage):
            item = facts.instruments.get(line.value.get("instrument_ref", ""))
            vintage = item.value.get("vintage") if item else None
            if time and item and vintage and line.value["factor_ref"] not in told and _apart(vintage, time):
                told.add(line.value["factor_ref"])
                yield _of_other_days(f"{item.pointer}/vintage", "contract", vintage, time, line)


def _lines(stage: At) -> Iterator[At]:
    for key in EMITTED:
        found = quantity(stage, key)
        yield from found.items("lines") if found else ()


def _apart(days: Json, time: At) -> bool:
    """Whether a span of days holds no day of that time; one that ends before it starts is for R02."""
    first, last = time.value["start"][:10], time.value["end"][:10]
    in_order = days["start"] <= days["end"]
    return bool(in_order and (days["end"] < min(first, last) or days["start"] > max(first, last)))


def _of_other_days(place: str, what: str, days: Json, time: At, line: At) -> Finding:
    used = time.value["start"][:10]
    told = (
        f"the {what} is of {days['start']} to {days['end']} and stands for {used}; "
        f"an assumption with the factor_ref {line.value['factor_ref']!r} should say so"
    )
    related = (f"{line.pointer}/factor_ref", f"{time.pointer}/start", f"{time.pointer}/end", "/assumptions")
    return Finding(place, told, related)


def after_what_it_needs(facts: Facts) -> Iterator[Finding]:
    """A stage that ended before one began whose outputs it reads."""
    for stage in facts.ran:
        for pointer, name in stage.texts("depends_on"):
            needed = facts.stages_by_id.get(name)
            if needed and _ended_before(facts, stage, needed):
                told = f"had ended before the stage {name!r}, whose outputs it reads, began"
                yield Finding(pointer, told, (f"{stage.pointer}/time/end", f"{needed.pointer}/time/start"))


def _ended_before(facts: Facts, stage: At, needed: At) -> bool:
    """Whether a stage ended before another began, as far as clocks were not moved."""
    if "time" not in needed.value or facts.clock_moved(stage) or facts.clock_moved(needed):
        return False
    end, start = milliseconds(stage.value["time"]["end"]), milliseconds(needed.value["time"]["start"])
    return end is not None and start is not None and end < start


def told_afterwards(facts: Facts) -> Iterator[Finding]:
    """A document that was made before what it tells of had ended."""
    created = milliseconds(facts.root.value["document"]["created"])
    period = facts.boundary.member("period")
    end = milliseconds(period.value["end"]) if period else None
    if period and created is not None and end is not None and created + CLOCKS_APART_MS < end:
        told = f"the document was made before its period ended, at {period.value['end']}; are both times UTC?"
        yield Finding("/document/created", told, (f"{period.pointer}/end",))


FACTORS = (days_of_factors, days_of_contracts)
ORDER = (after_what_it_needs, told_afterwards)
