"""Reads the small files below /sys that hold one value.

Files are opened anew for every reading. A descriptor that is kept would spare a third of the 10 us that one takes, but
a program may close all descriptors that it does not know (daemons do) and get the same number again for a file of its
own: we would read from that one, and at the end close it.
"""

from __future__ import annotations

import os

from joulecard.capture.meters import Failure
from joulecard.descriptors import Descriptor


def whole_number(path: str) -> int | Failure:
    """The number in a file, or why there is none."""
    try:
        content = _read(path)
    except PermissionError:
        return Failure("permission denied")
    except OSError as error:
        return Failure(f"cannot be read: {error.strerror or type(error).__name__}")
    return int(content) if content.isdigit() else Failure("does not hold a number")


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


def _read(path: str) -> bytes:
    """Raises OSError."""
    with Descriptor(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)) as file:
        return os.read(file.number, 256).strip()
