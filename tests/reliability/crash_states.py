"""What a power cut may leave: every state of the disk that the trace of one recording allows.

A file's data is safe once it was fsynced, a name once its folder was. Of what is not, any part may be there: data cut
at any byte, followed by nothing, by zeros or by rubbish; names all or none.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TRACED = "openat,write,writev,fsync,rename,unlink,mkdir,ftruncate,close"
_CALL = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_RUBBISH = random.Random(5).randbytes(1 << 16)  # noqa: S311 - the same at each run


@dataclass
class Data:
    """The content of a file, and how much of it is safe."""

    content: bytes = b""
    safe: bytes = b""


@dataclass
class Disk:
    """The files below a folder as the process sees them and as a power cut would leave them at least."""

    names: dict[str, Data] = field(default_factory=dict)
    safe_names: dict[str, Data] = field(default_factory=dict)
    open: dict[int, Data | str] = field(default_factory=dict)  # a string: a folder
    acknowledged: int = 0

    def states(self) -> Iterator[dict[str, bytes]]:
        """Files and their content, as they may be found: one at a time loses what it can, the others nothing or all."""
        for names in (self.names, self.safe_names):
            visible = {path: data for path, data in names.items() if "/." not in path}
            for others in ("content", "safe"):
                whole = {path: getattr(data, others) for path, data in visible.items()}
                yield whole
                for path, data in visible.items():
                    yield from ({**whole, path: content} for content in _contents(data))

    def take(self, call: str, arguments: str, result: int) -> None:
        """Follows one call that succeeded."""
        texts = [bytes.fromhex(text.replace("\\x", "")) for text in _TEXT.findall(arguments)]
        paths = [text.decode("utf-8", "replace") for text in texts]
        number = int(head) if (head := arguments.partition(",")[0]).isdigit() else -1
        if call == "openat":
            self._open(paths[0], arguments, result)
        elif call == "writev" and number == 1:
            self.acknowledged = int(paths[0].split()[1])
        elif call == "rename":
            self.names[paths[1]] = self.names.pop(paths[0])
        elif call == "unlink":
            self.names.pop(paths[0], None)
        elif number in self.open:
            self._change(call, number, texts, arguments)

    def _open(self, path: str, arguments: str, descriptor: int) -> None:
        if "O_CREAT" in arguments:
            self.names[path] = Data()
        self.open[descriptor] = self.names.get(path, path)

    def _change(self, call: str, descriptor: int, texts: list[bytes], arguments: str) -> None:
        what = self.open[descriptor]
        if call == "close":
            del self.open[descriptor]
        elif isinstance(what, str):
            if call == "fsync":
                self._sync_names(what)
        elif call == "write":
            what.content += texts[0]
        elif call == "ftruncate":
            what.content = what.content[: int(arguments.split(",")[1])]
        elif call == "fsync":
            what.safe = what.content

    def _sync_names(self, folder: str) -> None:
        inside = re.compile(re.escape(folder.rstrip("/")) + r"/[^/]+$")
        elsewhere = {path: data for path, data in self.safe_names.items() if not inside.match(path)}
        self.safe_names = elsewhere | {path: data for path, data in self.names.items() if inside.match(path)}


def _contents(data: Data) -> Iterator[bytes]:
    """What may be found in a file."""
    yield data.content
    if not data.content.startswith(data.safe) or data.safe == data.content:
        if data.safe != data.content:
            yield data.safe
        return
    for end in range(len(data.safe), len(data.content)):
        lost = len(data.content) - end
        yield data.content[:end]
        yield data.content[:end] + bytes(lost)
        yield data.content[:end] + _RUBBISH[end : end + lost]


def crash_states(trace: str) -> Iterator[tuple[int, dict[str, bytes]]]:
    """What was acknowledged, and the files that may be found; each pair once."""
    disk, seen = Disk(), set()
    for line in trace.splitlines():
        told = _CALL.match(line)
        if not told or int(told[3]) < 0:
            continue
        disk.take(told[1], told[2], int(told[3]))
        if told[1] in {"openat", "close", "mkdir"}:
            continue
        for files in disk.states():
            key = hash((disk.acknowledged, tuple(sorted(files.items()))))
            if key not in seen:
                seen.add(key)
                yield disk.acknowledged, files
