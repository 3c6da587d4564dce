"""Made-up sysfs and proc trees that drive the shipped code, and programs that record below them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.stub_nvml.fixture import stub_nvml

from joulecard.settings import Roots

__all__ = ["stub_nvml"]

RANGE_UJ = 262_143_328_850  # of a 32-bit counter in units of 61 uJ


class Tree:
    """A folder with sys/ and proc/ in it that stands for a machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sysfs, self.proc, self.fs = folder / "sys", folder / "proc", folder / "fs"
        for root in (self.sysfs / "class/powercap", self.proc / "self", self.fs):
            root.mkdir(parents=True)
        self.set_cpu(busy_s=0.0)
        (self.proc / "meminfo").write_text("MemTotal:       16000000 kB\n")

    @property
    def roots(self) -> Roots:
        """The roots that point into this tree."""
        return Roots(str(self.sysfs), str(self.proc), str(self.fs))

    @property
    def environ(self) -> dict[str, str]:
        """The variables that point a child process into this tree."""
        return {
            "JOULECARD_SYSFS_ROOT": str(self.sysfs),
            "JOULECARD_PROC_ROOT": str(self.proc),
            "JOULECARD_FS_ROOT": str(self.fs),
        }

    def zone(self, zone: str, name: str, energy_uj: int = 0, range_uj: int | None = RANGE_UJ) -> Path:
        """A powercap zone, at the path that `zone` gives below class/powercap; its energy_uj file."""
        folder = self.sysfs / "class/powercap" / zone
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "name").write_text(f"{name}\n")
        if range_uj is not None:
            (folder / "max_energy_range_uj").write_text(f"{range_uj}\n")
        energy = folder / "energy_uj"
        energy.write_text(f"{energy_uj}\n")
        return energy

    def set_cpu(self, busy_s: float, cpus: int = 4) -> None:
        """How long the CPUs have been busy since boot."""
        ticks = round(busy_s * os.sysconf("SC_CLK_TCK"))
        lines = [f"cpu  {ticks} 0 0 900000 0 0 0 0 0 0", *(f"cpu{number} 0 0 0 0 0 0 0 0" for number in range(cpus))]
        (self.proc / "new").write_text("\n".join(lines) + "\n")
        (self.proc / "new").replace(self.proc / "stat")  # the kernel's is never half there

    def write(self, path: str, text: str) -> Path:
        """A file anywhere below the tree."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """An empty machine with four CPUs, 16 GB and no counters."""
    return Tree(tmp_path / "machine")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of this test."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


# since 3.12 Python itself warns __main__ of every os.fork() beside a thread, and our recorder is one
FORK_BESIDE_A_THREAD = "ignore:This process:DeprecationWarning"


def python(program: str, folder: Path, **environ: str) -> subprocess.Popen[bytes]:
    """A Python program started in a folder, its streams captured."""
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": FORK_BESIDE_A_THREAD, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ran(program: str, folder: Path, **environ: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a Python program run in a folder."""
    process = python(program, folder, **environ)
    output, errors = process.communicate(timeout=60)
    return process.returncode, output.decode(), errors.decode()


def kill(program: str, folder: Path) -> None:
    """Runs a Python program in a folder and kills it as soon as it has printed a line."""
    with python(program, folder) as process:
        assert process.stdout
        process.stdout.readline()
        process.kill()
        process.communicate()


def segments(folder: Path) -> list[dict[str, Any]]:
    """The segment documents below a folder, in the order of their start."""
    documents = [json.loads(path.read_text()) for path in (folder / "carbon/segments").glob("*.json")]
    return sorted(documents, key=lambda document: document["start"])


def journals() -> list[Path]:
    """The journals of this test."""
    return sorted((Path(os.environ["XDG_STATE_HOME"]) / "joulecard").glob("*.jsonl"))
