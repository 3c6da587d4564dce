"""Whatever of ours raises, the job ends as it would without us (REL-R7)."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from tests.conftest import ROOT

# Called by the job, by Python or by MLflow itself: each holds the guard for all that it calls.
DOORS = (
    *("capture.record", "capture.stage", "capture.Stage.__init__", "capture.Stage.count", "capture.Stage.note"),
    *("capture.Recording.__init__", "capture.Recording.__enter__", "capture.Recording.__exit__"),
    *("capture.Recording.__call__", "capture.Recording.__call__.recorded"),
    *("capture.Recording._iterated", "capture.Recording._iterated.recorded"),
    *("capture.forks._before", "capture.forks._in_parent", "capture.forks._in_child"),
    *("hosts.command.run_command", "hosts.command._tried", "hosts.supervisor.Supervisor.run"),
    "hosts.witness._wake",  # a signal's handler, which does nothing
    *("hosts.supervisor.Supervisor._spawn", "hosts.start.spawn"),  # without them there is no command
    *("hosts.mlflow.entry.RunContext.__init__", "hosts.mlflow.entry._arm"),
    *("hosts.mlflow.arming._wrap_active_run.__init__", "hosts.mlflow.arming._wrap_set_terminated.set_terminated"),
    *("hosts.mlflow.worker._Gate.before_fork", "hosts.mlflow.worker._Gate.after_fork_in_parent"),
    "hosts.mlflow.worker.Worker._run",
)
SCENARIOS = ("block", "command", "stage", "run")
LEAST_CALLED = 0.5  # of all functions: the others need hardware, or are for commands that people type


def felt(**wish: Any) -> dict[str, Any]:
    """What the harness found."""
    asked = {"doors": DOORS, "scenarios": SCENARIOS, "thorough": False, **wish}
    command = [sys.executable, "-m", "tests.reliability.raising", json.dumps(asked)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize(
    ("plant", "caught"),
    [
        (
            ["capture/__init__.py", "except Exception as trouble:", "except ZeroDivisionError as trouble:"],
            "capture.Recording._leave",
        ),
        (
            ["capture/recorder.py", "target=self._guard, args=(self._run,)", "target=self._run"],
            "capture.recorder.Recorder._run",
        ),
    ],
    ids=["in the job's thread", "in our thread"],
)
def test_an_unguarded_call_is_found(plant: list[str], caught: str) -> None:
    """The harness sees a guard that is missing."""
    answer = felt(plant=plant, scenarios=["block"], only=[caught])
    assert [name for name in answer["felt"] if name.startswith(f"{caught} in block")], answer


def test_every_function(capsys: pytest.CaptureFixture[str]) -> None:
    """Each function that is called while recording raises once, and none reaches the job."""
    answer = felt()
    with capsys.disabled():
        print(f"\nREL-R7: {answer['cases']} cases, {answer['called']} of {answer['known']} functions called")
    assert answer["felt"] == {}
    assert answer["unknown"] == []
    assert answer["called"] >= LEAST_CALLED * answer["known"]


@pytest.mark.nightly
def test_every_function_with_every_error() -> None:
    """The same with each of five kinds of error, in each scenario that calls the function."""
    answer = felt(thorough=True)
    assert answer["felt"] == {}
    assert answer["cases"] >= 5 * answer["called"]
