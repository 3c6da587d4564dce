"""MIG: which part of a GPU the job's instances are, as the driver tells their slices.

Energy and power exist for the whole GPU only: it is read, and the job's part of its slices stands beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.capture.meters import Failure
from joulecard.capture.meters.nvml.binding import attempt

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNKNOWN = "the driver does not tell how many slices of a GPU the job's MIG instances have: the GPU counts whole"
# The profiles that may span a whole GPU; an A30 has four slices, most others seven.
_WHOLE_PROFILES = ("8_SLICE", "7_SLICE", "6_SLICE", "4_SLICE")


class Part(NamedTuple):
    """The job's part of a GPU; None where it is not divided, or nobody says, which is then a doubt."""

    share: float | None = None
    doubt: str = ""


def part_of(nvml: Any, gpu: Any, named: Sequence[str]) -> Part:
    """The part that these instances of a GPU are; without names, those that the driver shows, if it is divided."""
    mode = attempt(nvml, nvml.nvmlDeviceGetMigMode, gpu)
    if not named and (isinstance(mode, Failure) or not mode[0]):
        return Part()
    parts = [attempt(nvml, nvml.nvmlDeviceGetHandleByUUID, name) for name in named] or _shown(nvml, gpu)
    slices = [_slices(nvml, part) for part in parts]
    whole = _whole(nvml, gpu)
    if not (slices and all(slices) and whole):
        return Part(doubt=_UNKNOWN)
    return Part(min(1.0, sum(slices) / whole))


def parent_of(nvml: Any, instance: str) -> Any:
    """The GPU that an instance is a part of; a Failure where the driver does not know it."""
    part = attempt(nvml, nvml.nvmlDeviceGetHandleByUUID, instance)
    return attempt(nvml, nvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle, part)


def _shown(nvml: Any, gpu: Any) -> list[Any]:
    """The instances of a GPU that this process may use; their numbers may have holes."""
    most = attempt(nvml, nvml.nvmlDeviceGetMaxMigDeviceCount, gpu)
    numbers = range(0 if isinstance(most, Failure) else most)
    found = (attempt(nvml, nvml.nvmlDeviceGetMigDeviceHandleByIndex, gpu, number) for number in numbers)
    return [part for part in found if not isinstance(part, Failure)]


def _slices(nvml: Any, part: Any) -> int:
    """The slices of one instance: of its compute instance, which may be less than its GPU instance; 0: unknown."""
    told = attempt(nvml, nvml.nvmlDeviceGetAttributes, part)
    return 0 if isinstance(told, Failure) else int(told.computeInstanceSliceCount or told.gpuInstanceSliceCount)


def _whole(nvml: Any, gpu: Any) -> int:
    """The slices of the whole GPU; 0 where the driver does not tell."""
    named = (getattr(nvml, f"NVML_GPU_INSTANCE_PROFILE_{name}", None) for name in _WHOLE_PROFILES)
    profiles = [profile for profile in named if profile is not None]
    for version in (2, 1):  # older drivers know the first alone
        asked = [attempt(nvml, nvml.nvmlDeviceGetGpuInstanceProfileInfo, gpu, each, version) for each in profiles]
        slices = [int(told.sliceCount) for told in asked if not isinstance(told, Failure)]
        if slices:
            return max(slices)
    return 0
