"""What one recorder reads at a tick: a source that fails costs itself alone, and devices are shared with the others."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from tests.capture.conftest import python, ran, segments

from joulecard.capture.node.registry import Registry
from joulecard.capture.node.sharing import Entry

if TYPE_CHECKING:
    from pathlib import Path

# A table line and a file, as for any meter; what each of its calls does is told by the environment.
METER = """
import builtins, os, time
from joulecard.capture.meters import Counter

DEVICE = "0123456789ab"

class Faulty:
    def __init__(self, job):
        self.fails = os.environ["FAILS"].split()
        self.reads = 0
        self.fail("open")

    def fail(self, call):
        if call in self.fails:
            raise getattr(builtins, os.environ["ERROR"])("broken")

    def counters(self):
        self.fail("counters")
        return (Counter("gpu", "faulty", "gpu-0", 1.0, None, 1e3, DEVICE),)

    def read(self):
        self.reads += 1
        if self.reads > 1:
            self.fail("read")
            time.sleep(float(os.environ.get("SLOW_S", 0)))
        return {"gpu-0": 10 * self.reads}

    def processes(self, device_ref):
        self.fail("processes")
        told = os.environ.get("USERS", "")
        return frozenset(os.getpid() if word == "us" else int(word) for word in told.split()) if told else None

    def close(self):
        self.fail("close")
"""
PROGRAM = """
import sys, time
from joulecard.capture.meters import KNOWN_METERS
KNOWN_METERS["faulty"] = ("faulty", "Faulty")
import joulecard
with joulecard.record("train"):
    print("in", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package of a vendor whose driver fails, on the path."""
    folder = tmp_path / "vendor"
    folder.mkdir()
    (folder / "faulty.py").write_text(METER)
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")


@pytest.mark.usefixtures("vendor")
@pytest.mark.parametrize("error", ["ValueError", "StopIteration"])
@pytest.mark.parametrize("fails", ["open", "counters", "read", "close", "open counters read processes close"])
def test_a_meter_that_raises(tmp_path: Path, fails: str, error: str) -> None:
    """Wherever a meter fails, the recording goes on with the rest and says so; nothing reaches the job."""
    status, output, errors = ran(PROGRAM.replace("sys.stdin.readline()", "pass"), tmp_path, FAILS=fails, ERROR=error)
    assert (status, output, errors) == (0, "in\n", "")
    [segment] = segments(tmp_path)
    assert segment["status"] == "completed"
    assert segment["activity"]["cpu_s"] >= 0.0
    told = {gap["what"]: gap["reason"] for gap in segment["gaps"]}
    if fails == "read":
        assert "faulty:gpu-0" in told
    if fails != "close":  # then the record is made already
        assert told["faulty"] == f"failed: {error}"


@pytest.mark.usefixtures("vendor")
def test_a_meter_that_takes_its_time(tmp_path: Path) -> None:
    """A look that is under way when the stage ends, and takes longer than its end waits, costs no record."""
    program = PROGRAM.replace("sys.stdin.readline()", "time.sleep(1.2)")  # one look has begun by then
    assert ran(program, tmp_path, FAILS="", SLOW_S="2.4") == (0, "in\n", "")
    [segment] = segments(tmp_path)
    assert segment["status"] == "completed"
    assert [reading["node_j"] for reading in segment["energy"]] == [20.0]


def reading_beside(tmp_path: Path, entry: Entry | None, users: str) -> dict[str, Any]:
    """The reading of the device of a recording, beside that of another recorder."""
    registry = Registry(os.environ)
    if entry:
        registry.enter(entry)
    process = python(PROGRAM, tmp_path, FAILS="", USERS=users)
    process.communicate(timeout=60)
    registry.leave()
    [segment] = segments(tmp_path)
    [reading] = segment["energy"]
    return dict(reading)


OTHER = Entry(os.getpid(), "1", "other", "g", devices=frozenset(["0123456789ab"]), asked=frozenset(["0123456789ab"]))


@pytest.mark.usefixtures("vendor")
@pytest.mark.parametrize(
    ("entry", "users", "fraction", "by"),
    [
        (None, "us", 1.0, "whole"),
        (OTHER._replace(devices=frozenset()), "us", 1.0, "whole"),
        (OTHER, "us", 1.0, "processes"),
        (OTHER, f"us {os.getpid()}", 0.5, "processes"),
        (OTHER, f"{os.getpid()}", 0.0, "processes"),
        (OTHER, "us 999999999", 0.5, "even_split"),
        (OTHER, "", 0.5, "even_split"),
        (OTHER._replace(asked=frozenset()), "us", 0.5, "even_split"),
    ],
    ids=["alone", "the other holds none", "ours", "both", "theirs", "out of sight", "untold", "the other is blind"],
)
def test_our_part_of_a_device(tmp_path: Path, entry: Entry | None, users: str, fraction: float, by: str) -> None:
    """Whole where nobody else holds it; by the processes that use it, where all holders can be told; else evenly."""
    reading = reading_beside(tmp_path, entry, users)
    assert reading["share_by"] == by
    assert reading["share_j"] == pytest.approx(fraction * reading["node_j"])


def test_no_list_of_recorders(tmp_path: Path) -> None:
    """Where the folder cannot be had, one gap says so, and the host is ours."""
    program = "import joulecard\nwith joulecard.record('train'): pass"
    (tmp_path / "run").write_text("")
    status, _, errors = ran(program, tmp_path, XDG_RUNTIME_DIR=str(tmp_path / "run"))
    assert (status, errors) == (0, "")
    assert json.dumps(segments(tmp_path)[0]["gaps"]).count("registry") <= 1
