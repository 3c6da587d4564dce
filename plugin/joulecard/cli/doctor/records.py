"""Whether records can be kept here, and what earlier recordings left behind."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from joulecard.capture.files import create_locked
from joulecard.capture.node.registry import Registry
from joulecard.cli.doctor.check import Check, why
from joulecard.cli.killed import journals_left
from joulecard.hosts.mlflow.leftovers import folder_of, segment_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.cli.doctor.check import Scene

GROUP = "Records"


def can_be_kept(scene: Scene) -> bool:
    """Whether a record could be written here, or at least kept in a journal."""
    journal_dir = scene.settings.journal_dir
    return not _why_not(scene.folder) or bool(journal_dir and not _why_not(journal_dir))


def segments(scene: Scene) -> Iterator[Check]:
    """Whether records can be written here."""
    folder = os.path.join(scene.folder, "carbon", "segments")
    reason = _why_not(folder)
    if reason:
        detail = f"{scene.shown(folder)} cannot be written: {reason}; records stay in their journals"
        yield Check(GROUP, "records", "problem", detail, "work in a folder of your own")
    else:
        yield Check(GROUP, "records", "ok", f"go to {scene.shown(folder)}")


def journals(scene: Scene) -> Iterator[Check]:
    """Whether what is being recorded outlives a kill."""
    folder = scene.settings.journal_dir
    remedy = 'journal_dir = "FOLDER" in joulecard.toml'
    if not folder:
        yield Check(GROUP, "journals", "problem", "no folder is known for them: a kill loses the record", remedy)
        return
    reason = _why_not(folder)
    if reason:
        detail = f"{scene.shown(folder)} cannot be written: {reason}; a kill loses the record"
        yield Check(GROUP, "journals", "problem", detail, remedy)
    else:
        yield Check(GROUP, "journals", "ok", f"{scene.shown(folder)} can be written: a kill loses seconds at most")


def left_behind(scene: Scene) -> Iterator[Check]:
    """What earlier recorders left; nothing where there is none."""
    if left := len(list(journals_left(scene.settings.journal_dir))):
        detail = f"{_count(left, 'record')} of a recorder that was killed, or could not write it in its place"
        yield Check(GROUP, "left behind", "lack", detail, "joulecard recover")


def live_recorders(scene: Scene) -> Iterator[Check]:
    """Whether recorders on this machine know of one another."""
    try:
        Registry(scene.environ)
    except OSError as error:
        detail = f"cannot be listed ({why(error)}): jobs side by side share no idle power, each counts it whole"
        yield Check(GROUP, "live recorders", "problem", detail, "set XDG_RUNTIME_DIR to a folder of your own")
    else:
        yield Check(GROUP, "live recorders", "ok", "can be listed: jobs side by side share the idle power")


def for_mlflow(scene: Scene) -> Iterator[Check]:
    """What waits to be uploaded; nothing where there is none."""
    waiting = 0
    with suppress(OSError):  # a folder that cannot be read has its own line
        waiting = len(segment_files(folder_of(scene.settings.journal_dir or "")))
    if waiting:
        yield Check(
            GROUP, "for MLflow", "lack", f"{_count(waiting, 'record')} not uploaded yet", "joulecard mlflow upload"
        )


def _why_not(folder: str) -> str:
    """Why the folder, or what is above it as far as it is missing, cannot be written; empty where it can."""
    place = os.path.abspath(folder)
    while not os.path.lexists(place) and os.path.dirname(place) != place:
        place = os.path.dirname(place)
    probe = os.path.join(place, f".joulecard-doctor-{os.getpid()}")
    try:
        create_locked(probe).close()  # as recorders make their files: rights alone do not tell
    except OSError as error:
        return why(error)
    with suppress(OSError):
        os.unlink(probe)
    return ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
