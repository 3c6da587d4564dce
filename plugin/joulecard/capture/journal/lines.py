"""The journal of a running recording: append-only lines that a crash can only shorten.

Line 1 tells what was known at the start, then come cumulative checkpoints and gaps, and at last how it ended. A write
that falls short is cut back to the last good end, so that the next line is never glued to half a line.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any, NoReturn

from joulecard.capture.files import (
    PRIVATE_FOLDER_MODE,
    create_locked,
    make_folders,
    open_safely,
    sync_folder,
    write_all,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 4
SUFFIX = ".jsonl"
LINE_BYTES = 700
_LONGEST_LINE_BYTES = 1 << 16


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("no journal holds NaN or Infinity")


_encode = json.JSONEncoder(separators=(",", ":")).encode
_decode = json.JSONDecoder(parse_constant=_refuse).decode


class Journal:
    """The writer's side; holds the file locked as long as it lives."""

    def __init__(self, folder: str, segment_id: str, *first: dict[str, Any], replacing: bool = False) -> None:
        """Makes the private file with its first lines, and the folder where it is missing; raises OSError.

        One that replaces an earlier one is on the disk before it takes its place.
        """
        make_folders(folder, PRIVATE_FOLDER_MODE)
        self.path = os.path.join(folder, segment_id + SUFFIX)
        text = b"".join(map(encoded, first))
        self._file = create_locked(self.path, text, synced=replacing)
        self.size_bytes = len(text)  # up to the last good end
        self._is_torn = False

    def append(self, *lines: dict[str, Any]) -> None:
        """Writes lines whole or not at all; raises OSError."""
        text = b"\n" * self._is_torn + b"".join(map(encoded, lines))
        try:
            write_all(self._file, text)
        except OSError:
            self._cut_back()
            raise
        self.size_bytes = os.fstat(self._file.number).st_size if self._is_torn else self.size_bytes + len(text)
        self._is_torn = False

    def _cut_back(self) -> None:
        """Takes half a line away; where even that fails, the next line begins with an end of line."""
        try:
            self._file.require()
            os.ftruncate(self._file.number, self.size_bytes)
            self._is_torn = False
        except OSError:
            self._is_torn = True

    def sync(self) -> None:
        """Waits until all lines are on the disk; raises OSError."""
        self._file.require()
        os.fsync(self._file.number)

    def sync_name(self) -> None:
        """Waits until a new file would be found after a power cut; raises OSError."""
        sync_folder(os.path.dirname(self.path))

    @property
    def is_lost(self) -> bool:
        """Whether nothing would be left after a kill: the file was deleted, or closed behind our back."""
        return self._file.is_lost

    def remove(self) -> None:
        """Deletes the journal, its segment being safe elsewhere; where that fails, recover does."""
        with contextlib.suppress(OSError):
            os.unlink(self.path)
        self.close()

    def close(self) -> None:
        """Lets go of file and lock; what was written stays."""
        self._file.close()


def encoded(line: dict[str, Any]) -> bytes:
    """The bytes of one line."""
    return _encode(line).encode() + b"\n"


def read_lines(path: str) -> Iterator[dict[str, Any] | None]:
    """Every line of a journal in turn, None for one that is damaged; raises OSError, also for a link."""
    with open(open_safely(path), "rb") as file:
        while raw := file.readline(_LONGEST_LINE_BYTES):
            yield _parsed(raw)


def _parsed(raw: bytes) -> dict[str, Any] | None:
    """The object on one line; None where the line is torn, glued to another, or no object at all."""
    if not raw.endswith(b"\n"):
        return None
    try:
        line = _decode(raw.decode())
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None
