"""`joulecard assemble --merge`: several disclosures become one."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import click

from joulecard.canonical import digest
from joulecard.cli.new_disclosure import published, written
from joulecard.cli.stage_table import printable
from joulecard.cli.valid_disclosure import name_of, valid_disclosure
from joulecard.disclosure.document import Disclosure
from joulecard.disclosure.merge import Source, merge
from joulecard.disclosure.per_unit import per_unit
from joulecard.errors import InvalidInputError, JoulecardError, UsageError
from joulecard.rendering.foreign_text import plain
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joulecard.disclosure.imprint import Status
    from joulecard.disclosure.merge import Merged
    from joulecard.validation import Verdict, Violation

FEWEST = 2
STAGE = re.compile(r"/stages/([0-9]+)")
WORST_FIRST = (2, 1, 3)  # exit statuses, where files fail for different reasons


class Wanted(NamedTuple):
    """What the caller wants of the merged disclosure."""

    name: str = ""
    per: str | None = None  # a unit of work
    publisher: str | None = None
    status: Status | None = None


def merged(files: Sequence[str], output: str, wanted: Wanted) -> None:
    """Writes the disclosure of all stages of the disclosures in these files, and says what is in it.

    Nothing is written unless it follows the standard. Raises UsageError, InvalidInputError, MissingPartError.
    """
    if len(files) < FEWEST:
        raise UsageError("one disclosure is nothing to merge", mend="name two or more after --merge")
    same = [file for file in files if file != "-" and os.path.realpath(file) == os.path.realpath(output)]
    if output != "-" and same:
        raise UsageError("is one of the disclosures to merge, and must stay as it is", where=output)
    found = merge(_sources(files), created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), name=plain(wanted.name))
    disclosure = per_unit(found.disclosure, wanted.per) if wanted.per else found.disclosure
    data = published(disclosure, wanted.publisher, wanted.status).to_json()
    verdict = _checked(data, found)
    click.echo(printable(_told(found)), err=output == "-")
    written(data, verdict, output)


def _sources(files: Sequence[str]) -> list[Source]:
    """The valid disclosures; raises the worst of what is wrong with the files, when all have been looked at."""
    sources: list[Source] = []
    failures: list[JoulecardError] = []
    for file in files:
        try:
            read = valid_disclosure(file, "merged")
            sources.append(Source(name_of(file), Disclosure.model_validate_json(read.data), digest(read.document)))
        except JoulecardError as error:
            failures.append(error)
    if failures:
        raise min(failures, key=lambda error: WORST_FIRST.index(error.exit_status))
    return sources


def _checked(data: bytes, found: Merged) -> Verdict:
    """The verdict on the merged disclosure; raises InvalidInputError where valid ones contradict one another."""
    verdict = validate_disclosure(data)
    if verdict.violations:
        first = verdict.violations[0]
        raise InvalidInputError(
            f"the disclosures contradict one another by rule {first.rule}: {_place(first, found)}; nothing was written",
            mend="correct one of them, or keep them apart",
        )
    return verdict


def _place(violation: Violation, found: Merged) -> str:
    """What is wrong, with the stages that it is about and the files they come from."""
    pointers = (violation.pointer, *violation.related)
    numbers = dict.fromkeys(int(match[1]) for pointer in pointers if (match := STAGE.match(pointer)))
    stages = found.disclosure.stages
    named = [f"stage {stages[number].name!r} of {' and '.join(found.files[number])}" for number in numbers]
    others = f" (see {named[1]})" if len(named) > 1 else ""
    return f"{named[0] if named else violation.pointer}: {violation.message}{others}"


def _told(found: Merged) -> str:
    """How many disclosures and stages there are, and that some of these stood in several."""
    origins, stages = found.disclosure.document.derived_from or (), found.disclosure.stages
    once = f", counted once though in several: {found.counted_once}" if found.counted_once else ""
    return f"disclosures merged: {len(origins)}, stages: {len(stages)}{once}"
