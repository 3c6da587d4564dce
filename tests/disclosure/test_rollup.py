"""What ran, by its outcome: every execution is in one line, and the lines add up to the total."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from joulecard.disclosure.rollup import OUTCOMES, beside_results, outcome_of, roll_up
from joulecard.shipped import shipped

WITHIN = 2e-6  # rule R07


def of_file(path: Any) -> dict[str, Any]:
    """The document in a file."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


FOLDER = shipped("schema") / "1.0" / "conformance" / "valid"
NAMED = sorted((path for path in FOLDER.iterdir() if path.name.endswith(".json")), key=lambda path: path.name)
VALID = {path.name.removesuffix(".json"): path for path in NAMED if "totals" in of_file(path)}


@pytest.mark.parametrize("name", VALID)
def test_the_lines_add_up_to_the_total(name: str) -> None:
    """Of any valid disclosure each execution that ran is in one line, and their energies are that of `new`."""
    document = of_file(VALID[name])
    lines = roll_up(document)
    ran = [stage["id"] for stage in document["stages"] if "energy" in stage]
    assert sorted(stage["id"] for line in lines for stage in line.stages) == sorted(ran)
    assert [line.outcome for line in lines] == sorted((line.outcome for line in lines), key=OUTCOMES.index)
    for quantities, member in (("energies", "energy_it"), ("emissions", "operational_location")):
        total = document["totals"]["new"][member].get("value", 0.0)
        added = math.fsum(each.get("value", 0.0) for line in lines for each in getattr(line, quantities))
        assert added == pytest.approx(total, rel=WITHIN)


def test_what_gave_no_result_has_lines_of_its_own() -> None:
    """A failed attempt and its repetition: one failed, one result."""
    document = of_file(VALID["retried"])
    assert [(line.outcome, len(line.stages)) for line in roll_up(document)] == [("result", 2), ("failed", 1)]
    assert [line.outcome for line in beside_results(document)] == ["failed"]


@pytest.mark.parametrize(
    ("stage", "outcome"),
    [
        ({"status": "completed", "name": "plot"}, "result"),
        ({"status": "completed", "superseded_by": "s2"}, "replaced"),
        ({"status": "failed", "superseded_by": "s2"}, "failed"),
        ({"status": "interrupted"}, "interrupted"),
        ({"status": "completed", "name": "train"}, "unused"),
        ({"status": "completed", "name": "train", "outputs": []}, "result"),
        ({"status": "completed", "name": "train", "superseded_by": "s2"}, "replaced"),
    ],
)
def test_an_execution_has_one_outcome(stage: dict[str, Any], outcome: str) -> None:
    """What failed has failed, repeated or not; of a stage whose files are known, what made others was a try."""
    made = {"name": "train", "status": "cached", "outputs": []}
    assert outcome_of(stage, [made] if stage.get("name") == "train" else []) == outcome


@pytest.mark.parametrize("change", [{"status": "failed"}, {"status": "interrupted"}, {"superseded_by": "2"}])
def test_files_of_what_came_to_nothing_make_no_try_of_its_repetition(change: dict[str, Any]) -> None:
    """An execution that counts is a result, although only one before it that failed or was replaced lists files."""
    stages = [_on_day(1, outputs=[{"uri": "model.pt"}], **change), _on_day(2)]
    (results, *others) = roll_up({"stages": stages})
    assert (results.outcome, [stage["id"] for stage in results.stages]) == ("result", ["2"])
    assert [len(line.stages) for line in others] == [1]


def _on_day(day: int, **changes: Any) -> dict[str, Any]:
    time = {"start": f"2026-11-{day:02}T09:00:00Z", "end": f"2026-11-{day:02}T10:00:00Z"}
    return {"id": str(day), "name": "train", "status": "completed", "energy": {}, "time": time, **changes}


def test_what_ran_beside_the_execution_that_made_the_files_is_no_try() -> None:
    """It may be the same work on another node; what ended before it began was one."""
    made = {"outputs": [], "time": {"start": "2026-11-21T09:00:00.000Z", "end": "2026-11-21T10:00:00.000Z"}}
    beside = {"status": "completed", "time": {"start": "2026-11-21T09:00:01.5Z", "end": "2026-11-21T09:59:00Z"}}
    before = {"status": "completed", "time": {"start": "2026-11-21T08:00:00Z", "end": "2026-11-21T09:00:00Z"}}
    assert [outcome_of(each, [made]) for each in (beside, before)] == ["result", "unused"]
