"""What the numbers say about themselves: the stage that weighs most, the weakest input, and what would make it better.

Nothing is said that the numbers do not bear: what lies close together is not ranked, and what is a part is called one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from joulecard.numbers import percent
from joulecard.rendering import words
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.stage_shares import StageShares, stage_shares
from joulecard.rendering.unrecorded import share, unrecorded

TIE = 0.05  # shares that lie closer together than this are not ranked
DOMINANT = 0.5  # of the whole, and
AHEAD = 1.5  # times the second: no usual error of a power model turns that round
ROUND_SHARES = ((0.5, "half"), (2 / 3, "two thirds"), (0.75, "three quarters"), (0.9, "nine tenths"))
NEAR = 0.015  # a share this close to a round one is told by it
NEARLY_ALL = 0.975
LEVER = 0.1  # of the whole: less is not worth naming beside what dominates
MOST_NAMED = 3
LONGEST_CLASS = 40
COUNTS = ("", "One stage", "Two stages", "Three stages")

FAMILIES = {
    "grid": "the grid factor",
    "pue": "the PUE",
    "rapl": "the CPU's energy counters",
    "nvml": "the GPU's own meter",
    "amd": "the GPU's own meter",
    "apple": "the energy model of the chip",
    "node": "the node's power meter",
    "board": "the sensors on the board",
    "replay": "the recording of a meter",
    "energy": "the declared energy",
    "share": "the split of shared hardware",
    "cpu": "the CPU power model",
    "memory": "the memory power model",
    "gpu": "the GPU power model",
    "embodied": "the embodied factor",
    "power": "the stated power",
    "hours": "the stated hours",
    "emissions": "the stated emissions",
    "lifetime": "the hardware's lifetime",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement with its reason."""

    title: str
    detail: str


def weakest_input(document: dict[str, Any]) -> Finding | None:
    """Which input widens the emissions' interval most, and what would narrow it; None where nothing is said of it."""
    ranked = _families(document)
    if not ranked:
        return None
    drivers, classes = _drivers(document)
    return Finding(_title(ranked), _detail(ranked, drivers, classes))


def strip_finding(document: dict[str, Any]) -> str:
    """How the emissions are divided among the stages, in one line: "One stage carries three quarters of ..."."""
    shares, whole = stage_shares(document), _whole(document)
    fractions = [each.fraction for each in shares.ranked if each.fraction > 0]
    if not fractions:
        return "Emissions by stage, as far as they are known" if shares.unknown else "Emissions by stage"
    if len(fractions) == 1:
        return f"One stage makes up {whole.replace('the footprint', 'the whole footprint')}"
    if _dominates(fractions):
        return f"One stage carries {_told(fractions[0])} of {whole}"
    few = next((count for count in (2, 3) if sum(fractions[:count]) >= 2 / 3), 0)
    if len(fractions) <= few:
        return f"{COUNTS[few]} share {whole}{' about equally' if fractions[0] - fractions[-1] < TIE else ''}"
    if few and fractions[few - 1] - fractions[few] >= TIE:
        return f"{COUNTS[few]} carry {_told(sum(fractions[:few]))} of {whole}"
    return f"No single stage dominates {whole}"


def stages_finding(document: dict[str, Any]) -> Finding:
    """Which stage weighs most, and by how much; a neutral heading where that cannot be said."""
    shares = stage_shares(document)
    if not shares.ranked:
        lacking = f"The emissions of {shares.unknown} of {shares.counted} stages are not known in full."
        first = lacking if shares.unknown else ""
        return Finding("Where the emissions arose", " ".join(_sentences(document, shares, first)))
    title = _sentence_case(_ranking(shares), shares.ranked[0].name)
    if shares.reused_only:
        title = "Nothing ran anew: these are the emissions of reused results"
    elif unrecorded(document):
        title = f"Of what is on record, {_ranking(shares)}"
    return Finding(title, " ".join(_sentences(document, shares, _division(document, shares))))


def quality_finding(document: dict[str, Any]) -> str:
    """How the energy was got, and which input is the weakest: "Energy is measured; the grid factor is ..."."""
    totals = document["totals"]
    energy, ranked = totals[totals["headline"]]["energy_it"], _families(document)
    subject = "Recorded energy" if unrecorded(document) else "Energy"
    method = str(energy["method"]).replace("_", " ")
    fraction = energy.get("measured_fraction")
    if energy.get("value") is None:
        return f"{subject} is not known"
    how = f"{subject} is {method}"
    if fraction and method != "measured":
        how = f"{percent(fraction)} of the {subject.lower()} is measured"
    if not ranked:
        return how
    if _is_tie([weight for _, weight in ranked]):
        return f"{how}; {ranked[0][0]} and {ranked[1][0]} are the weakest inputs"
    return f"{how}; {ranked[0][0]} is the weakest input"


def _whole(document: dict[str, Any]) -> str:
    """What the shares are shares of."""
    if stage_shares(document).reused_only:
        return "what the reused results had cost"
    return "the footprint on record" if unrecorded(document) else "the footprint"


def _dominates(fractions: list[float]) -> bool:
    """Whether the first is most of the whole and well ahead of the second."""
    return fractions[0] >= DOMINANT and fractions[0] >= AHEAD * fractions[1]


def _is_tie(fractions: list[float]) -> bool:
    return len(fractions) > 1 and fractions[0] - fractions[1] < TIE


def _told(fraction: float) -> str:
    """A share in words where it is close to a round one, else in per cent."""
    if fraction >= NEARLY_ALL:
        return "nearly all"
    return next((name for part, name in ROUND_SHARES if abs(fraction - part) <= NEAR), percent(fraction))


def _ranking(shares: StageShares) -> str:
    """Who dominates, or leads, or that nobody does: the title without its capital."""
    fractions = [each.fraction for each in shares.ranked]
    first, second = ([each.name for each in shares.ranked] + [""])[:2]
    if not any(fractions[1:]):
        return f"all emissions come from {first}"
    is_second = not _is_tie(fractions[1:])
    if _dominates(fractions):
        if fractions[1] < LEVER:
            return f"{first} dominates; all else is small"
        return f"{first} dominates; {f'{second} comes second' if is_second else 'the others lie close together'}"
    if not _is_tie(fractions):
        return f"{first} weighs most{f', then {second}' if is_second else ''}"
    if len(fractions) > 2 and fractions[0] - fractions[2] < TIE:  # noqa: PLR2004
        return "no stage stands out"
    return f"{first} and {second} weigh about the same"


def _sentence_case(title: str, first: str) -> str:
    """The title with a capital; a stage's name gets one only where it is a plain word."""
    return title if title.startswith(first) and not first.islower() else _upper(title)


def _division(document: dict[str, Any], shares: StageShares) -> str:
    """The shares in per cent: of the greatest, and of the rest together."""
    count = len(shares.ranked)
    if count == 1:
        is_alone = len({stage["name"] for stage in document["stages"]}) == 1
        return f"It is the only stage {'on record' if is_alone or shares.reused_only else 'that ran'}."
    shown, rest = (shares.ranked, ()) if count <= MOST_NAMED else (shares.ranked[:2], shares.ranked[2:])
    told = [f"{each.name} {percent(min(each.fraction, 1.0))}" for each in shown]
    if rest:
        told.append(f"the other {len(rest)} stages {percent(sum(each.fraction for each in rest))}")
    return f"Share of the emissions: {words.listed(told)}."


def _sentences(document: dict[str, Any], shares: StageShares, first: str) -> list[str]:
    """The detail: what divides the emissions, what failed runs had of them, and what is not on record."""
    found = [first] if first else []
    if shares.unfinished > 0:
        found.append(f"Executions that failed or were interrupted account for {percent(shares.unfinished)}.")
    lacking = unrecorded(document)
    if lacking:
        ran = [stage for stage in document["stages"] if "energy" in stage]
        found.append(f"Only {share(document, ran, lacking)} are on record; the others are in no number here.")
    return found


def _families(document: dict[str, Any]) -> list[tuple[str, float]]:
    """Each family of inputs with its share of the variance, the greatest first."""
    drivers, classes = _drivers(document)
    shares: dict[str, float] = {}
    for driver in drivers:
        name = family(classes.get(driver["source_ref"], ""))
        shares[name] = shares.get(name, 0.0) + driver["variance_share"]
    return sorted(shares.items(), key=lambda item: (-item[1], item[0]))


def _drivers(document: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The drivers of the emissions' interval, and the class of each source."""
    uncertainty = document.get("uncertainty", {})
    classes = {source["id"]: source["class"] for source in uncertainty.get("sources", ())}
    return uncertainty.get("drivers") or [], classes


def _title(ranked: list[tuple[str, float]]) -> str:
    if _is_tie([weight for _, weight in ranked]):
        return f"{_upper(ranked[0][0])} and {ranked[1][0]} widen the interval about equally"
    return f"The weakest input is {ranked[0][0]}"


def _detail(ranked: list[tuple[str, float]], drivers: list[dict[str, Any]], classes: dict[str, str]) -> str:
    """The family's share, and the advice on its own widest source."""
    name, share = ranked[0]
    advice = next(
        (
            driver["advice"]
            for driver in sorted(drivers, key=lambda driver: -driver["variance_share"])
            if driver.get("advice") and family(classes.get(driver["source_ref"], "")) == name
        ),
        "",
    )
    stated = f"{percent(min(share, 1.0))} of the variance of the emissions comes from {name}"
    return f"{stated}. What would narrow the interval most: {advice}." if advice else f"{stated}."


def family(class_name: str) -> str:
    """The input that a class of uncertainty belongs to, in words."""
    unknown = f"the input {plain(class_name, LONGEST_CLASS)!r}" if class_name else "an unnamed input"
    return FAMILIES.get(class_name.partition("-")[0], unknown)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
