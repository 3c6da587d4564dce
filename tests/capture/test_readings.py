"""Every reading says what read it and how, and none of them is a zero: what was not seen is a gap with a reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.capture.conftest import Tree, ran, segments

if TYPE_CHECKING:
    from pathlib import Path

COUNTING = """
import joulecard, os, threading, time
counters = {counters!r}
def show(counts):
    for path, count in counts.items():
        with open(path + '.draft', 'w') as draft:
            draft.write(f'{{count}}\\n')
        os.replace(path + '.draft', path)
with joulecard.record('train'):
    for step in range(1, {steps} + 1):
        time.sleep({pause_s})
        show({{path: (start + step * rate) % span for path, (start, rate, span) in counters.items()}})
"""
RANGE_UJ = 262_143_328_850


def counting(counters: dict[Path, tuple[int, int, int]], steps: int, pause_s: float) -> str:
    """A stage in which counters go up by so much at each step, each from its start and within its span."""
    return COUNTING.format(counters={str(path): told for path, told in counters.items()}, steps=steps, pause_s=pause_s)


def crowded(tree: Tree) -> dict[Path, tuple[int, int, int]]:
    """A machine with all that counters and sensors were seen to do; those that count, with how they count."""
    moving = [
        tree.zone("intel-rapl:0", "package-0", 1_000),
        tree.zone("intel-rapl:0:0", "dram", 1_000),
        tree.zone("intel-rapl:1", "package-1-die-0", 7_000),
        tree.zone("intel-rapl:2", "package-1-die-1", 7_000),
        tree.zone("intel-rapl-mmio:0", "package-0", 500_000),
        tree.zone("intel-rapl:9", "psys", 1_000),
    ]
    tree.zone("intel-rapl:3", "package-2", 0)
    tree.zone("intel-rapl:4", "package-3").write_text("?\n")
    tree.zone("intel-rapl:5", "package-4", 2**64 - 1)
    tree.zone("intel-rapl:6", "package-5").unlink()
    for number, (label, power) in enumerate([("Grace Power Socket 0", "0"), ("Grace Power Socket 1", "4294967295000")]):
        tree.write(f"sys/class/hwmon/hwmon{number}/name", "power_meter\n")
        tree.write(f"sys/class/hwmon/hwmon{number}/power1_oem_info", f"{label}\n")
        tree.write(f"sys/class/hwmon/hwmon{number}/power1_average", f"{power}\n")
    return {path: (int(path.read_text()), 5_000_000, RANGE_UJ) for path in moving}


def test_no_reading_is_a_zero(tree: Tree, tmp_path: Path) -> None:
    """Of a machine where most things fail: what moved is a reading, all else a gap, and nothing is both or neither."""
    environ = {**tree.environ, "JOULECARD_PROC_ROOT": "/proc"}  # so that a part of the CPU time is ours
    assert ran(counting(crowded(tree), 4, 0.3), tmp_path, **environ) == (0, "", "")
    [segment] = segments(tmp_path)
    readings = {f"{each['sensor']}:{each['domain']}": each for each in segment["energy"]}
    assert set(readings) == {"rapl:package-0", "rapl:dram-0", "rapl:package-1-die-0"}
    for reading in readings.values():
        assert reading["reads"] == "energy"
        assert reading["node_j"] == pytest.approx(20.0)
        assert 0 <= reading["share_j"] <= reading["node_j"]
        assert 0 < reading["coverage"] <= 1
    gaps = {gap["what"]: gap for gap in segment["gaps"] if ":" in gap["what"]}
    assert set(gaps) == {
        *(f"rapl:package-{name}" for name in ("1-die-1", "2", "3", "4", "5")),
        *(f"hwmon:socket-{number}" for number in range(2)),
    }
    assert all(gap["reason"] and gap["seconds"] == pytest.approx(segment["monotonic_s"]) for gap in gaps.values())
    for component in components(tmp_path):
        assert component["sensor"] in {"rapl", "power_model"}
        assert component["energy"]["method"] in {"measured", "modelled"}
        assert component["energy"]["value"] > 0
        assert component["reads"] == "energy" if component["sensor"] == "rapl" else component["model"]


def components(folder: Path) -> list[dict[str, Any]]:
    """The components of the disclosure that the folder's segments make."""
    line = [sys.executable, "-m", "joulecard", "assemble", "-o", "disclosure.json", "--place", "SE"]
    done = subprocess.run(line, cwd=folder, env={**os.environ}, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads((folder / "disclosure.json").read_text())
    return [component for stage in document["stages"] for component in stage["energy"]["components"]]


def test_three_wraps_within_a_stage(tree: Tree, tmp_path: Path) -> None:
    """3,200 J at a range of 1 kJ: what is told is at most that, and what is missing has a reason (peers: 200 J)."""
    energy = tree.zone("intel-rapl:0", "package-0", 1, range_uj=1_000_000_000)
    program = counting({energy: (1, 200_000_000, 1_000_000_000)}, 16, 0.25)
    assert ran(program, tmp_path, **tree.environ) == (0, "", "")
    [segment] = segments(tmp_path)
    told_j = sum(reading["node_j"] for reading in segment["energy"])
    assert told_j <= 3200.0
    reasons = [gap["reason"] for gap in segment["gaps"] if gap["what"] == "rapl:package-0"]
    assert told_j == pytest.approx(3200.0) or reasons


@pytest.mark.parametrize("sysfs", ["/nowhere", "/proc/self/status"])
def test_a_system_without_counters(tree: Tree, tmp_path: Path, sysfs: str) -> None:
    """No /sys at all, as on macOS: nothing is read and nothing is wrong."""
    environ = {**tree.environ, "JOULECARD_SYSFS_ROOT": sysfs}
    assert ran("import joulecard\nwith joulecard.record('train'): pass", tmp_path, **environ) == (0, "", "")
    [segment] = segments(tmp_path)
    assert (segment["energy"], segment["gaps"]) == ([], [])
