"""Why stages have no figures, in few lines, and what would give them some."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

from joulecard.hosts.dvc.adoption import ADOPTED
from joulecard.hosts.dvc.commands import git_content

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from joulecard.hosts.dvc.lock import Lock, LockedStage

NOT_RUN = "it is in dvc.yaml and not in dvc.lock: it has not run to its end"
NO_RECORD = "it keeps no record: its command and metrics in dvc.yaml lack joulecard"
NOT_RECORDED = "not recorded"  # before the reason in the record's own words
_IN_ALL = {  # the same of several stages at once, with the remedy
    f"{NOT_RECORDED}: {ADOPTED}": "the stages ran before joulecard was added;"
    " they are recorded when they next run, or now with `dvc repro -f STAGE`",
    NOT_RUN: "in dvc.yaml and not in dvc.lock, so not run to the end; `dvc repro` runs them",
    NO_RECORD: "the command and metrics in dvc.yaml lack joulecard; `joulecard dvc init` adds it",
}


def nothing_recorded(unrecorded: Mapping[str, str]) -> str:
    """That no stage has figures: a line for each reason, with the stages behind it."""
    stages: dict[str, list[str]] = {}
    for stage, reason in sorted(unrecorded.items(), key=lambda item: item[1] == NOT_RUN):
        stages.setdefault(_IN_ALL.get(reason, reason), []).append(stage)
    lines = [f"{reason}: {', '.join(names)}" for reason, names in stages.items()]
    return "nothing is recorded yet: " + ("\n".join(lines) or "dvc.lock names no stage; `dvc repro` runs them")


def ways_back(lock: Lock) -> Iterator[str]:
    """For each record that is not the one dvc.lock names, the command that brings that one back."""
    for stage in lock.stages:
        if stage.record_md5 and _md5(_bytes(stage.record)) != stage.record_md5:
            yield f"{stage.address}: {_way_back(stage)}"


def _way_back(stage: LockedStage) -> str:
    folder, name = os.path.split(stage.record)
    if _md5(git_content(folder, "", name)) == stage.record_md5:
        return f"its record comes back with `git checkout -- {os.path.relpath(stage.record)}`"
    return f"its record comes back with `dvc repro {stage.address}`, which runs the stage if DVC's cache lacks it"


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
