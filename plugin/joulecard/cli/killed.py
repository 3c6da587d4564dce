"""Journals of recorders that ended without a record: what is missing until `joulecard recover` has run."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import click

from joulecard.capture.closing import segment_path
from joulecard.capture.files import lock_existing, open_safely
from joulecard.capture.journal.lines import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_BYTES = 1 << 16  # of a journal's first line, which says where its record belongs


def journals_left(journal_dir: str | None) -> Iterator[str]:
    """The journals in a folder whose recorders have ended; none where the folder cannot be read."""
    try:
        names = sorted(os.listdir(journal_dir)) if journal_dir else []
    except OSError:
        return
    for name in names:
        path = os.path.join(journal_dir or "", name)
        if name.endswith(SUFFIX) and not name.startswith(".") and _has_ended(path):
            yield path


def tell_missing(journal_dir: str | None, folders: Iterable[str]) -> None:
    """Says on standard error how many records that belong into these folders are journals still; nothing where none."""
    searched = {os.path.realpath(folder) for folder in folders}
    missing = sum(_belongs(path) in searched for path in journals_left(journal_dir))
    if missing:
        told = "1 record of a killed recorder is" if missing == 1 else f"{missing} records of killed recorders are"
        click.echo(f"{told} missing here: run `joulecard recover`, then assemble again", err=True)


def _has_ended(path: str) -> bool:
    """Whether nobody holds the journal any more."""
    try:
        file = lock_existing(path)
    except OSError:
        return False
    if file is None:
        return False
    file.close()
    return True


def _belongs(path: str) -> str | None:
    """The folder that the record of a journal goes to; None where it is there already, or the journal does not say."""
    try:
        with open(open_safely(path), "rb") as file:
            opening = json.loads(file.readline(MOST_BYTES))
        folder, identity = opening["folder"], opening["id"]
        return None if os.path.exists(segment_path(folder, identity)) else os.path.realpath(folder)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
