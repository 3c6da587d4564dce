"""Which accelerators the host has, as their kernel drivers list them; what no meter reads must at least be named.

What is part of a CPU (the graphics and neural units of client processors) is not named: its energy is in the CPU's.
Neuron devices: /sys/class/neuron_device (AWS Neuron, "Neuron Sysfs User Guide"). Gaudi: device_type below
/sys/class/accel or /sys/class/habanalabs (kernel.org, ABI/testing/sysfs-driver-habanalabs). TPUs: PCI devices of
Google's with the numbers that JAX knows (jax/_src/hardware_utils.py). Intel's GPUs: cards of its drivers that are not
at the address of those in its CPUs. Others of the accel class are named by their maker's number.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from joulecard.surroundings.machine import Accelerator
from joulecard.surroundings.reading import label, line_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from joulecard.settings import Roots

_INTEL, _AMD, _GOOGLE, _HABANA, _QUALCOMM = "0x8086", "0x1022", "0x1ae0", "0x1da3", "0x17cb"
_TPUS = {
    "0x0027": "TPU v2 or v3",
    "0x005e": "TPU v4",
    "0x0062": "TPU v5p",
    "0x0063": "TPU v5e",
    "0x006f": "TPU v6e",
    "0x0076": "TPU v7",
}
_IN_INTEL_CPUS = "0000:00:02.0"
_FILE_LIMIT_BYTES = 1 << 14


def read_accelerators(roots: Roots, environ: Mapping[str, str]) -> tuple[Accelerator, ...]:
    """The accelerators of the host by model, with how many of each; no UUID, bus address or serial is kept."""
    found = _others(roots)
    return (
        *_of_nvidia(roots, environ),
        *_of_amd(roots, environ),
        *(Accelerator(model, found.count((model, vendor)), vendor) for model, vendor in dict.fromkeys(found)),
    )


def _of_nvidia(roots: Roots, environ: Mapping[str, str]) -> Iterator[Accelerator]:
    """Each device that the NVIDIA driver lists, in the order of their PCI addresses."""
    folder = f"{roots.proc}/driver/nvidia/gpus"
    devices = _listed(folder)
    if not devices:
        return
    from joulecard.surroundings.visible_gpus import Gpu, visible_gpus

    gpus = []
    for device in devices:
        lines = (text_of(f"{folder}/{device}/information", _FILE_LIMIT_BYTES) or "").splitlines()
        told = {name.strip(): label(value) for name, _, value in (line.partition(":") for line in lines)}
        gpus.append(Gpu(told.get("GPU UUID", ""), told.get("Model") or "unknown"))
    visible = visible_gpus(environ, gpus)
    models = [gpu.model for gpu in gpus]
    yield from _by_model(models, models if visible.doubt else [models[place] for place in visible.places], "NVIDIA")


def _of_amd(roots: Roots, environ: Mapping[str, str]) -> Iterator[Accelerator]:
    """Each GPU once, however many partitions it has, and visible where one of them is."""
    if not os.path.exists(f"{roots.sysfs}/class/kfd"):
        return
    from joulecard.surroundings import amd_gpus
    from joulecard.surroundings.visible_gpus import visible_amd_gpus

    nodes = amd_gpus.nodes(roots.sysfs)
    visible = visible_amd_gpus(environ, [node.uuid for node in nodes])
    # the first partition goes last, for it tells what the GPU is called
    models = {amd_gpus.device_of(node): amd_gpus.model_of(node) or "unknown" for node in reversed(nodes)}
    held = dict.fromkeys(amd_gpus.device_of(nodes[place]) for place in visible.places)
    names = list(reversed(models.values()))
    yield from _by_model(names, names if visible.doubt else [models[device] for device in held], "AMD")


def _by_model(models: Sequence[str], ours: Sequence[str], vendor: str) -> Iterator[Accelerator]:
    for model in dict.fromkeys(models):
        count, visible = models.count(model), ours.count(model)
        yield Accelerator(model, count, vendor, visible=visible if visible < count else None)


def _others(roots: Roots) -> list[tuple[str, str | None]]:
    """Model and vendor of each."""
    devices = _listed(f"{roots.fs}/dev")
    return [*_neuron(roots, devices), *_tpus(roots, devices), *_accel(roots), *_habana(roots), *_intel_gpus(roots)]


def _listed(folder: str) -> list[str]:
    """The names in a folder, in order; none where it cannot be read."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _neuron(roots: Roots, devices: list[str]) -> Iterator[tuple[str, str]]:
    folder = f"{roots.sysfs}/class/neuron_device"
    names = _listed(folder) or [name for name in devices if _is_numbered(name, "neuron")]
    for name in names:
        yield line_of(f"{folder}/{name}/info/architecture/device_name") or "Neuron device", "AWS"


def _tpus(roots: Roots, devices: list[str]) -> Iterator[tuple[str, str]]:
    """Looked for only where there are files through which a program could use them, for machines have many devices."""
    folder = f"{roots.sysfs}/bus/pci/devices"
    if not any(name in ("vfio", "accel") or _is_numbered(name, "accel") for name in devices):
        return
    for name in _listed(folder):
        model = _TPUS.get(line_of(f"{folder}/{name}/device")) if _vendor(f"{folder}/{name}") == _GOOGLE else None
        if model:
            yield model, "Google"


def _accel(roots: Roots) -> Iterator[tuple[str, str | None]]:
    """The kernel's class of accelerators, without the neural units of CPUs, and without what has a line of its own."""
    folder = f"{roots.sysfs}/class/accel"
    for name in _listed(folder):
        device = f"{folder}/{name}/device"
        vendor, kind = _vendor(device), line_of(f"{device}/device_type")
        if kind or vendor == _HABANA:
            yield kind or "Gaudi", "Intel"
        elif vendor == _QUALCOMM:
            yield "Cloud AI 100", "Qualcomm"
        elif vendor not in (_INTEL, _AMD, _GOOGLE):
            yield f"accelerator of PCI vendor {vendor}" if vendor else "accelerator", None


def _habana(roots: Roots) -> Iterator[tuple[str, str]]:
    """Gaudi below drivers of before the accel class, where hl_controlD stands beside hlD."""
    folder = f"{roots.sysfs}/class/habanalabs"
    for name in _listed(folder):
        if _is_numbered(name, "hl"):
            yield line_of(f"{folder}/{name}/device_type") or "Gaudi", "Intel"


def _intel_gpus(roots: Roots) -> Iterator[tuple[str, str]]:
    folder = f"{roots.sysfs}/class/drm"
    for name in _listed(folder):
        device = f"{folder}/{name}/device"
        if not (_is_numbered(name, "card") and _vendor(device) == _INTEL):
            continue
        if os.path.basename(os.path.realpath(device)) != _IN_INTEL_CPUS:
            yield f"Intel GPU {line_of(f'{device}/device')}".strip(), "Intel"


def _vendor(device: str) -> str:
    return line_of(f"{device}/vendor")


def _is_numbered(name: str, stem: str) -> bool:
    return name.startswith(stem) and name.removeprefix(stem).isdigit()
