"""The files that the arguments of `validate` name: as they stand, or by patterns that no shell has spelled out."""

from __future__ import annotations

import os
import re
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MAGIC = re.compile(r"[*?[]")
ANY_DEPTH = "**"
STDIN = "-"


class Named(NamedTuple):
    """A file to be checked, or what is wrong with the argument that should name it."""

    file: str
    problem: str = ""


def named_files(arguments: Iterable[str]) -> list[Named]:
    """The files that the arguments name, each once, in the order of the arguments; patterns give theirs sorted."""
    found: dict[PurePath | str, Named] = {}
    for argument in arguments:
        for named in _named(argument):
            # not normpath: behind a link, link/../x is another file than x
            found.setdefault(named.file if named.file == STDIN else PurePath(named.file), named)
    return list(found.values())


def _named(argument: str) -> list[Named]:
    """What one argument names; a file of that very name comes before its meaning as a pattern."""
    if argument == STDIN or not _MAGIC.search(argument) or os.path.lexists(argument):
        return [Named(argument, _folder(argument))]
    try:
        found = sorted(file for file in set(_matching(argument)) if os.path.isfile(file))
    except OSError as error:
        return [Named(argument, f"cannot be searched: {error.filename}: {error.strerror}")]
    return [Named(os.path.join(os.curdir, file) if file == STDIN else file) for file in found] or [
        Named(argument, "matches no file; hidden folders are searched only where the pattern names them")
    ]


def _folder(path: str) -> str:
    """The problem with a folder, with the pattern that finds what is in it; empty for anything else."""
    if path == STDIN or not os.path.isdir(path):
        return ""
    return f"is a folder; name the files in it: '{os.path.join(path, ANY_DEPTH, 'disclosure.json')}'"


def _matching(pattern: str) -> Iterator[str]:
    """The paths that a pattern matches; one below several `**` may come more than once."""
    path = PurePath(pattern)
    parts = path.parts[1:] if path.anchor else path.parts
    yield from _below(path.anchor, _without_repeats(parts))


def _without_repeats(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The parts with `**/**` as one `**`, which means the same."""
    following = (*parts[1:], "")
    return tuple(part for part, after in zip(parts, following, strict=True) if (part, after) != (ANY_DEPTH, ANY_DEPTH))


def _below(folder: str, parts: tuple[str, ...]) -> Iterator[str]:
    """The paths below a folder that the parts of a pattern match."""
    if not parts:
        yield folder
        return
    first, rest = parts[0], parts[1:]
    if first == ANY_DEPTH:
        for each in _folders(folder):
            yield from _below(each, rest or ("*",))
    elif not _MAGIC.search(first):
        if os.path.lexists(path := os.path.join(folder, first)):
            yield from _below(path, rest)
    else:
        for name in _names(folder):
            if fnmatchcase(name, first) and (not name.startswith(".") or first.startswith(".")):
                yield from _below(os.path.join(folder, name), rest)


def _folders(folder: str) -> Iterator[str]:
    """A folder and all below it that are not hidden; links are not followed, since they may lead in circles."""
    pending = [folder]
    while pending:
        current = pending.pop()
        yield current
        below = (os.path.join(current, name) for name in _names(current) if not name.startswith("."))
        pending.extend(path for path in below if os.path.isdir(path) and not os.path.islink(path))


def _names(folder: str) -> list[str]:
    """The names in a folder; none in what is no folder.

    Raises OSError for one that cannot be listed: what lies in it would pass every gate unseen.
    """
    try:
        return os.listdir(folder or os.curdir)
    except (NotADirectoryError, FileNotFoundError):
        return []
