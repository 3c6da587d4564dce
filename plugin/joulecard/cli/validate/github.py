"""The answers as workflow commands of GitHub Actions: annotations at the lines they are about, and step outputs.

Format and escaping: docs.github.com, "Workflow commands for GitHub Actions", and actions/toolkit, core/src/command.ts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from joulecard.cli.stage_table import printable
from joulecard.cli.validate.answer import VALID
from joulecard.cli.validate.text import MOST_SHOWN, summary
from joulecard.cli.violation_text import compared, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.cli.validate.answer import Answer
    from joulecard.validation import Verdict, Violation

_IN_MESSAGES = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTIES = {**_IN_MESSAGES, ":": "%3A", ",": "%2C"}


def tell(answer: Answer, *, alone: bool) -> None:
    """Writes the annotations of one file, then the lines that sum it up."""
    if answer.verdict is None:
        told = command("error", answer, 0, "joulecard validate", f"{answer.name}: {answer.problem}")
        click.echo(printable(told))
        return
    for line in (*_annotations(answer, answer.verdict), *summary(answer, answer.verdict, alone=alone)):
        click.echo(printable(line))


def _annotations(answer: Answer, verdict: Verdict) -> Iterator[str]:
    """Violations and failed gates as errors, warnings as warnings, advice as notices."""
    told = [("error", each) for each in verdict.violations[:MOST_SHOWN]]
    told += [("warning", each) for each in verdict.warnings[:MOST_SHOWN]]
    told += [("notice", each) for each in answer.advice]
    for level, each in told:
        yield command(level, answer, answer.lines.get(each.pointer, 1), each.rule, _sentence(each))
    for failure in answer.failures:
        yield command("error", answer, 1, failure.gate, failure.sentence)


def _sentence(violation: Violation) -> str:
    """All that the log shows of an annotation, which leaves out titles."""
    place = f"{violation.rule} #{violation.pointer}: " if violation.pointer else f"{violation.rule}: "
    others = compared(violation)
    return place + violation.message + (f" (compare {others})" if others else "")


def command(level: str, answer: Answer, line: int, title: str, message: str) -> str:
    """One workflow command; the file and line where it belongs to one."""
    properties = {} if answer.file == "-" else {"file": answer.file} | ({"line": str(line)} if line else {})
    told = ",".join(
        f"{name}={_escaped(value, _IN_PROPERTIES)}" for name, value in {**properties, "title": title}.items()
    )
    return f"::{level} {told}::{_escaped(message, _IN_MESSAGES)}"


def _escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in visible(text))


def outputs(answers: Sequence[Answer]) -> str:
    """The step outputs: whether every file is valid and passes, and the lowest level of the disclosures."""
    passed = all(answer.status == VALID for answer in answers)
    levels = [
        str(answer.verdict.level or "") for answer in answers if answer.verdict and not _is_record(answer.verdict)
    ]
    known = all(levels) and all(answer.verdict for answer in answers)
    return f"valid={'true' if passed else 'false'}\nlevel={min(levels, default='') if known else ''}\n"


def _is_record(verdict: Verdict) -> bool:
    """Whether it is on a valid document that has no level: a disclosure is made of it."""
    return verdict.valid and verdict.level is None
