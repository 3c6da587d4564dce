"""Recorded segments are read from loose files and stage records; a bad file never hides the others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.standard.corpus import VALID

from joulecard.validation.records import load_segments

if TYPE_CHECKING:
    from pathlib import Path


def _write(folder: Path, name: str, document: Any) -> Path:
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def test_good_files_are_read_and_bad_ones_named(tmp_path: Path) -> None:
    """Segments come back typed; each bad file has a violation of its own."""
    good = _write(tmp_path, "a.json", VALID["segment-counter"]())
    nothing = _write(tmp_path, "b.json", VALID["record-not-recorded"]())
    broken = _write(tmp_path, "c.json", '{"schema": ')
    whole = _write(tmp_path, "d.json", VALID["counted"]())
    newer = _write(tmp_path, "e.json", {"schema": "urn:joulecard:mlcd:3.0.0:segment"})
    segments, violations = load_segments([broken, good, nothing, whole, newer, tmp_path / "missing.json"])
    assert [segment.stage for segment in segments] == ["train"]
    assert segments[0].to_document()["energy"] == VALID["segment-counter"]()["energy"]
    assert {path for path, _ in violations} == {str(path) for path in (broken, whole, newer, tmp_path / "missing.json")}


def test_one_segment_in_two_files_is_one_segment(tmp_path: Path) -> None:
    """A stage record and a loose file may hold the same segment."""
    loose = _write(tmp_path, "a.json", VALID["segment-activity"]())
    record = _write(tmp_path, "b.json", VALID["record"]())
    segments, violations = load_segments([loose, record])
    assert (len(segments), violations) == (1, [])


def test_one_segment_told_in_two_ways_is_a_violation(tmp_path: Path) -> None:
    """Both files are named."""
    first = _write(tmp_path, "a.json", VALID["segment-activity"]())
    second = _write(tmp_path, "b.json", {**VALID["segment-activity"](), "stage": "other"})
    _, ((path, violation),) = load_segments([first, second])
    assert path == str(second)
    assert str(first) in violation.message


def test_every_segment_of_the_corpus_survives_the_typed_form(tmp_path: Path) -> None:
    """What the schema accepts, the recorder's own type can hold and write again."""
    for name in ("segment-activity", "segment-counter", "segment-gpu", "segment-interrupted"):
        segments, _ = load_segments([_write(tmp_path, f"{name}.json", VALID[name]())])
        again = segments[0].to_document()
        assert {key: again[key] for key in VALID[name]() if key != "machine"} | {
            "machine": VALID[name]()["machine"]
        } == VALID[name]()
