"""One recording of one stage: a thread that ticks, a journal that survives a kill, and a segment at the end.

Nothing here ever raises into the caller or keeps the job waiting past a deadline: what goes wrong becomes a gap in the
record and, where a source that was there has failed, one sentence.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from joulecard.capture import clock, identity
from joulecard.capture.closing import Ending
from joulecard.capture.facts import Begun, opening_of, read_facts
from joulecard.capture.meters import Job
from joulecard.capture.node import peers
from joulecard.capture.pace import LEAST_ROTATION_S, Pace
from joulecard.capture.part import Part
from joulecard.capture.plan import Plan
from joulecard.capture.sampler import Sampler
from joulecard.capture.saying import DEGRADED, NOT_WRITTEN, log_once, tell, why
from joulecard.capture.segment import Gap
from joulecard.capture.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from joulecard.capture.joules.totals import Totals
    from joulecard.capture.segment import Segment, Status
    from joulecard.capture.work import Work
    from joulecard.settings import Roots, Settings

__all__ = ["Plan", "Recorder", "log_once"]

STOP_DEADLINE_S = 5.0

_NO_THREAD = "the system allowed no thread: only start and end were read"
_NO_NODE_TIME = "the system does not say how busy its CPUs are: only our own CPU time is known"
_NO_ROTATION = f"rotate_s was refused: it must be a number of seconds from {LEAST_ROTATION_S:.0f}; nothing is rotated"
_NO_NAME = f"the stage was given no name, and is recorded as {identity.UNNAMED}"
_OVER = "something was counted or noted after its stage had ended"

_recording: set[Recorder] = set()


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
        """`say` is given each sentence on what could not be done; by default one in a process goes to logging."""
        self.plan = plan
        self._roots, self._settings, self._environ = roots, settings, environ
        self._say, self._now = say, now
        self._pid = os.getpid()
        self._part = Part(settings, self._fail, plan.stage)
        self._standing: list[Gap] = []  # what is missing from the start is missing in every part
        self._pace = Pace(settings.period_s)
        self._running = threading.Lock()  # held until `stop`: waiting for it costs less than for an Event
        self._running.acquire()
        self._thread: threading.Thread | None = None
        self._thread_s = 0.0  # CPU seconds that it had taken when the last look was over
        self._kept_s = 0.0  # of them for the checkpoint
        self._watch: Watch | None = None
        self._stopped = self._released = False  # by whoever stops us; and seen by the thread
        self._ending: Ending | None = None
        self._exact_cpu_s: float | None = None

    @property
    def execution_id(self) -> str:
        """The execution that is being recorded; a supervisor hands it on as JOULECARD_WITHIN."""
        return self.plan.execution_id

    @property
    def is_running(self) -> bool:
        """Whether this process records; in a forked child its parent's recorder does not."""
        return self._watch is not None and not self._stopped and self._pid == os.getpid()

    @property
    def work(self) -> Work:
        """What the stage counts and notes now; a part that has been closed hands on to the next."""
        return self._part.work

    @property
    def segment_id(self) -> str:
        """The segment that is being recorded now, or was recorded last."""
        return self._part.id

    @property
    def segment_path(self) -> str | None:
        """Where it was written."""
        return self._part.path

    @property
    def problem(self) -> str | None:
        """What of it could not be written, why, and where the record lies."""
        return self._part.problem

    def rotate_every(self, seconds: object) -> None:
        """Ends a segment and begins the next with the same sample every so many seconds; to be said before `start`.

        What is no number of at least 1 is refused in words.
        """
        self._guard(lambda: self._rotate_every(seconds))

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
            self._ending, self._exact_cpu_s = Ending(status, exit_status), cpu_s
            self._guard(self._tick_peers)
            self._guard(lambda: self._look(self._ending))
            self._guard(lambda: self._part.gaps.note_all(gaps))
            self._running.release()
            self._guard(self._await_end)
        return self._part.segment

    def look(self) -> None:
        """Takes a sample now, out of turn; never raises."""
        self._guard(self._look)

    def glance(self) -> None:
        """Reads the counters alone; what they show is added with the next look. Never raises."""
        if self._watch:
            self._guard(self._watch.glance)

    def forget(self) -> None:
        """In a forked child: lets go of the parent's files, whose locks would otherwise outlive the parent."""
        self._part.forget()
        if self._watch:
            self._watch.forget()

    def _rotate_every(self, seconds: object) -> None:
        if not self._pace.rotate_every(seconds):
            self._lack("rotate_s", _NO_ROTATION)
            self._fail(_NO_ROTATION)

    def _await_end(self) -> None:
        """Waits until the thread has written the record, at most until the deadline."""
        if not self._thread:  # the system allowed none
            self._run()
            return
        self._thread.join(STOP_DEADLINE_S)
        if self._thread.is_alive():
            self._fail(
                f"the record took longer than {STOP_DEADLINE_S:.0f} s to write; `joulecard recover` finds it",
                NOT_WRITTEN,
            )

    def _begin(self) -> None:
        for refusal in self._settings.refusals:
            self._lack("settings", refusal)
        if self._settings.problems and not self._say:  # whoever gave us a `say` tells them himself
            self._fail(f"{self._settings.problems[0]}; it is ignored")
        if self.plan.stage == identity.UNNAMED:
            self._lack("stage", _NO_NAME)
            self._fail(_NO_NAME)
        attribution = self._settings.attribution
        job = Job(self._roots, self._environ, attribution == "machine", self._lack)
        self._tick_peers()
        self._watch = Watch(Sampler(self.plan, job, self._now, self._report), attribution)
        if not self._watch.node_time_known:
            self._lack("node", _NO_NODE_TIME)
        _recording.add(self)
        thread = threading.Thread(target=self._guard, args=(self._run,), name="joulecard", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            self._lack("recorder", _NO_THREAD)
        else:
            self._thread = thread

    def _tick_peers(self) -> None:
        """Lets the recordings around and beside us look before we come or go: their spans then end at our borders."""
        for other in list(_recording):
            if other is not self:
                other.look()

    def _run(self) -> None:
        """The thread's life."""
        self._guard(self._open)
        self._guard(self._tick_on)
        if not self._released:  # ticking has failed for good: the end is seen all the same
            self._running.acquire()
        self._guard(self._finish)
        if self._watch:
            self._guard(self._watch.close)
        _recording.discard(self)
        self._guard(self._tick_peers)  # what we held is theirs from now on

    def _tick_on(self) -> None:
        """Ticks until `stop` says that it is over.

        Code that sleeps a second is cold: a function costs as much as a file that is read, so glances take few.
        """
        self._thread_s = time.thread_time()
        pause_s, looks = self._pace.ahead()
        while not self._running.acquire(timeout=pause_s):
            if looks:
                self._guard(self._tick)
            else:
                self.glance()
            pause_s, looks = self._pace.ahead()
        self._released = True

    def _open(self) -> None:
        """Reads what stands still, and opens the journal with it."""
        if self._watch:
            facts = read_facts(self.plan.base, self._settings, self._environ, self._roots, self._report)
            begun = Begun(self._watch.start, self._watch.instruments)
            self._part.open(opening_of(self._part.id, self.plan, self._settings, facts, begun))

    def _look(self, ending: Ending | None = None) -> Totals | None:
        """Takes a sample, the last one if the recording ends; what the part came to so far, None where it is over."""
        piece = self._watch.look(self._pace.tick_s, ending) if self._watch else None
        return piece.totals if piece else None

    def _tick(self) -> None:
        """Looks at everything, and sets the pace by what that took; a checkpoint counts with the look after it."""
        began_s = time.thread_time()
        totals = self._look()
        if totals and self._watch:
            looked_s = time.thread_time()
            took_s, before_s = looked_s - began_s, began_s - self._thread_s
            self._pace.looked(totals, took_s, before_s, self._kept_s, in_company=self._watch.in_company)
            self._keep(totals)
            self._thread_s = time.thread_time()
            self._kept_s = self._thread_s - looked_s

    def _keep(self, totals: Totals) -> None:
        """Ends the part where it is to end, and writes a checkpoint where one is due."""
        self._name_sources(totals)
        if self._pace.ends(totals) and self._part.opening:
            self._rotate()
        elif self._part.is_due(totals, self._pace.look_s):
            self._explain(self._part)
            self._part.keep(totals)

    def _rotate(self) -> None:
        """Ends the part and begins the next with the sample that ends it.

        The old journal is whole before the new one is there, and stays until its segment is safe.
        """
        old, new = self._part, Part(self._settings, self._fail, self.plan.stage)
        if not self._watch or not (piece := self._watch.cut()):
            return
        self._pace.begin(piece.totals)
        self._guard(lambda: self._explain(old))
        self._guard(self._watch.settle_reasons)
        self._guard(lambda: new.gaps.note_all(self._standing))
        self._guard(lambda: old.work.hand_over(new.work))
        self._part = new
        self._guard(lambda: old.close(piece, Ending("completed"), sync=True))
        self._guard(lambda: new.follow(old, piece.totals.wall_ms))
        self._guard(old.write)

    def _name_sources(self, totals: Totals) -> None:
        """Names what has joined since; instruments only join, and in the order of the totals."""
        known = self._part.opening.sources if self._part.opening else ()
        if self._watch and len(known) < len(totals.readings):
            self._part.name_sources(self._watch.instruments[: len(totals.readings)])

    def _explain(self, part: Part) -> None:
        """Says why something is missing, if it is."""
        for what, reason in self._watch.reasons() if self._watch else ():
            part.gaps.explain(what, reason)

    def _finish(self) -> None:
        """Makes the segment and writes it; if it cannot be written, the journal stays."""
        part, watch = self._part, self._watch
        part.work.close(_OVER)
        if watch and not watch.ending:  # a look that was under way took longer than `stop` waits for one
            self._look(self._ending)
        if watch and watch.ending:
            piece = watch.finish(self._exact_cpu_s)
            self._name_sources(piece.totals)
            self._explain(part)
            part.close(piece, watch.ending, sync=False)
            part.write()

    def _guard(self, step: Callable[[], object]) -> None:
        """The one place where our own failures end: a gap in the record and a sentence."""
        try:
            step()
        except Exception as error:  # noqa: BLE001 - the job must never feel a failure of its recorder
            with suppress(Exception):
                self._part.gaps.note("recorder", f"failed: {why(error)}")
                self._fail(f"recording failed in part ({why(error)})")

    def _lack(self, what: str, reason: str) -> None:
        """Notes what is missing; what is so from the start stays so however long the recording lasts."""
        self._part.gaps.note(what, reason)
        if not self._part.opening:
            self._standing.append(Gap(what, reason))

    def _report(self, what: str, error: Exception) -> None:
        self._lack(what, f"failed: {why(error)}")

    def _fail(self, sentence: str, kind: str = DEGRADED) -> None:
        """Tells the caller, else in the line that a process has."""
        try:
            if self._say:
                self._say(sentence)
            else:
                tell(sentence, kind)
        except Exception as error:  # noqa: BLE001 - a closed stream is no reason to disturb the job
            self._part.gaps.note("say", f"failed: {why(error)}")


def _forget_all() -> None:
    """In a forked child: none of the recordings is ours."""
    for recorder in _recording:
        with suppress(Exception):  # whatever is wrong, Python would print it
            recorder.forget()
    _recording.clear()
    with suppress(Exception):
        peers.forget_all()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
