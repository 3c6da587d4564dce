"""The live recorders of this host: one small file each, alive as long as the kernel says that it is locked.

The first line of a file never changes. Recorders that come later add a line with their own entry to the files of those
that are there: who comes and goes between two looks of another one is seen by it all the same.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from typing import TYPE_CHECKING

from joulecard.capture.files import PRIVATE_FOLDER_MODE, create_locked, lock_existing, write_all
from joulecard.capture.identity import ancestors, start_of
from joulecard.capture.node.procfs import read
from joulecard.capture.node.sharing import Entry
from joulecard.descriptors import Descriptor

if TYPE_CHECKING:
    from collections.abc import Mapping

_MTIME_STEP_NS = 100_000_000  # two changes nearer than this may share one time of modification
_TESTED_A_LOOK = 4  # of the others whether they live: a killed one leaves no other trace
_MOST_VISITS_BYTES = 1 << 16
_SEPARATOR = "\0"


class Registry:
    """Our entry among the live recorders of this user, and what the others show."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Finds or makes a folder that only this user can write; raises OSError where there is none."""
        self.folder = _private_folder(environ)
        self._mine: Entry | None = None
        self._path = ""
        self._file: Descriptor | None = None
        self._read_bytes = 0  # of our own file
        self._unchanged_since_ns: int | None = None
        self._others: dict[str, Entry] = {}  # by path, as of the last look
        self._all: tuple[Entry, ...] = ()
        self._untested: list[str] = []

    def enter(self, entry: Entry) -> None:
        """Registers this recorder, in place of an earlier entry, and tells those that are there; raises OSError."""
        line = _to_line(entry)
        path = os.path.join(self.folder, os.urandom(8).hex())
        file = create_locked(path, line)
        self.leave()  # last, so that at no time there is none
        self._mine, self._path, self._file, self._read_bytes = entry, path, file, len(line)
        self._find()
        for other in self._others:
            _tell(other, line)

    def look(self) -> tuple[Entry, ...]:
        """All that are live, and all that have come and gone since the last look; the same object if nothing changes.

        Removes what the dead left behind. Raises OSError.
        """
        if self._mine and self._file and self._file.is_lost:  # others would take us for dead
            self.enter(self._mine)
        changed_ns = os.stat(self.folder).st_mtime_ns
        if changed_ns == self._unchanged_since_ns:
            if self._others:
                self._test_some()
            return self._all
        self._find()
        is_settled = time.time_ns() - changed_ns > _MTIME_STEP_NS
        visitors = self._visitors()
        self._unchanged_since_ns = changed_ns if is_settled and not visitors else None
        known = (*((self._mine,) if self._mine else ()), *self._others.values())
        self._all = (*known, *(each for each in dict.fromkeys(visitors) if each not in known))
        return self._all

    def watcher_above(self, proc: str) -> Entry | None:
        """The live recorder of the nearest process above ours: it counts us already. Raises OSError."""
        self._find()
        for pid in ancestors(proc) if self._others else ():
            started = start_of(proc, pid)
            found = [each for each in self._others.values() if (each.pid, each.started) == (pid, started)]
            if found:
                return _innermost(found)
        return None

    def leave(self) -> None:
        """Takes our entry away."""
        if self._path:
            with contextlib.suppress(OSError):
                os.unlink(self._path)
        self.forget()

    def forget(self) -> None:
        """Lets go of the entry without ending it: what a forked child does with its parent's."""
        if self._file:
            self._file.close()
        self._file, self._path, self._mine = None, "", None

    def _find(self) -> None:
        """Reads who else is there; an entry is read once."""
        paths = (os.path.join(self.folder, name) for name in os.listdir(self.folder) if not name.startswith("."))
        found: dict[str, Entry] = {}
        for path in paths:
            entry = None if path == self._path else self._others.get(path) or _from_line(read(path))
            if entry and _is_live(path):
                found[path] = entry
        self._others, self._untested = found, []

    def _test_some(self) -> None:
        """Asks the kernel for some of the others, all in turn, whether they still live."""
        self._untested = self._untested or list(self._others)
        for path in self._untested[:_TESTED_A_LOOK]:
            if not _is_live(path):  # to remove it changes the folder: the next look finds out who is left
                self._unchanged_since_ns = None
        del self._untested[:_TESTED_A_LOOK]

    def _visitors(self) -> list[Entry]:
        """Those that have told us that they are here since the last look."""
        if not self._file or os.fstat(self._file.number).st_size <= self._read_bytes:
            return []
        words = os.pread(self._file.number, _MOST_VISITS_BYTES, self._read_bytes)
        self._read_bytes += len(words)
        if self._mine and self._read_bytes > _MOST_VISITS_BYTES:
            self.enter(self._mine)
        return [entry for line in words.split(b"\n") if (entry := _from_line(line))]


def _to_line(entry: Entry) -> bytes:
    texts = (" ".join(sorted(value)) if isinstance(value, frozenset) else str(value) for value in entry)
    return (_SEPARATOR.join(texts).replace("\n", " ") + "\n").encode("utf-8", "replace")


def _from_line(line: bytes) -> Entry | None:
    """The entry of a line; None where it is none."""
    texts = line.partition(b"\n")[0].decode("utf-8", "replace").split(_SEPARATOR)
    try:
        pid, *names, cpus, memory_claim, memory_gb, devices, asked, key = texts
        started, execution_id, group, within, claim = names
        room = claim, float(cpus), memory_claim, float(memory_gb)
        held = frozenset(devices.split()), frozenset(asked.split())
        return Entry(int(pid), started, execution_id, group, within, *room, *held, key)
    except ValueError:
        return None


def _innermost(found: list[Entry]) -> Entry:
    """Of recorders of one process the one around us: nobody knows which, where several lie side by side inside one."""
    executions = {each.execution_id for each in found}
    here = next((each for each in found if each.within not in executions), found[0])
    for _ in found:
        inside = [each for each in found if each.within == here.execution_id]
        if len(inside) != 1:
            break
        here = inside[0]
    return here


def _tell(path: str, line: bytes) -> None:
    """Adds a line to another recorder's file, unless it is gone."""
    flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
    with contextlib.suppress(OSError), Descriptor(os.open(path, flags)) as file:
        write_all(file, line)


def _is_live(path: str) -> bool:
    """Whether its recorder still holds it; if not, the entry is removed."""
    try:
        file = lock_existing(path)
    except OSError:
        return False
    if file is None:
        return True
    with file, contextlib.suppress(OSError):
        os.unlink(path)
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
