"""The check of a real GPU, tried on a stub: it passes a counter that counts and fails one that lies."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.capture.conftest import Tree
    from tests.stub_nvml.fixture import Stub

pytestmark = [pytest.mark.needs("cc"), pytest.mark.checkout]

CHECK = Path(__file__).parents[2] / "benchmarks/gpu_check.py"


def checked(environ: dict[str, str], *options: str) -> tuple[int, str]:
    """Exit status and output of the check."""
    line = [sys.executable, str(CHECK), *options]
    done = subprocess.run(line, env={**os.environ, **environ}, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_a_counter_that_counts(stub_nvml: Stub) -> None:
    """The segment and the counter agree, and the output says that nothing computed (8 s)."""
    status, output = checked(stub_nvml.environ(devices=1), "--load", "sleep", "--seconds", "8")
    assert (status, "not a GPU" in output) == (0, True)
    assert re.search(r"^within 2%: [+-]\d\.\d\d%$", output, re.MULTILINE)
    energies = [float(text) for text in re.findall(r"(\d+\.\d) J in \d", output)]
    assert energies[:2] == [pytest.approx(2000, rel=0.05)] * 2


def test_a_counter_that_lies(stub_nvml: Stub) -> None:
    """A counter that shows the recorder's thread a tenth more than the check is caught (3 s)."""
    status, output = checked(stub_nvml.environ(devices=1, lie=1.1), "--load", "sleep", "--seconds", "3")
    assert status == 1
    assert "FAILED: beyond 2%: +" in output


def test_a_recorder_that_sees_no_gpu(stub_nvml: Stub) -> None:
    """A segment without the GPU is no agreement."""
    hidden = {"CUDA_VISIBLE_DEVICES": ""}
    status, output = checked({**stub_nvml.environ(devices=1), **hidden}, "--load", "sleep", "--seconds", "0.2")
    assert status == 1
    assert "the segment has no reading of gpu-0" in output


def test_without_a_gpu(tree: Tree, stub_nvml: Stub) -> None:
    """It says in a sentence that it was not run; so too where nothing can load the GPU."""
    assert checked({**tree.environ, "LD_LIBRARY_PATH": ""}, "--load", "sleep") == (
        3,
        "not run: no NVIDIA GPU with an energy counter at place 0 (NVML Shared Library Not Found)\n",
    )
    status, output = checked(stub_nvml.environ(devices=1))
    assert (status, output.startswith("not run: ")) == (3, True)
