"""Which accelerators the host has, as their kernel drivers list them; what no meter reads must at least be named."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from joulecard.surroundings.machine import Accelerator
from joulecard.surroundings.reading import label, text_of
from joulecard.surroundings.visible_gpus import Gpu, visible_gpus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from joulecard.settings import Roots

_NVIDIA_VENDOR, _AMD_VENDOR = "NVIDIA", "AMD"
_FILE_LIMIT_BYTES = 1 << 14


def read_accelerators(roots: Roots, environ: Mapping[str, str]) -> tuple[Accelerator, ...]:
    """The GPUs of the host by model, with how many there are of each; no UUID, bus address or serial is kept."""
    gpus = list(_nvidia(roots))
    visible = visible_gpus(environ, gpus)
    models, others = [gpu.model for gpu in gpus], list(_amd(roots))
    ours = models if visible.doubt else [models[place] for place in visible.places]
    return (
        *(_visible(model, models.count(model), ours.count(model)) for model in dict.fromkeys(models)),
        *(Accelerator(model, others.count(model), _AMD_VENDOR) for model in dict.fromkeys(others)),
    )


def _visible(model: str, count: int, visible: int) -> Accelerator:
    return Accelerator(model, count, _NVIDIA_VENDOR, visible=visible if visible < count else None)


def _nvidia(roots: Roots) -> Iterator[Gpu]:
    """Each device that the NVIDIA driver lists, in the order of their PCI addresses."""
    folder = f"{roots.proc}/driver/nvidia/gpus"
    for device in _listed(folder):
        lines = (text_of(f"{folder}/{device}/information", _FILE_LIMIT_BYTES) or "").splitlines()
        told = {name.strip(): label(value) for name, _, value in (line.partition(":") for line in lines)}
        yield Gpu(told.get("GPU UUID", ""), told.get("Model") or "unknown")


def _amd(roots: Roots) -> Iterator[str]:
    """One model for each compute node of AMD's driver that is no CPU."""
    folder = f"{roots.sysfs}/class/kfd/kfd/topology/nodes"
    for node in _listed(folder):
        if (text_of(f"{folder}/{node}/gpu_id", _FILE_LIMIT_BYTES) or "0").strip() not in ("", "0"):
            yield label(text_of(f"{folder}/{node}/name", _FILE_LIMIT_BYTES) or "") or "unknown"


def _listed(folder: str) -> list[str]:
    """The names in a folder, in order; none where it cannot be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
