"""What is to be written into one run, and why it may stay on disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.settings import Settings

Mode = Literal["auto", "full", "metrics"]

PARENT_TAG = "mlflow.parentRunId"

_NO_ANSWER = frozenset({"TimeoutError", "Timeout", "ConnectTimeout", "ReadTimeout", "ReadTimeoutError"})
_NO_WAY = frozenset({"ConnectionError", "ConnectionRefusedError", "ConnectionResetError", "NewConnectionError"})
_LONGEST_CHAIN = 8
_OF_ONE_RUN = frozenset({"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "INVALID_STATE"})


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


def is_of_one_run(error: Exception) -> bool:
    """Whether MLflow answered and it is this run alone that it does not take."""
    return isinstance(error, IncompleteError) or kind_of(error) in _OF_ONE_RUN


def kind_of(error: Exception) -> str:
    """A failure in words that hold no address: what MLflow says of it may hold one with a password."""
    if isinstance(error, IncompleteError):
        return str(error)
    causes = {type(cause).__name__ for cause in _chain(error)}
    if causes & _NO_ANSWER:
        return "the server did not answer in time"
    if causes & _NO_WAY:
        return "the server cannot be reached"
    return str(getattr(error, "error_code", "") or type(error).__name__)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The failure and what it came from: MLflow calls whatever happens on the way to a server an internal error."""
    cause: BaseException | None = error
    for _ in range(_LONGEST_CHAIN):
        if cause is None:
            return
        yield cause
        cause = cause.__cause__ or cause.__context__
