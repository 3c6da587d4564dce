"""Which folders of a project hold a pipeline."""

from __future__ import annotations

import fnmatch
import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

from joulecard.hosts.dvc.commands import pipelines_of
from joulecard.hosts.dvc.yaml_text import plain_load

if TYPE_CHECKING:
    from collections.abc import Iterator

_SKIPPED_FOLDERS = frozenset({"node_modules", "site-packages", "__pycache__"})
_OUTPUTS = ("outs", "metrics", "plots")


def pipeline_folders(root: str) -> list[str]:
    """The folders with a dvc.yaml, the root first; hidden folders, other projects, environments and data are left out.

    DVC is asked which of several it knows, so .dvcignore holds; without dvc its lines hold that name folders or files,
    wildcards included, but none that begin with `!`.
    """
    found = _walked(root, is_ignoring=False)
    if found in ([], [root]):
        return found
    known = pipelines_of(root) if find_spec("dvc") else None
    if known is None:
        return _walked(root, is_ignoring=True)
    return [folder for folder in found if folder == root or folder in known]


def _walked(root: str, *, is_ignoring: bool) -> list[str]:
    """The folders with a dvc.yaml as the disk shows them."""
    data: set[str] = set()
    rules: list[tuple[str, str]] = []
    found: list[str] = []
    for folder, below, files in os.walk(root):
        if is_ignoring and ".dvcignore" in files:
            rules += [(folder, line) for line in _lines(os.path.join(folder, ".dvcignore"))]
        if "dvc.yaml" in files and not _is_ignored(folder, "dvc.yaml", rules):
            found.append(folder)
            data |= _output_folders(folder)
        tracked = {os.path.join(folder, name[: -len(".dvc")]) for name in files if name.endswith(".dvc")}
        data |= tracked
        below[:] = sorted(
            name
            for name in below
            if os.path.join(folder, name) not in data
            and not _is_foreign(folder, name)
            and not _is_ignored(folder, name, rules)
        )
    return [folder for folder in found if not _is_below(folder, data)]


def _is_foreign(folder: str, name: str) -> bool:
    inside = os.path.join(folder, name)
    marks = (".dvc", "pyvenv.cfg")
    return (
        name.startswith(".") or name in _SKIPPED_FOLDERS or any(os.path.exists(os.path.join(inside, m)) for m in marks)
    )


def _is_below(folder: str, data: set[str]) -> bool:
    """Whether the folder is, or lies in, an output; one that was walked before its stage was seen."""
    while folder not in data:
        above = os.path.dirname(folder)
        if above == folder:
            return False
        folder = above
    return True


def _output_folders(folder: str) -> set[str]:
    """What the stages of a dvc.yaml write, as far as it is spelled out there."""
    pipeline = plain_load(_bytes(os.path.join(folder, "dvc.yaml")))
    stages = pipeline.get("stages") if isinstance(pipeline, dict) else None
    found: set[str] = set()
    for stage in stages.values() if isinstance(stages, dict) else ():
        inner = stage.get("do", stage) if isinstance(stage, dict) else None
        if isinstance(inner, dict):
            wdir = os.path.join(folder, str(inner.get("wdir") or "."))
            found |= {os.path.normpath(os.path.join(wdir, path)) for path in _outputs(inner)}
    return found


def _outputs(stage: dict[str, object]) -> Iterator[str]:
    for key in _OUTPUTS:
        items = stage.get(key)
        for item in items if isinstance(items, list) else ():
            yield from (str(path) for path in (item if isinstance(item, dict) else [item]))


def _lines(path: str) -> list[str]:
    lines = (line.strip() for line in _bytes(path).decode("utf-8", "replace").splitlines())
    return [line for line in lines if line and line[0] not in "#!"]


def _is_ignored(folder: str, name: str, rules: list[tuple[str, str]]) -> bool:
    """Whether a line of a .dvcignore above names it: a name anywhere below, a path from the file's folder."""
    for base, line in rules:
        pattern = line.rstrip("/").removeprefix("**/")
        path = os.path.relpath(os.path.join(folder, name), base).replace(os.sep, "/")
        if path.startswith("../"):
            continue
        fits = fnmatch.fnmatchcase(path if "/" in pattern else name, pattern.removeprefix("/"))
        if fits and (line[-1] != "/" or os.path.isdir(os.path.join(folder, name))):
            return True
    return False


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
