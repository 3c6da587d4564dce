"""What dvc.lock says of each stage: its files with their digests, and which record belongs to it."""

from __future__ import annotations

import os
import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from joulecard.canonical import digest
from joulecard.errors import InvalidInputError, UsageError
from joulecard.hosts.dvc.folders import pipeline_folders
from joulecard.hosts.dvc.keeping import is_own_record
from joulecard.hosts.dvc.stage import RECORD_FOLDER, record_name

if TYPE_CHECKING:
    from collections.abc import Iterator

# What may hold a password or a token: the user before the host, and all behind the path.
_USER = re.compile(r"(?<=://)[^/]*@")
_BEHIND_PATH = re.compile(r"[?#].*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A dependency or output as dvc.lock names it."""

    path: str  # relative to the project's root where it lies inside, else as written, without credentials
    digest: str | None  # md5:...


@dataclass(frozen=True, slots=True)
class LockedStage:
    """One stage of dvc.lock."""

    address: str  # train, sub/dvc.yaml:train
    record: str  # the file that its record belongs in, absolute
    digest: str  # sha256: over the canonical form of the entry
    deps: tuple[LockedFile, ...]
    outs: tuple[LockedFile, ...]  # without the record
    record_md5: str | None  # None: the stage keeps no record


@dataclass(frozen=True, slots=True)
class Lock:
    """All stages of a project: those that ran, in an order in which they can run, and those that did not."""

    root: str
    folders: tuple[str, ...]  # of each dvc.yaml, absolute
    stages: tuple[LockedStage, ...]
    waiting: tuple[str, ...]  # in a dvc.yaml, not in its dvc.lock: never ran to the end
    left_over: tuple[str, ...]  # in a dvc.lock, no longer in its dvc.yaml

    def makers(self) -> dict[str, str]:
        """By path of an output the address of the stage that makes it."""
        return {out.path: stage.address for stage in self.stages for out in stage.outs}

    def depends_on(self, stage: LockedStage) -> tuple[str, ...]:
        """The stages whose outputs this one reads, a file within an output folder included."""
        found = {maker for dep in stage.deps for path, maker in self.makers().items() if _overlap(dep.path, path)}
        return tuple(other.address for other in self.stages if other.address in found - {stage.address})


def read_project(root: str) -> Lock:
    """Every dvc.yaml of the project with its dvc.lock; raises InvalidInputError and UsageError."""
    folders = tuple(pipeline_folders(root))
    if not folders:
        raise UsageError("there is no dvc.yaml in this project", where=root, mend="add a stage with `dvc stage add`")
    stages: list[LockedStage] = []
    waiting: list[str] = []
    left_over: list[str] = []
    for folder in folders:
        defined = _mapping(os.path.join(folder, "dvc.yaml"), "stages")
        locked = _mapping(os.path.join(folder, "dvc.lock"), "stages")
        for name, entry in locked.items():
            group = name.partition("@")[0]
            known = name in defined or group in defined
            if known:
                stages.append(_stage(root, folder, name, entry, defined.get(name, defined.get(group))))
            else:
                left_over.append(_address(root, folder, name))
        ran = {name.partition("@")[0] for name in locked} | set(locked)
        waiting += [_address(root, folder, name) for name in defined if name not in ran]
    return Lock(root, folders, tuple(_in_order(stages)), tuple(waiting), tuple(left_over))


def _mapping(path: str, key: str) -> dict[str, Any]:
    """A mapping of the YAML file; empty where there is no file; raises InvalidInputError."""
    try:
        with open(path, encoding="utf-8") as file:
            found = YAML(typ="safe", pure=True).load(file)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(f"it cannot be read: {error.strerror}", where=path) from error
    except (YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path} line {mark.line + 1}" if mark else path
        said = getattr(error, "problem", None) or "it cannot be read"
        raise InvalidInputError(f"not valid YAML: {said}", where=where, mend="correct it and try again") from error
    inner = found.get(key) if isinstance(found, dict) else None
    return {str(name): entry for name, entry in inner.items()} if isinstance(inner, dict) else {}


def _stage(root: str, folder: str, name: str, entry: Any, definition: Any) -> LockedStage:
    wdir = _wdir(definition)
    record = os.path.join(folder, RECORD_FOLDER, record_name(name))
    own = _named(root, folder, ".", record)
    outs = _files(root, folder, wdir, entry, "outs")
    paths = {out.path for out in outs}
    if own not in paths:  # DVC fills in `wdir`, so it cannot be told which folder the paths are relative to
        own = next((path for path in paths if is_own_record(path, name)), own)
    md5 = next((out.digest for out in outs if out.path == own), None)
    return LockedStage(
        address=_address(root, folder, name),
        record=record,
        digest=digest(_plain(entry)),
        deps=_files(root, folder, wdir, entry, "deps"),
        outs=tuple(out for out in outs if out.path != own),
        record_md5=md5.removeprefix("md5:") if md5 else None,
    )


def _wdir(definition: Any) -> str:
    """The folder that the stage runs in; for one that DVC fills in, the folder of the dvc.yaml."""
    inner = definition.get("do", definition) if isinstance(definition, dict) else {}
    wdir = inner.get("wdir") if isinstance(inner, dict) else None
    return wdir if isinstance(wdir, str) and "${" not in wdir else "."


def _files(root: str, folder: str, wdir: str, entry: Any, key: str) -> tuple[LockedFile, ...]:
    items = entry.get(key) if isinstance(entry, dict) else None
    return tuple(
        LockedFile(_named(root, folder, wdir, item["path"]), f"md5:{item['md5']}" if item.get("md5") else None)
        for item in items or []
        if isinstance(item, dict) and isinstance(item.get("path"), str)
    )


def _named(root: str, folder: str, wdir: str, path: str) -> str:
    """The path relative to the project's root; outside it as written, of a URL no more than scheme, host and path."""
    if "://" in path:
        return _BEHIND_PATH.sub("", _USER.sub("", path, count=1))
    inside = os.path.relpath(os.path.join(folder, wdir, path), root).replace(os.sep, "/")
    return posixpath.basename(path) if os.path.isabs(path) and inside.startswith("..") else inside


def _address(root: str, folder: str, name: str) -> str:
    below = os.path.relpath(folder, root).replace(os.sep, "/")
    return name if below == "." else f"{below}/dvc.yaml:{name}"


def _plain(entry: Any) -> Any:
    """The entry as JSON: dates and the like as text."""
    if isinstance(entry, dict):
        return {str(name): _plain(value) for name, value in entry.items()}
    if isinstance(entry, list):
        return [_plain(item) for item in entry]
    return entry if entry is None or isinstance(entry, (str, int, float, bool)) else str(entry)


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _in_order(stages: list[LockedStage]) -> Iterator[LockedStage]:
    """The stages such that each comes after those it reads from; otherwise as dvc.lock has them."""
    lock = Lock("", (), tuple(stages), (), ())
    needs = {stage.address: set(lock.depends_on(stage)) for stage in stages}
    left = list(stages)
    while left:
        ready = next((stage for stage in left if not needs[stage.address] & {item.address for item in left}), left[0])
        left.remove(ready)
        yield ready
