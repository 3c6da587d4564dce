"""What a recording tells its user: one line a process, through logging, never with a path that ends up in a record."""

from __future__ import annotations

from joulecard.capture import forks

_said: set[str] = set()


def log_once(sentence: str, kind: str) -> None:
    """One line per process and kind; raises whatever logging raises."""
    if kind not in _said:
        _said.add(kind)
        with forks.importing():
            import logging

        logging.getLogger("joulecard").warning("joulecard: %s", sentence)


def why(error: BaseException) -> str:
    """The reason without any path: it may stand in a record."""
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__


def not_written(folder: str, reason: str, journal: str | None) -> str:
    """What could not be written, why, where the record lies and how to get it."""
    if not journal:
        return f"the record could not be written to {folder} ({reason}) and no journal could be kept: it is lost"
    return (
        f"the record could not be written to {folder} ({reason}); it lies in {journal}: "
        "write it with `joulecard recover --to DIR`"
    )
