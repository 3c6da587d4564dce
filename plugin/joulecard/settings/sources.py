"""Finds the settings file and the JOULECARD_* variables, and gives what they hold key by key, unjudged."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

from joulecard.descriptors import Descriptor
from joulecard.settings.values import ENVIRONMENT_ONLY, PREFIX, Entry, Problems, clean, shown, typed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FILE_LIMIT_BYTES = 1 << 20
_STICKY_AND_OPEN = stat.S_ISVTX | stat.S_IWOTH


class SettingsFile:
    """One settings file as it was found."""

    def __init__(self, path: str, shown: str, table: dict[str, Any]) -> None:
        self.path = path
        self.shown = shown  # relative to the working directory: it may enter a record, and a full path names its user
        self.table = table  # empty where nothing in the file can be used


def find_file(folder: str, problems: Problems) -> SettingsFile | None:
    """The settings file of the nearest folder upward that has one, looking no higher than the git root."""
    for place in _upwards(folder):
        for name in ("joulecard.toml", "pyproject.toml"):
            path = os.path.join(place, name)
            shown = os.path.relpath(path, folder)
            table = _table(path, shown, problems)
            if table is not None:
                return SettingsFile(path, shown, table)
    return None


def _table(path: str, shown: str, problems: Problems) -> dict[str, Any] | None:
    """The joulecard table of a file, None where there is none; a file that cannot be read gives a problem."""
    try:
        content = read_bytes(path, _FILE_LIMIT_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        problems.add(f"{shown}: cannot be read: {getattr(error, 'strerror', None) or error}")
        return {}
    of_project = shown.endswith("pyproject.toml")
    if of_project and b"[tool.joulecard" not in content:  # spares most the parsing
        return None
    if len(content) > _FILE_LIMIT_BYTES:
        problems.add(f"{shown}: cannot be read: it is larger than 1 MiB")
        return {}
    document = _parsed(content, shown, problems)
    if document is None:
        return {}
    return _tool_table(document, shown, problems) if of_project else document


def _parsed(content: bytes, shown: str, problems: Problems) -> dict[str, Any] | None:
    """The file as TOML; None, with a problem, where it is none."""
    if not content:
        return {}
    import tomllib  # 10 ms that only those pay who have a settings file

    try:
        return tomllib.loads(content.decode())
    except UnicodeDecodeError:
        problems.add(f"{shown}: is not UTF-8 text")
    except (ValueError, RecursionError) as error:
        problems.add(f"{shown}: is not valid TOML: {clean(str(error), 200)}", f"{shown}: is not valid TOML")
    return None


def _tool_table(document: dict[str, Any], shown: str, problems: Problems) -> dict[str, Any] | None:
    """The table [tool.joulecard]; None where a comment or text alone names it."""
    tools = document.get("tool")
    if not isinstance(tools, dict) or "joulecard" not in tools:
        return None
    table = tools["joulecard"]
    if isinstance(table, dict):
        return table
    problems.add(f"{shown}: tool.joulecard must be a table, written [tool.joulecard]")
    return {}


def _upwards(start: str) -> Iterator[str]:
    """`start` and the folders above it, up to the git root, and never into a folder that everybody shares."""
    place = start
    while True:
        yield place
        above = os.path.dirname(place)
        if above == place or os.path.exists(os.path.join(place, ".git")) or _is_shared(above):
            return
        place = above


def _is_shared(folder: str) -> bool:
    """True for /tmp and its like, where a settings file could be anybody's."""
    try:
        return os.stat(folder).st_mode & _STICKY_AND_OPEN == _STICKY_AND_OPEN
    except OSError:
        return True


def entries_in_file(file: SettingsFile) -> list[Entry]:
    """The keys of the file's joulecard table."""
    return [Entry(key, value, f"{file.shown}: {clean(key)}", shown(key, value)) for key, value in file.table.items()]


def entries_in_environment(environ: Mapping[str, str]) -> list[Entry]:
    """The JOULECARD_* variables that are set and not empty."""
    entries = []
    for name in sorted(environ):
        key, text = name.removeprefix(PREFIX).lower(), environ[name]
        if name.startswith(PREFIX) and text and key not in ENVIRONMENT_ONLY:
            entries.append(Entry(key, typed(key, text), clean(name), shown(key, text)))
    return entries


def read_bytes(path: str, limit_bytes: int) -> bytes:
    """At most `limit_bytes` of a regular file; raises OSError or ValueError, and never waits on a pipe."""
    with Descriptor(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))) as file:
        if not stat.S_ISREG(os.fstat(file.number).st_mode):
            raise OSError("not a regular file")
        pieces = []
        while limit_bytes > 0:
            piece = os.read(file.number, limit_bytes)  # /proc gives a page or less at a time
            if not piece:
                break
            pieces.append(piece)
            limit_bytes -= len(piece)
        return b"".join(pieces)
