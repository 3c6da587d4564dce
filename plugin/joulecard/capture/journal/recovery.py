"""Makes segments of the journals that dead recorders left behind; safe to run twice, and twice at once."""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from joulecard.capture.closing import make_folder, segment_path, write_segment
from joulecard.capture.files import is_draft_of, lock_existing, sync_folder
from joulecard.capture.journal.lines import SUFFIX
from joulecard.capture.journal.reading import NOT_A_LINE, read_journal

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.capture.journal.reading import Journalled
    from joulecard.capture.segment import Segment

    Judge = Callable[[dict[str, Any]], str | None]  # what is wrong with the document of a segment

__all__ = ["Outcome", "read_journal", "recover"]

Verdict = Literal["written", "live", "unreadable", "kept"]

_ID_CHARACTERS, _ID_LENGTH = frozenset("0123456789abcdef-"), 36
_STALE_DRAFT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one journal: written (and removed), live, unreadable or kept, and a sentence that says so."""

    journal: str
    verdict: Verdict
    sentence: str
    segment: str | None = None


def recover(journal_dir: str, to: str | None = None, judge: Judge | None = None) -> list[Outcome]:
    """One outcome for each journal in the folder, oldest name first; `to` overrides where the segments go.

    A segment that `judge` finds wrong is not written. A folder that does not exist holds no journals. Raises OSError
    where it cannot be listed.
    """
    try:
        names = sorted(os.listdir(journal_dir))
    except FileNotFoundError:
        return []
    for name in names:
        if name[0] == "." and SUFFIX in name:
            _sweep(os.path.join(journal_dir, name))
    journals = (os.path.join(journal_dir, name) for name in names if name.endswith(SUFFIX) and name[0] != ".")
    return [outcome for outcome in (_recover_one(path, to, judge) for path in journals) if outcome]


def _recover_one(path: str, to: str | None, judge: Judge | None) -> Outcome | None:
    """What became of one journal; None where somebody else has just recovered it."""
    try:
        file = lock_existing(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        return Outcome(path, "unreadable", f"{path} cannot be opened: {_why(error)}; it was left as it is")
    if file is None:
        return Outcome(path, "live", f"{path} is held by a recording that still runs, or by another recover")
    with file:
        found = os.fstat(file.number)
        if not found.st_nlink:
            return None
        if not to and hasattr(os, "geteuid") and found.st_uid != os.geteuid():
            sentence = f"{path} was kept: another user's journal says where to write; choose a folder with --to"
            return Outcome(path, "kept", sentence)
        return _recover_locked(path, to, judge)


def _recover_locked(path: str, to: str | None, judge: Judge | None) -> Outcome:
    try:
        journalled = read_journal(path)
        segment = _checked(journalled, judge)
    except (OSError, *NOT_A_LINE) as error:
        return Outcome(path, "unreadable", f"{path} cannot be recovered: {_why(error)}; it was left as it is")
    opening = journalled.opening
    folder = to or opening.folder
    try:
        if not to:
            make_folder(folder)
        written = _already_written(folder, opening.id) or write_segment(segment, folder)
        os.unlink(path)
    except OSError as error:
        sentence = f"{path} was kept: {folder} cannot be written ({_why(error)}); choose another folder with --to"
        return Outcome(path, "kept", sentence)
    _remove_drafts_of(written)
    status, seconds = journalled.ending.status, journalled.totals.elapsed_s
    sentence = f"stage {opening.stage}, {status} after {seconds:.1f} s, was written to {written}"
    return Outcome(path, "written", sentence, written)


def _checked(journalled: Journalled, judge: Judge | None) -> Segment:
    """The segment of a journal; raises what NOT_A_LINE names where it cannot have come from a recorder."""
    identity, folder = journalled.opening.id, journalled.opening.folder
    if len(identity) != _ID_LENGTH or not _ID_CHARACTERS.issuperset(identity) or not os.path.isabs(folder):
        raise ValueError("its first line is damaged")
    segment = journalled.segment()
    if wrong := judge(segment.to_document()) if judge else None:
        raise ValueError(f"no valid segment can be made of it ({wrong})")
    return segment


def _already_written(folder: str, segment_id: str) -> str | None:
    """The segment that the recorder itself had written before it died; it knows more than its journal.

    Raises OSError where its name may not outlive a power cut.
    """
    path = segment_path(folder, segment_id)
    try:
        with open(path, "rb") as file:
            document = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(document, dict) or document.get("id") != segment_id:
        return None
    sync_folder(folder)
    return path


def _remove_drafts_of(path: str) -> None:
    """Takes away what recorders and recoverers left that were killed while they wrote this segment."""
    folder, base = os.path.split(path)
    with contextlib.suppress(OSError):
        for name in [name for name in os.listdir(folder) if is_draft_of(name, base)]:
            os.unlink(os.path.join(folder, name))


def _sweep(draft: str) -> None:
    """Removes the draft of a journal whose writer was killed before it had told anything."""
    with contextlib.suppress(OSError):
        if file := lock_existing(draft):
            with file:
                if time.time() - os.fstat(file.number).st_mtime > _STALE_DRAFT_S:
                    os.unlink(draft)


def _why(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error) or "its lines contradict one another"
