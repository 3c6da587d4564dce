"""AMD's package amdsmi: found, loaded and asked, whichever of its versions it is.

Its API: rocm.docs.amd.com/projects/amdsmi, "AMD SMI Python API reference"; energy_accumulator was called power before
ROCm 6.2.1 (github.com/ml-energy/zeus, zeus/device/gpu/amd.py), and what a GPU does not tell is "N/A" or all bits set.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from joulecard.capture import forks
from joulecard.capture.metering.driver import answered, not_understood
from joulecard.capture.meters import Device as Facts
from joulecard.capture.meters.amd_smi.quantity import Quantity, Unsupported
from joulecard.surroundings.reading import label
from joulecard.units import MICROJOULES_PER_JOULE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from joulecard.capture.meters import Failure, Job
    from joulecard.surroundings.amd_gpus import Node

_LIBRARY = "libamd_smi.so"
_ENERGIES = ("energy_accumulator", "power")
# A mean misses less than a moment between two looks; of the two, most GPUs tell one.
_POWERS = ("average_socket_power", "current_socket_power", "socket_power")
_ALL_BITS = (0xFFFF, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF)
_LEAST_LIMIT_UW = 1_000_000  # limits are told in watts or in microwatts, as the version is


def load(sensor: str, job: Job) -> Any:
    """The package, started; None where it or ROCm's library is not here, with a gap where they do not fit."""
    if not _is_here(job.environ):
        return None
    try:
        with forks.importing():
            import amdsmi
        amdsmi.amdsmi_init()
    except Exception as error:  # noqa: BLE001 - a package that is not of this library raises whatever it meets
        job.note(sensor, f"the package amdsmi could not be started: {_words(error)}")
        return None
    return amdsmi


def reason(error: Exception) -> Failure:
    """Why there is no value, in the driver's words."""
    if isinstance(error, Unsupported):
        return answered("not supported")
    return answered(_words(error)) if hasattr(error, "get_error_info") else not_understood(error)


def handles(amdsmi: Any, nodes: list[Node]) -> dict[int, Any]:
    """The package's handle of each node that it shows, by the node's number."""
    shown = list(amdsmi.amdsmi_get_processor_handles())
    by_address = {node.address: node.number for node in nodes if node.address}
    found: dict[int, Any] = {}
    for handle in shown:
        told = _attempt(amdsmi.amdsmi_get_gpu_kfd_info, handle) or {}
        number = told.get("node_id")
        if not isinstance(number, int):
            number = by_address.get(str(_attempt(amdsmi.amdsmi_get_gpu_device_bdf, handle)).lower())
        if number is not None:
            found[number] = handle
    return found or (dict(zip((node.number for node in nodes), shown, strict=True)) if len(shown) == len(nodes) else {})


def model_of(amdsmi: Any, handle: Any) -> str:
    """The GPU's name on the market; empty where it does not tell."""
    told = (_attempt(amdsmi.amdsmi_get_gpu_asic_info, handle) or {}).get("market_name")
    return "" if told in (None, "N/A") else label(str(told))


def energy(amdsmi: Any, handle: Any) -> Quantity | None:
    """The accumulator, whose counts are microjoules times its resolution; None where there is none."""
    told = _attempt(amdsmi.amdsmi_get_energy_count, handle) or {}
    name = next((name for name in _ENERGIES if _is_number(told.get(name))), None)
    resolution_uj = told.get("counter_resolution")
    if name is None or not isinstance(resolution_uj, int | float) or resolution_uj <= 0:
        return None
    look = _member(amdsmi.amdsmi_get_energy_count, handle, name)
    return Quantity(name, look, resolution_uj / MICROJOULES_PER_JOULE)


def powers(amdsmi: Any, handle: Any) -> Iterator[Quantity]:
    """The powers in watts, best first, whether or not they answer."""
    for name in _POWERS:
        yield Quantity(name, _member(amdsmi.amdsmi_get_power_info, handle, name))


def uses(amdsmi: Any, handle: Any) -> Iterator[Quantity]:
    """How busy the GPU is, in per cent."""
    yield Quantity("gfx_activity", _member(amdsmi.amdsmi_get_gpu_activity, handle, "gfx_activity"), 0.01)


def facts(amdsmi: Any, handle: Any) -> Facts:
    """Power limit, highest clock and temperature, as far as they are told."""
    limit = (_attempt(amdsmi.amdsmi_get_power_cap_info, handle) or {}).get("power_cap")
    clock = (_attempt(amdsmi.amdsmi_get_clock_info, handle, amdsmi.AmdSmiClkType.GFX) or {}).get("max_clk")
    sensor, metric = amdsmi.AmdSmiTemperatureType.EDGE, amdsmi.AmdSmiTemperatureMetric.CURRENT
    celsius = _attempt(amdsmi.amdsmi_get_temp_metric, handle, sensor, metric)
    return Facts(
        limit / (MICROJOULES_PER_JOULE if limit >= _LEAST_LIMIT_UW else 1) if _is_number(limit) and limit else None,
        float(clock) if isinstance(clock, int) and _is_number(clock) else None,
        float(celsius) if isinstance(celsius, int) and _is_number(celsius) else None,
    )


def _is_here(environ: Mapping[str, str]) -> bool:
    """Whether the package and the library below it are here; the package prints to the job's output without."""
    with forks.importing():
        import ctypes
        from importlib.util import find_spec
    spec = find_spec("amdsmi")
    if spec is None or not spec.origin:
        return False
    rocm = environ.get("ROCM_HOME") or environ.get("ROCM_PATH") or "/opt/rocm"
    for path in (f"{rocm}/lib/{_LIBRARY}", _LIBRARY, f"{os.path.dirname(spec.origin)}/{_LIBRARY}"):
        try:
            ctypes.CDLL(path)
        except OSError:
            continue
        return True
    return False


def _member(ask: Callable[[Any], Any], handle: Any, name: str) -> Callable[[], int]:
    def look() -> int:
        value = ask(handle).get(name)
        if not _is_number(value):
            raise Unsupported
        return int(value)

    return look


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value not in _ALL_BITS


def _attempt(ask: Callable[..., Any], *arguments: Any) -> Any:
    """What the package answers; None where it refuses."""
    try:
        return ask(*arguments)
    except Exception:  # noqa: BLE001 - refusals have many classes, by version
        return None


def _words(error: Exception) -> str:
    """The error in the driver's words, else by its class; a text of ours alone may hold a path."""
    tell = getattr(error, "get_error_info", None)
    return str(tell()).split(" - ")[-1] if tell else type(error).__name__
