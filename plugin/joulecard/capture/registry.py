"""The live recorders of this host: one small file each, alive as long as the kernel says that it is locked."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import time
from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.files import PRIVATE_FOLDER_MODE, create_locked, lock_existing
from joulecard.capture.identity import ancestors, start_of
from joulecard.capture.proc import read

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIGEST_LETTERS = 8
_MTIME_STEP_NS = 100_000_000  # two changes nearer than this may share one time of modification


class Watcher(NamedTuple):
    """Who records: the process, when it was started, and the names that recorders below it need."""

    pid: int
    started: str
    execution_id: str
    group: str

    def to_line(self) -> bytes:
        """The content of an entry."""
        return "\0".join(map(str, self)).encode("utf-8", "replace")

    @classmethod
    def from_line(cls, line: bytes) -> Watcher | None:
        """The watcher of an entry; None where it names none."""
        parts = line.decode("utf-8", "replace").split("\0")
        if len(parts) != len(cls._fields) or not parts[0].isdecimal():
            return None
        return cls(int(parts[0]), *parts[1:])


class Registry:
    """Our entry among the live top-level recorders; each entry names what is reserved for it by a digest."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Finds or makes a folder that only this user can write; raises OSError where there is none."""
        self._folder = _private_folder(environ)
        self._path = ""
        self._descriptor = -1
        self._alone_since: int | None = None

    def enter(self, claim: str, watcher: Watcher | None = None) -> None:
        """Registers this recorder; raises OSError."""
        self._path = os.path.join(self._folder, f"{_digest(claim)}-{os.urandom(8).hex()}")
        self._descriptor = create_locked(self._path, watcher.to_line() if watcher else b"")

    def watcher_above(self, proc: str) -> Watcher | None:
        """The live recorder of the nearest process above ours: it counts us already. Raises OSError."""
        paths = (os.path.join(self._folder, name) for name in os.listdir(self._folder) if not name.startswith("."))
        known = [(watcher, path) for path in paths if (watcher := Watcher.from_line(read(path)))]
        for pid in ancestors(proc) if known else ():
            for watcher, path in known:
                if watcher.pid == pid and watcher.started == start_of(proc, pid) and _is_live(path):
                    return watcher
        return None

    def live(self, claim: str | None = None) -> int:
        """How many recorders are live, of all or of one claim; at least 1. Removes what the dead left behind."""
        changed_ns = os.stat(self._folder).st_mtime_ns
        if changed_ns == self._alone_since:  # nobody has come since
            return 1
        names = [name for name in os.listdir(self._folder) if not name.startswith(".")]
        self._alone_since = changed_ns if len(names) == 1 and time.time_ns() - changed_ns > _MTIME_STEP_NS else None
        wanted = _digest(claim) if claim else ""
        paths = (os.path.join(self._folder, name) for name in names if name.startswith(wanted))
        return max(1, sum(path == self._path or _is_live(path) for path in paths))

    def leave(self) -> None:
        """Takes our entry away."""
        if self._path:
            with contextlib.suppress(OSError):
                os.unlink(self._path)
        self.forget()

    def forget(self) -> None:
        """Lets go of the entry without ending it: what a forked child does with its parent's."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor, self._path = -1, ""


def _is_live(path: str) -> bool:
    """Whether its recorder still holds it; if not, the entry is removed."""
    try:
        descriptor = lock_existing(path)
    except OSError:
        return False
    if descriptor is None:
        return True
    with contextlib.suppress(OSError):
        os.unlink(path)
    os.close(descriptor)
    return False


def _private_folder(environ: Mapping[str, str]) -> str:
    """$XDG_RUNTIME_DIR/joulecard, else /tmp/joulecard-UID; ours alone and no link."""
    runtime = environ.get("XDG_RUNTIME_DIR", "")
    user = os.getuid() if hasattr(os, "getuid") else 0
    if os.path.isabs(runtime):
        with contextlib.suppress(OSError):
            return _ours(os.path.join(runtime, "joulecard"), user)
    return _ours(f"/tmp/joulecard-{user}", user)  # noqa: S108 - made with mode 0700 and checked


def _ours(folder: str, user: int) -> str:
    with contextlib.suppress(FileExistsError):
        os.mkdir(folder, PRIVATE_FOLDER_MODE)
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != user or stat.S_IMODE(found.st_mode) & 0o077:
        raise PermissionError("the folder of live recorders belongs to somebody else")
    return folder


def _digest(claim: str) -> str:
    return hashlib.sha256(claim.encode("utf-8", "replace")).hexdigest()[:_DIGEST_LETTERS]
