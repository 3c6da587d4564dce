"""Reads a disclosure for commands that make something of it: only a valid one is given on."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import click

from joulecard.cli.violation_text import violation_text
from joulecard.errors import InvalidInputError, UsageError
from joulecard.validation import validate_disclosure
from joulecard.validation.parse import MAX_BYTES, parse


class Disclosure(NamedTuple):
    """A valid disclosure, and its bytes as they were read."""

    document: dict[str, Any]
    data: bytes


def valid_disclosure(file: str, done: str) -> Disclosure:
    """The disclosure in a file (`-`: standard input); `done` says what is not done with an invalid one: "rendered".

    Prints each violation. Raises UsageError, MissingPartError, InvalidInputError.
    """
    name = name_of(file)
    data = read_input(file, MAX_BYTES)
    refuse_records(data, name)
    verdict = validate_disclosure(data)
    for violation in verdict.violations:
        click.echo(violation_text(name, violation), err=True)
    if verdict.violations:
        raise InvalidInputError(f"is not a valid disclosure, so nothing was {done}", where=name)
    return Disclosure(verdict.document or {}, data)


def name_of(file: str) -> str:
    """What a sentence calls the file."""
    return "standard input" if file == "-" else file


def read_input(file: str, most_bytes: int) -> bytes:
    """The bytes of a file or of standard input (`-`), at most one more than may be; raises UsageError."""
    try:
        if file == "-":
            return sys.stdin.buffer.read(most_bytes + 1)
        with open(file, "rb") as opened:
            return opened.read(most_bytes + 1)
    except (OSError, ValueError) as error:  # a file name that holds a NUL
        told = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot be opened: {told}", where=name_of(file)) from error


def refuse_records(data: bytes, name: str) -> None:
    """Raises InvalidInputError for what comes before a disclosure: a segment, or the record of a DVC stage."""
    document, _ = parse(data)
    if not isinstance(document, dict):
        return
    if str(document.get("schema")).endswith(":segment"):
        raise InvalidInputError("is a segment: run `joulecard assemble` first", where=name)
    if "schema" not in document and ("segments" in document or document.get("recorded") is False):
        raise InvalidInputError(
            "is the record of a stage: run `joulecard dvc report` or `joulecard assemble` first", where=name
        )
