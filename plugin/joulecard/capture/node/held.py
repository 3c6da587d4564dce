"""System files that are read at each tick and stay open for it: opening is what costs."""

from __future__ import annotations

import contextlib
import os

_HEAD_BYTES = 512


class HeldFile:
    """An open file that is read from its beginning each time.

    A program may close descriptors that are not its own, as daemons do when they start, and the number may then stand
    for another file: what is not ours any more is neither trusted nor closed.
    """

    __slots__ = ("_descriptor", "_identity")

    def __init__(self, path: str) -> None:
        """Raises OSError where it cannot be opened."""
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        found = os.fstat(self._descriptor)
        self._identity = found.st_dev, found.st_ino

    def head(self) -> bytes:
        """The beginning of the file; empty where it cannot be read."""
        try:
            return os.pread(self._descriptor, _HEAD_BYTES, 0)
        except OSError:
            return b""

    def close(self) -> None:
        """Lets go of the file."""
        with contextlib.suppress(OSError):
            found = os.fstat(self._descriptor)
            if (found.st_dev, found.st_ino) == self._identity:
                os.close(self._descriptor)
        self._descriptor = -1
