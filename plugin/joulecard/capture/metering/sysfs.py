"""Reads the small files below /sys that hold one value."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from joulecard.capture.meters import Failure
from joulecard.descriptors import Descriptor

if TYPE_CHECKING:
    from collections.abc import Mapping

_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_MOST_BYTES = 256
NUMBER_BYTES = 32  # a 64-bit number has 20 digits
_NO_NUMBER = Failure("does not hold a number")


class HeldNumbers:
    """The numbers in files that are read again and again: they stay open, since opening is what costs.

    Opened anew where the program has closed one, where it was deleted or replaced, and after a read that failed.
    """

    def __init__(self, paths: Mapping[str, str]) -> None:
        """By name; the files are opened with the first read."""
        self._paths = paths
        self._files: dict[str, Descriptor] = {}
        self.numbers: tuple[int, ...] = ()  # of the files, in the order of the paths; none where not all are open

    def values(self) -> dict[str, int | Failure]:
        """The number in each now, or why there is none."""
        values = {name: self._value(name) for name in self._paths}
        if not self.numbers and len(self._files) == len(self._paths):
            self.numbers = tuple(self._files[name].number for name in self._paths)
        return values

    def close(self) -> None:
        """Lets go of all files; another read opens them again."""
        self.numbers = ()
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _value(self, name: str) -> int | Failure:
        try:
            file = self._files.get(name)
            if file is None or file.is_lost:
                self._let_go(name)
                self._files[name] = file = Descriptor(os.open(self._paths[name], _FLAGS))
            return number_in(os.pread(file.number, NUMBER_BYTES, 0))
        except OSError as error:
            self._let_go(name)
            return _refusal(error)

    def _let_go(self, name: str) -> None:
        if file := self._files.pop(name, None):
            self.numbers = ()
            file.close()


def number_in(text: bytes) -> int | Failure:
    """The number that a file holds, or that it holds none."""
    word = text.strip()
    return int(word) if word.isdigit() else _NO_NUMBER


def whole_number(path: str) -> int | Failure:
    """The number in a file that is read once, or why there is none."""
    try:
        return number_in(_read(path))
    except OSError as error:
        return _refusal(error)


def text(path: str) -> str:
    """The stripped text of a file; empty where it cannot be read."""
    try:
        return _read(path).decode("ascii", "replace")
    except OSError:
        return ""


def listed(folder: str) -> list[str]:
    """The names in a folder in order; none where it cannot be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _refusal(error: OSError) -> Failure:
    if isinstance(error, PermissionError):
        return Failure("permission denied")
    return Failure(f"cannot be read: {error.strerror or type(error).__name__}")


def _read(path: str) -> bytes:
    """Raises OSError."""
    with Descriptor(os.open(path, _FLAGS)) as file:
        return os.read(file.number, _MOST_BYTES).strip()
