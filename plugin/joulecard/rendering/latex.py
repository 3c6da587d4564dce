r"""The appendix of a paper: a file that is read with `\input`, with a table, a sentence and answers to checklists."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from joulecard.numbers import THIN_SPACE
from joulecard.rendering.figures import BELOW, obligations_of
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.markdown import environment
from joulecard.rendering.tex_text import SafeTeX, amount_of, escape, with_quantities
from joulecard.rendering.view import view

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jinja2 import Environment

    from joulecard.rendering.figures import Figure
    from joulecard.rendering.stage_rows import Row
    from joulecard.rendering.view import View

# What checklists ask: whether the total holds more than the runs that the paper reports.
OTHER_RUNS = {
    "final": "not counted. The numbers are those of one completed execution of each stage",
    "all": "counted, as far as they are on record: failed, interrupted and repeated executions are in the total. "
    "Experiments of which there is no record are not",
}
SAID_BY_THE_NUMBERS = {"", "completed"}  # a status that needs no words


@dataclass(frozen=True, slots=True)
class Column:
    """A quantity of the table: one unit, numbers under one another by their decimal points."""

    unit: str  # empty where no line has a number
    digits: str  # before and behind the point, as siunitx wants them: "2.3"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table, in the units of its columns."""

    name: SafeTeX
    note: str  # status and method where they need words
    duration: str
    energy: SafeTeX  # two cells: value and range
    carbon: SafeTeX


@dataclass(frozen=True, slots=True)
class Paper:
    """What the appendix shows beside what every page shows."""

    lines: tuple[Line, ...]
    totals: tuple[Line, ...]
    energy: Column
    carbon: Column
    method: str  # of all lines; empty where they differ
    other_runs: str
    hours: str  # how long all stages took together
    obligations: tuple[str, ...]  # what the licences ask to be said
    sha256: str  # of the disclosure


def paper_appendix(document: dict[str, Any], data: bytes) -> str:
    r"""The `\input`-able appendix of a valid disclosure; `data` are its bytes, whose SHA-256 is printed."""
    card = view(document)
    context = {"card": card, "paper": _paper(card, document, data)}
    return tex_environment().get_template("paper.tex.j2").render(context)


def tex_environment() -> Environment:
    """The environment of the Markdown pages, with delimiters that TeX does not use and with TeX's escaping."""
    made = environment().overlay(
        block_start_string="((*",
        block_end_string="*))",
        variable_start_string="<(",
        variable_end_string=")>",
        comment_start_string="((=",
        comment_end_string="=))",
        finalize=_finalize,
    )
    made.filters |= {"quantities": with_quantities, "comment": _comment}
    return made


def _finalize(value: object) -> object:
    """A template's value as LaTeX."""
    if isinstance(value, SafeTeX):
        return value
    return escape(value) if isinstance(value, str) else value


def _comment(text: str) -> SafeTeX:
    """Text behind a % sign: one line, as it is."""
    return SafeTeX(plain(text))


def _paper(card: View, document: dict[str, Any], data: bytes) -> Paper:
    totals = [row for row in (card.new, *card.rolled_up, card.including_reused) if row]
    rows = [*card.rows, *totals]
    methods = {row.method for row in rows if row.energy.known and row.method}
    method = methods.pop() if len(methods) == 1 else ""
    return Paper(
        lines=tuple(_line(row, method) for row in card.rows),
        totals=tuple(_line(row, method) for row in totals),
        energy=_column([row.energy for row in rows]),
        carbon=_column([row.carbon for row in rows]),
        method=method,
        other_runs=OTHER_RUNS[document["boundary"]["runs_counted"]],
        hours=card.hugging_face.hours.replace(" h ", f"{THIN_SPACE}h "),
        obligations=obligations_of(document["factors"]),
        sha256=sha256(data).hexdigest(),
    )


def _line(row: Row, method: str) -> Line:
    """A row; its method is said where it is not that of all."""
    status = "" if row.status in SAID_BY_THE_NUMBERS else row.status
    indent = SafeTeX(r"\quad ") if row.is_part else SafeTeX("")
    own = row.method if row.energy.known and row.method != method else ""
    return Line(
        name=SafeTeX(f"{indent}{escape(row.name)}"),
        note="; ".join(part for part in (status, own) if part),
        duration=row.duration,
        energy=_cells(row.energy),
        carbon=_cells(row.carbon),
    )


def _column(figures: Iterable[Figure]) -> Column:
    found = [amount for figure in figures if (amount := amount_of(figure.text))]
    parts = [amount.digits.partition(".") for amount in found]
    whole, decimals = max((len(part[0]) for part in parts), default=1), max((len(part[2]) for part in parts), default=0)
    return Column(found[0].unit if found else "", f"{whole}.{decimals}")


def _cells(figure: Figure) -> SafeTeX:
    """Value and range; a bound in braces, for it is no number to siunitx; words go over both."""
    if figure.text.startswith(BELOW) and (bound := amount_of(figure.text.removeprefix(BELOW))):
        return SafeTeX(rf"{{{escape(BELOW)}{bound.digits}}} & ")
    value, ends = amount_of(figure.text), amount_of(figure.range)
    if value is None:
        return SafeTeX(rf"\multicolumn{{2}}{{r@{{}}}}{{{escape(figure.text)}}}")
    told = rf"\numrange{{{ends.digits}}}{{{ends.upper}}}" if ends else escape(figure.range.removeprefix("range "))
    return SafeTeX(f"{value.digits} & {told}")
