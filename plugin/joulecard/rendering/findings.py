"""What the numbers say about themselves: which input is the weakest, and what would make it better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from joulecard.numbers import percent

TIE = 0.05  # shares of the variance that lie closer together than this are not ranked

FAMILIES = {
    "grid": "the grid factor",
    "pue": "the PUE",
    "rapl": "the CPU's energy counters",
    "nvml": "the GPU's energy counter",
    "cpu": "the CPU power model",
    "memory": "the memory power model",
    "gpu": "the GPU power model",
    "embodied": "the embodied factor",
    "lifetime": "the hardware's lifetime",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement with its reason."""

    title: str
    detail: str


def weakest_input(document: dict[str, Any]) -> Finding | None:
    """Which input widens the emissions' interval most, and what would narrow it; None where nothing is said of it."""
    uncertainty = document.get("uncertainty", {})
    drivers = uncertainty.get("drivers") or []
    classes = {source["id"]: source["class"] for source in uncertainty.get("sources", ())}
    shares: dict[str, float] = {}
    for driver in drivers:
        name = _family(classes.get(driver["source_ref"], ""))
        shares[name] = shares.get(name, 0.0) + driver["variance_share"]
    ranked = sorted(shares.items(), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return None
    return Finding(_title(ranked), _detail(ranked, drivers, classes))


def _title(ranked: list[tuple[str, float]]) -> str:
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < TIE:
        return f"{_upper(ranked[0][0])} and {ranked[1][0]} widen the interval about equally"
    return f"The weakest input is {ranked[0][0]}"


def _detail(ranked: list[tuple[str, float]], drivers: list[dict[str, Any]], classes: dict[str, str]) -> str:
    """The family's share, and the advice on its own widest source."""
    name, share = ranked[0]
    advice = next(
        (
            driver["advice"]
            for driver in sorted(drivers, key=lambda driver: -driver["variance_share"])
            if driver.get("advice") and _family(classes.get(driver["source_ref"], "")) == name
        ),
        "",
    )
    stated = f"{percent(min(share, 1.0))} of the variance of the emissions comes from {name}"
    return f"{stated}. What would narrow the interval most: {advice}." if advice else f"{stated}."


def _family(class_name: str) -> str:
    """The input that a class of uncertainty belongs to, in words."""
    return FAMILIES.get(class_name.partition("-")[0], f"the input {class_name!r}" if class_name else "an unnamed input")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
