"""The runs of this process that are being recorded, from when MLflow starts one to just before it marks it ended."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from joulecard import is_disabled
from joulecard.capture import Block, enter, innermost, leave
from joulecard.capture.plan import Plan
from joulecard.capture.recorder import Recorder
from joulecard.hosts.mlflow import leftovers
from joulecard.hosts.mlflow.modes import mode_of
from joulecard.hosts.mlflow.parcel import PARENT_TAG, Parcel
from joulecard.hosts.mlflow.sender import Sender, Sending
from joulecard.settings import Roots, load_settings
from joulecard.surroundings.reading import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.capture.segment import Status
    from joulecard.hosts.mlflow.parcel import Mode
    from joulecard.settings import Settings

DEADLINE_S = 10.0  # from when a run ends to when MLflow goes on, whatever has become of the record


@dataclass(frozen=True, slots=True)
class OpenRun:
    """One run that is being recorded."""

    run_id: str
    recorder: Recorder
    block: Block
    mode: Mode
    settings: Settings
    is_child: bool
    tracking_uri: str
    last_error: BaseException | None  # the one that was on record already when the run began

    def stop(self, status: Status) -> Parcel | None:
        """Ends the recording; what is to be sent, None where there is no segment."""
        leave(self.block)
        self.recorder.stop(status)
        path = self.recorder.segment_path
        return Parcel(self.run_id, (path,), self.mode, self.settings, self.is_child) if path else None


class Runs:
    """Those of one process; a forked child has none of its parent's."""

    def __init__(self) -> None:
        self._open: dict[str, OpenRun] = {}
        self._lock = threading.Lock()
        self._sender = Sender()

    def begin(self, run: Any) -> None:
        """Starts to record a run, one that is resumed too; does nothing for one that is being recorded."""
        environ = os.environ
        if is_disabled(environ) or run.info.run_id in self._open:
            return
        settings = load_settings(environ, os.getcwd())
        mode = mode_of(settings, environ)
        if mode is None:
            return
        roots, tracking_uri = Roots.from_environment(environ), _tracking_uri()
        recorder = Recorder(self._plan(run, settings, roots), roots, settings, dict(environ))
        recorder.start()
        opened = OpenRun(
            run_id=run.info.run_id,
            recorder=recorder,
            block=enter(recorder),
            mode=mode,
            settings=settings,
            is_child=PARENT_TAG in run.data.tags,
            tracking_uri=tracking_uri,
            last_error=_last_error(),
        )
        with self._lock:
            self._open[opened.run_id] = opened
        self._sender.prepare()

    def finish(self, client: Any, run_id: str, status: str | None) -> None:
        """Ends the recording of a run and has it written, until the deadline; does nothing for any other run."""
        until_s = time.monotonic() + DEADLINE_S
        with self._lock:
            run = self._open.pop(run_id, None)
        parcel = run.stop("completed" if status in (None, "FINISHED") else "failed") if run else None
        sending = self._sender.send(parcel, lambda: client) if parcel else None
        if sending:
            self._sender.wait(sending, until_s)

    def finish_all(self) -> None:
        """The same for all runs that nobody has ended, the last one first, with one deadline for all."""
        until_s = time.monotonic() + DEADLINE_S
        with self._lock:
            left = [self._open.pop(run_id) for run_id in reversed(list(self._open))]
        for sending in [sending for run in left if (sending := self._sent_at_exit(run))]:
            self._sender.wait(sending, until_s)

    def _sent_at_exit(self, run: OpenRun) -> Sending | None:
        parcel = run.stop("completed" if _last_error() is run.last_error else "failed")
        return self._sender.send(parcel, _client_of(run.tracking_uri)) if parcel else None

    def _plan(self, run: Any, settings: Settings, roots: Roots) -> Plan:
        """What is recorded: the run's id names its group, so that whoever resumes it records the same execution."""
        run_id, name = label(run.info.run_id), run.info.run_name or run.info.run_id
        plan = Plan.from_environment(name, os.getcwd(), os.environ, roots)
        parent = self._open.get(run.data.tags.get(PARENT_TAG, ""))
        outer = innermost() or (parent.recorder if parent else None)
        return replace(
            plan,
            group=run_id,
            attempt=1,
            within=outer.execution_id if outer else plan.within,
            refs=(("mlflow_run_id", run_id), ("mlflow_experiment_id", label(str(run.info.experiment_id)) or "unknown")),
            segments=leftovers.prepare(settings.journal_dir),
        )


def begin(run: Any) -> None:
    """Starts to record a run of this process."""
    _runs.begin(run)


def finish(client: Any, run_id: str, status: str | None) -> None:
    """Ends the recording of a run of this process."""
    _runs.finish(client, run_id, status)


def _tracking_uri() -> str:
    import mlflow

    return mlflow.get_tracking_uri()


def _client_of(tracking_uri: str) -> Callable[[], Any]:
    """Makes a client when it is needed."""

    def client() -> Any:
        from mlflow import MlflowClient

        return MlflowClient(tracking_uri)

    return client


def _last_error() -> BaseException | None:
    """The last exception that nobody caught; one that a prompt within the script has printed does not end it."""
    error = getattr(sys, "last_value", None)
    trace = error.__traceback__ if isinstance(error, BaseException) else None
    return error if trace and trace.tb_frame.f_back is None else None


def _finish_all() -> None:
    try:
        _runs.finish_all()
    except Exception:  # noqa: BLE001 - the script has ended, and ends as it would without us
        return
    finally:
        if isinstance(_last_error(), KeyboardInterrupt) and not hasattr(sys, "ps1"):
            _end_as_interrupted()


def _end_as_interrupted() -> None:
    """Lets the interpreter die of SIGINT, as it was about to: each exec of a text, as in imports, makes it forget."""
    with suppress(KeyboardInterrupt):
        exec("raise KeyboardInterrupt")  # noqa: S102 - a text of ours


def _forget() -> None:
    """In a forked child: the runs are its parent's."""
    global _runs  # noqa: PLW0603 - state of a process
    _runs = Runs()


def _finish_early() -> None:
    """At the end of the main thread, when stores may still start threads of their own; not while others work on."""
    others = (thread for thread in threading.enumerate() if thread is not threading.main_thread())
    if all(thread.daemon for thread in others):
        _finish_all()


_runs = Runs()
# Imported when MLflow starts its first run, so that this comes before MLflow's own end of what is left open.
atexit.register(_finish_all)
with suppress(AttributeError, RuntimeError):  # as concurrent.futures does; without it, some stores take nothing at exit
    threading._register_atexit(_finish_early)  # type: ignore[attr-defined]  # noqa: SLF001
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
