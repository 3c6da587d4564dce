"""A vendor's driver, asked in a thread of its own: one that hangs takes nobody along, one that is late joins late."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from joulecard.capture.meters import Failure
from joulecard.surroundings.reading import label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from queue import SimpleQueue

    from joulecard.capture.meters import Instrument, Job

MOST_WAKING = 8  # threads that a driver which hangs for ever may keep
LOOK_DEADLINE_S = 0.5  # below the time that the end of a recording waits for a look under way
_SILENT = Failure("the driver did not answer in time")


class Watched(NamedTuple):
    """One instrument and how it is read; `look` may raise whatever the vendor's library raises."""

    instrument: Instrument
    look: Callable[[], int]


class Library(Protocol):
    """A vendor's library, opened; all of it but `instruments` is called in the driver's thread alone."""

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """What can be read, as far as it is known by now."""

    def look(self) -> dict[str, int | Failure]:
        """The count of each domain, or why there is none."""

    def processes(self, device_ref: str) -> frozenset[int] | None:
        """The processes that use a device; None where the driver does not say."""

    def close(self) -> None:
        """Lets go of the library."""


class _Question:
    """Something that the driver is asked, answered when it likes."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        self._ask = ask
        self._answered = threading.Event()
        self.answer: Any = None
        self.error: Exception | None = None

    def put(self) -> None:
        """Asks, as long as it takes; never raises."""
        try:
            self.answer = self._ask()
        except Exception as error:  # noqa: BLE001 - whatever a vendor's library does, the job goes on
            self.error = error
        self._answered.set()

    def is_answered(self, within_s: float = 0.0) -> bool:
        """Whether the answer is there, now or within some time."""
        return self._answered.wait(within_s)


class _Driver:
    """The thread that asks; it ends with its last question."""

    def __init__(self, sensor: str, opening: Callable[[], Library | None]) -> None:
        from queue import SimpleQueue

        self._questions: SimpleQueue[_Question | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"joulecard-{sensor}", daemon=True)
        self._thread.start()
        self.opening = self.asked(opening)

    @property
    def is_waking(self) -> bool:
        """Whether it is still being started; never in a forked child, where the thread is gone."""
        return self._thread.is_alive() and not self.opening.is_answered()

    def asked(self, ask: Callable[[], Any]) -> _Question:
        """The question, behind those that were put before."""
        question = _Question(ask)
        self._questions.put(question)
        return question

    def end(self) -> None:
        """Nothing more is asked."""
        self._questions.put(None)

    def _run(self) -> None:
        try:
            while question := self._questions.get():
                question.put()
        except Exception:  # noqa: BLE001 - a thread that dies of it would write to the job's error stream
            return


_waking: dict[str, list[_Driver]] = {}  # of this process: while one is waited for, further recordings do not wait


class DriverMeter:
    """The instruments of one vendor, through the library that `opening` opens; None where it is not here.

    A driver that must first wake eight devices takes some seconds; what it shows joins when it is there.
    """

    def __init__(
        self, sensor: str, job: Job, opening: Callable[[], Library | None], deadline_s: float = LOOK_DEADLINE_S
    ) -> None:
        self._deadline_s = deadline_s
        self._driver: _Driver | None = None
        self._asking: _Question | None = None  # the latest look
        waking = _waking[sensor] = [driver for driver in _waking.get(sensor, ()) if driver.is_waking]
        patience_s = 0.0 if waking else job.patience_s
        if len(waking) < MOST_WAKING:
            self._driver = driver = _Driver(sensor, lambda: _opened(sensor, job, opening))
            if driver.opening.is_answered(patience_s):
                return
            waking.append(driver)
        job.note(sensor, "the driver did not start in time")

    def counters(self) -> tuple[Instrument, ...]:
        """What is read for the job, as soon as the driver shows it."""
        return self._library.instruments if self._library else ()

    def read(self) -> dict[str, int | Failure]:
        """The count of each instrument, or why there is none; waits for no driver that hangs."""
        library = self._library
        if not (library and library.instruments):
            return {}
        domains = [instrument.domain for instrument in library.instruments]
        question = self._asked(library.look)  # an answer that came too late is of another time: it is dropped
        if question is None:
            return dict.fromkeys(domains, _SILENT)
        if question.error:
            return dict.fromkeys(domains, not_understood(question.error))
        counts: dict[str, int | Failure] = question.answer
        return counts

    def processes(self, device_ref: str) -> frozenset[int] | None:
        """The processes that use a device; None where nobody says within the time of a look."""
        library = self._library
        question = self._asked(lambda: library.processes(device_ref)) if library else None
        return question.answer if question else None

    def close(self) -> None:
        """Lets go of the library; others in this process that use it go on."""
        driver, self._driver = self._driver, None
        if driver:
            ending = driver.asked(lambda: driver.opening.answer and driver.opening.answer.close())
            driver.end()
            if not driver.is_waking:
                ending.is_answered(self._deadline_s)

    @property
    def _library(self) -> Library | None:
        library: Library | None = self._driver.opening.answer if self._driver else None
        return library

    def _asked(self, ask: Callable[[], Any]) -> _Question | None:
        """The question, answered; None where the driver is silent, or still busy with the one before."""
        if not self._driver or (self._asking and not self._asking.is_answered()):
            return None
        self._asking = question = self._driver.asked(ask)
        return question if question.is_answered(self._deadline_s) else None


def looked(watched: Iterable[Watched], reason: Callable[[Exception], Failure]) -> dict[str, int | Failure]:
    """The count of each domain; one that fails takes no other along."""
    return {each.instrument.domain: _look(each, reason) for each in watched}


def answered(text: str) -> Failure:
    """What the driver says of itself."""
    return Failure(f"the driver answers: {label(text)}")


def not_understood(error: Exception) -> Failure:
    """What nobody foresaw."""
    return Failure(f"the driver's answer was not understood ({type(error).__name__})")


def _look(watched: Watched, reason: Callable[[Exception], Failure]) -> int | Failure:
    try:
        return watched.look()
    except Exception as error:  # noqa: BLE001 - whatever the binding does, the other devices are read
        return reason(error)


def _opened(sensor: str, job: Job, opening: Callable[[], Library | None]) -> Library | None:
    """What the library shows; a gap where it is not the one we know."""
    try:
        return opening()
    except Exception as error:  # noqa: BLE001 - as above
        job.note(sensor, not_understood(error).reason)
        return None
