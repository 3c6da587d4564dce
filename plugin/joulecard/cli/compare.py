"""`joulecard compare`: disclosures side by side, and by which of the four Ms they differ."""

from __future__ import annotations

import json
import os
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from joulecard.cli.output import write_output
from joulecard.cli.stage_table import printable
from joulecard.cli.valid_disclosure import name_of, valid_disclosure
from joulecard.disclosure.comparison import Comparison, compare
from joulecard.disclosure.comparison.side import Scope, side
from joulecard.disclosure.document import Disclosure
from joulecard.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST = 2
MOST = len(ascii_uppercase)
PLAINLY = str.maketrans({"×": "x", "≈": "~", "µ": "u"})
FORMS = {".json": "json", ".md": "markdown", ".markdown": "markdown", ".svg": "svg"}
TEXTS = frozenset({"", ".txt", ".text"})


class Choices(NamedTuple):
    """What of the disclosures is compared, and by which unit."""

    per: str | None
    whole: bool
    stages: tuple[str, ...]
    final: bool
    reused: bool


@click.command("compare", short_help="Compare disclosures: work, joules per work, PUE, intensity")
@click.argument("files", metavar="A B ...", nargs=-1)
@click.option("--per", metavar="UNIT", help="The unit of work to compare by; the first that both count by default.")
@click.option("--whole", is_flag=True, help="Compare the totals alone, without a unit of work.")
@click.option("--stage", "stages", metavar="NAME", multiple=True, help="Compare stages of this name alone; repeatable.")
@click.option("--final", is_flag=True, help="Compare the last completed execution of each stage alone.")
@click.option("--with-reused", "reused", is_flag=True, help="Count what cached stages had cost before, too.")
@click.option("--json", "form", flag_value="json", help="Write the comparison as JSON, with every digit.")
@click.option("--markdown", "form", flag_value="markdown", help="Write it as a Markdown table.")
@click.option("--svg", "form", flag_value="svg", help="Write it as a picture.")
@click.option(
    "-o", "--output", default="-", metavar="FILE", help="Where it goes; the ending of its name may tell the form."
)
def command(files: Sequence[str], form: str | None, output: str, **options: Any) -> int:
    """Compare disclosures with the first, A (`-`: standard input).

    The ratio of the emissions is split exactly into work, joules per work, PUE and grid intensity. Each has its 90 %
    range, in which errors that both disclosures share cancel; where it holds 1, the two are not distinguishable.

    Exit status 1 where a disclosure is invalid or they do not compare: other boundaries, other kinds of method
    (observed in the run, or not), other kinds of grid factor, no common unit.
    """
    chosen = Choices(**options)
    _refuse(files, chosen)
    form = form or _form_of(output)
    scope = Scope(chosen.stages, final=chosen.final, reused=chosen.reused)
    read = [Disclosure.model_validate(valid_disclosure(file, "compared").document) for file in files]
    labelled = zip(ascii_uppercase, files, read, strict=False)
    sides = [side(label, name_of(file), disclosure, scope) for label, file, disclosure in labelled]
    found = compare(sides, chosen.per, whole=chosen.whole)
    if form is None and output == "-":
        click.echo(_printable(_text(found)), nl=False)
    else:
        write_output(output, _written(found, form))
    return 0


def _refuse(files: Sequence[str], chosen: Choices) -> None:
    """Raises UsageError for what cannot be meant."""
    if not FEWEST <= len(files) <= MOST:
        raise UsageError(f"a comparison takes {FEWEST} to {MOST} disclosures")
    if files.count("-") > 1:
        raise UsageError("standard input can be read once: name files for the others")
    if chosen.whole and chosen.per is not None:
        raise UsageError("--whole compares without a unit of work, --per by one: give one of them")


def _form_of(output: str) -> str | None:
    """The form that the ending of a name tells, None for text; raises UsageError for the ending of another form."""
    ending = os.path.splitext(output)[1].lower()
    if ending not in TEXTS and ending not in FORMS:
        known = ", ".join([*FORMS, ".txt"])
        raise UsageError(
            f"{ending} is no form of a comparison", where=output, mend=f"known are {known}; or give --json"
        )
    return FORMS.get(ending)


def _written(comparison: Comparison, form: str | None) -> bytes:
    """The comparison in that form; each is imported only when it is asked for."""
    if form == "json":
        from joulecard.disclosure.comparison.as_json import as_json

        return json.dumps(as_json(comparison), indent=2, ensure_ascii=False).encode() + b"\n"
    if form == "svg":
        from joulecard.rendering.comparison.chart import comparison_chart

        return comparison_chart(comparison).encode()
    if form == "markdown":
        from joulecard.rendering.comparison.markdown import comparison_markdown

        return comparison_markdown(comparison).encode()
    return _text(comparison).encode()


def _text(comparison: Comparison) -> str:
    from joulecard.rendering.comparison.text import comparison_text

    return comparison_text(comparison)


def _printable(text: str) -> str:
    """The text as far as standard output can show it; the two signs of the table have a letter each."""
    shown = printable(text)
    return shown if shown == text else printable(text.translate(PLAINLY))
