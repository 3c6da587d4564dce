"""Apple silicon's counters, below a root that is a Mac's, through a stand-in of the package that reads IOReport."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from tests.capture.accelerated import scenes
from tests.capture.conftest import Tree, ran, segments

PACKAGES = Path(__file__).parents[1] / "stub_apple"
RECORD = "import joulecard, time\nwith joulecard.record('train'): time.sleep(1.1)"
CHIP: dict[str, int] = {"cpu_total_mj": 8000, "gpu_mj": 20_000, "gpu_sram_mj": 500, "dram_mj": 3000, "ane_mj": 0}


def mac(tree: Tree, chip: dict[str, Any], *, has_package: bool = True) -> dict[str, str]:
    """Variables for a program on a Mac whose channels draw so many milliwatts."""
    tree.write("fs/System/Library/CoreServices/SystemVersion.plist", "<plist/>\n")
    state = tree.write("stub-apple.json", json.dumps(chip))
    packages = os.pathsep.join([os.environ["PYTHONPATH"], *([str(PACKAGES)] if has_package else [])])
    return {**tree.environ, "STUB_APPLE": str(state), "PYTHONPATH": packages}


def test_channels(tree: Tree) -> None:
    """CPU, GPU with its cache, memory and neural engine are counters of their kinds; what a chip lacks is left out."""
    full, older = mac(tree, {**CHIP, "ane_mj": 100}), {"STUB_APPLE": str(tree.write("older", '{"cpu_total_mj": 5}'))}
    found, few = scenes("apple_silicon", full, {}, older)
    assert found.told("kind", "domain", "quantity") == [
        ("cpu", "cpu", "cpu_total_mj"),
        ("gpu", "gpu", "gpu_mj.gpu_sram_mj"),
        ("dram", "dram", "dram_mj"),
        ("accelerator", "ane", "ane_mj"),
    ]
    assert {each["joules_per_count"] for each in found.instruments} == {0.001}
    assert [each["device_ref"] is None for each in found.instruments] == [True, False, True, False]
    cpu_mj, gpu_mj = (float(found.counts[domain]) for domain in ("cpu", "gpu"))
    assert gpu_mj == pytest.approx(cpu_mj * 20.5 / 8, rel=0.001)
    assert few.told("domain") == [("cpu",)]


def test_a_recording(tree: Tree, tmp_path: Path) -> None:
    """Joules by kind; a neural engine that never counted is not there, and no zero."""
    assert ran(RECORD, tmp_path, **mac(tree, CHIP)) == (0, "", "")
    [segment] = segments(tmp_path)
    watts = {each["domain"]: each["node_j"] / segment["monotonic_s"] for each in segment["energy"]}
    assert watts == pytest.approx({"cpu": 8.0, "gpu": 20.5, "dram": 3.0}, rel=0.05)
    assert {each["sensor"] for each in segment["energy"]} == {"apple_silicon"}
    assert [gap for gap in segment["gaps"] if gap["what"] == "apple_silicon:ane"] == []
    gpu = next(each for each in segment["energy"] if each["kind"] == "gpu")
    assert gpu["share_j"] == gpu["node_j"]


def test_a_neural_engine_that_wakes(tree: Tree, tmp_path: Path) -> None:
    """It joins when it counts for the first time."""
    environ = mac(tree, CHIP)
    awake = json.dumps({**CHIP, "ane_mj": 1000})
    change = f"open(os.environ['STUB_APPLE'], 'w').write({awake!r})"
    wakes = f"import joulecard, os, time\nwith joulecard.record('train'):\n    {change}\n    time.sleep(2.4)"
    assert ran(wakes, tmp_path, **environ) == (0, "", "")
    [segment] = segments(tmp_path)
    [reading] = [each for each in segment["energy"] if each["kind"] == "accelerator"]
    assert 0 < reading["coverage"] < 1
    assert reading["node_j"] == pytest.approx(reading["coverage"] * segment["monotonic_s"], rel=0.05)


def test_a_channel_that_stands_still(tree: Tree) -> None:
    """A counter at zero is read like any other: the recorder's rule for counters that stand still judges it."""
    [scene] = scenes("apple_silicon", mac(tree, {**CHIP, "gpu_mj": 0, "gpu_sram_mj": 0}), {})
    assert scene.counts["gpu"] == 0
    assert "ane" not in scene.counts


def test_a_package_that_fails(tree: Tree) -> None:
    """It is a gap, and nothing is read."""
    [scene] = scenes("apple_silicon", mac(tree, {"error": True}), {})
    assert (scene.instruments, scene.notes) == (
        [],
        [["apple_silicon", "the driver's answer was not understood (RuntimeError)"]],
    )


def test_a_mac_without_the_package(tree: Tree, tmp_path: Path) -> None:
    """The record says what is missing, in words, and nobody is asked for a password."""
    assert ran(RECORD.replace("1.1", "0"), tmp_path, **mac(tree, CHIP, has_package=False)) == (0, "", "")
    [segment] = segments(tmp_path)
    assert {"what": "apple_silicon", "reason": "the package zeus-apple-silicon is missing"} in segment["gaps"]


def test_elsewhere(tree: Tree, tmp_path: Path) -> None:
    """Not on a Mac: the package is not imported though it is there."""
    environ = mac(tree, CHIP) | {"JOULECARD_FS_ROOT": str(tmp_path)}
    program = "import sys, joulecard\nwith joulecard.record('train'): pass\nprint('zeus_apple_silicon' in sys.modules)"
    assert ran(program, tmp_path, **environ) == (0, "False\n", "")
