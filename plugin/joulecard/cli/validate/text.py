"""The answers for people at a terminal: each violation with its place, then one line that sums up a file."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import click

from joulecard.cli.stage_table import printable
from joulecard.cli.validate.answer import CANNOT_JUDGE, NOT_OPENED, VALID
from joulecard.cli.validate.gates import next_level
from joulecard.cli.violation_text import INDENT, indented, violation_text, visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from joulecard.cli.validate.answer import Answer
    from joulecard.validation import Verdict

MOST_SHOWN = 50
_PLAIN = re.compile(r"(?:/[A-Za-z0-9_-]+)+")  # a pointer that any shell takes as it is
MOST_LACKS = 5


def tell(answer: Answer, *, alone: bool) -> None:
    """Writes the lines on one file: a verdict to standard output, why there is none to standard error.

    What the next level needs is told of a file that stands alone or fails a gate.
    """
    if answer.verdict is None:
        click.echo(f"{visible(answer.name)}: {visible(answer.problem)}", err=True)
        return
    found = (*violations(answer.name, answer.verdict, answer.lines), *_advice(answer))
    for line in (*found, *summary(answer, answer.verdict, alone=alone)):
        click.echo(printable(line))


def violations(file: str, verdict: Verdict, lines: Mapping[str, int]) -> Iterator[str]:
    """The violations and warnings, not more than anybody reads, with the lines that are known."""
    for violation in verdict.violations[:MOST_SHOWN]:
        yield violation_text(file, violation, line=lines.get(violation.pointer))
    for warning in verdict.warnings[:MOST_SHOWN]:
        yield violation_text(file, warning, line=lines.get(warning.pointer), warns=True)
    more = sum(max(0, len(each) - MOST_SHOWN) for each in (verdict.violations, verdict.warnings))
    if more:
        yield f"{INDENT}and {more} more, which --json lists"
    if first := next((each for each in verdict.violations if _PLAIN.fullmatch(each.pointer)), None):
        rule = f"joulecard schema {first.rule}, " if first.rule.startswith("R") else ""
        yield click.style(f"{INDENT}more: {rule}joulecard schema {first.pointer}", dim=True)


def _advice(answer: Answer) -> Iterator[str]:
    """What to ask the authors of a valid disclosure, each with its place."""
    for each in answer.advice:
        yield violation_text(answer.name, each, line=answer.lines.get(each.pointer), asks=True)


def summary(answer: Answer, verdict: Verdict, *, alone: bool) -> Iterator[str]:
    """The last lines on a file: valid or not, its level with what the next one needs, the gates it fails."""
    name = visible(answer.name)
    kind = (verdict.kind or "document").replace("-", " ")
    if not verdict.valid:
        yield f"{name}: {click.style('invalid', fg='red')} {kind}, {counted(len(verdict.violations), 'violation')}"
        return
    level = f", level {verdict.level} {level_name(verdict.level)}" if verdict.level else ""
    warnings = f", {counted(len(verdict.warnings), 'warning')}" if verdict.warnings else ""
    yield f"{name}: {click.style('valid', fg='green')} {kind}{level}{warnings}"
    if alone or answer.failures:
        yield from _needs(answer, verdict)
    if alone and verdict.level == "L3":
        yield click.style(indented("whether the signature fits, and whose it is: joulecard verify --key KEY"), dim=True)
    for failure in answer.failures:
        yield f"{name}: {click.style('fails', fg='red')} {failure.gate}: {visible(failure.message)}"


def level_name(level: str) -> str:
    """The word for a level."""
    from joulecard.validation.levels import STEPS

    return next(step.name for step in STEPS if step.level == level)


def _needs(answer: Answer, verdict: Verdict) -> Iterator[str]:
    """What the next level needs, a line each."""
    if not verdict.lacks:
        return
    following = next_level(verdict)
    yield click.style(f"{INDENT}for {following} {level_name(following)}:", dim=True)
    for lack in verdict.lacks[:MOST_LACKS]:
        line = f"line {answer.lines[lack.pointer]}, " if lack.pointer in answer.lines else ""
        yield indented(f"- {line}#{visible(lack.pointer)} {visible(lack.message)}", hanging=2)
    more = len(verdict.lacks) - MOST_LACKS
    if more > 0:
        yield indented(f"- and {more} more, which --json lists")


def last_line(answers: Sequence[Answer]) -> str:
    """How many of several files are what."""
    found = Counter(_word(answer) for answer in answers)
    return f"{len(answers)} files: {', '.join(f'{count} {word}' for word, count in found.items())}"


def _word(answer: Answer) -> str:
    """What a file is, in a word or three."""
    words = {VALID: "valid", NOT_OPENED: "not opened", CANNOT_JUDGE: "not judged"}
    return words.get(answer.status) or ("below a gate" if answer.failures else "invalid")


def counted(count: int, word: str) -> str:
    """A number with its noun."""
    return f"{count} {word}{'' if count == 1 else 's'}"
