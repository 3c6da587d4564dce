"""Descriptors of ours in a program that may close those that are not its own, as daemons do when they start.

The number may then stand for a file of the program: what is not ours any more is neither told nor written nor closed.
"""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

_taken = False


class Descriptor:
    """A number, and the file that it stood for when we opened it."""

    __slots__ = ("_identity", "number")

    def __init__(self, number: int) -> None:
        """Raises OSError where it stands for no file any more."""
        self.number = number
        try:
            found = os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                os.close(number)
            raise
        self._identity = found.st_dev, found.st_ino

    @classmethod
    def created(cls, path: str, flags: int, mode: int) -> Self:
        """A file that we write to; raises OSError, also where the number was taken before we could look at it."""
        file = cls(os.open(path, flags, mode))
        try:
            named = os.lstat(path)
        except OSError:
            file.close()
            raise
        if (named.st_dev, named.st_ino) != file._identity:
            file.number = -1  # as below
        file.require()
        return file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def require(self) -> None:
        """Raises OSError where the number is not ours any more."""
        if not self.is_ours:
            raise OSError(errno.EBADF, "the program has closed its file")

    @property
    def is_ours(self) -> bool:
        """Whether the number still stands for the file."""
        return self._found() is not None

    @property
    def is_lost(self) -> bool:
        """Whether nobody would find the file any more: it was deleted, or closed behind our back."""
        found = self._found()
        return found is None or found.st_nlink == 0

    def close(self) -> None:
        """Lets go of the file, once; never raises."""
        if self.is_ours:
            with contextlib.suppress(OSError):
                os.close(self.number)
        self.number = -1

    def _found(self) -> os.stat_result | None:
        """What the number stands for, if it is our file; once it was not, it never is: inodes are given out again."""
        global _taken
        if self.number < 0:
            return None
        try:
            found = os.fstat(self.number)
        except OSError:
            found = None
        if found and (found.st_dev, found.st_ino) == self._identity:
            return found
        self.number, _taken = -1, True
        return None


def were_taken() -> bool:
    """Whether the program was seen to close descriptors of ours: libraries that hold some may have lost theirs too."""
    return _taken
