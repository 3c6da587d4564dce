"""`joulecard recover`: segments from the journals of recorders that were killed or could not write."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from joulecard.capture.journal.recovery import recover
from joulecard.errors import UsageError
from joulecard.settings import load_settings, require

if TYPE_CHECKING:
    from joulecard.capture.journal.recovery import Outcome


@click.command
@click.argument("journal_dir", required=False)
@click.option("--to", metavar="DIR", help="Write the segments here, not where their recorders would have.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcomes as JSON.")
def command(journal_dir: str | None, to: str | None, *, as_json: bool) -> int:
    """Turn what killed recorders left in JOURNAL_DIR into valid segments.

    Each segment is written where its recorder would have written it, then its journal is removed. Recordings that
    still run are left alone; running this twice does no harm. Exit status 1 where a journal had to be left.
    """
    folder = journal_dir or _journals_of_the_settings()
    outcomes = _outcomes(folder, to, must_exist=journal_dir is not None)
    if as_json:
        click.echo(json.dumps([asdict(outcome) for outcome in outcomes], indent=2))
    else:
        click.echo("\n".join(outcome.sentence for outcome in outcomes) or f"nothing to recover in {folder}")
    return int(any(outcome.verdict in {"unreadable", "kept"} for outcome in outcomes))


def _journals_of_the_settings() -> str:
    """The journal folder that recorders started here use; raises SettingsError or UsageError."""
    settings = require(load_settings(os.environ, os.getcwd()))
    if not settings.journal_dir:
        raise UsageError("no journal folder is known", where="recover", mend="name one: joulecard recover JOURNAL_DIR")
    return settings.journal_dir


def _what_is_wrong(document: dict[str, Any]) -> str | None:
    """The first objection to a segment; a damaged or forged journal is left as it is."""
    from joulecard.validation import validate_document

    violations = validate_document(document, "segment").violations
    return f"{violations[0].pointer or '/'}: {violations[0].message}" if violations else None


def _outcomes(folder: str, to: str | None, *, must_exist: bool) -> list[Outcome]:
    """What became of each journal; raises UsageError for a folder that cannot be opened."""
    try:
        if must_exist:
            os.stat(folder)
        return recover(folder, to, _what_is_wrong)
    except OSError as error:
        raise UsageError(f"the folder cannot be opened: {error.strerror}", where=folder) from error
