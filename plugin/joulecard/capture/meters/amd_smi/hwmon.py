"""What the kernel driver's own files tell of an AMD GPU: power, use, limits; all of them are readable by everybody.

power1_average and power1_input are in microwatts, a mean and the moment's, of which newer GPUs have the second alone;
gpu_busy_percent is in per cent; power1_cap in microwatts; temp1_input in thousandths of a degree Celsius.
"""

from __future__ import annotations

import os
import re

from joulecard.capture.meters import Device as Facts
from joulecard.capture.meters.amd_smi.quantity import Quantity, Unsupported
from joulecard.surroundings.reading import line_of, text_of
from joulecard.units import MICROJOULES_PER_JOULE

_MICROWATTS_PER_WATT = MICROJOULES_PER_JOULE
_POWERS = ("power1_average", "power1_input")


def powers(device: str) -> list[Quantity]:
    """The GPU's powers, best first, whether or not they answer."""
    folder = _hwmon(device)
    return [_quantity(f"hwmon.{name}", f"{folder}/{name}", 1 / _MICROWATTS_PER_WATT) for name in _POWERS if folder]


def uses(device: str) -> list[Quantity]:
    """How busy the GPU is."""
    return [_quantity("gpu_busy_percent", f"{device}/gpu_busy_percent", 0.01)] if device else []


def facts(device: str) -> Facts:
    """Power limit, highest clock and temperature, as far as they are told."""
    folder = _hwmon(device)
    limit_uw, millicelsius = _number(f"{folder}/power1_cap"), _number(f"{folder}/temp1_input")
    clocks = re.findall(r"(\d+)Mhz", text_of(f"{device}/pp_dpm_sclk") or "")
    return Facts(
        limit_uw / _MICROWATTS_PER_WATT if limit_uw else None,
        max(map(float, clocks), default=None),
        None if millicelsius is None else millicelsius / 1000,
    )


def _quantity(name: str, path: str, unit: float) -> Quantity:
    def look() -> int:
        number = _number(path)
        if number is None:
            raise Unsupported
        return number

    return Quantity(name, look, unit)


def _hwmon(device: str) -> str:
    """The folder of the driver's sensors; empty where there is none."""
    try:
        names = sorted(os.listdir(f"{device}/hwmon")) if device else []
    except OSError:
        names = []
    folders = (f"{device}/hwmon/{name}" for name in names)
    return next((folder for folder in folders if line_of(f"{folder}/name") == "amdgpu"), "")


def _number(path: str) -> int | None:
    text = line_of(path)
    return int(text) if text.isdigit() else None
