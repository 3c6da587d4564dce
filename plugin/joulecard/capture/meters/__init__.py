"""Sources of joules. A new one is a file here and a line in KNOWN_METERS."""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from joulecard.capture.segment import ComponentKind, Reads
    from joulecard.settings import Roots


class Device(NamedTuple):
    """What stands still about a device while it is watched; None where its driver does not say."""

    power_limit_w: float | None = None
    clock_limit_mhz: float | None = None
    start_celsius: float | None = None


class Counter(NamedTuple):
    """One energy counter: what it watches and how its counts become joules."""

    kind: ComponentKind
    sensor: str  # the meter's name in KNOWN_METERS
    domain: str  # the counter's own name, unique within the sensor
    joules_per_count: float
    range_counts: int | None  # it starts again at 0 after this; None where the system does not say
    max_w: float  # no device of this kind draws more: a jump beyond it is not energy
    device_ref: str | None = None  # where it watches a device that is held whole, such as a GPU
    model: str | None = None  # the device's
    reads: Reads | None = None
    quantity: str | None = None  # the vendor's name of what is read, where it has several
    includes: tuple[ComponentKind, ...] = ()  # other kinds of the node whose energy is in it too
    share_declared: float | None = None  # of a partitioned device (MIG) the part that is ours; None: it is held whole
    device: Device | None = None
    step_s: float = 0.0  # the count is refreshed no rarer than this

    @property
    def name(self) -> str:
        """How gaps call it, e.g. rapl:package-0."""
        return f"{self.sensor}:{self.domain}"


class Gauge(NamedTuple):
    """One reading of power; its energy is what is added up between two looks."""

    kind: ComponentKind
    sensor: str
    domain: str
    watts_per_count: float
    max_w: float  # no device of this kind draws more
    device_ref: str | None = None
    model: str | None = None
    reads: Reads = "power"
    quantity: str | None = None
    includes: tuple[ComponentKind, ...] = ()
    share_declared: float | None = None
    device: Device | None = None
    step_s: float = 0.0  # as Counter.step_s

    @property
    def name(self) -> str:
        """How gaps call it, as Counter.name."""
        return f"{self.sensor}:{self.domain}"


class UseGauge(NamedTuple):
    """How busy a device is that tells neither energy nor power; it gives seconds of use, never joules."""

    kind: ComponentKind
    sensor: str
    domain: str
    fraction_per_count: float  # 0.01 where the driver tells per cent
    device_ref: str | None = None
    model: str | None = None
    share_declared: float | None = None

    @property
    def name(self) -> str:
        """How gaps call it, as Counter.name."""
        return f"{self.sensor}:{self.domain}"


Instrument = Counter | Gauge | UseGauge


class Failure(NamedTuple):
    """Why an instrument gave no value."""

    reason: str


def _unheard(_what: str, _reason: str) -> None:
    """Where nobody keeps a book of gaps."""


class Job(NamedTuple):
    """What a meter may ask of the recording that it serves."""

    roots: Roots
    environ: Mapping[str, str] = MappingProxyType({})
    whole_node: bool = False  # devices that the job may not use count too
    note: Callable[[str, str], None] = _unheard  # notes a gap: what, and why
    patience_s: float = 2.0  # how long the job's start waits for a driver; what comes later joins later


@runtime_checkable
class SharedDevices(Protocol):
    """A meter whose drivers tell which processes use a device; asked only where several recorders hold it."""

    def processes(self, device_ref: str) -> frozenset[int] | None:
        """Process numbers as this host's first process namespace has them; None where nobody says. Never raises."""


@runtime_checkable
class Glimpsed(Protocol):
    """A meter whose counts stand in files, which may be read without asking it: code that sleeps a second is cold.

    The files are read between two looks, one after the other, and what they held is understood with the next `read`.
    """

    @property
    def files(self) -> tuple[int, ...]:
        """Descriptors to read at; another tuple, not an equal one, where one is not the same file any more."""

    def understood(self, texts: Sequence[bytes]) -> Mapping[str, int | Failure]:
        """The counts, by what the files held."""


class Meter(Protocol):
    """A family of instruments that are read together."""

    def counters(self) -> tuple[Instrument, ...]:
        """The instruments that this machine has, whether or not they can be read; empty where it has none.

        None of them goes; others may join while a driver is still starting.
        """

    def read(self) -> Mapping[str, int | Failure]:
        """The count of each domain now, or why there is none; never raises."""

    def close(self) -> None:
        """Lets go of what is held open."""


REPLAY = "JOULECARD_REPLAY"  # names the file of a recorded trace

# sensor -> module and class; the class is called with the Job
KNOWN_METERS: dict[str, tuple[str, str]] = {
    "rapl": ("joulecard.capture.meters.rapl", "RaplMeter"),
    "nvml": ("joulecard.capture.meters.nvml", "nvml_meter"),
    "amd_smi": ("joulecard.capture.meters.amd_smi", "amd_smi_meter"),
    "apple_silicon": ("joulecard.capture.meters.apple_silicon", "apple_silicon_meter"),
    "hwmon": ("joulecard.capture.meters.hwmon", "hwmon_meter"),
    "replay": ("joulecard.capture.meters.replay", "ReplayMeter"),
}


def sensors_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The meters that are asked: a recorded trace where one is named, which then stands for all others."""
    if environ.get(REPLAY):
        return ("replay",)
    return tuple(sensor for sensor in KNOWN_METERS if sensor != "replay")


def open_meter(sensor: str, job: Job) -> Meter:
    """The meter of this name; raises whatever its module raises."""
    module, factory = KNOWN_METERS[sensor]
    meter: Meter = getattr(import_module(module), factory)(job)
    return meter
