"""Builds the stub of NVIDIA's library once a session and tells programs how to find it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).with_name("stub_nvml.c")


class Stub(NamedTuple):
    """The built library, and a made-up root whose /dev shows NVIDIA's driver."""

    library: Path
    root: Path

    def environ(self, **behaviour: object) -> dict[str, str]:
        """Variables for a program that is to meet the stub; `mw=100` becomes STUB_NVML_MW."""
        told = {f"STUB_NVML_{name.upper()}": str(value) for name, value in behaviour.items()}
        return {"LD_LIBRARY_PATH": str(self.library.parent), "JOULECARD_FS_ROOT": str(self.root), **told}


@pytest.fixture(scope="session")
def stub_nvml(tmp_path_factory: pytest.TempPathFactory) -> Stub:
    """The stub, built with cc (0.1 s once a session); a test that uses it is marked needs("cc")."""
    folder = tmp_path_factory.mktemp("stub-nvml")
    library, device = folder / "libnvidia-ml.so.1", folder / "root/dev/nvidiactl"
    device.parent.mkdir(parents=True)
    device.touch()
    command = ["cc", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
    subprocess.run(command, check=True)
    return Stub(library, folder / "root")
