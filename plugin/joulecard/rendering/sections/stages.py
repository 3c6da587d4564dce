"""The section on stages: which emitted what, in a table beside its bars, the totals, and power over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard import numbers
from joulecard.rendering import charts
from joulecard.rendering.figures import Columns, Figure, columns
from joulecard.rendering.findings import stages_finding
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.sections.pictures import Picture, trusted
from joulecard.rendering.sections.power import Power, power
from joulecard.rendering.stage_rows import Row, missing_rows, stage_rows, with_known_times
from joulecard.rendering.unrecorded import unrecorded

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.rendering.findings import Finding
    from joulecard.rendering.view import View

MOST_BARS = 10
MOST_LISTED = 40
MOST_DIVIDED = 6
LONGEST_NAME = 26  # of the table beside the bars, where a line is never broken
ROW_PT = 20.6
PHONE_BARS_PT = 251.0  # never scaled: 335 px
PHONE_ROW_PT = 40.0  # the bar lies below the text
BARS_WIDTH_PT = 215.43  # 76 mm
SILENT_STATUS = "completed"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table beside the bars: numbers without their units, which its head names."""

    name: str
    status: str  # empty for what was completed
    duration: str
    energy: str
    carbon: str
    method: str  # measured, modelled, estimated, declared or none: the style of the dot
    words: str  # the same in words


@dataclass(frozen=True, slots=True)
class Total:
    """One line of the totals."""

    name: str
    value: str
    range: str
    method: str
    is_headline: bool


@dataclass(frozen=True, slots=True)
class Stages:
    """What the section shows; `listed` is empty where the table beside the bars holds every stage in full."""

    finding: Finding
    energy_unit: str
    mass_unit: str
    lines: tuple[Line, ...]
    bars: Picture
    methods: tuple[str, ...]  # those that occur, for the key
    has_ranges: bool  # whether any bar has whiskers
    has_unknown: bool  # whether a dash stands for a number anywhere
    totals: tuple[Total, ...]
    power: Power | None
    parts: tuple[Row, ...]  # each stage that has parts, and below it these
    listed: tuple[Row, ...]


def stages(document: dict[str, Any], card: View) -> Stages:
    """The section of a disclosure that validation has accepted."""
    totals = document["totals"]
    units = columns((totals["new"], totals["including_reused"]))
    rows = _rows(document, units, MOST_BARS)
    lines = tuple(_line(row, units) for row in rows)
    return Stages(
        finding=stages_finding(document),
        energy_unit=units.energy,
        mass_unit=_mass_unit(units),
        lines=lines,
        bars=_bars(rows, units),
        methods=tuple(dict.fromkeys(line.method for line in lines if line.method != "none")),
        has_ranges=any(row.grams and row.grams.lower_g is not None for row in rows),
        has_unknown=any(line.method == "none" for line in lines),
        totals=tuple(_totals(document, card)),
        power=power(document),
        parts=_parts(document, units),
        listed=_rows(document, units, MOST_LISTED) if _is_cut(rows) else (),
    )


def _rows(document: dict[str, Any], units: Columns, most: int) -> tuple[Row, ...]:
    return (*stage_rows(with_known_times(document), units, most), *missing_rows(unrecorded(document)))


def _parts(document: dict[str, Any], units: Columns) -> tuple[Row, ...]:
    """The stages that hold parts, each with these."""
    divided = [stage for stage in document["stages"] if "parts" in stage]
    return stage_rows(divided, units, MOST_DIVIDED, with_parts=True) if divided else ()


def _is_cut(rows: Sequence[Row]) -> bool:
    """Whether the table beside the bars leaves anything out."""
    return any(row.is_rest or len(plain(row.name)) > LONGEST_NAME or not _has_room(row) for row in rows)


def _has_room(row: Row) -> bool:
    """Whether the status stands beside the name on one line."""
    return row.status == SILENT_STATUS or len(plain(row.name)) + len(_status(row)) <= LONGEST_NAME


def _status(row: Row) -> str:
    """The status without its reason."""
    return row.status.partition(":")[0]


def _line(row: Row, units: Columns) -> Line:
    return Line(
        name=plain(row.name, LONGEST_NAME),
        status=_status(row) if row.status != SILENT_STATUS and _has_room(row) else "",
        duration=row.duration,
        energy=_bare(row.energy, units.energy),
        carbon=_bare(row.carbon, _mass_unit(units)),
        method=row.grams.method if row.grams else "none",
        words=row.method,
    )


def _mass_unit(units: Columns) -> str:
    return f"{units.mass}{numbers.THIN_SPACE}{numbers.CO2E}"


def _bare(figure: Figure, unit: str) -> str:
    """The number without the unit of its column; a dash where there is none, for the reason stands elsewhere."""
    return figure.text.removesuffix(f"{numbers.THIN_SPACE}{unit}") if figure.known else "–"


def _bars(rows: Sequence[Row], units: Columns) -> Picture:
    """A bar for each line, at the height of the line."""
    scale_g = dict(numbers.MASS_STEPS)[units.mass]
    drawn = [_bar(row, scale_g) for row in rows]
    title = "Emissions of each stage, location-based"
    unit = _mass_unit(units)
    wide = charts.stage_bars(drawn, unit=unit, row_height_pt=ROW_PT, width_pt=BARS_WIDTH_PT, title=title)
    narrow = charts.stage_bars(drawn, unit=unit, row_height_pt=PHONE_ROW_PT, width_pt=PHONE_BARS_PT, title=title)
    return Picture(trusted(wide), trusted(narrow))


def _bar(row: Row, scale_g: float) -> charts.Bar:
    label = plain(row.name, LONGEST_NAME)
    if row.grams is None:
        return charts.Bar(value=None, lower=None, upper=None, method="not_available", label=label)
    lower_g, upper_g = row.grams.lower_g, row.grams.upper_g
    return charts.Bar(
        value=row.grams.value_g / scale_g,
        lower=None if lower_g is None else lower_g / scale_g,
        upper=None if upper_g is None else upper_g / scale_g,
        method=row.grams.method,
        label=label,
    )


def _totals(document: dict[str, Any], card: View) -> Iterator[Total]:
    """From energy to emissions, the headline in bold, then what stands beside it."""
    totals = document["totals"]
    yield _total("IT energy", card.energy)
    yield _total(f"Energy with data centre overhead{f', {card.pue}' if card.pue else ''}", card.facility)
    is_new, both = totals["headline"] == "new", "Emissions with what reused results had cost"
    if card.including_reused is None:
        yield _total("Emissions, location-based", card.carbon, is_headline=True)
        yield from (_total(row.name, row.carbon) for row in card.rolled_up)
    elif card.reused_only:
        yield _total("Emissions that making the reused results had caused", card.carbon, is_headline=True)
    else:
        yield _total("Emissions of what ran anew, location-based", card.new.carbon, is_headline=is_new)
        yield from (_total(row.name, row.carbon) for row in card.rolled_up)
        yield _total(both, card.including_reused.carbon, is_headline=not is_new)
    for line in card.beside:
        yield _total(line.name, line.figure)


def _total(name: str, figure: Figure, *, is_headline: bool = False) -> Total:
    return Total(name, figure.text, figure.range or figure.reason, figure.method, is_headline)
