"""One command recorded as one stage: settings, recorder and DVC record around the supervisor.

Nothing that fails here may reach the command: it ends as one sentence on standard error, and inside a DVC stage as a
record that says why there are no figures, because DVC fails a stage that does not leave its metrics file.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from joulecard.hosts.start import become, find_program, not_started, say
from joulecard.hosts.supervisor import Ended, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from joulecard.capture.recorder import Recorder
    from joulecard.capture.segment import Gap, Segment, Status
    from joulecard.hosts.dvc.stage import DvcStage
    from joulecard.settings import Roots, Settings

_T = TypeVar("_T")
TURNED_OFF = "recording was turned off, by JOULECARD_DISABLED or in the settings"
_STAGE_FILE = "JOULECARD_STAGE_FILE"  # tells inner recorders which DVC record is written around them
SETTINGS, RECORD = "JC-SETTINGS", "JC-RECORD"  # what sentences on standard error end with


def run_command(argv: tuple[str, ...], stage: str | None, environ: Mapping[str, str]) -> int:
    """Runs and records the command; its exit status, negative for the signal that ended it.

    Where recording is turned off, this process becomes the command instead.
    """
    recording = _tried(lambda: Recording(environ))
    if recording and _tried(lambda: recording.is_off):
        _tried(lambda: recording.refuse(TURNED_OFF))
        return become(argv)
    try:
        supervisor = Supervisor()
    except Exception as error:  # noqa: BLE001 - the command comes first, whatever is wrong with us
        why = error  # the name of the handler's own is gone when it ends
        if recording:
            _tried(lambda: recording.refuse(f"the command could not be watched: {_kind(why)}"))
        say(f"the command could not be watched: {_in_full(error)}", RECORD)
        return become(argv)
    if recording and _tried(lambda: find_program(argv[0])):  # a misspelt command leaves no record
        _tried(lambda: recording.start(stage or recording.dvc_stage or os.path.basename(argv[0])))
    try:
        ended = supervisor.run(argv, {**environ, **(recording.exports if recording else {})})
    except (OSError, ValueError) as error:
        ended = Ended(not_started(argv[0], error), cpu_s=0.0, survived=False)
    if recording:
        _tried(lambda: recording.stop(ended))
    return ended.exit_status


def _tried(step: Callable[[], _T]) -> _T | None:
    """What a step of the recording gives; where it fails, None and a sentence."""
    try:
        return step()
    except Exception as error:  # noqa: BLE001 - as above
        say(f"the command was not recorded: {_in_full(error)}", RECORD)
        return None


class Recording:
    """What goes on beside the command. Its methods never raise: problems are told when it stops."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.exports: dict[str, str] = {}  # what recorders that the command starts must know
        self._environ = environ
        self._problems: list[tuple[str, str]] = []  # sentence and code
        self._reason = "the recorder left nothing"  # for the DVC record, which others read: no paths, no names
        self._settings: Settings | None = None
        self._roots: Roots | None = None
        self._dvc: DvcStage | None = None
        self._recorder: Recorder | None = None
        with self._unharmed():
            self._look_around()

    @property
    def is_off(self) -> bool:
        """Whether the user wants no recording."""
        return self._settings is not None and self._settings.disabled

    @property
    def dvc_stage(self) -> str:
        """The name of the DVC stage without the path of its dvc.yaml; "" outside a stage."""
        name = ""
        if self._environ.get("DVC_STAGE"):
            with self._unharmed():
                from joulecard.hosts.dvc.stage import stage_in

                name = stage_in(self._environ["DVC_STAGE"])
        return name

    def start(self, stage: str) -> None:
        """Starts the recorder."""
        with self._unharmed():
            self._start(stage)

    def stop(self, ended: Ended) -> None:
        """Writes the records and tells what could not be done."""
        segment = None
        with self._unharmed():
            segment = self._stop(ended)
        with self._unharmed():
            self._check_place(segment)
        with self._unharmed():
            self._hand_to_dvc(segment)
        for sentence, code in dict.fromkeys(self._problems):
            say(sentence, code)

    def refuse(self, reason: str) -> None:
        """Leaves the reason for DVC, where the command is a stage."""
        with self._unharmed():
            if self._dvc and not self._is_outers:
                from joulecard.hosts.dvc.stage import write_not_recorded

                problem = write_not_recorded(self._dvc, reason)
                if problem:
                    say(problem, RECORD)

    def _look_around(self) -> None:
        from joulecard.settings import Roots, load_settings

        try:
            folder = os.getcwd()
        except FileNotFoundError:
            self._note("the command was not recorded: the folder that it is started in has been deleted")
            return
        self._roots = Roots.from_environment(self._environ)
        self._settings = load_settings(self._environ, folder)
        self._problems += [(f"{problem}; it is ignored", SETTINGS) for problem in self._settings.problems]
        if self._environ.get("DVC_STAGE"):
            from joulecard.hosts.dvc.stage import locate

            self._dvc = locate(self._environ, folder, self._roots.proc)

    @property
    def _is_outers(self) -> bool:
        """Whether a recorder around us writes the record of this very stage."""
        return self._dvc is not None and self._environ.get(_STAGE_FILE) == self._dvc.record

    def _start(self, stage: str) -> None:
        if not (self._settings and self._roots):
            return
        from joulecard.capture.plan import Plan
        from joulecard.capture.recorder import Recorder

        base = self._dvc.base if self._dvc else os.getcwd()
        plan = Plan.from_environment(stage, base, self._environ, self._roots, scope="node")
        if self._dvc:
            plan = replace(plan, refs=(*plan.refs, ("dvc_stage", self._dvc.address)), stage_file=self._dvc.record)
        recorder = Recorder(plan, self._roots, self._settings, self._environ, say=self._note)
        recorder.start()
        self._recorder = recorder
        self.exports = {"JOULECARD_WITHIN": plan.execution_id, "JOULECARD_SESSION": plan.group}
        if self._dvc:
            self.exports[_STAGE_FILE] = self._dvc.record

    def _stop(self, ended: Ended) -> Segment | None:
        if not self._recorder:
            return None
        from joulecard.capture.node.cgroup import leave_out

        leave_out(ended.witness_cpu_s)
        cpu_s, gaps = self._left_behind() if ended.survived else (0.0, ())
        status: Status = "completed" if ended.exit_status == 0 else "failed"
        segment = self._recorder.stop(status, ended.exit_status, ended.cpu_s + cpu_s, gaps)
        if self._recorder.problem:
            self._note(self._recorder.problem)
            self._reason = "the segment could not be written"
        return segment

    def _left_behind(self) -> tuple[float, tuple[Gap, ...]]:
        """CPU seconds so far of what outlived the command, and the gap that its further work is."""
        from joulecard.capture.node.proc import Proc
        from joulecard.capture.node.procfs import read
        from joulecard.capture.segment import Gap

        proc = self._roots.proc if self._roots else "/proc"
        ended = os.times()
        tree_cpu_s = Proc(proc).own_tree(with_self=False).cpu_s
        pid = os.getpid()
        count = len(read(f"{proc}/{pid}/task/{pid}/children").split())
        reason = f"{count or 'some'} started by the command ran on after it; what they use from then on is not seen"
        cpu_s = tree_cpu_s - ended.children_user - ended.children_system
        return max(0.0, cpu_s), (Gap("processes", reason),)

    def _check_place(self, segment: Segment | None) -> None:
        """Tells of a declared place without a factor while the user can still mend it; others are labelled later."""
        settings, place = self._settings, segment.place.best if segment else None
        if not (segment and settings and (settings.strict or (place and place.source == "setting"))):
            return
        from joulecard.errors import JoulecardError
        from joulecard.factors import opened

        try:
            found = opened(settings.own_factors).grid(
                place, int(segment.end[:4]), settings.profile, strict=settings.strict
            )
        except JoulecardError as error:
            self._problems.append((f"the energy is recorded, its carbon cannot be told: {error}", SETTINGS))
            return
        if place and place.subdivision and found.fallback_level in ("country", "world"):
            told = f"there is no factor for {place.subdivision}, so that of {found.name} stands for it"
            self._problems.append((told, SETTINGS))

    def _hand_to_dvc(self, segment: Segment | None) -> None:
        """Writes the record of the DVC stage, unless a recorder around us does it for the same stage."""
        if not self._dvc or self._is_outers:
            return
        from joulecard.hosts.dvc.stage import write_stage_record

        if not (segment and self._settings):
            self.refuse(self._reason)
            return
        settings = self._settings
        problem = write_stage_record(
            self._dvc, segment, settings.profile, strict=settings.strict, own_factors=settings.own_factors
        )
        if problem and problem not in (told for told, _ in self._problems):  # where the place was looked up it is told
            self._note(f"{problem}{self._where()}")

    def _where(self) -> str:
        path = self._recorder.segment_path if self._recorder else None
        return f"; the segment lies in {path}" if path else ""

    def _note(self, sentence: str) -> None:
        self._problems.append((sentence, RECORD))

    @contextmanager
    def _unharmed(self) -> Iterator[None]:
        """Turns any failure of ours into a sentence."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the command comes first, whatever is wrong with us
            self._note(f"the command was not recorded: {_in_full(error)}")
            self._reason = f"the recorder failed: {_kind(error)}"


def _in_full(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _kind(error: Exception) -> str:
    """What went wrong, without the paths and values that the full text may hold."""
    said = error.strerror if isinstance(error, OSError) else None
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
