"""Where the segments of runs lie until MLflow has them: below the private state folder, never in the user's own."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from joulecard.capture.files import PRIVATE_FOLDER_MODE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.capture.segment import Segment


def folder_of(journal_dir: str) -> str:
    """The folder of the segments; the one of all runs, so that nobody removes it under a run that still records."""
    return os.path.join(journal_dir, "mlflow", "carbon", "segments")


def prepare(journal_dir: str | None) -> str | None:
    """The folder of the segments with the one above it made; None where no private folder can be had."""
    if not journal_dir:
        return None
    try:
        for private in (journal_dir, os.path.join(journal_dir, "mlflow")):  # makedirs gives its mode to the last alone
            os.makedirs(private, PRIVATE_FOLDER_MODE, exist_ok=True)
    except OSError:
        return None
    return folder_of(journal_dir)


def remove(paths: Iterable[str]) -> None:
    """Takes away segments that MLflow has; their folder stays, another run may be about to write to it."""
    for path in paths:
        with contextlib.suppress(OSError):
            os.unlink(path)


def segment_files(folder: str) -> list[str]:
    """The files that may hold segments; none where there is no such folder. Raises OSError."""
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    return [os.path.join(folder, name) for name in names if name.endswith(".json") and name[0] != "."]


def run_of(segment: Segment) -> str:
    """The MLflow run that a segment belongs to; empty where it belongs to none."""
    return dict(segment.refs).get("mlflow_run_id", "")
