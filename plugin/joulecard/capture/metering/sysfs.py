"""Reads the small files below /sys that hold one value."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.meters import Failure
from joulecard.descriptors import Descriptor

if TYPE_CHECKING:
    from collections.abc import Mapping

_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_MOST_BYTES = 256
_NO_NUMBER = Failure("does not hold a number")


class Glimpse(NamedTuple):
    """What files held at one moment, as it stood there."""

    files: tuple[int, ...]
    texts: list[bytes]


class HeldNumbers:
    """The numbers in files that are read again and again: they stay open, since opening is what costs.

    Opened anew where the program has closed one, where it was deleted or replaced, and after a read that failed.
    """

    def __init__(self, paths: Mapping[str, str]) -> None:
        """By name; the files are opened with the first read."""
        self._paths = paths
        self._files: dict[str, Descriptor] = {}
        self._numbers: tuple[int, ...] | None = None  # of the files, where all are open

    def values(self) -> dict[str, int | Failure]:
        """The number in each now, or why there is none."""
        values = {name: self._value(name) for name in self._paths}
        if self._numbers is None and len(self._files) == len(self._paths):
            self._numbers = tuple(self._files[name].number for name in self._paths)
        return values

    def glimpse(self) -> Glimpse | None:
        """What the files hold now, for `understood`; None where not all can be read."""
        if (numbers := self._numbers) is None:
            return None
        try:
            return Glimpse(numbers, [os.pread(number, _MOST_BYTES, 0) for number in numbers])
        except OSError:
            return None

    def understood(self, glimpse: Glimpse | None) -> dict[str, int | Failure]:
        """The numbers of a glimpse, none where it was none; to be asked after `values`.

        That looks whether the files are still ours: what was read from a file of the program is no count.
        """
        if glimpse is None or glimpse.files is not self._numbers:
            return {}
        return dict(zip(self._paths, map(_number, glimpse.texts), strict=True))

    def close(self) -> None:
        """Lets go of all files; another read opens them again."""
        self._numbers = None
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _value(self, name: str) -> int | Failure:
        try:
            file = self._files.get(name)
            if file is None or file.is_lost:
                self._let_go(name)
                self._files[name] = file = Descriptor(os.open(self._paths[name], _FLAGS))
            return _number(os.pread(file.number, _MOST_BYTES, 0))
        except OSError as error:
            self._let_go(name)
            return _refusal(error)

    def _let_go(self, name: str) -> None:
        if file := self._files.pop(name, None):
            self._numbers = None
            file.close()


def whole_number(path: str) -> int | Failure:
    """The number in a file that is read once, or why there is none."""
    try:
        return _number(_read(path))
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


def _number(text: bytes) -> int | Failure:
    word = text.strip()
    return int(word) if word.isdigit() else _NO_NUMBER


def _refusal(error: OSError) -> Failure:
    if isinstance(error, PermissionError):
        return Failure("permission denied")
    return Failure(f"cannot be read: {error.strerror or type(error).__name__}")


def _read(path: str) -> bytes:
    """Raises OSError."""
    with Descriptor(os.open(path, _FLAGS)) as file:
        return os.read(file.number, _MOST_BYTES).strip()
