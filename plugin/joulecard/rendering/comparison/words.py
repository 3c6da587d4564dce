"""A comparison in words and rounded numbers, for every form that it is shown in."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from joulecard import numbers
from joulecard.rendering.findings import family
from joulecard.rendering.foreign_text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.accounting.ratios import Ratio
    from joulecard.disclosure.comparison import Comparison, Pair
    from joulecard.disclosure.comparison.four_ms import Row
    from joulecard.disclosure.comparison.side import Side

EXACT, EQUAL, NOT_STATED = "exact", "equal", "not stated"
MARK = "≈"
MEANING = "not distinguishable: the 90 % range holds 1"
REPEATS = (
    "A range holds the errors of energies and factors that the disclosures tell; how much a repetition of the same "
    "run would differ is in none of them."
)
NEAR = 5e-4  # relative half-width below which ends are not worth their digits
DIGITS = 4
SMALL, PLAIN, LARGE = 1e-4, 1e3, 1e7  # beyond the first and the last powers of ten are shorter
MOST = (0.5, 1.5)  # of the logarithm of the ratio
CARBON = "CO₂e"
NAMES = {
    "work": "work",
    "energy_it": "IT energy",
    "pue": "PUE",
    "intensity": "grid intensity",
    "intensity_it": "CO₂e per IT kWh",
    "operational_location": CARBON,
    "operational_and_embodied": "CO₂e with hardware",
    "operational_market": "CO₂e, market-based",
    "water": "water",
}
JOULE_STEPS = tuple(
    zip(("fJ", "pJ", "nJ", "µJ", "mJ", "J", "kJ", "MJ", "GJ", "TJ"), (10.0**n for n in range(-15, 15, 3)), strict=True)
)
WATER_STEPS = (("µL", 1e-6), ("mL", 1e-3), ("L", 1.0), ("kL", 1e3), ("ML", 1e6))
STEPS = {
    "J": JOULE_STEPS,
    "kWh": numbers.FINE_ENERGY_STEPS,
    "g": (("ag", 1e-18), ("fg", 1e-15), ("pg", 1e-12), *numbers.FINE_MASS_STEPS),
    "L": WATER_STEPS,
}
LEAST_IN_ONE_UNIT = 1e-3  # the smaller of two numbers over the greater, from which both have one unit


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table as it is printed."""

    name: str
    one: str
    other: str
    times: str
    range: str
    mark: str  # where the two cannot be told apart


class Block(NamedTuple):
    """Rows that belong together."""

    title: str
    lines: tuple[Line, ...]


def heading(side: Side) -> str:
    """Which disclosure a letter stands for, and what it says."""
    subject, carbon = side.disclosure.subject, side.totals["operational_location"]
    ends = (carbon.interval.lower, carbon.interval.upper) if carbon.interval else None
    told = numbers.mass(carbon.value or 0.0, ends)
    between = f", 90 % range {told.range}" if told.lower else ", range not stated"
    if carbon.interval and carbon.interval.coverage != 0.9:  # noqa: PLR2004
        between = f", {numbers.percent(carbon.interval.coverage)} range {told.range}"
    version = f" {subject.version}" if subject.version else ""
    return plain(f"{subject.name}{version}") + f": {told.text}{between}, {carbon.method}"


def file_name(side: Side) -> str:
    """The name of its file, without the folders, which may tell of a person."""
    return plain(os.path.basename(side.file)) or side.label


def finding(pair: Pair) -> str:
    """What the comparison says, in a sentence."""
    row, one, other = pair.carbon, pair.one.label, pair.other.label
    times, between = times_of(row.ratio, is_told=row.is_told)
    is_same = math.isclose(row.ratio.value, 1, rel_tol=1e-9)
    much = f"{other} emitted {'as' if is_same else f'{times} times as'} much {CARBON} as {one}"
    if row.is_distinguishable is None:
        return f"{much}; not both say how sure they are, so whether they can be told apart is not known"
    if not row.is_distinguishable:
        if between in {EXACT, EQUAL}:
            return much
        return f"{one} and {other} are not distinguishable: {much}, and the 90 % range of that, {between}, holds 1"
    told = f"90 % range {between}" if " to " in between else between
    return f"{much} ({told}){_mostly(pair)}"


def _mostly(pair: Pair) -> str:
    """The factor that makes most of the ratio, where the others do not make much more or less of it again."""
    whole = math.log(pair.carbon.ratio.value)
    shares = {row.key: math.log(row.ratio.value) / whole for row in pair.factors} if whole else {}
    row = max(pair.factors, key=lambda row: shares.get(row.key, 0.0))
    if not MOST[0] <= shares.get(row.key, 0.0) <= MOST[1]:
        return ""
    times, _ = times_of(row.ratio, is_told=row.is_told)
    return f", mostly by {name_of(row)} (× {times})"


def widest(pair: Pair) -> str:
    """The source that widens the range of the ratio most, and what would narrow it; empty where there is none."""
    squares = {name: sd * sd for name, sd in pair.carbon.ratio.log_sds}
    if not squares or not pair.carbon.is_told:
        return ""
    name = max(squares, key=lambda name: (squares[name], name))
    share = numbers.percent(squares[name] / math.fsum(squares.values()))
    advice = _advice(pair, name.partition(" of ")[0])
    much = f"{share} of the width of {pair.other.label} / {pair.one.label} comes from {_source(pair, name)}"
    return f"{much}; what would narrow it: {plain(advice, 512)}" if advice else much


def _source(pair: Pair, name: str) -> str:
    """A source of the ratio's width in words: what it is about, and of which of the two."""
    held = [
        {each.id: each.class_ for each in (side.disclosure.uncertainty.sources if side.disclosure.uncertainty else ())}
        for side in (pair.one, pair.other)
    ]
    own, of, _ = name.partition(f" of {pair.other.label}")
    named = {source for source, _ in pair.carbon.ratio.log_sds}
    is_both = not of and own in held[1] and f"{own} of {pair.other.label}" not in named
    class_name = held[1 if of else 0].get(own)
    if class_name is None:  # the declared range of one
        return f"the {plain(name)}"
    return f"{family(class_name)} of {'both' if is_both else pair.other.label if of else pair.one.label}"


def _advice(pair: Pair, name: str) -> str:
    """What one of the disclosures says would narrow that source."""
    found = (side.disclosure.uncertainty for side in (pair.one, pair.other))
    drivers = (driver for each in found if each for driver in each.drivers or ())
    return next((driver.advice for driver in drivers if driver.source_ref == name and driver.advice), "")


def blocks(pair: Pair) -> Iterator[Block]:
    """The table: emissions and their four factors, what stands beside them, rates, quality."""
    factors = (line(row, "= " if place == 0 else "× ") for place, row in enumerate(pair.factors))
    yield Block("", (line(pair.carbon), *factors))
    if pair.rates:
        yield Block("for one unit of work", tuple(map(line, pair.rates)))
    if pair.results:
        told = (_result(*each) for each in pair.results)
        yield Block("by quality", (*told, *map(line, pair.quality)))
    if pair.beside:
        yield Block("beside", tuple(map(line, pair.beside)))


def caveats(comparison: Comparison) -> list[str]:
    """What a reader should know, each once."""
    told = [*comparison.notes, *(note for pair in comparison.pairs for note in pair.notes)]
    return [*dict.fromkeys(plain(note, 1000) for note in told)]


def line(row: Row, before: str = "") -> Line:
    """A row as it is printed."""
    one, other = _numbers(row)
    _, between = times_of(row.ratio, is_told=row.is_told)
    alike = row.is_distinguishable is False and between not in {EXACT, EQUAL}
    return Line(f"{before}{name_of(row)}", one, other, digits(row.ratio.value), between, MARK if alike else "")


def name_of(row: Row) -> str:
    """What the row tells of."""
    per = plain(row.per, 64)
    if row.key == "energy_per_work":
        return f"energy per {per}"
    if row.key == "work":
        return f"work, {plain(row.unit, 64)}"
    return f"{NAMES[row.key]} per {per}" if per else NAMES[row.key]


def times_of(ratio: Ratio, *, is_told: bool) -> tuple[str, str]:
    """A ratio with no more digits than its range tells, and the range."""
    if not is_told or _half_width(ratio) < NEAR:
        return digits(ratio.value), _narrow(ratio) if is_told else NOT_STATED
    if not all(SMALL <= each < LARGE for each in (ratio.value, ratio.lower, ratio.upper)):
        return _scientific(ratio.value, 2), f"{_scientific(ratio.lower, 2)} to {_scientific(ratio.upper, 2)}"
    printed = numbers.amount(ratio.value, "", (ratio.lower, ratio.upper))
    return printed.value, f"{printed.lower} to {printed.upper}"


def digits(value: float) -> str:
    """A number to as many digits as it takes to follow the arithmetic by hand."""
    if not SMALL <= value < LARGE:
        return _scientific(value, DIGITS)
    if value == int(value) or value >= PLAIN:
        return f"{round(value):,}".replace(",", numbers.THIN_SPACE)
    return f"{value:.{DIGITS}g}"


def _scientific(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{float(mantissa):g}e{int(exponent)}".replace("-", numbers.MINUS)


def _half_width(ratio: Ratio) -> float:
    return (ratio.upper - ratio.lower) / 2 / ratio.value


def _narrow(ratio: Ratio) -> str:
    if not ratio.log_sds:
        return EQUAL if math.isclose(ratio.value, 1, rel_tol=1e-9) else EXACT
    return f"within {numbers.percent(max(_half_width(ratio), 1e-3))}"


def _numbers(row: Row) -> tuple[str, str]:
    """The numbers of both sides; in one unit where both have room in it."""
    values = (row.one.value, row.other.value)
    steps = STEPS.get(row.unit) if row.per or row.unit != "g" else numbers.MASS_STEPS
    if steps is None:
        unit = f"{numbers.THIN_SPACE}{row.unit}" if row.unit == "g/kWh" else ""
        return digits(values[0]) + unit, digits(values[1]) + unit
    shared = numbers.common_unit(values, steps) if min(values) >= LEAST_IN_ONE_UNIT * max(values) else ""
    one, other = (_stepped(value, steps, shared) for value in values)
    return one, other


def _stepped(value: float, steps: tuple[tuple[str, float], ...], shared: str) -> str:
    unit = shared or numbers.common_unit([value], steps)
    return f"{digits(value / dict(steps)[unit])}{numbers.THIN_SPACE}{unit}"


def _result(name: str, one: float, other: float) -> Line:
    """A result of evaluating: as it was told, without a ratio, for whether more is better is not told."""
    return Line(plain(name, 64), f"{one:.6g}", f"{other:.6g}", "", "", "")
