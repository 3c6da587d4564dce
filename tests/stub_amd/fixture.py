"""A machine with AMD GPUs: the kernel's files below made-up roots, and AMD's package beside a library of its name."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

PACKAGES = Path(__file__).parent


class AmdMachine:
    """Nodes of the kernel's topology, sensors of its driver, and what the package says."""

    def __init__(self, folder: Path, library: Path) -> None:
        self.folder, self.library = folder, library
        self.state = folder / "stub-amd.json"

    def node(self, number: int, bus: int, *, function: int = 0, **told: int | str) -> None:
        """One node: a GPU, or a partition of one; `uuid` in hexadecimal digits."""
        folder = self.folder / f"sys/class/kfd/kfd/topology/nodes/{number}"
        folder.mkdir(parents=True)
        (folder / "gpu_id").write_text(f"{told.get('gpu_id', 1000 + number)}\n")
        (folder / "name").write_text("gfx942\n")
        members = {
            "cpu_cores_count": told.get("cpu_cores", 0),
            "simd_count": 912,
            "location_id": (bus << 8) + function,
            "domain": 0,
            "drm_render_minor": 128 + number,
            "unique_id": int(str(told.get("uuid", 0)), 16),
        }
        (folder / "properties").write_text("".join(f"{name} {value}\n" for name, value in members.items()))

    def sensors(self, number: int, **files: int | str) -> None:
        """The driver's files of the GPU at a node: power1_average=..., gpu_busy_percent=..., ..."""
        device = self.folder / f"sys/class/drm/renderD{128 + number}/device"
        hwmon = device / "hwmon/hwmon3"
        hwmon.mkdir(parents=True, exist_ok=True)
        (hwmon / "name").write_text("amdgpu\n")
        for name, value in files.items():
            ours = hwmon if name.startswith(("power", "temp")) else device
            (ours / name).write_text(f"{value}\n")

    def process(self, pid: int, **vram: int) -> None:
        """A process that computes; `gpu_1001=4096` is the memory that it holds of that GPU."""
        folder = self.folder / f"sys/class/kfd/kfd/proc/{pid}"
        folder.mkdir(parents=True)
        for name, value in vram.items():
            (folder / name.replace("gpu_", "vram_")).write_text(f"{value}\n")

    def say(self, *gpus: dict[str, Any], **members: Any) -> None:
        """What the package says of each GPU from now on."""
        part = self.state.with_suffix(".part")
        part.write_text(json.dumps({"gpus": gpus, **members}))
        part.replace(self.state)

    def environ(self, *, has_package: bool = True) -> dict[str, str]:
        """Variables for a program on this machine."""
        paths = [os.environ.get("PYTHONPATH", ""), *([str(PACKAGES)] if has_package else [])]
        roots = {name: f"{self.folder / part}" for name, part in (("SYSFS", "sys"), ("PROC", "proc"), ("FS", "fs"))}
        return {
            **{f"JOULECARD_{name}_ROOT": path for name, path in roots.items()},
            "LD_LIBRARY_PATH": str(self.library.parent),
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "STUB_AMD": str(self.state),
        }


@pytest.fixture(scope="session")
def amd_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty library by the name of AMD's, without which the package is not touched (0.1 s once a session)."""
    library = tmp_path_factory.mktemp("stub-amd") / "libamd_smi.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-x", "c", "-o", str(library), os.devnull], check=True)
    return library


@pytest.fixture
def amd(tmp_path: Path, amd_library: Path) -> AmdMachine:
    """A machine with AMD's driver and no GPU yet; a test that uses it is marked needs("cc")."""
    folder = tmp_path / "amd"
    for part in ("sys/class/kfd/kfd/topology/nodes", "proc/self", "fs"):
        (folder / part).mkdir(parents=True)
    (folder / "proc/stat").write_text("cpu  100 0 0 900000 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0\n")
    (folder / "proc/meminfo").write_text("MemTotal:       16000000 kB\n")
    return AmdMachine(folder, amd_library)
