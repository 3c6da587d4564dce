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
    from collections.abc import Iterable, Mapping

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
        parts = line.partition(b"\n")[0].decode("utf-8", "replace").split("\0")
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
        self._devices: dict[str, frozenset[str]] = {}  # of each entry seen: an entry never changes

    def enter(self, claim: str, watcher: Watcher | None = None, devices: Iterable[str] = ()) -> None:
        """Registers this recorder and the device_refs that it claims, in place of an earlier entry; raises OSError."""
        path = os.path.join(self._folder, f"{_digest(claim)}-{os.urandom(8).hex()}")
        line, claimed = watcher.to_line() if watcher else b"", " ".join(devices).encode()
        descriptor = create_locked(path, line + b"\n" + claimed if claimed else line)
        self.leave()  # last, so that at no time there is none
        self._path, self._descriptor = path, descriptor

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
        return max(1, len(self._live(_digest(claim) if claim else "")))

    def holders(self, devices: Iterable[str]) -> dict[str, int]:
        """How many live recorders claim each device, where these are several."""
        self._devices = {path: self._devices.get(path) or _claimed(path) for path in self._live()}
        counts = {device: sum(device in claimed for claimed in self._devices.values()) for device in devices}
        return {device: count for device, count in counts.items() if count > 1}

    def _live(self, wanted: str = "") -> list[str]:
        """The entries that are live; none where nobody but us has been here since the last look."""
        changed_ns = os.stat(self._folder).st_mtime_ns
        if changed_ns == self._alone_since:
            return []
        names = [name for name in os.listdir(self._folder) if not name.startswith(".")]
        self._alone_since = changed_ns if len(names) == 1 and time.time_ns() - changed_ns > _MTIME_STEP_NS else None
        paths = (os.path.join(self._folder, name) for name in names if name.startswith(wanted))
        return [path for path in paths if path == self._path or _is_live(path)]

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


def _claimed(path: str) -> frozenset[str]:
    """The devices that an entry claims."""
    return frozenset(read(path).partition(b"\n")[2].decode("ascii", "replace").split())


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
