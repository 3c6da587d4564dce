"""The meters of one recorder; one that fails costs its own instruments and no other's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from joulecard.capture.meters import Failure, Glimpsed, SharedDevices, open_meter, sensors_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from joulecard.capture.meters import Instrument, Job, Meter

_T = TypeVar("_T")
_NO_VALUE = Failure("gave no value")
_FAILED = Failure("its meter failed")


class Instruments:
    """All instruments of the meters that could be opened."""

    def __init__(self, job: Job, report: Callable[[str, Exception], None]) -> None:
        """What fails is told to `report(sensor, error)`, once for each meter and way to fail."""
        self._report = report
        self._told: set[str] = set()
        self._meters: dict[str, Meter] = {}
        for sensor in sensors_of(job.environ):
            self._open(sensor, job)
        self.found: tuple[Instrument, ...] = ()  # in the order in which they came
        self._names: dict[str, dict[str, str]] = {}  # by sensor and domain: joining texts at each tick costs
        self._glimpses: dict[str, Callable[[], Any]] = {}  # by sensor; others only join, at the end
        self.late()

    def late(self) -> tuple[Instrument, ...]:
        """Those that have come since they were last asked for."""
        late: list[Instrument] = []
        for sensor, meter in self._meters.items():
            known = self._names.setdefault(sensor, {})
            counters = self._attempt(sensor, meter.counters) or ()
            if len(counters) > len(known):
                late += [each for each in counters if each.domain not in known]
                known |= {each.domain: each.name for each in counters}
                self._glimpses.setdefault(sensor, self._glimpse_of(sensor, meter))
        self.found += tuple(late)
        return tuple(late)

    def counts(self) -> dict[str, int | Failure]:
        """The count of each instrument now, by its name, or why there is none."""
        counts: dict[str, int | Failure] = {}
        for sensor in self._glimpses:
            values = self._attempt(sensor, self._meters[sensor].read)
            otherwise = _FAILED if values is None else _NO_VALUE
            values = values or {}
            counts |= {name: values.get(domain, otherwise) for domain, name in self._names[sensor].items()}
        return counts

    def glimpse(self) -> list[Any]:
        """What all show now, for `understood`."""
        return [glimpse() for glimpse in self._glimpses.values()]

    def understood(self, glimpses: Iterable[Any]) -> dict[str, int | Failure]:
        """The counts of a glimpse, by name, of those that it saw; to be asked after the next `counts`."""
        counts: dict[str, int | Failure] = {}
        for sensor, glimpse in zip(self._glimpses, glimpses, strict=False):
            values = self._understood(sensor, self._meters[sensor], glimpse) or {}
            names = self._names[sensor]
            counts |= {names[domain]: count for domain, count in values.items() if domain in names}
        return counts

    def may_be_asked(self, device_ref: str) -> bool:
        """Whether there is a driver that tells which processes use a device."""
        return self._telling(device_ref) is not None

    def processes(self, device_ref: str) -> frozenset[int] | None:
        """Which processes use a device; None where nobody says."""
        meter = self._telling(device_ref)
        return self._attempt(f"processes of {device_ref}", lambda: meter.processes(device_ref)) if meter else None

    def close(self) -> None:
        """Lets go of all meters."""
        for sensor, meter in self._meters.items():
            self._attempt(sensor, meter.close)

    def _open(self, sensor: str, job: Job) -> None:
        meter = self._attempt(sensor, lambda: open_meter(sensor, job))
        if meter is not None:
            self._meters[sensor] = meter

    def _glimpse_of(self, sensor: str, meter: Meter) -> Callable[[], Any]:
        return meter.glimpse if isinstance(meter, Glimpsed) else lambda: self._attempt(sensor, meter.read)

    def _understood(self, sensor: str, meter: Meter, glimpse: Any) -> Mapping[str, int | Failure] | None:
        return self._attempt(sensor, lambda: meter.understood(glimpse)) if isinstance(meter, Glimpsed) else glimpse

    def _telling(self, device_ref: str) -> SharedDevices | None:
        for each in self.found:
            meter = self._meters.get(each.sensor)
            if each.device_ref == device_ref and isinstance(meter, SharedDevices):
                return meter
        return None

    def _attempt(self, what: str, step: Callable[[], _T]) -> _T | None:
        """What the step gives; None where it fails, which must not stop the others."""
        try:
            return step()
        except Exception as error:  # noqa: BLE001 - meters are the work of many hands
            kind = f"{what}: {error!r}"
            if kind not in self._told:
                self._told.add(kind)
                self._report(what, error)
            return None
