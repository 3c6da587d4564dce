"""A package amdsmi for machines without an AMD GPU: what joulecard asks of AMD's, by the same names and shapes.

The file that STUB_AMD names is read with every call: {"init": code?, "gpus": [{"node"?, "bdf", "name", "mw", "error"?,
"energy"? (the member's name, None: not supported), "resolution", "stuck"?, "factor"?, "power", "busy"?, "cap"?,
"clock"?, "celsius"?}]}. A GPU's `power` is what amdsmi_get_power_info answers.
Each count that is given out is appended to the file that STUB_AMD_LOG names.
"""

from __future__ import annotations

import json
import os
import time
from enum import IntEnum
from pathlib import Path
from typing import Any, NoReturn

INVALID, NOT_SUPPORTED = 1, 2
_WORDS = {INVALID: "INVAL - Invalid parameters", NOT_SUPPORTED: "NOT_SUPPORTED - Feature not supported"}


class AmdSmiException(Exception):  # noqa: N818 - AMD's name
    """As in AMD's package."""


class AmdSmiLibraryException(AmdSmiException):
    """As in AMD's package."""

    def __init__(self, err_code: int) -> None:
        super().__init__(err_code)
        self.err_code = err_code

    def get_error_info(self) -> str:
        """The words that AMD's package has for a code."""
        return f"AMDSMI_STATUS_{_WORDS.get(self.err_code, 'UNKNOWN_ERROR - An unknown error occurred')}"


class AmdSmiClkType(IntEnum):
    """As in AMD's package."""

    SYS = 0
    GFX = 0
    MEM = 4


class AmdSmiTemperatureType(IntEnum):
    """As in AMD's package."""

    EDGE = 0
    HOTSPOT = 1


class AmdSmiTemperatureMetric(IntEnum):
    """As in AMD's package."""

    CURRENT = 0


class _Handle:
    def __init__(self, place: int) -> None:
        self.place = place


def _state() -> dict[str, Any]:
    state: dict[str, Any] = json.loads(Path(os.environ["STUB_AMD"]).read_text())
    return state


def _gpu(handle: object) -> dict[str, Any]:
    if not isinstance(handle, _Handle):
        _refuse(INVALID)
    gpu: dict[str, Any] = _state()["gpus"][handle.place]
    if gpu.get("error"):
        _refuse(gpu["error"])
    return gpu


def _refuse(code: int) -> NoReturn:
    raise AmdSmiLibraryException(code)


def _told(gpu: dict[str, Any], name: str) -> Any:
    if name not in gpu:
        _refuse(NOT_SUPPORTED)
    return gpu[name]


def amdsmi_init() -> None:
    """Raises AmdSmiLibraryException where the file says so."""
    if code := _state().get("init"):
        _refuse(code)


def amdsmi_get_processor_handles() -> list[_Handle]:
    """A handle for each GPU."""
    return [_Handle(place) for place in range(len(_state()["gpus"]))]


def amdsmi_get_gpu_kfd_info(handle: object) -> dict[str, Any]:
    """The GPU's node in the kernel's topology."""
    return {"kfd_id": 1, "node_id": _told(_gpu(handle), "node"), "current_partition_id": "N/A"}


def amdsmi_get_gpu_device_bdf(handle: object) -> str:
    """The GPU's address on the PCI bus."""
    return str(_told(_gpu(handle), "bdf"))


def amdsmi_get_gpu_asic_info(handle: object) -> dict[str, Any]:
    """The GPU's name."""
    return {"market_name": _gpu(handle).get("name", "N/A"), "vendor_id": "0x1002"}


def amdsmi_get_energy_count(handle: object) -> dict[str, Any]:
    """The accumulator, which counts from the machine's start on."""
    gpu = _gpu(handle)
    resolution_uj = gpu.get("resolution", 15.3)
    passed_s = 1000.0 if gpu.get("stuck") else time.monotonic()
    counts = int(passed_s * gpu["mw"] * 1000 * gpu.get("factor", 1) / resolution_uj)
    name = gpu.get("energy", "energy_accumulator")
    if name is None:
        _refuse(NOT_SUPPORTED)
    if log := os.environ.get("STUB_AMD_LOG"):
        with Path(log).open("a") as file:
            file.write(f"{counts}\n")
    return {name: counts, "counter_resolution": resolution_uj, "timestamp": 1}


def amdsmi_get_power_info(handle: object) -> dict[str, Any]:
    """The powers in watts; what a GPU does not tell is N/A."""
    return dict(_told(_gpu(handle), "power"))


def amdsmi_get_gpu_activity(handle: object) -> dict[str, Any]:
    """Per cent of use."""
    return {"gfx_activity": _gpu(handle).get("busy", "N/A"), "umc_activity": 0, "mm_activity": "N/A"}


def amdsmi_get_power_cap_info(handle: object) -> dict[str, Any]:
    """The limit, in microwatts."""
    return {"power_cap": _told(_gpu(handle), "cap"), "default_power_cap": 0}


def amdsmi_get_clock_info(handle: object, _clock: AmdSmiClkType) -> dict[str, Any]:
    """Clocks in MHz."""
    return {"clk": 100, "min_clk": 100, "max_clk": _told(_gpu(handle), "clock")}


def amdsmi_get_temp_metric(handle: object, _sensor: AmdSmiTemperatureType, _metric: AmdSmiTemperatureMetric) -> int:
    """Degrees Celsius."""
    return int(_told(_gpu(handle), "celsius"))


def amdsmi_shut_down() -> None:
    """Joulecard leaves the library to the job: it must not come here."""
    print("amdsmi was shut down")
