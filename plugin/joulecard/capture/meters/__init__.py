"""Sources of joules. A new one is a file here and a line in KNOWN_METERS."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.capture.segment import ComponentKind
    from joulecard.settings import Roots


class Counter(NamedTuple):
    """One energy counter: what it watches and how its counts become joules."""

    kind: ComponentKind
    sensor: str  # the meter's name in KNOWN_METERS
    domain: str  # the counter's own name, unique within the sensor
    joules_per_count: float
    range_counts: int | None  # it starts again at 0 after this; None where the system does not say
    max_w: float  # no device of this kind draws more: a jump beyond it is not energy

    @property
    def name(self) -> str:
        """How gaps call it, e.g. rapl:package-0."""
        return f"{self.sensor}:{self.domain}"


class Failure(NamedTuple):
    """Why a counter gave no value."""

    reason: str


class Meter(Protocol):
    """A family of counters that are read together."""

    def counters(self) -> tuple[Counter, ...]:
        """The counters that this machine has, whether or not they can be read; empty where it has none."""

    def read(self) -> Mapping[str, int | Failure]:
        """The count of each domain now, or why there is none; never raises."""

    def close(self) -> None:
        """Lets go of what is held open."""


# sensor -> module and class; the class is called with the Roots
KNOWN_METERS: dict[str, tuple[str, str]] = {
    "rapl": ("joulecard.capture.meters.rapl", "RaplMeter"),
}


def open_meter(sensor: str, roots: Roots) -> Meter:
    """The meter of this name; raises whatever its module raises."""
    module, factory = KNOWN_METERS[sensor]
    meter: Meter = getattr(import_module(module), factory)(roots)
    return meter
