"""System files that are read at each tick and stay open for it: opening is what costs."""

from __future__ import annotations

import os

from joulecard.descriptors import Descriptor

_HEAD_BYTES = 512


class HeldFile:
    """An open file that is read from its beginning each time; opened anew where the program has closed it."""

    __slots__ = ("_file", "_path")

    def __init__(self, path: str) -> None:
        """Raises OSError where it cannot be opened."""
        self._path = path
        self._file = _opened(path)

    def head(self) -> bytes:
        """The beginning of the file; empty where it cannot be read."""
        try:
            if not self._file.is_ours:
                self._file = _opened(self._path)
            return os.pread(self._file.number, _HEAD_BYTES, 0)
        except OSError:
            return b""

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()


def _opened(path: str) -> Descriptor:
    return Descriptor(os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0)))
