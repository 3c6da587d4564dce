"""Earlier records where new ones go: whether they belong to the results, and keeping those that do not."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from typing import TYPE_CHECKING, Any

from joulecard.hosts.dvc import commands
from joulecard.hosts.dvc.shell import same_commands
from joulecard.hosts.dvc.stage import RECORD_FOLDER, record_name, write_json
from joulecard.hosts.dvc.yaml_text import plain_load

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SEGMENT_FOLDER = "carbon/segments"
_KEPT = ".kept"
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


def record_path(folder: str, stage: str) -> str:
    """The file of a stage's record."""
    return os.path.join(folder, RECORD_FOLDER, record_name(stage))


def with_figures(folder: str, stages: Sequence[str]) -> tuple[str, ...]:
    """Those of the stages at whose place something lies that a placeholder must not replace."""
    return tuple(stage for stage in stages if _is_worth_keeping(_bytes(record_path(folder, stage))))


def proven(folder: str, stages: Sequence[str]) -> tuple[str, ...]:
    """Those of the stages whose record is the one that dvc.lock, now or at HEAD, names for the results that are here.

    An entry at HEAD counts only where command, inputs and outputs are still those of today's entry.
    """
    digests = {stage: _md5(record_path(folder, stage)) for stage in stages}
    now = locked_entries(_bytes(os.path.join(folder, "dvc.lock")))
    if all(_record_md5(now, stage) == digests[stage] for stage in stages):
        return tuple(stages)
    then = locked_entries(commands.git_content(folder, "HEAD", "dvc.lock"))
    return tuple(
        stage
        for stage in stages
        if _record_md5(now, stage) == digests[stage]
        or (_record_md5(then, stage) == digests[stage] and _same_results(stage, then.get(stage), now.get(stage)))
    )


def keep(folder: str, stage: str) -> None:
    """Makes sure that each segment of the record stands in a file of its own; else keeps a copy beside the record.

    Raises OSError.
    """
    path = record_path(folder, stage)
    standing = [_stands(folder, segment) for segment in _segments(_bytes(path))]
    if not standing or not all(standing):
        shutil.copyfile(path, f"{path}{_KEPT}")


def written_by_keep(folder: str, stage: str) -> list[str]:
    """The files that `keep` may write."""
    path = record_path(folder, stage)
    return [f"{path}{_KEPT}", *(_segment_path(folder, segment) for segment in _segments(_bytes(path)))]


def kept_in(folder: str, stage: str) -> str:
    """Where `keep` puts the record of a stage, relative to the folder."""
    if _segments(_bytes(record_path(folder, stage))):
        return SEGMENT_FOLDER
    return f"{RECORD_FOLDER}/{record_name(stage)}{_KEPT}"


def locked_entries(text: bytes) -> dict[str, Any]:
    """The stages of a dvc.lock by name; empty where it cannot be read."""
    found = plain_load(text)
    stages = found.get("stages") if isinstance(found, dict) else None
    return stages if isinstance(stages, dict) else {}


def is_own_record(path: str, stage: str) -> bool:
    """Whether a path in dvc.lock or `dvc status`, relative to wherever the stage runs, is that of its record."""
    return f"/{path}".endswith(f"/{RECORD_FOLDER}/{record_name(stage)}")


def _is_worth_keeping(data: bytes) -> bool:
    """Whether the file is more than a sentence on why there are no figures."""
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        return bool(data.strip())
    return not (isinstance(record, dict) and record.get("recorded") is False and not record.get("segments"))


def _segments(data: bytes) -> list[dict[str, Any]]:
    """The segments of a record; none where one of them could not be a file of its own."""
    try:
        found = json.loads(data).get("segments")
    except (ValueError, RecursionError, AttributeError):
        return []
    fit = isinstance(found, list) and all(
        isinstance(item, dict) and isinstance(item.get("id"), str) and _ID.fullmatch(item["id"]) for item in found
    )
    return found if fit else []


def _stands(folder: str, segment: dict[str, Any]) -> bool:
    """Whether the segment stands in its file, after writing it where there was none."""
    path = _segment_path(folder, segment)
    if not os.path.exists(path):
        write_json(path, segment)
    try:
        return bool(json.loads(_bytes(path)) == segment)
    except (ValueError, RecursionError):
        return False


def _segment_path(folder: str, segment: dict[str, Any]) -> str:
    return os.path.join(folder, SEGMENT_FOLDER, f"{segment['id']}.json")


def _record_md5(entries: Mapping[str, Any], stage: str) -> str:
    """The digest that the stage's entry names for its record; "none" where it names none."""
    outs = _items(entries.get(stage), "outs")
    return next((str(out.get("md5")) for out in outs if is_own_record(str(out.get("path")), stage)), "none")


def _same_results(stage: str, one: Any, other: Any) -> bool:
    """Whether two entries name the same command, inputs, parameters and outputs, our prefix and record aside."""
    if not isinstance(one, dict) or not isinstance(other, dict) or not same_commands(one.get("cmd"), other.get("cmd")):
        return False
    return _facts(stage, one) == _facts(stage, other)


def _facts(stage: str, entry: dict[str, Any]) -> tuple[Any, ...]:
    outs = [out for out in _items(entry, "outs") if not is_own_record(str(out.get("path")), stage)]
    return entry.get("params"), _by_path(_items(entry, "deps")), _by_path(outs)


def _by_path(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {str(item.get("path")): item for item in items}


def _items(entry: Any, key: str) -> list[dict[str, Any]]:
    found = entry.get(key) if isinstance(entry, dict) else None
    return [item for item in found or [] if isinstance(item, dict)]


def _md5(path: str) -> str:
    return hashlib.md5(_bytes(path), usedforsecurity=False).hexdigest()


def _bytes(path: str) -> bytes:
    """The content of the file; empty where there is none."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""
