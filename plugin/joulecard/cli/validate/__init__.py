"""`joulecard validate`: checks disclosures, segments and stage records against the standard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import click

from joulecard.cli.validate import github, text
from joulecard.cli.validate.answer import WORST_FIRST, answer_on
from joulecard.cli.validate.as_json import answers_json
from joulecard.cli.validate.gates import Gates, mass
from joulecard.cli.validate.named_files import named_files
from joulecard.errors import UsageError
from joulecard.validation.verdict import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joulecard.cli.validate.answer import Answer

Form = Literal["text", "json", "github"]


@click.command("validate", short_help="Check disclosures and segments against the standard")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--level",
    type=click.Choice(get_args(Level)),
    metavar="LEVEL",
    help="Fail a disclosure below this level: L0 to L3.",
)
@click.option("--max-co2e", metavar="MASS", help="Fail a disclosure of more, or of unknown, CO2e: 500g, 5kg, 0.2t.")
@click.option(
    "--format",
    "form",
    type=click.Choice(get_args(Form)),
    metavar="FORM",
    help="text (the default), json for programs, github for annotations in a workflow's log.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--summary", metavar="FILE", help="Add a Markdown table of the answers: $GITHUB_STEP_SUMMARY.")
@click.option("--outputs", metavar="FILE", help="Add the lines valid=... and level=...: $GITHUB_OUTPUT.")
def command(files: tuple[str, ...], level: Level | None, max_co2e: str | None, **options: Any) -> int:
    """Check disclosures, segments and stage records against the standard.

    FILE is a file, `-` for standard input, or a pattern in quotes: 'runs/**/disclosure.json' finds files at any depth,
    outside hidden folders. What a disclosure lacks for its next level is told below it. Declared figures that
    look like a slip, such as kilograms in a field of grams, are told as advice, which changes no answer. --max-co2e
    looks at the headline: operational, location-based, with all its parts.

    Exit status: 0 all valid and no gate failed, 1 one is invalid or fails a gate, 2 one cannot be opened, 3 one
    cannot be judged by this version.
    """
    form = _form(options["form"], as_json=options["as_json"])
    gates = Gates(level, None if max_co2e is None else mass(max_co2e))
    named = named_files(files)
    answers = []
    for each in named:
        answers.append(answer_on(each, gates))
        _tell(answers[-1], form, alone=len(named) == 1)
    _close(answers, form)
    if options["summary"] is not None:
        from joulecard.cli.validate.job_summary import job_summary

        _append(options["summary"], job_summary(answers))
    if options["outputs"] is not None:
        _append(options["outputs"], github.outputs(answers))
    found = {answer.status for answer in answers}
    return next(status for status in WORST_FIRST if status in found)


def _form(form: Form | None, *, as_json: bool) -> Form:
    """The form of the answers; raises UsageError where two are asked for."""
    if as_json and form not in {None, "json"}:
        raise UsageError(f"--json and --format {form} are two forms; ask for one")
    return "json" if as_json else form or "text"


def _tell(answer: Answer, form: Form, *, alone: bool) -> None:
    """Writes the answer on one file as soon as it is known; as JSON all come at the end."""
    if form == "text":
        text.tell(answer, alone=alone)
    elif form == "github":
        github.tell(answer, alone=alone)


def _close(answers: Sequence[Answer], form: Form) -> None:
    """Writes what can only be said of all files together."""
    if form == "json":
        click.echo(answers_json(answers))
    elif len(answers) > 1:
        click.echo(text.last_line(answers))


def _append(file: str, content: str) -> None:
    """Adds to a file that others write to as well; raises UsageError."""
    try:
        # backslashes for what is no UTF-8: a file name may be any bytes
        with open(file, "a", encoding="utf-8", errors="backslashreplace", newline="\n") as opened:
            opened.write(content)
    except (OSError, ValueError) as error:  # a file name that holds a NUL
        raise UsageError(f"cannot be written: {getattr(error, 'strerror', None) or error}", where=file) from error
