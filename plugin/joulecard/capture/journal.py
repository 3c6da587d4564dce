"""The journal of a running recording: append-only lines that a crash can only shorten.

Line 1 tells what was known at the start, then come cumulative checkpoints and gaps, and at last how it ended. A write
that falls short is cut back to the last good end, so that the next line is never glued to half a line.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from joulecard.capture.files import PRIVATE_FOLDER_MODE, create_locked, write_all

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT = 3
SUFFIX = ".jsonl"
LINE_BYTES = 700
_LONGEST_LINE_BYTES = 1 << 16
_encode = json.JSONEncoder(separators=(",", ":")).encode


class Journal:
    """The writer's side; holds the file locked as long as it lives."""

    def __init__(self, folder: str, segment_id: str, first: dict[str, Any]) -> None:
        """Creates the private file with its first line, and the folder where it is missing; raises OSError."""
        os.makedirs(folder, PRIVATE_FOLDER_MODE, exist_ok=True)
        self.path = os.path.join(folder, segment_id + SUFFIX)
        text = encoded(first)
        self._descriptor = create_locked(self.path, text)
        self._good_end = len(text)

    def append(self, line: dict[str, Any]) -> None:
        """Writes one line whole or not at all; raises OSError."""
        text = encoded(line)
        try:
            write_all(self._descriptor, text)
        except OSError:
            os.ftruncate(self._descriptor, self._good_end)
            raise
        self._good_end += len(text)

    def sync(self) -> None:
        """Waits until all lines are on the disk; raises OSError."""
        os.fsync(self._descriptor)

    def remove(self) -> None:
        """Deletes the journal: its segment is safe elsewhere."""
        os.unlink(self.path)
        self.close()

    def close(self) -> None:
        """Lets go of file and lock; what was written stays."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


def encoded(line: dict[str, Any]) -> bytes:
    """The bytes of one line."""
    return _encode(line).encode() + b"\n"


def read_lines(path: str) -> Iterator[dict[str, Any] | None]:
    """Every line of a journal in turn, None for one that is damaged; raises OSError."""
    with open(path, "rb") as file:
        while raw := file.readline(_LONGEST_LINE_BYTES):
            yield _parsed(raw)


def _parsed(raw: bytes) -> dict[str, Any] | None:
    """The object on one line; None where the line is torn, glued to another, or no object at all."""
    if not raw.endswith(b"\n"):
        return None
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) else None
