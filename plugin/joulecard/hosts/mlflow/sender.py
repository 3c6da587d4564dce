"""Hands what is to be sent to the worker, and leaves on disk, with one sentence, what cannot be sent."""

from __future__ import annotations

import logging
import os
import threading
from contextlib import contextmanager, suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.capture.recorder import log_once
from joulecard.hosts.mlflow import leftovers
from joulecard.hosts.mlflow.parcel import Parcel, is_of_one_run, kind_of
from joulecard.hosts.mlflow.worker import Breaker, Task, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_RETRIES = "urllib3.connectionpool"  # the logger that tells of every attempt


class Sending(NamedTuple):
    """A parcel on its way."""

    parcel: Parcel
    task: Task


class Sender:
    """One process's way to its tracking server."""

    def __init__(self) -> None:
        self._breaker = Breaker()
        self._worker: Worker | None = None

    def prepare(self) -> None:
        """Starts the worker; where the system allows no thread everything stays on disk."""
        if not self._worker:
            with suppress(RuntimeError):
                self._worker = Worker()

    def send(self, parcel: Parcel, client: Callable[[], Any]) -> Sending | None:
        """Begins to send; None where trying is of no use."""
        if self._breaker.is_open or not self._worker:
            leave(parcel, "MLflow failed before" if self._worker else "no thread could be started")
            return None
        context = copy_context()  # who the user is to MLflow may be known in this context only
        task = Task(lambda: context.run(self._send, parcel, client))
        self._worker.submit(task)
        return Sending(parcel, task)

    def wait(self, sending: Sending, until_s: float) -> None:
        """Waits at most until this time of the steady clock; what comes later is as good as lost and left on disk."""
        if not sending.task.wait(until_s):
            self._breaker.trip()
            leave(sending.parcel, "MLflow took too long")

    def _send(self, parcel: Parcel, client: Callable[[], Any]) -> None:
        """The worker's part."""
        if self._breaker.is_open:  # somebody gave up waiting while this was in the queue
            return
        try:
            with _unheard():
                said = _delivered(parcel, client)
        except Exception as error:  # noqa: BLE001 - every store fails in its own way, and none may end the worker
            if not is_of_one_run(error):
                self._breaker.trip()
            leave(parcel, kind_of(error))
        else:
            self._breaker.mend()
            for sentence in said:
                log_once(sentence, "mlflow passed over")


def _delivered(parcel: Parcel, client: Callable[[], Any]) -> list[str]:
    """What was passed over; the segments are in the run and no longer on disk."""
    from joulecard.hosts.mlflow.delivery import deliver

    said = deliver(client(), parcel)
    leftovers.remove(parcel.paths)
    return said


def leave(parcel: Parcel, reason: str) -> None:
    """Says where the record lies; once per process."""
    folder = os.path.dirname(parcel.paths[0]) if parcel.paths else ""
    log_once(
        f"the energy record of MLflow run {parcel.run_id} is not (or not wholly) in MLflow: {reason}; it lies in "
        f"{folder}; once MLFLOW_TRACKING_URI names that server, `joulecard mlflow upload` sends it",
        "mlflow not sent",
    )


@contextmanager
def _unheard() -> Iterator[None]:
    """Keeps the retries of this thread out of the user's log; those of other threads are told as ever."""
    here, logger = threading.get_ident(), logging.getLogger(_RETRIES)

    def is_of_another(record: logging.LogRecord) -> bool:
        return record.thread != here

    logger.addFilter(is_of_another)
    try:
        yield
    finally:
        logger.removeFilter(is_of_another)
