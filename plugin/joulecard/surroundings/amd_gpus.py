"""AMD's GPUs as the kernel driver lists them for computing, in the order in which ROCm counts them."""

from __future__ import annotations

import os
from typing import NamedTuple

from joulecard.surroundings.reading import line_of, text_of

_FOLDER = "class/kfd/kfd"
_FUNCTION_BITS = 3  # of a PCI address; the partitions of a GPU differ in its function alone


class Node(NamedTuple):
    """One GPU, or one partition of it, that ROCm can compute on."""

    number: int  # of the node in the topology
    gpu_id: str
    uuid: str  # as ROCr forms it; empty where the GPU has none
    address: str  # on the PCI bus, as 0000:c1:00.0
    render: str  # its folder in sysfs
    name: str


def nodes(sysfs: str) -> list[Node]:
    """The GPUs that this process may see, without those that are part of a CPU."""
    folder = f"{sysfs}/{_FOLDER}/topology/nodes"
    numbers = sorted(int(name) for name in _listed(folder) if name.isdigit())
    return [node for number in numbers if (node := _node(sysfs, f"{folder}/{number}", number))]


def device_of(node: Node) -> str:
    """What the partitions of one GPU have in common."""
    bus, _, function = node.address.rpartition(".")
    return bus if function else str(node.number)


def model_of(node: Node) -> str:
    """The board's name, which boards for servers have alone, else the chip's; empty where neither is told."""
    return (line_of(f"{node.render}/product_name") if node.render else "") or node.name


def processes(sysfs: str, gpu_ids: frozenset[str]) -> frozenset[int] | None:
    """The processes that hold memory of one of these GPUs; None where the kernel does not say."""
    folder = f"{sysfs}/{_FOLDER}/proc"
    if not os.path.isdir(folder):
        return None
    pids = (name for name in _listed(folder) if name.isdigit())
    return frozenset(int(pid) for pid in pids if any(_holds(f"{folder}/{pid}/vram_{gpu_id}") for gpu_id in gpu_ids))


def _holds(path: str) -> bool:
    return line_of(path) not in ("", "0")


def _node(sysfs: str, folder: str, number: int) -> Node | None:
    gpu_id = line_of(f"{folder}/gpu_id")
    told = dict(line.split(maxsplit=1) for line in (text_of(f"{folder}/properties") or "").splitlines() if " " in line)
    members = {name: int(value) for name, value in told.items() if value.strip().isdigit()}
    if gpu_id in ("", "0") or members.get("cpu_cores_count"):
        return None
    unique_id, place = members.get("unique_id"), members.get("location_id")
    device = f"{(place or 0) >> _FUNCTION_BITS & 0x1F:02x}.{(place or 0) & 0x7}"
    return Node(
        number,
        gpu_id,
        f"GPU-{unique_id:016x}" if unique_id else "",
        "" if place is None else f"{members.get('domain', 0):04x}:{place >> 8 & 0xFF:02x}:{device}",
        f"{sysfs}/class/drm/renderD{members['drm_render_minor']}/device" if "drm_render_minor" in members else "",
        line_of(f"{folder}/name"),
    )


def _listed(folder: str) -> list[str]:
    """The names in a folder; none where it cannot be read."""
    try:
        return os.listdir(folder)
    except OSError:
        return []
