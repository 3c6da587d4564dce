"""Reads what recorders left: loose segment files and stage records, checked before anything else sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.capture.segment import Segment
from joulecard.errors import MissingPartError
from joulecard.validation import validate
from joulecard.validation.parse import MAX_BYTES
from joulecard.validation.verdict import Verdict, Violation

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    Path = str | os.PathLike[str]


def read_bounded(path: Path) -> bytes:
    """The bytes of a file, at most one more than a document may have. Raises OSError."""
    with open(path, "rb") as file:
        return file.read(MAX_BYTES + 1)


def load_segments(paths: Iterable[Path]) -> tuple[list[Segment], list[tuple[str, Violation]]]:
    """The segments of all good files, and each violation of the others with its file.

    A segment that several files hold alike is given once; one that they tell differently is a violation. A stage
    record that says why nothing was recorded gives none.
    """
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    violations: list[tuple[str, Violation]] = []
    for path in paths:
        documents, wrong = _segments_of(path)
        violations += [(str(path), violation) for violation in wrong]
        for document in documents:
            first, earlier = found.setdefault(document["id"], (str(path), document))
            if earlier != document:
                told = f"the segment {document['id']} is not the same as in {first}"
                violations.append((str(path), Violation("", "R12", told)))
    return [Segment.from_document(document) for _, document in found.values()], violations


def _segments_of(path: Path) -> tuple[list[dict[str, Any]], tuple[Violation, ...]]:
    """The segment documents of one file, or why there are none."""
    try:
        verdict = validate(read_bounded(path))
    except OSError as error:
        return [], (Violation("", "open", f"cannot be read: {error.strerror or error}"),)
    except MissingPartError as error:
        return [], (Violation("/schema", "schema", str(error)),)
    if verdict.violations:
        return [], verdict.violations
    return _documents_of(verdict)


def _documents_of(verdict: Verdict) -> tuple[list[dict[str, Any]], tuple[Violation, ...]]:
    """The segment documents in a valid file."""
    document = verdict.document or {}
    if verdict.kind == "segment":
        return [document], ()
    if verdict.kind == "stage-record":
        return list(document.get("segments", ())), ()
    return [], (Violation("/schema", "schema", "is a disclosure; a segment or a stage record is needed here"),)
