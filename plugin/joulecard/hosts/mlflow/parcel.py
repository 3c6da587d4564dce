"""What is to be written into one run, and why it may stay on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from joulecard.settings import Settings

Mode = Literal["auto", "full", "metrics"]

PARENT_TAG = "mlflow.parentRunId"


@dataclass(frozen=True, slots=True)
class Parcel:
    """The segments of one run that are to be sent to it."""

    run_id: str
    paths: tuple[str, ...]  # the segments' files
    mode: Mode
    settings: Settings
    is_child: bool = False


class IncompleteError(Exception):
    """The figures may be in the run, the files are not; the message says why."""


def kind_of(error: Exception) -> str:
    """The kind of a failure: what MLflow says of it may hold an address with a password."""
    return str(getattr(error, "error_code", "") or type(error).__name__)
