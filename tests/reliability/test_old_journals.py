"""REL-R26: a journal of any format stays readable for ever; a newer one is refused in a sentence and left untouched.

journals/ holds one of each format as its recorder left it when it was killed, but for its folder and host_ref.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from joulecard.capture.journal.lines import FORMAT
from joulecard.capture.journal.recovery import recover
from joulecard.validation import validate_document

JOURNALS = Path(__file__).with_name("journals")
# seconds, joules of the node, of the stage, and what was counted: as the last line of each tells
TOLD: dict[int, tuple[float, float, float, dict[str, float] | None]] = {
    1: (4.762, 235.872721, 2.771983, None),
    2: (4.254, 211.139547, 1.870593, None),
    3: (4.654, 231.800304, 2.230835, {"batch": 3}),
}


def lying(folder: Path, number: int) -> Path:
    """A journal of that format among others."""
    text = (JOURNALS / f"format-{number}.jsonl").read_text()
    place = folder / f"{json.loads(text.partition(chr(10))[0])['id']}.jsonl"
    place.write_text(text)
    return place


@pytest.mark.parametrize("number", TOLD)
def test_a_journal_of_each_format(tmp_path: Path, number: int) -> None:
    """Its segment is valid and holds what the journal tells."""
    place = lying(tmp_path, number)
    [outcome] = recover(str(tmp_path), str(tmp_path))
    assert outcome.verdict == "written", outcome
    document = json.loads(place.with_suffix(".json").read_text())
    assert validate_document(document, "segment").violations == ()
    [reading] = document["energy"]
    found = document["monotonic_s"], reading["node_j"], reading["share_j"], document.get("work_done")
    assert found == TOLD[number]
    assert reading["coverage"] == 1.0
    assert document["software"]["tool"] == "joulecard"
    assert sum(document["series"]["counter_j"]) == pytest.approx(reading["share_j"])


def test_a_newer_format(tmp_path: Path) -> None:
    """What this version cannot know, it does not touch."""
    place = lying(tmp_path, 2)
    newer = place.read_text().replace('"joulecard_journal":2', f'"joulecard_journal":{FORMAT + 1}')
    place.write_text(newer)
    [outcome] = recover(str(tmp_path), str(tmp_path))
    assert outcome.verdict == "unreadable"
    assert f"a newer joulecard wrote it (format {FORMAT + 1}" in outcome.sentence
    assert place.read_text() == newer
