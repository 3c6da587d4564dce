"""Locked and atomically written files; where the system has no flock, locks are not taken."""

from __future__ import annotations

import contextlib
import os
import stat

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PRIVATE_FOLDER_MODE, PRIVATE_FILE_MODE = 0o700, 0o600
_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def create_locked(path: str, content: bytes = b"") -> int:
    """A new private file that this process holds locked, put at `path` only with its content; raises OSError.

    A file that can be seen is therefore whole, and locked as long as its writer lives.
    """
    draft = os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{os.getpid()}")
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND | _SAFE
    descriptor = os.open(draft, flags, PRIVATE_FILE_MODE)
    try:
        with contextlib.suppress(OSError):  # some network file systems know no locks: recover then keeps its hands off
            lock(descriptor)
        write_all(descriptor, content)
        os.rename(draft, path)
    except BaseException:  # a Ctrl-C too
        os.close(descriptor)
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise
    return descriptor


def write_all(descriptor: int, content: bytes) -> None:
    """Writes everything; raises OSError, with a part written, where there is no room."""
    while content:  # a short write is followed by one that says why
        content = content[os.write(descriptor, content) :]


def lock(descriptor: int) -> bool:
    """Takes the lock if nobody holds it; whether it was taken."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_existing(path: str) -> int | None:
    """An existing file, opened and locked; None where another process holds it. Raises OSError."""
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0) | _SAFE)
    taken = False
    try:
        _refuse_special(descriptor)
        taken = lock(descriptor)
    finally:
        if not taken:
            os.close(descriptor)
    return descriptor if taken else None


def _refuse_special(descriptor: int) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError("not a regular file")


def write_atomically(path: str, content: bytes) -> None:
    """Puts a whole, synced file at `path`, with the rights of the one it replaces, or leaves what was there.

    Makes the folders. Raises OSError.
    """
    folder = os.path.dirname(path)
    os.makedirs(folder, exist_ok=True)
    draft = os.path.join(folder, f".{os.path.basename(path)}.{os.getpid()}.{os.urandom(4).hex()}")
    try:
        with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _SAFE, 0o666), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            os.chmod(draft, stat.S_IMODE(os.stat(path).st_mode))
        os.replace(draft, path)
    except BaseException:  # a Ctrl-C too
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise
    sync_folder(folder)


def sync_folder(folder: str) -> None:
    """Makes new names in a folder survive a power cut, where the file system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
