"""One recording of one stage: a thread that ticks, a journal that survives a kill, and a segment at the end.

Nothing here ever raises into the caller or keeps the job waiting past a deadline: what goes wrong becomes a gap in the
record and, where a source that was there has failed, one sentence.
"""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from joulecard.capture import clock, identity, peers
from joulecard.capture.checkpoints import DENSE_S, Checkpoints
from joulecard.capture.closing import Ending, Opening, Source, close, make_folder, write_segment
from joulecard.capture.facts import read_facts
from joulecard.capture.gaps import GapBook
from joulecard.capture.meters import Job
from joulecard.capture.plan import Plan
from joulecard.capture.sampler import Sampler
from joulecard.capture.work import Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from joulecard.capture.observation import Observation
    from joulecard.capture.segment import Gap, Segment, Status
    from joulecard.capture.totals import Totals
    from joulecard.settings import Roots, Settings

__all__ = ["Plan", "Recorder"]

STOP_DEADLINE_S, LOCK_DEADLINE_S = 5.0, 1.0
TICK_S, LONGEST_TICK_S = 1.0, 10.0
TICK_WITHOUT_COUNTERS_S = 2.0  # after the first minute: CPU time alone needs no closer look
# A tick may take this part of the time between two ticks; on machines where it takes more, ticks become rarer.
_TICK_CPU_FRACTION = 1 / 3000

_LOST_PROCESSES = "some ended that nobody waited for: what they used after they were last seen is not known"

_recording: set[Recorder] = set()
_said: set[str] = set()


class Recorder:
    """Records from `start` to `stop`; neither raises."""

    def __init__(
        self,
        plan: Plan,
        roots: Roots,
        settings: Settings,
        environ: Mapping[str, str],
        *,
        say: Callable[[str], None] | None = None,
        now: Callable[[], clock.Instant] = clock.now,
    ) -> None:
        """`say` is given each sentence on what could not be done; by default the first goes to logging."""
        self.plan = plan
        self.segment_id = identity.fresh_id()
        self.segment_path: str | None = None  # where the segment was written
        self.problem: str | None = None  # what could not be written, why, and where the record lies
        self._roots, self._settings, self._environ = roots, settings, environ
        self._say, self._now = say, now
        self._pid = os.getpid()
        self._gaps = GapBook()
        self.work = Work()
        self._checkpoints = Checkpoints(self._gaps, self.work, settings.period_s, self._fail)
        self._lock = threading.Lock()  # guards the observation
        self._running = threading.Lock()  # held until `stop`: waiting for it costs less than for an Event
        self._running.acquire()
        self._thread: threading.Thread | None = None
        self._sampler: Sampler | None = None
        self._observation: Observation | None = None
        self._opening: Opening | None = None
        self._ending: Ending | None = None
        self._stopped = False
        self._exact_cpu_s: float | None = None
        self._segment: Segment | None = None
        self._tick_s = TICK_S
        self._cost_s = 0.0  # CPU seconds that the last tick took

    @property
    def execution_id(self) -> str:
        """The execution that is being recorded; a supervisor hands it on as JOULECARD_WITHIN."""
        return self.plan.execution_id

    @property
    def is_running(self) -> bool:
        """Whether this process records; in a forked child its parent's recorder does not."""
        return self._observation is not None and not self._stopped and self._pid == os.getpid()

    def start(self) -> None:
        """Takes the first readings and starts the thread."""
        self._guard(self._begin)

    def stop(
        self, status: Status, exit_status: int | None = None, cpu_s: float | None = None, gaps: Iterable[Gap] = ()
    ) -> Segment | None:
        """Takes the last readings, writes the segment and gives it; None where there is none within the deadline.

        `cpu_s` is the exact CPU total of all that was watched, from wait4, where the caller has it.
        """
        if self.is_running:
            self._stopped = True
            self._exact_cpu_s = cpu_s
            self._guard(lambda: self._gaps.note_all(gaps))
            self._guard(self._tick_peers)
            self._guard(lambda: self._advance(Ending(status, exit_status)))
            self._running.release()
            self._guard(self._await_end)
        return self._segment

    def look(self) -> None:
        """Takes a sample now, out of turn; never raises."""
        self._guard(lambda: self._advance(None))

    def forget(self) -> None:
        """In a forked child: lets go of the parent's files, whose locks would otherwise outlive the parent."""
        self._segment = None
        self._checkpoints.forget()
        if self._sampler:
            self._sampler.forget()

    def _await_end(self) -> None:
        """Waits until the thread has written the record, at most until the deadline."""
        if not self._thread:  # the system allowed none
            self._run()
            return
        self._thread.join(STOP_DEADLINE_S)
        if self._thread.is_alive():
            self._fail(f"the record took longer than {STOP_DEADLINE_S:.0f} s to write; `joulecard recover` finds it")

    def _begin(self) -> None:
        for refusal in self._settings.refusals:
            self._gaps.note("settings", refusal)
        attribution = self._settings.attribution
        job = Job(self._roots, self._environ, attribution == "machine", self._gaps.note)
        self._tick_peers()
        self._sampler = Sampler(self.plan, job, self._now, self._report)
        self._observation = self._sampler.observe(attribution)
        if not self._observation.node_time_known:
            self._gaps.note("node", "the system does not say how busy its CPUs are: only our own CPU time is known")
        _recording.add(self)
        thread = threading.Thread(target=self._run, name="joulecard", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._gaps.note("recorder", "the system allowed no thread: only start and end were read")
        else:
            self._thread = thread

    def _tick_peers(self) -> None:
        """Lets the recordings beside us look before we come or go: until then the host is split as it was."""
        for other in list(_recording) if self.plan.within is None else ():
            if other is not self and other.plan.within is None:
                other.look()

    def _run(self) -> None:
        """The thread's life."""
        self._guard(self._open)
        while not self._running.acquire(timeout=self._pause_s()):
            self._guard(self._tick)
        self._guard(self._finish)

    def _pause_s(self) -> float:
        """Seconds until the next tick: ticks keep their pace however long one takes."""
        started_s = self._sampler.start.monotonic_s if self._sampler else 0.0
        return self._tick_s - (time.monotonic() - started_s) % self._tick_s

    def _open(self) -> None:
        """Reads what stands still, and opens the journal with it."""
        sampler, plan = self._sampler, self.plan
        if not sampler:
            return
        facts = read_facts(plan.base, self._settings, self._environ, self._roots, self._report)
        self._opening = Opening(
            id=self.segment_id,
            execution_id=plan.execution_id,
            group=plan.group,
            stage=plan.stage,
            attempt=plan.attempt,
            scope=plan.scope,
            attribution=self._settings.attribution,
            start_ms=clock.milliseconds(sampler.start.wall_s),
            host_ref=facts.host_ref,
            machine=facts.machine,
            place=facts.place,
            software=facts.software,
            sources=tuple(Source.of(instrument) for instrument in sampler.instruments),
            folder=plan.folder,
            stage_file=plan.stage_file,
            within=plan.within,
            rank=plan.rank,
            refs=plan.refs,
        )
        self._checkpoints.open(self._settings.journal_dir, self._opening)

    def _tick(self) -> None:
        began_s = time.thread_time()
        totals = self._advance(None)
        cost_s, before_s = time.thread_time() - began_s, self._cost_s
        self._cost_s = cost_s
        if totals:
            bare = totals.elapsed_s > DENSE_S and not totals.readings
            least_s = TICK_WITHOUT_COUNTERS_S if bare else TICK_S
            self._tick_s = min(LONGEST_TICK_S, max(least_s, min(cost_s, before_s) / _TICK_CPU_FRACTION))
            self._name_sources(totals)
            if self._checkpoints.are_due(totals):
                self._explain(totals)
                self._checkpoints.keep(totals)

    def _name_sources(self, totals: Totals) -> None:
        """Names what has joined since: the first line of the journal tells all, so that a new journal takes its place.

        Instruments only join, and in the order of the totals.
        """
        if self._opening and self._sampler and len(self._opening.sources) < len(totals.readings):
            instruments = self._sampler.instruments[: len(totals.readings)]
            self._opening = replace(self._opening, sources=tuple(map(Source.of, instruments)))
            self._gaps.renew()
            self.work.renew()
            self._checkpoints.open(self._settings.journal_dir, self._opening)

    def _advance(self, ending: Ending | None) -> Totals | None:
        """Takes a sample, the last one if the recording ends; None where it has ended already."""
        if not self._lock.acquire(timeout=LOCK_DEADLINE_S):
            return None
        try:
            if self._ending or not (self._sampler and self._observation):
                return None
            self._ending = ending
            self._observation.join(self._sampler.joined())
            self._observation.advance(self._sampler.sample(last=ending is not None))
            return self._observation.totals()
        finally:
            self._lock.release()

    def _explain(self, totals: Totals) -> None:
        """Says of each counter why it misses something, if it does, and of processes that were lost."""
        if self._sampler and self._sampler.has_lost_processes:
            self._gaps.note("processes", _LOST_PROCESSES)
        for track in self._observation.tracks if self._observation else ():
            self._gaps.explain(track.instrument.name, track.gap_reason(totals.elapsed_s))

    def _finish(self) -> None:
        """Makes the segment and writes it; if it cannot be written, the journal stays."""
        _recording.discard(self)
        ending, observation = self._ending, self._observation
        if self._opening and ending and observation:
            observation.settle(self._exact_cpu_s)
            totals = observation.totals()
            self._name_sources(totals)
            opening = self._opening
            self._explain(totals)
            series = observation.series.finish(opening.start_ms, totals.elapsed_s)
            self._checkpoints.close(totals, ending)
            self._segment = close(opening, totals, ending, self._gaps.all(), series, self.work)
            self._write(self._segment)
        if self._sampler:
            self._sampler.close()

    def _write(self, segment: Segment) -> None:
        folder = self.plan.folder
        try:
            make_folder(folder)
            self.segment_path = write_segment(segment, folder)
        except OSError as error:
            self._guard(self._checkpoints.leave)
            self.problem = _not_written(folder, _why(error), self._checkpoints.path)
            self._fail(self.problem, "not written")
        else:
            self._checkpoints.settle()

    def _guard(self, step: Callable[[], object]) -> None:
        """The one place where our own failures end: a gap in the record and a sentence."""
        try:
            step()
        except Exception as error:  # noqa: BLE001 - the job must never feel a failure of its recorder
            self._report("recorder", error)
            self._fail(f"recording failed in part ({_why(error)})")

    def _report(self, what: str, error: Exception) -> None:
        self._gaps.note(what, f"failed: {_why(error)}")

    def _fail(self, sentence: str, kind: str = "degraded") -> None:
        """Tells the caller, else logs the first sentence of its kind."""
        try:
            if self._say:
                self._say(sentence)
            else:
                log_once(sentence, kind)
        except Exception as error:  # noqa: BLE001 - a closed stream is no reason to disturb the job
            self._report("say", error)


def _not_written(folder: str, why: str, journal: str | None) -> str:
    """What could not be written, why, where the record lies and how to get it."""
    if not journal:
        return f"the record could not be written to {folder} ({why}) and no journal could be kept: it is lost"
    return (
        f"the record could not be written to {folder} ({why}); it lies in {journal}: "
        "write it with `joulecard recover --to DIR`"
    )


def _why(error: Exception) -> str:
    """The reason without any path: it may stand in a record."""
    return (isinstance(error, OSError) and error.strerror) or type(error).__name__


def log_once(sentence: str, kind: str) -> None:
    """One line per process and kind; raises whatever logging raises."""
    if kind not in _said:
        _said.add(kind)
        import logging

        logging.getLogger("joulecard").warning("joulecard: %s", sentence)


def _forget_all() -> None:
    """In a forked child: none of the recordings is ours."""
    for recorder in _recording:
        recorder.forget()
    _recording.clear()
    peers.forget_all()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
