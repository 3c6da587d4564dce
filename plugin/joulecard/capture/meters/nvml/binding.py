"""NVML's binding for Python: found, loaded and asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.capture import forks
from joulecard.capture.metering.driver import answered, not_understood
from joulecard.capture.meters import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.capture.meters import Job

LIBRARY = "libnvidia-ml.so.1"
_ABSENT = "No such file"  # in the words of the dynamic linker, which has no numbers for its errors


def load(sensor: str, job: Job) -> Any:
    """The binding with the driver's library below it; None where there is none, with a gap where it is broken."""
    with forks.importing():
        import ctypes
    try:
        ctypes.CDLL(LIBRARY)  # before the binding, which is large and of no use without it
    except OSError as error:
        if _ABSENT not in str(error):
            job.note(sensor, "the driver's library cannot be loaded")
        return None
    try:
        with forks.importing():
            import pynvml
    except ImportError:
        job.note(sensor, "the package nvidia-ml-py is missing")
        return None
    return pynvml


def reason(nvml: Any, error: Exception) -> Failure:
    """Why there is no value, in the driver's words."""
    if isinstance(error, nvml.NVMLError):
        return answered(str(error) or type(error).__name__)
    return not_understood(error)


def attempt(nvml: Any, ask: Callable[..., Any], *arguments: Any) -> Any:
    """The driver's answer, or its refusal as a Failure; with a Failure among the arguments nothing more is asked."""
    refused = next((each for each in arguments if isinstance(each, Failure)), None)
    if refused:
        return refused
    try:
        return ask(*arguments)
    except nvml.NVMLError as error:
        return reason(nvml, error)


def is_missing(nvml: Any, look: Callable[[], Any]) -> bool:
    """Whether driver or device say that they have no such thing; another refusal may pass."""
    try:
        look()
    except nvml.NVMLError as error:
        return error.value in (nvml.NVML_ERROR_NOT_SUPPORTED, nvml.NVML_ERROR_FUNCTION_NOT_FOUND)
    return False
