"""Hosts that start recorders themselves put them into the same nesting as blocks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from tests.capture.conftest import segments

import joulecard
from joulecard.capture import enter, innermost, leave
from joulecard.capture.plan import Plan
from joulecard.capture.recorder import Recorder
from joulecard.settings import Roots, Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """A running recorder of a host, in the working directory of the test."""
    monkeypatch.chdir(tmp_path)
    made = Recorder(Plan("run", str(tmp_path), "group"), Roots(), Settings(), {})
    made.start()
    return made


def within_of(folder: Path, stage: str) -> str | None:
    """Which execution a stage was recorded within."""
    (found,) = (segment for segment in segments(folder) if segment["stage"] == stage)
    return found.get("within")


def test_a_block_is_within_the_recorder_that_was_entered(tmp_path: Path, recorder: Recorder) -> None:
    """Until it is left; then nothing is around any more."""
    block = enter(recorder)
    with joulecard.record("inside"):
        assert innermost() is not recorder
    assert innermost() is recorder
    leave(block)
    assert innermost() is None
    recorder.stop("completed")
    assert within_of(tmp_path, "inside") == recorder.execution_id


def test_a_recorder_that_another_thread_stops_is_around_nothing(tmp_path: Path, recorder: Recorder) -> None:
    """It was entered here and is left there: this thread is no longer inside it, though nobody took it out."""
    block = enter(recorder)

    def end() -> None:
        leave(block)
        recorder.stop("completed")

    thread = threading.Thread(target=end)
    thread.start()
    thread.join()
    with joulecard.record("after"):
        assert innermost() is not recorder
    assert within_of(tmp_path, "after") is None


def test_segments_may_go_to_a_folder_of_the_hosts_choice(tmp_path: Path) -> None:
    """The commit is still that of the base."""
    plan = Plan("run", str(tmp_path / "work"), "group", segments=str(tmp_path / "state/carbon/segments"))
    assert plan.folder == str(tmp_path / "state/carbon/segments")
    assert Plan("run", str(tmp_path), "group").folder == str(tmp_path / "carbon/segments")


def test_the_program_counts_in_the_hosts_stage(tmp_path: Path, recorder: Recorder) -> None:
    """A program that started no recording counts in that of its host; a block of its own counts for itself."""
    block = enter(recorder)
    joulecard.stage().count("sample", 3)
    with joulecard.record("inside"):
        joulecard.stage().count("sample", 4)
    joulecard.stage().note(quality={"f1": 0.5})
    leave(block)
    joulecard.stage().count("sample", 5)
    recorder.stop("completed")
    by_stage = {document["stage"]: document for document in segments(tmp_path)}
    assert {name: document["work_done"] for name, document in by_stage.items()} == {
        "run": {"sample": 3},
        "inside": {"sample": 4},
    }
    assert by_stage["run"]["declared"] == {"quality": {"f1": 0.5}}
