"""The meters of one recorder; one that fails costs its own instruments and no other's."""

from __future__ import annotations

import operator
import os
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from joulecard.capture.metering.sysfs import NUMBER_BYTES
from joulecard.capture.meters import Failure, Glimpsed, SharedDevices, open_meter, sensors_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.capture.meters import Instrument, Job, Meter

    Glanced = tuple[tuple[int, ...], list[bytes], dict[str, int | Failure]]

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
        self._glimpsed = {sensor: meter for sensor, meter in self._meters.items() if isinstance(meter, Glimpsed)}
        self._files: list[tuple[int, ...]] = []  # of each of these
        self._numbers: tuple[int, ...] = ()  # of all files together
        self.asks_drivers = False  # at a glance too
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
        self.found += tuple(late)
        self.asks_drivers = any(names and sensor not in self._glimpsed for sensor, names in self._names.items())
        return tuple(late)

    def counts(self) -> dict[str, int | Failure]:
        """The count of each instrument now, by its name, or why there is none."""
        counts: dict[str, int | Failure] = {}
        for sensor, meter in self._meters.items():
            counts |= self._asked(sensor, meter)
        files = [meter.files for meter in self._glimpsed.values()]
        if len(files) != len(self._files) or any(map(operator.is_not, files, self._files)):
            self._files, self._numbers = files, tuple(number for numbers in files for number in numbers)
        return counts

    def glance(self) -> Glanced:
        """What all show now, for `understood`; safe beside `counts` in another thread unless drivers are asked."""
        numbers = self._numbers
        try:
            texts = [os.pread(number, NUMBER_BYTES, 0) for number in numbers]
        except OSError:
            texts = []
        return numbers, texts, self._answered() if self.asks_drivers else {}

    def understood(self, glanced: Glanced) -> dict[str, int | Failure]:
        """The counts of a glance, by name, of all that can be trusted; to be asked after the next `counts`."""
        numbers, texts, told = glanced
        return {**self._read_from(texts), **told} if numbers is self._numbers else told  # else they are anybody's

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

    def _asked(self, sensor: str, meter: Meter) -> dict[str, int | Failure]:
        """The counts of one meter, by name."""
        if not (names := self._names[sensor]):
            return {}
        values = self._attempt(sensor, meter.read)
        otherwise = _FAILED if values is None else _NO_VALUE
        values = values or {}
        return {name: values.get(domain, otherwise) for domain, name in names.items()}

    def _answered(self) -> dict[str, int | Failure]:
        """The counts of all that must be asked."""
        told: dict[str, int | Failure] = {}
        for sensor, meter in self._meters.items():
            if sensor not in self._glimpsed:
                told |= self._asked(sensor, meter)
        return told

    def _read_from(self, texts: list[bytes]) -> dict[str, int | Failure]:
        """The counts that stood in files; none where one could not be read."""
        counts: dict[str, int | Failure] = {}
        for (sensor, meter), files in zip(self._glimpsed.items(), self._files, strict=True):
            ours, texts = texts[: len(files)], texts[len(files) :]
            if ours:
                values = self._attempt(sensor, partial(meter.understood, ours)) or {}
                counts |= {self._names[sensor][domain]: value for domain, value in values.items()}
        return counts

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
