"""`joulecard validate`: checks disclosures, segments and stage records against the standard."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from joulecard.cli.violation_line import violation_line, visible
from joulecard.errors import MissingPartError

if TYPE_CHECKING:
    from joulecard.validation import Verdict, Violation

VALID, INVALID, NOT_OPENED, CANNOT_JUDGE = 0, 1, 2, 3
WORST_FIRST = (NOT_OPENED, INVALID, CANNOT_JUDGE, VALID)
MOST_LACKS = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one file: a verdict, or why there is none."""

    file: str
    status: int
    verdict: Verdict | None = None
    problem: str = ""


@click.command("validate", short_help="Check disclosures and segments against the standard")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object with the answer on every file.")
def command(files: tuple[str, ...], *, as_json: bool) -> int:
    """Check disclosures, segments and stage records against the standard; `-` is standard input.

    Exit status: 0 all valid, 1 one is invalid, 2 one cannot be opened, 3 one cannot be judged by this version.
    """
    answers = []
    for file in files:
        answers.append(_answer(file))
        if not as_json:
            _tell(answers[-1])
    if as_json:
        click.echo(json.dumps({"files": [_as_json(answer) for answer in answers]}, indent=2))
    found = {answer.status for answer in answers}
    return next(status for status in WORST_FIRST if status in found)


def _answer(file: str) -> Answer:
    """The answer on one file."""
    from joulecard.validation import validate

    try:
        verdict = validate(_read(file))
    except OSError as error:
        return Answer(file, NOT_OPENED, problem=f"cannot be opened: {error.strerror or error}")
    except ValueError as error:  # a file name that holds a NUL
        return Answer(file, NOT_OPENED, problem=f"cannot be opened: {error}")
    except MissingPartError as error:
        return Answer(file, CANNOT_JUDGE, problem=f"cannot be judged: {error}")
    return Answer(file, VALID if verdict.valid else INVALID, verdict)


def _read(file: str) -> bytes:
    """The bytes of a file or of standard input, not many more than a document may have."""
    from joulecard.validation.parse import MAX_BYTES
    from joulecard.validation.records import read_bounded

    return sys.stdin.buffer.read(MAX_BYTES + 1) if file == "-" else read_bounded(file)


def _tell(answer: Answer) -> None:
    """Writes the lines on one file: problems to standard error, the verdict to standard output."""
    name = visible("standard input" if answer.file == "-" else answer.file)
    if answer.verdict is None:
        click.echo(f"{name}: {answer.problem}", err=True)
        return
    for violation in answer.verdict.violations:
        click.echo(violation_line(name, violation))
    for warning in answer.verdict.warnings:
        click.echo(violation_line(name, warning, "yellow", "warning: "))
    for line in _summary(name, answer.verdict):
        click.echo(line)


def _summary(name: str, verdict: Verdict) -> list[str]:
    """The last line or lines on a file: valid or not, its level and what the next one needs."""
    kind = (verdict.kind or "document").replace("-", " ")
    if not verdict.valid:
        count = len(verdict.violations)
        return [f"{name}: {click.style('invalid', fg='red')} {kind}, {count} violation{'s' if count > 1 else ''}"]
    valid = click.style("valid", fg="green")
    if verdict.level is None:
        return [f"{name}: {valid} {kind}"]
    return [f"{name}: {valid} {kind}, level {verdict.level} {_level_name(verdict.level)}{_needs(verdict)}"]


def _level_name(level: str) -> str:
    """The word for a level."""
    from joulecard.validation.levels import STEPS

    return next(step.name for step in STEPS if step.level == level)


def _needs(verdict: Verdict) -> str:
    """What the next level needs, as the end of a sentence."""
    if not verdict.lacks:
        return ""
    shown = ", ".join(f"{visible(lack.pointer)} {lack.message}" for lack in verdict.lacks[:MOST_LACKS])
    more = len(verdict.lacks) - MOST_LACKS
    following = f"L{int(str(verdict.level)[1:]) + 1}"
    return click.style(f"; not {following}: {shown}{f' and {more} more' if more > 0 else ''}", dim=True)


def _as_json(answer: Answer) -> dict[str, Any]:
    """The machine form of the answer on one file."""
    told: dict[str, Any] = {"file": answer.file, "status": answer.status}
    verdict = answer.verdict
    if verdict is None:
        return {**told, "problem": answer.problem}
    told |= {"kind": verdict.kind, "valid": verdict.valid, "level": verdict.level}
    told["violations"] = [_violation(item) for item in verdict.violations]
    told["warnings"] = [_violation(item) for item in verdict.warnings]
    told["next_level_needs"] = [{"pointer": lack.pointer, "message": lack.message} for lack in verdict.lacks]
    return told


def _violation(violation: Violation) -> dict[str, Any]:
    """The machine form of one violation."""
    return {
        "pointer": violation.pointer,
        "rule": violation.rule,
        "message": violation.message,
        "related": list(violation.related),
    }
