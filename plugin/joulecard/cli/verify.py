"""`joulecard verify`: all that can be checked of one disclosure or PDF report, up to who signed it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from joulecard.cli.day import day
from joulecard.cli.examined import Examined
from joulecard.cli.stage_table import printable
from joulecard.cli.valid_disclosure import name_of, read_input, refuse_records
from joulecard.cli.violation_text import visible
from joulecard.errors import JoulecardError
from joulecard.validation import validate_disclosure
from joulecard.validation.attestations import Trust, document_digest, judge
from joulecard.validation.enclosed import MAX_PDF_BYTES, PDF, enclosed
from joulecard.validation.signature import LARGEST_KEY_FILE_BYTES, missing_part, read_public_key

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.command("verify", short_help="Check a disclosure or PDF report and who signed it")
@click.argument("file", metavar="FILE")
@click.option("--key", "keys", multiple=True, metavar="PUB", help="A public key you trust: PEM, OpenSSH or base64.")
@click.option("--at", callback=day, metavar="DATE", help="Judge as of this day; today (UTC) else.")
@click.option("--json", "as_json", is_flag=True, help="Write the answer as one JSON object.")
def command(file: str, keys: tuple[str, ...], at: date | None, *, as_json: bool) -> int:
    """Check all of FILE, a disclosure or a PDF report that encloses one; `-` is standard input.

    Schema, rules with all arithmetic, the level, the SHA-256 that a report prints, the digest, and each attestation:
    whether its signature fits, this is what was signed, it is in force, and its key is one of those named with --key.

    Exit status 0 where at least one attestation holds with a named key and nothing is wrong; 1 where none holds or
    something is wrong; 2 where a file or key cannot be used; 3 where nobody said whose key to trust, a report prints
    no SHA-256, a part is missing or the standard is a newer one.
    """
    trust = Trust(_keys(keys), (at or datetime.now(UTC).date()).isoformat(), is_today=at is None)
    data, name = read_input(file, MAX_PDF_BYTES), name_of(file)
    try:
        examined = _examined(data, visible(name), trust)
    except JoulecardError as error:
        error.where = error.where or name
        raise
    if as_json:
        click.echo(json.dumps({"file": file, **examined.as_json()}, indent=2))
    else:
        click.echo(printable("\n".join(examined.lines())))
    return examined.status


def _keys(files: Sequence[str]) -> dict[str, str]:
    """The trusted keys in base64, each with the name of its file; none where signatures cannot be checked at all."""
    if missing_part():
        return {}
    return {read_public_key(read_input(file, LARGEST_KEY_FILE_BYTES), file): visible(file) for file in files}


def _examined(data: bytes, name: str, trust: Trust) -> Examined:
    """What is found in the bytes; raises JoulecardError where there is no disclosure to examine."""
    report = enclosed(data) if data.startswith(PDF) else None
    data = report.data if report else data
    refuse_records(data, "")
    verdict = validate_disclosure(data)
    document = verdict.document
    if document is None or any(violation.rule == "schema" for violation in verdict.violations):
        return Examined(name, verdict, report)  # it may hold anything where attestations should be
    return Examined(name, verdict, report, document_digest(document), judge(document, trust))
