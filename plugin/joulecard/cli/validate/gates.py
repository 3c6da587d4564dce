"""What a caller asks of a disclosure beyond being valid: a level, a greatest mass of CO2e."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard import numbers
from joulecard.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.validation import Verdict

_MASS = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*(g|kg|t)")
_SCALES = dict(numbers.MASS_STEPS)


class Mass(NamedTuple):
    """A mass of CO2e, and how the caller wrote it."""

    co2e_g: float
    text: str


class Failure(NamedTuple):
    """A gate that a valid document fails, why, and what it lacks where that is not listed beside it."""

    gate: str
    message: str
    lacks: str = ""

    @property
    def sentence(self) -> str:
        """All of it, for a reader who sees nothing else of the document."""
        return f"{self.message}, and {self.lacks}" if self.lacks else self.message


def mass(text: str) -> Mass:
    """The mass of a text such as 500g, 5kg or 0.2 t; raises UsageError."""
    match = _MASS.fullmatch(text.strip())
    if match is None:
        raise UsageError("is not a mass of CO2e; write it like 500g, 5kg or 0.2t", where=f"--max-co2e {text[:40]}")
    exact = Decimal(match[1]) * Decimal(_SCALES[match[2]])  # 1.005 kg is 1005 g, not a bit less
    return Mass(float(exact), f"{match[1]} {match[2]}")


def headline(verdict: Verdict) -> Mapping[str, Any] | None:
    """The totals that a valid disclosure quotes; None for anything else."""
    if verdict.kind != "disclosure" or not verdict.valid or verdict.document is None:
        return None
    totals = verdict.document["totals"]
    told: Mapping[str, Any] = totals[totals["headline"]]
    return told


@dataclass(frozen=True, slots=True)
class Gates:
    """The gates that the caller has set."""

    level: str | None = None
    most: Mass | None = None

    def failures(self, verdict: Verdict) -> tuple[Failure, ...]:
        """The gates that a valid document fails; an invalid one has nothing that a gate could trust."""
        if not verdict.valid:
            return ()
        told: list[Failure] = []
        totals = headline(verdict)
        if self.level is not None and (verdict.level or "") < self.level:
            told.append(_below(verdict, f"--level {self.level}"))
        if self.most is not None and (why := _above(totals, self.most) if totals else _no_disclosure(verdict)):
            told.append(Failure(f"--max-co2e {self.most.text}", why))
        return tuple(told)


def _no_disclosure(verdict: Verdict) -> str:
    """Why what a disclosure is made of passes no gate."""
    kind = str(verdict.kind).replace("-", " ")
    return f"it is a {kind}, and only a disclosure can be held to that: joulecard assemble makes one"


def _below(verdict: Verdict, gate: str) -> Failure:
    """That a level is not reached, and what is missing first."""
    if verdict.level is None:
        return Failure(gate, _no_disclosure(verdict))
    first, count = verdict.lacks[0], len(verdict.lacks)
    things = f"{count} things, the first" if count > 1 else "one thing"
    needs = f"{next_level(verdict)} needs {things}: #{first.pointer} {first.message}"
    return Failure(gate, f"it reaches {verdict.level}", needs)


def next_level(verdict: Verdict) -> str:
    """The level after the one that a disclosure has reached."""
    return f"L{int(str(verdict.level)[1:]) + 1}"


def _above(totals: Mapping[str, Any], most: Mass) -> str:
    """Why the emissions are above the limit, or not shown to be at most that; empty where they are."""
    found = totals["operational_location"]
    if "value" not in found:
        return f"its headline has no CO2e ({found['reason']}), so nobody can say that it is at most {most.text}"
    told = numbers.plain(str(co2e(found)))
    if found["value"] > most.co2e_g:
        exact = "" if numbers.number(co2e(found, "g").value) > most.co2e_g else f" (exactly {found['value']!r} g)"
        return f"its headline is {told}{exact}, more than {most.text}"
    if "reason" in found:
        return f"its headline, {told}, is not all ({found['reason']}), so nobody can say that it is at most {most.text}"
    return ""


def co2e(quantity: Mapping[str, Any], unit: str = "") -> numbers.Printed:
    """A mass of CO2e that has a value, with its range."""
    ends = quantity.get("interval")
    return numbers.mass(quantity["value"], (ends["lower"], ends["upper"]) if ends else None, unit)
