"""Locked and atomically written files; where the system has no flock, locks are not taken."""

from __future__ import annotations

import contextlib
import errno
import os
import stat

from joulecard.descriptors import Descriptor

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PRIVATE_FOLDER_MODE, PRIVATE_FILE_MODE = 0o700, 0o600
_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
# what a folder says that cannot be synced at all: its file system knows no such thing, or we may not read it
_NEVER_SYNCED = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EPERM, errno.EISDIR}


def create_locked(path: str, content: bytes = b"", *, synced: bool = False) -> Descriptor:
    """A new private file that this process holds locked, put at `path` only with its content; raises OSError.

    A file that can be seen is therefore whole, and locked as long as its writer lives. A `synced` one and its name
    are on the disk before it takes the place of an earlier one.
    """
    draft = _draft_of(path)
    flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND | _SAFE
    file = None
    try:
        file = Descriptor.created(draft, flags, PRIVATE_FILE_MODE)
        with contextlib.suppress(OSError):  # some network file systems know no locks: recover then keeps its hands off
            lock(file)
        write_all(file, content)
        if synced:
            file.require()
            os.fsync(file.number)
        os.rename(draft, path)
    except BaseException:  # a Ctrl-C too
        if file:
            file.close()
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise
    if synced:
        with contextlib.suppress(OSError):  # the file is there and can be written: no reason to do without
            sync_folder(os.path.dirname(path))
    return file


def write_all(file: Descriptor, content: bytes) -> None:
    """Writes everything; raises OSError, with a part written, where there is no room."""
    file.require()
    while content:  # a short write is followed by one that says why
        content = content[os.write(file.number, content) :]


def lock(file: Descriptor) -> bool:
    """Takes the lock if nobody holds it; whether it was taken."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file.number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_existing(path: str) -> Descriptor | None:
    """An existing file, opened and locked; None where another process holds it. Raises OSError."""
    file = Descriptor(os.open(path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0) | _SAFE))
    taken = False
    try:
        _refuse_special(file.number)
        taken = lock(file)
    finally:
        if not taken:
            file.close()
    return file if taken else None


def open_safely(path: str) -> int:
    """An existing regular file, opened to be read; raises OSError for a link, a pipe or a device."""
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _SAFE)
    try:
        _refuse_special(number)
    except OSError:
        os.close(number)
        raise
    return number


def _refuse_special(number: int) -> None:
    if not stat.S_ISREG(os.fstat(number).st_mode):
        raise OSError("not a regular file")


def write_atomically(path: str, content: bytes) -> None:
    """Puts a whole, synced file at `path`, with the rights of the one it replaces, or leaves what was there.

    Makes the folders. Raises OSError, also where the new name may not outlive a power cut.
    """
    folder = os.path.dirname(path)
    make_folders(folder)
    draft = _draft_of(path)
    try:
        with Descriptor.created(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | _SAFE, 0o666) as file:
            write_all(file, content)
            file.require()
            os.fsync(file.number)
        with contextlib.suppress(FileNotFoundError):
            os.chmod(draft, stat.S_IMODE(os.stat(path).st_mode))
        os.replace(draft, path)
    except BaseException:  # a Ctrl-C too
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise
    sync_folder(folder)


def _draft_of(path: str) -> str:
    """Where a file is written before it is put in its place; `is_draft_of` knows it again."""
    return os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{os.getpid()}.{os.urandom(4).hex()}")


def is_draft_of(name: str, base: str) -> bool:
    """Whether a name in a folder is that of a draft of the file `base`, left by a process that was killed."""
    return name.startswith(f".{base}.") and len(name) > len(base) + 2


def make_folders(folder: str, mode: int = 0o777) -> None:
    """Makes a folder and those missing above it, so that they outlive a power cut; raises OSError."""
    if not folder or os.path.isdir(folder):
        return
    above = os.path.dirname(folder)
    make_folders(above, mode)
    try:
        os.mkdir(folder, mode)
    except FileExistsError:
        if not os.path.isdir(folder):  # else somebody was faster
            raise
    sync_folder(above)


def sync_folder(folder: str) -> None:
    """Makes new names in a folder survive a power cut, where the file system can; raises OSError where it fails."""
    try:
        with Descriptor(os.open(folder or os.curdir, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))) as file:
            os.fsync(file.number)
    except OSError as error:
        if error.errno not in _NEVER_SYNCED:
            raise
