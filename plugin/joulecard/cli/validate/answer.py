"""The answer on one file: its verdict with the lines of what it names, its figures, the gates that it fails."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from joulecard.cli.valid_disclosure import name_of, read_input
from joulecard.cli.validate.gates import headline
from joulecard.errors import MissingPartError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.cli.validate.gates import Failure, Gates
    from joulecard.cli.validate.named_files import Named
    from joulecard.validation import Verdict, Violation

_LINE = re.compile(r"\(line ([0-9]+), column [0-9]+\)$")  # in the sentence of what does not parse
VALID, INVALID, NOT_OPENED, CANNOT_JUDGE = 0, 1, 2, 3
WORST_FIRST = (NOT_OPENED, INVALID, CANNOT_JUDGE, VALID)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one file: a verdict, or why there is none."""

    file: str
    status: int
    problem: str = ""
    verdict: Verdict | None = None  # without the document, of which many files would be too much
    lines: Mapping[str, int] = field(default_factory=dict)  # of the pointers in the verdict
    totals: Mapping[str, Any] | None = None  # the headline's, of a valid disclosure
    failures: tuple[Failure, ...] = ()
    advice: tuple[Violation, ...] = ()  # slips that a valid disclosure may hold; no verdict rests on it

    @property
    def name(self) -> str:
        """What a sentence calls the file."""
        return name_of(self.file)


def answer_on(named: Named, gates: Gates) -> Answer:
    """The answer on one file or on standard input."""
    from joulecard.validation import validate
    from joulecard.validation.parse import MAX_BYTES

    file = named.file
    if named.problem:
        return Answer(file, NOT_OPENED, named.problem)
    try:
        data = read_input(file, MAX_BYTES)
        verdict = validate(data)
    except UsageError as error:
        return Answer(file, NOT_OPENED, error.what)
    except MissingPartError as error:
        return Answer(file, CANNOT_JUDGE, f"cannot be judged: {error}")
    return _answer(file, data, verdict, gates)


def _answer(file: str, data: bytes, verdict: Verdict, gates: Gates) -> Answer:
    """The answer with a verdict."""
    failures, asked = gates.failures(verdict), _advice(verdict)
    return Answer(
        file,
        INVALID if failures or not verdict.valid else VALID,
        verdict=replace(verdict, document=None),
        lines=_lines(data, verdict, asked),
        totals=headline(verdict),
        failures=failures,
        advice=asked,
    )


def _advice(verdict: Verdict) -> tuple[Violation, ...]:
    """What to ask the authors of a valid disclosure."""
    if not verdict.valid or verdict.kind != "disclosure" or verdict.document is None:
        return ()
    from joulecard.validation.advice import advice

    return advice(verdict.document)


def _lines(data: bytes, verdict: Verdict, asked: tuple[Violation, ...]) -> dict[str, int]:
    """The line of every place that the verdict or the advice names."""
    from joulecard.validation.place import lines_of

    pointers = {violation.pointer for violation in (*verdict.violations, *verdict.warnings, *asked)}
    if verdict.document is None and pointers == {""}:  # not parsed, or not even an object
        found = _LINE.search(verdict.violations[0].message)
        return {"": int(found[1])} if found else {}
    return lines_of(data.decode(), pointers | {lack.pointer for lack in verdict.lacks})
