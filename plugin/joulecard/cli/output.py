"""Where a command puts what it made: standard output, a new file, or the file it was made from."""

from __future__ import annotations

import errno
import os
import stat
import sys

from joulecard.capture.files import write_atomically
from joulecard.errors import UsageError

ANY_WRITES = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH  # root may write without: nobody meant it to


def write_output(output: str, data: bytes) -> None:
    """Writes to standard output (`-`) or a device, or puts a whole file in place; raises UsageError."""
    if output == "-":
        sys.stdout.buffer.write(data)
        return
    try:
        if _takes_a_stream(output):
            with open(output, "wb") as opened:
                opened.write(data)
        else:
            write_atomically(os.path.abspath(output), data)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=output) from error


def _takes_a_stream(path: str) -> bool:
    """Whether it is a device or a pipe, such as /dev/null, which root could replace by a file."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def rewrite(path: str, data: bytes) -> None:
    """Replaces a user's own file, behind links too; raises UsageError, also where it is write-protected.

    A write-protected file may be a link into DVC's cache.
    """
    path_behind = os.path.realpath(path)
    try:
        if not (os.stat(path_behind).st_mode & ANY_WRITES and os.access(path_behind, os.W_OK)):
            raise PermissionError(errno.EACCES, "the file is write-protected")
        write_atomically(path_behind, data)
    except OSError as error:
        raise UsageError(f"cannot be written: {error.strerror}", where=path) from error
