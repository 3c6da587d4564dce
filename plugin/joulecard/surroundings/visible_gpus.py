"""Which of the node's GPUs a job may use, as its environment says.

CUDA_VISIBLE_DEVICES is read as CUDA reads it (CUDA C++ Programming Guide, "CUDA Environment Variables"): a list of
numbers or of beginnings of UUIDs that ends at the first entry that names no GPU. NVIDIA_VISIBLE_DEVICES speaks to the
container runtime, which shows the container no other GPUs: it counts only where all that it names are listed.

For AMD's GPUs ROCR_VISIBLE_DEVICES chooses first, by numbers or by beginnings of UUIDs, up to the first entry that
names none or one twice (ROCR-Runtime, RvdFilter); HIP_VISIBLE_DEVICES, else CUDA_VISIBLE_DEVICES, then chooses among
those by number (ROCclr, Device::init). GPU_DEVICE_ORDINAL is OpenCL's; ROCm's handbook says HIP's too, ROCclr does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_MIG = "MIG-"
_UNKNOWN_INSTANCE = "it is not known which GPU a MIG instance of the job is a part of"
_OTHER_ORDER = "CUDA may number GPUs of several models otherwise: set CUDA_DEVICE_ORDER=PCI_BUS_ID"
_BY_ORDINAL = "GPU_DEVICE_ORDINAL chooses GPUs for OpenCL, and not for every HIP: set ROCR_VISIBLE_DEVICES"


class Gpu(NamedTuple):
    """One GPU of the node; empty where its driver does not say."""

    uuid: str
    model: str


class Visible(NamedTuple):
    """The GPUs of a job, by their places in the node's list, and why these may be the wrong ones."""

    places: tuple[int, ...]
    doubt: str = ""
    instances: tuple[tuple[int, str], ...] = ()  # the MIG instances that are named, each with the place of its GPU


def visible_gpus(
    environ: Mapping[str, str], gpus: Sequence[Gpu], gpu_of_instance: Callable[[str], int | None] = lambda _: None
) -> Visible:
    """The job's GPUs among those of the node, which are given in the order of their PCI addresses.

    `gpu_of_instance` gives the place of the GPU that a MIG instance is a part of.
    """
    told = environ.get("CUDA_VISIBLE_DEVICES")
    if told is None:
        return _by_container(environ.get("NVIDIA_VISIBLE_DEVICES", ""), gpus, gpu_of_instance)
    found, unknown = _named(told, gpus, gpu_of_instance)
    places, instances = _sorted_out(found)
    if unknown is not None:
        return Visible(places, _UNKNOWN_INSTANCE if unknown.startswith(_MIG) else "", instances)
    is_sorted = environ.get("CUDA_DEVICE_ORDER") == "PCI_BUS_ID" or len({gpu.model for gpu in gpus}) == 1
    chosen = len(places) < len(gpus) and any(entry.isdigit() for entry, _ in found)
    return Visible(places, _OTHER_ORDER if chosen and not is_sorted else "", instances)


def visible_amd_gpus(environ: Mapping[str, str], uuids: Sequence[str]) -> Visible:
    """The job's GPUs among those of the node, which are given in the order of AMD's kernel driver by their UUIDs."""
    first = environ.get("ROCR_VISIBLE_DEVICES")
    chosen = list(range(len(uuids)))
    if first is not None:
        chosen = _chosen(first, uuids, ends_with_repetition=True)
    ordinal = environ.get("GPU_DEVICE_ORDINAL")
    then = environ.get("HIP_VISIBLE_DEVICES") or environ.get("CUDA_VISIBLE_DEVICES")
    if told := then or ordinal:
        chosen = [chosen[place] for place in _chosen(told, [uuids[place] for place in chosen])]
    return Visible(tuple(chosen), "" if then or not ordinal else _BY_ORDINAL)


def _named(
    told: str, gpus: Sequence[Gpu], gpu_of_instance: Callable[[str], int | None]
) -> tuple[list[tuple[str, int]], str | None]:
    """Each entry with the place of its GPU, and the first entry that names none, at which the list ends."""
    found: list[tuple[str, int]] = []
    for entry in (entry.strip() for entry in told.split(",")):
        instance = gpu_of_instance(entry) if entry.startswith(_MIG) else None
        place = _place(entry, gpus) if instance is None else instance
        if place is None:
            return found, entry
        found.append((entry, place))
    return found, None


def _sorted_out(found: Sequence[tuple[str, int]]) -> tuple[tuple[int, ...], tuple[tuple[int, str], ...]]:
    """The places, each once, and the MIG instances among the entries, each once."""
    instances = dict.fromkeys((place, entry) for entry, place in found if entry.startswith(_MIG))
    return tuple(dict.fromkeys(place for _, place in found)), tuple(instances)


def _by_container(told: str, gpus: Sequence[Gpu], gpu_of_instance: Callable[[str], int | None]) -> Visible:
    """The GPUs that a container was given; all that are listed where it does not say or counts them otherwise."""
    if told == "none":
        return Visible(())
    found, unknown = _named(told, gpus, gpu_of_instance)
    if unknown is not None:
        return Visible(tuple(range(len(gpus))))
    places, instances = _sorted_out(found)
    return Visible(places, instances=instances)


def _place(entry: str, gpus: Sequence[Gpu]) -> int | None:
    """The place of the GPU that a number, the beginning of a UUID, or a MIG instance of the old form names."""
    if _is_number(entry):
        return int(entry) if int(entry) < len(gpus) else None
    uuid = entry.removeprefix(_MIG).partition("/")[0]
    found = [place for place, gpu in enumerate(gpus) if uuid.startswith("GPU-") and gpu.uuid.startswith(uuid)]
    return found[0] if len(found) == 1 else None


def _chosen(told: str, uuids: Sequence[str], *, ends_with_repetition: bool = False) -> list[int]:
    """The places, each once, that numbers or beginnings of UUIDs name, up to the first entry that names none."""
    places: dict[int, None] = {}
    for entry in (entry.strip().upper() for entry in told.split(",")):
        found = [int(entry)] if _is_number(entry) else []
        if entry.startswith("GPU-") and entry != "GPU-":
            found = [place for place, uuid in enumerate(uuids) if uuid.upper().startswith(entry)]
        if len(found) != 1 or found[0] >= len(uuids) or (ends_with_repetition and found[0] in places):
            break
        places[found[0]] = None
    return list(places)


def _is_number(entry: str) -> bool:
    return entry.isascii() and entry.isdigit() and len(entry) < 6  # noqa: PLR2004
