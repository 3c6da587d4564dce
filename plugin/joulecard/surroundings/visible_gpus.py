"""Which of the node's NVIDIA GPUs a job may use, as its environment says.

CUDA_VISIBLE_DEVICES is read as CUDA reads it (CUDA C++ Programming Guide, "CUDA Environment Variables"): a list of
numbers or of beginnings of UUIDs that ends at the first entry that names no GPU. NVIDIA_VISIBLE_DEVICES speaks to the
container runtime, which shows the container no other GPUs: it counts only where all that it names are listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_MIG = "MIG-"
_UNKNOWN_INSTANCE = "it is not known which GPU a MIG instance of the job is a part of"
_OTHER_ORDER = "CUDA may number GPUs of several models otherwise: set CUDA_DEVICE_ORDER=PCI_BUS_ID"


class Gpu(NamedTuple):
    """One GPU of the node; empty where its driver does not say."""

    uuid: str
    model: str


class Visible(NamedTuple):
    """The GPUs of a job, by their places in the node's list, and why these may be the wrong ones."""

    places: tuple[int, ...]
    doubt: str = ""


def visible_gpus(
    environ: Mapping[str, str], gpus: Sequence[Gpu], gpu_of_instance: Callable[[str], int | None] = lambda _: None
) -> Visible:
    """The job's GPUs among those of the node, which are given in the order of their PCI addresses.

    `gpu_of_instance` gives the place of the GPU that a MIG instance is a part of.
    """
    told = environ.get("CUDA_VISIBLE_DEVICES")
    if told is None:
        return Visible(_by_container(environ.get("NVIDIA_VISIBLE_DEVICES", ""), gpus))
    places: dict[int, None] = {}
    entries = [entry.strip() for entry in told.split(",")]
    for entry in entries:
        instance = gpu_of_instance(entry) if entry.startswith(_MIG) else None
        place = _place(entry, gpus) if instance is None else instance
        if place is None:
            return Visible(tuple(places), _UNKNOWN_INSTANCE if entry.startswith(_MIG) else "")
        places[place] = None
    is_sorted = environ.get("CUDA_DEVICE_ORDER") == "PCI_BUS_ID" or len({gpu.model for gpu in gpus}) == 1
    chosen = len(places) < len(gpus) and any(entry.isdigit() for entry in entries)
    return Visible(tuple(places), _OTHER_ORDER if chosen and not is_sorted else "")


def _by_container(told: str, gpus: Sequence[Gpu]) -> tuple[int, ...]:
    """The GPUs that a container was given; all that are listed where it does not say or counts them otherwise."""
    if told == "none":
        return ()
    places = {_place(entry.strip(), gpus): None for entry in told.split(",")}
    return tuple(range(len(gpus))) if None in places else tuple(place for place in places if place is not None)


def _place(entry: str, gpus: Sequence[Gpu]) -> int | None:
    """The place of the GPU that a number, the beginning of a UUID, or a MIG instance of the old form names."""
    if entry.isascii() and entry.isdigit():
        return int(entry) if len(entry) < 6 and int(entry) < len(gpus) else None  # noqa: PLR2004
    uuid = entry.removeprefix(_MIG).partition("/")[0]
    found = [place for place, gpu in enumerate(gpus) if uuid.startswith("GPU-") and gpu.uuid.startswith(uuid)]
    return found[0] if len(found) == 1 else None
