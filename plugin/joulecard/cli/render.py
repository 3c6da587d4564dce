"""`joulecard render`: a valid disclosure becomes a page."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from joulecard.capture.files import write_atomically
from joulecard.cli.violation_line import violation_line
from joulecard.errors import InvalidInputError, UsageError
from joulecard.rendering.model_card import model_card
from joulecard.validation import validate_disclosure
from joulecard.validation.parse import MAX_BYTES, parse
from joulecard.validation.records import read_bounded

if TYPE_CHECKING:
    from joulecard.validation import Verdict


@click.command("render", short_help="Write the model-card appendix of a disclosure")
@click.argument("file", metavar="FILE")
@click.option(
    "--to",
    "target",
    type=click.Choice(["md"]),
    default="md",
    show_default=True,
    help="Form of the page; this version writes md.",
)
@click.option("-o", "--output", default="-", metavar="FILE", help="Where the page goes; standard output by default.")
def command(file: str, target: str, output: str) -> int:
    """Write the disclosure FILE (`-`: standard input) as a page; md is the appendix of a model card.

    Exit status 1 where the disclosure is invalid, 2 where a file cannot be opened.
    """
    del target  # md is the only one
    verdict = _valid(file)
    page = model_card(verdict.document or {}).encode()
    if output == "-":
        sys.stdout.buffer.write(page)
        return 0
    try:
        write_atomically(os.path.abspath(output), page)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=output) from error
    return 0


def _valid(file: str) -> Verdict:
    """The verdict on a valid disclosure; raises UsageError, MissingPartError, InvalidInputError."""
    name = "standard input" if file == "-" else file
    try:
        data = sys.stdin.buffer.read(MAX_BYTES + 1) if file == "-" else read_bounded(file)
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot be opened: {getattr(error, 'strerror', None) or error}", where=name) from error
    _refuse_records(data, name)
    verdict = validate_disclosure(data)
    for violation in verdict.violations:
        click.echo(violation_line(name, violation), err=True)
    if verdict.violations:
        raise InvalidInputError("is not a valid disclosure, so nothing was rendered", where=name)
    return verdict


def _refuse_records(data: bytes, name: str) -> None:
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
