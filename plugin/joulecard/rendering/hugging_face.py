"""The five facts that the model cards of Hugging Face ask for, under labels that parsers look for."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from joulecard.disclosure.untimed import untimed
from joulecard.numbers import THIN_SPACE
from joulecard.rendering import words
from joulecard.rendering.figures import Columns, Figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SECONDS_PER_HOUR = 3600
BETWEEN_DIGITS = re.compile(rf"(?<=\d){THIN_SPACE}(?=\d)")


@dataclass(frozen=True, slots=True)
class HuggingFace:
    """The five facts of the Hugging Face model card."""

    hardware: str
    hours: str
    provider: str
    region: str
    carbon: Figure  # in g, as the model card's readers expect


def hugging_face(document: dict[str, Any], ran: Sequence[dict[str, Any]]) -> HuggingFace:
    """The five facts; what is unknown is said in words, never as 0."""
    locations, totals = document["locations"], document["totals"]
    return HuggingFace(
        hardware=words.hardware(document["resources"]) or "unknown",
        hours=_hours(document, ran),
        provider=words.providers(locations) or "unknown (no cloud provider was named)",
        region=words.regions(locations) or "unknown",
        carbon=_ungrouped(Columns("kWh", "g").mass_of(totals[totals["headline"]]["operational_location"])),
    )


def _hours(document: dict[str, Any], ran: Sequence[dict[str, Any]]) -> str:
    """Hours by the clock; where nobody tells these, those of the accelerators, which authors publish instead."""
    if not ran:
        return "unknown (nothing ran anew)"
    if not untimed(document):
        return f"{_three_digits(_recorded_s(ran))} h (all stages and nodes together, by the clock)"
    held = [stage["time"].get("accelerator_s") for stage in ran]
    if None in held:
        return "unknown (nothing tells how long it took)"
    return f"{_three_digits(math.fsum(held))} h (of all accelerators together)"


def _three_digits(seconds: float) -> str:
    return f"{Decimal(f'{seconds / SECONDS_PER_HOUR:.3g}'):f}"


def _ungrouped(figure: Figure) -> Figure:
    """The same without spaces between thousands, for readers that are programs."""
    text, ends, interval = (BETWEEN_DIGITS.sub("", each) for each in (figure.text, figure.range, figure.interval))
    return replace(figure, text=text, range=ends, interval=interval)


def _recorded_s(stages: Iterable[dict[str, Any]]) -> float:
    """Seconds that the stages ran, all nodes together, by clocks that nobody can move where these are known."""
    times = (stage["time"] for stage in stages)
    return math.fsum(time.get("monotonic_s", time["wall_s"]) for time in times)
