"""What NVML tells of a GPU's energy, best first, each by NVIDIA's own name for it.

Counters count millijoules since the driver was loaded (Volta and later). Power is in milliwatts: POWER_AVERAGE is a
mean over one second (Ampere and later, without GA100), which misses nothing where it is looked at each second;
POWER_INSTANT is the moment's, on all chips; nvmlDeviceGetPowerUsage is the one or the other (drivers before R530 have
nothing else). Scope GPU is the GPU alone, scope module that of a superchip: GPU, CPU and memory together (nvml.h,
"Field Identifiers"; NVML API Reference: nvmlDeviceGetTotalEnergyConsumption, nvmlDeviceGetPowerUsage).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.capture.meters import Failure
from joulecard.capture.meters.nvml.binding import attempt, is_missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.capture.meters.nvml.handle import Handle

COUNTER = "nvmlDeviceGetTotalEnergyConsumption"
_FIELDS = ("NVML_FI_DEV_POWER_AVERAGE", "NVML_FI_DEV_POWER_INSTANT")
_USAGE = "nvmlDeviceGetPowerUsage"
_GPU, _MODULE = "NVML_POWER_SCOPE_GPU", "NVML_POWER_SCOPE_MODULE"
# One GPU and one CPU to a module: its counter is the module's (github.com/ml-energy/zeus, pull request 172).
_ONE_TO_A_MODULE = re.compile(r"\bGH200\b")
# Several to a module, of whose counter nobody says whose it is, and each of them tells the whole module's power.
_SEVERAL_TO_A_MODULE = re.compile(r"\bGB[23]00\b")
# nvmlValueType_t -> the member of nvmlValue_t that holds the value
_MEMBERS = ("dVal", "uiVal", "ulVal", "ullVal", "sllVal", "siVal", "usVal")


class Quantity(NamedTuple):
    """One of the values that tell the energy of a GPU."""

    name: str
    look: Callable[[], int]
    is_power: bool = False
    is_module: bool = False  # CPU and memory of a superchip are in it


def quantity_of(nvml: Any, handle: Handle, model: str) -> Quantity | None:
    """The best that the GPU has; None where it has neither counter nor power."""
    counter = counter_of(nvml, handle, model)
    is_counting = not is_missing(nvml, counter.look)
    if is_counting and not _SEVERAL_TO_A_MODULE.search(model):
        return counter
    powers = _powers(nvml, handle, is_module=counter.is_module)
    answering = (power for power in powers if not isinstance(attempt(nvml, power.look), Failure))
    return next(answering, counter if is_counting else None)


def counter_of(nvml: Any, handle: Handle, model: str) -> Quantity:
    """The energy counter, whether or not it answers."""

    def energy_mj() -> int:
        return int(nvml.nvmlDeviceGetTotalEnergyConsumption(handle()))

    is_module = bool(_ONE_TO_A_MODULE.search(model))
    return Quantity(f"{COUNTER}.{_MODULE}" if is_module else COUNTER, energy_mj, is_module=is_module)


def _powers(nvml: Any, handle: Handle, *, is_module: bool) -> list[Quantity]:
    """Every power that may be there, best first."""

    def usage_mw() -> int:
        return int(nvml.nvmlDeviceGetPowerUsage(handle()))

    scopes = (_MODULE, _GPU) if is_module else (_GPU,)
    fields = [_field(nvml, handle, name, scope) for scope in scopes for name in _FIELDS if hasattr(nvml, name)]
    return [*fields, Quantity(_USAGE, usage_mw, is_power=True)]


def _field(nvml: Any, handle: Handle, name: str, scope: str) -> Quantity:
    asked = (getattr(nvml, name), getattr(nvml, scope, int(scope == _MODULE)))

    def power_mw() -> int:
        field = nvml.nvmlDeviceGetFieldValues(handle(), [asked])[0]
        if field.nvmlReturn:
            raise nvml.NVMLError(field.nvmlReturn)
        return int(getattr(field.value, _MEMBERS[field.valueType]))

    is_module = scope == _MODULE
    return Quantity(f"{name}.{scope}" if is_module else name, power_mw, is_power=True, is_module=is_module)
