"""Puts files back as they were when a change is broken off, by a failure or by Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

from joulecard.capture.files import write_atomically
from joulecard.errors import JoulecardError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@contextlib.contextmanager
def undone_on_failure(paths: Iterable[str]) -> Iterator[None]:
    """Puts these files, and the folders made for them, back when anything fails; then raises what failed.

    An OSError becomes a UsageError; so does any failure after which a file could not be put back.
    """
    before = {path: _bytes(path) for path in paths}
    missing = _missing_folders(before)
    try:
        yield
    except BaseException as error:
        with _uninterrupted():
            stuck = [path for path, data in before.items() if not _is_restored(path, data)]
            for folder in missing:
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
        if stuck:
            raise _half_done(error, stuck) from error
        if isinstance(error, OSError):
            raise _unwritable(error, "nothing was changed; make it writable and try again") from error
        raise


def write_text(path: str, text: str) -> None:
    """Replaces the file in one step, with the rights it had; raises OSError."""
    write_atomically(path, text.encode("utf-8", "surrogateescape"))


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Lets a second Ctrl-C wait."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _unwritable(error: OSError, mend: str) -> UsageError:
    return UsageError(f"it cannot be written: {error.strerror}", where=str(error.filename), mend=mend)


def _half_done(error: BaseException, stuck: list[str]) -> UsageError:
    said = str(error) if isinstance(error, (JoulecardError, OSError)) else "it was interrupted"
    names = ", ".join(os.path.relpath(path) for path in stuck)
    return UsageError(
        f"{said}; {names} could not be put back", mend=f"put back what git holds: `git checkout -- {names}`"
    )


def _missing_folders(paths: Iterable[str]) -> list[str]:
    """The folders of the paths that are not there yet, the innermost first."""
    found: set[str] = set()
    for path in paths:
        folder = os.path.dirname(path)
        while folder and not os.path.isdir(folder):
            found.add(folder)
            folder = os.path.dirname(folder)
    return sorted(found, key=len, reverse=True)


def _bytes(path: str) -> bytes | None:
    """The content of a file; None where there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_restored(path: str, data: bytes | None) -> bool:
    try:
        if data is None:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(path)
        elif _bytes(path) != data:
            write_atomically(path, data)
    except OSError:
        return False
    return True
