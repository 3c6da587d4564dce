"""Reads the commit that a working tree has checked out, from git's own files."""

from __future__ import annotations

import os
import re

from joulecard.surroundings.reading import text_of

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")  # SHA-1 or SHA-256 repository
_REFERENCE = re.compile(r"ref: (refs(?:/[^/.\s][^/\s]*)+)")  # no part starts with a dot, so the path stays inside
_PACKED_LIMIT_BYTES = 1 << 24
_HOPS = 5


def commit_of(folder: str) -> str | None:
    """The commit of the working tree that holds `folder`; None outside of one and before its first commit."""
    git_dir = _git_dir(folder)
    if git_dir is None:
        return None
    shared = _first_line(os.path.join(git_dir, "commondir"))
    dirs = (git_dir, os.path.join(git_dir, shared)) if shared else (git_dir,)
    value = _first_line(os.path.join(git_dir, "HEAD"))
    for _ in range(_HOPS):
        if _COMMIT.fullmatch(value):
            return value
        match = _REFERENCE.fullmatch(value)
        if not match:
            return None
        value = _value_of(match[1], dirs)
    return None


def _git_dir(folder: str) -> str | None:
    """The git folder of the nearest working tree upward: `.git`, or where a worktree's or submodule's `.git` points."""
    try:
        place = os.path.abspath(folder)
    except OSError:  # the working directory was removed
        return None
    while True:
        path = os.path.join(place, ".git")
        if os.path.isdir(path):
            return path
        pointer = _first_line(path)
        if pointer.startswith("gitdir: "):
            return os.path.join(place, pointer.removeprefix("gitdir: "))
        above = os.path.dirname(place)
        if above == place:
            return None
        place = above


def _value_of(reference: str, dirs: tuple[str, ...]) -> str:
    """What the reference holds: in a file of its own, else in packed-refs; empty where it does not exist."""
    for folder in dirs:
        loose = _first_line(os.path.join(folder, reference))
        if loose:
            return loose
    packed = text_of(os.path.join(dirs[-1], "packed-refs"), _PACKED_LIMIT_BYTES) or ""
    match = re.search(rf"^([0-9a-f]+) {re.escape(reference)}$", packed, re.MULTILINE)
    return match[1] if match else ""


def _first_line(path: str) -> str:
    """The first line of one of git's small files; empty where there is none. Paths in them may be long."""
    return (text_of(path, 8192) or "").partition("\n")[0]
