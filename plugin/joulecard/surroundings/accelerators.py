"""Which accelerators the host has, as their kernel drivers list them; what no meter reads must at least be named."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from joulecard.surroundings.machine import Accelerator
from joulecard.surroundings.reading import label, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.settings import Roots

_NVIDIA_VENDOR, _AMD_VENDOR = "NVIDIA", "AMD"
_FILE_LIMIT_BYTES = 1 << 14


def read_accelerators(roots: Roots) -> tuple[Accelerator, ...]:
    """The GPUs of the host by model, with how many there are of each; no UUID, bus address or serial is kept."""
    models = [*_nvidia(roots), *_amd(roots)]
    return tuple(Accelerator(model, models.count((model, vendor)), vendor) for model, vendor in dict.fromkeys(models))


def _nvidia(roots: Roots) -> Iterator[tuple[str, str]]:
    """One model for each device that the NVIDIA driver lists."""
    folder = f"{roots.proc}/driver/nvidia/gpus"
    for device in _listed(folder):
        lines = (text_of(f"{folder}/{device}/information", _FILE_LIMIT_BYTES) or "").splitlines()
        names = (line.partition(":")[2] for line in lines if line.startswith("Model:"))
        yield label(next(names, "")) or "unknown", _NVIDIA_VENDOR


def _amd(roots: Roots) -> Iterator[tuple[str, str]]:
    """One model for each compute node of AMD's driver that is no CPU."""
    folder = f"{roots.sysfs}/class/kfd/kfd/topology/nodes"
    for node in _listed(folder):
        if (text_of(f"{folder}/{node}/gpu_id", _FILE_LIMIT_BYTES) or "0").strip() not in ("", "0"):
            yield label(text_of(f"{folder}/{node}/name", _FILE_LIMIT_BYTES) or "") or "unknown", _AMD_VENDOR


def _listed(folder: str) -> list[str]:
    """The names in a folder, in order; none where it cannot be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
