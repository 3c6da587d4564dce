"""Watches a stage while it runs; `record` and `stage` are the public doors."""

from __future__ import annotations

import os
from contextlib import suppress
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from joulecard import is_disabled
from joulecard.capture import repeats

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
    from types import TracebackType

    from joulecard.capture.recorder import Recorder
    from joulecard.capture.segment import Status

_P = ParamSpec("_P")
_T = TypeVar("_T")

# the blocks around us, outermost first; every thread and task has its own
_around: ContextVar[tuple[Block, ...]] = ContextVar("joulecard_around", default=())
_LOST = (
    "no stage is recorded in this process or thread, so what it counts and notes is lost: "
    "use `with joulecard.record(NAME) as stage:` around it and count in that `stage`"
)
_lost_in: set[int] = set()  # processes that were told so
# as in inspect: CO_GENERATOR, CO_COROUTINE with CO_ITERABLE_COROUTINE, CO_ASYNC_GENERATOR
_GENERATOR, _COROUTINE, _ASYNC_GENERATOR = 0x20, 0x180, 0x200


class Block:
    """A stretch of a thread or task that is being recorded; without a recorder where recording could not begin."""

    __slots__ = ("recorder",)

    def __init__(self, recorder: Recorder | None) -> None:
        self.recorder = recorder


def enter(recorder: Recorder | None) -> Block:
    """Makes the recorder the innermost one of this thread or task, for hosts that start recorders themselves."""
    block = Block(recorder)
    around = (one for one in _around.get() if one.recorder is None or one.recorder.is_running)
    _around.set((*around, block))
    return block


def leave(block: Block) -> None:
    """Takes the block out again; one that was entered in another thread or task is over when its recorder stops."""
    _around.set(tuple(one for one in _around.get() if one is not block))


def innermost() -> Recorder | None:
    """The recorder that is running nearest around us in this thread or task; what starts now lies within it."""
    recorders = (block.recorder for block in reversed(_around.get()))
    return next((recorder for recorder in recorders if recorder and recorder.is_running), None)


class Stage:
    """A stage while it runs, for counting and noting; without a recorder it takes everything and does nothing."""

    __slots__ = ("_is_lost", "_recorder")

    def __init__(self, recorder: Recorder | None, *, is_lost: bool = False) -> None:
        """`is_lost` where it is to be said that nothing is recorded here."""
        self._recorder, self._is_lost = recorder, is_lost

    def count(self, unit: str, number: float = 1) -> None:
        """Counts work that the stage got done: `count("request")`, `count("token", 512)`. From any thread.

        Never raises: what is no unit (small letters, digits and _) or no number from 0 is refused, and a gap says so.
        """
        try:
            if self._recorder is not None:
                self._recorder.work.count(unit, number)
            elif self._is_lost:
                _own_up_to_loss(os.environ)
        except Exception as error:  # noqa: BLE001 - the program goes on, counted or not
            _own_up(error)

    def note(
        self,
        *,
        flop: float | None = None,
        quality: Mapping[str, float] | None = None,
        energy_wh: float | None = None,
        place: str | None = None,
    ) -> None:
        """Says of the stage what no meter sees: its operations, the model's quality, another meter's energy, its place.

        Never raises. What is noted later under the same name takes the place of what was noted before.
        """
        try:
            if self._recorder is not None:
                self._recorder.work.note(flop=flop, quality=quality, energy_wh=energy_wh, place=place)
            elif self._is_lost:
                _own_up_to_loss(os.environ)
        except Exception as error:  # noqa: BLE001 - as above
            _own_up(error)


def stage() -> Stage:
    """The stage that is being recorded nearest around us in this thread or task, else one that says once: not here.

    A thread that the program starts is around nothing: hand it the stage that `with` gave. Never raises.
    """
    try:
        recorder = innermost()
        return Stage(recorder, is_lost=recorder is None)
    except Exception:  # noqa: BLE001 - the program counts, recorded or not
        return Stage(None)


class Recording:
    """A block of code to be recorded: `with record("train") as stage:`, or a decorator of a function.

    It may be entered again, from several threads too: each time gives a stage of its own.
    """

    def __init__(self, stage: str, rotate_s: float | None = None) -> None:
        self._stage, self._rotate_s = stage, rotate_s
        self._entered: list[Block] = []

    def __enter__(self) -> Stage:
        recorder = None
        try:
            recorder = _started(self._stage, self._rotate_s, os.environ)
            self._entered.append(enter(recorder))
        except Exception as error:  # noqa: BLE001 - the block runs, recorded or not
            _own_up(error, of_all=True)
            _abandon(recorder)
        return Stage(recorder)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self._leave("failed" if _is_failure(error) else "completed")
        except Exception as trouble:  # noqa: BLE001 - the block ends as it did
            _own_up(trouble)

    def _leave(self, status: Status) -> None:
        # several threads may be inside one recording; a block that is left in another context is the latest
        block = next((block for block in reversed(_around.get()) if block in self._entered), self._entered[-1])
        self._entered.remove(block)
        try:
            leave(block)
        finally:
            if block.recorder:
                block.recorder.stop(status)
                repeats.remember(block.recorder.plan, status)

    def __call__(self, function: Callable[_P, _T]) -> Callable[_P, _T]:
        """The function, recorded anew each time it is called: a coroutine while awaited, a generator while it lives."""
        flags = getattr(getattr(function, "__code__", None), "co_flags", 0)
        wrappers = ((_COROUTINE, self._awaited), (_ASYNC_GENERATOR, self._async_iterated), (_GENERATOR, self._iterated))
        for flag, wrapper in wrappers:
            if flags & flag:
                return cast("Callable[_P, _T]", cast("Any", wrapper)(function))

        @wraps(function)
        def recorded(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            with Recording(self._stage, self._rotate_s):
                return function(*args, **kwargs)

        return recorded

    def _awaited(self, function: Callable[_P, Awaitable[_T]]) -> Callable[_P, Awaitable[_T]]:
        @wraps(function)
        async def recorded(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            with Recording(self._stage, self._rotate_s):
                return await function(*args, **kwargs)

        return recorded

    def _iterated(self, function: Callable[_P, Generator[Any, Any, _T]]) -> Callable[_P, Generator[Any, Any, _T]]:
        @wraps(function)
        def recorded(*args: _P.args, **kwargs: _P.kwargs) -> Generator[Any, Any, _T]:
            with Recording(self._stage, self._rotate_s):
                return (yield from function(*args, **kwargs))

        return recorded

    def _async_iterated(self, function: Callable[_P, AsyncGenerator[Any, Any]]) -> Callable[_P, AsyncGenerator[Any]]:
        @wraps(function)
        async def recorded(*args: _P.args, **kwargs: _P.kwargs) -> AsyncGenerator[Any, Any]:
            with Recording(self._stage, self._rotate_s):
                inner = function(*args, **kwargs)
                step = inner.__anext__()
                while True:  # what `yield from` would do, were it allowed here
                    try:
                        value = await step
                    except StopAsyncIteration:
                        return
                    try:
                        step = inner.asend((yield value))
                    except GeneratorExit:
                        await inner.aclose()
                        raise
                    except BaseException as error:  # noqa: BLE001 - the caller's throw is the generator's to answer
                        step = inner.athrow(error)

        return recorded


def record(stage: str, rotate_s: float | None = None) -> Recording:
    """Records a block under `with`, or each call of a function as its decorator: the name is that of the stage.

    Each recording writes carbon/segments/<id>.json below the working directory; a service that runs on and on ends
    one every `rotate_s` seconds (at least 1) and begins the next. Never raises; what could not be seen is a gap in
    that file.
    """
    return Recording(stage, rotate_s)


def _is_failure(error: BaseException | None) -> bool:
    """Whether a block that was left by this has failed: a generator that is closed and an exit with 0 have not."""
    if isinstance(error, SystemExit):
        return error.code not in (None, 0)
    return error is not None and not isinstance(error, GeneratorExit)


def _started(stage: str, rotate_s: float | None, environ: Mapping[str, str]) -> Recorder | None:
    """A running recorder; None where recording is disabled. Raises whatever keeps it from beginning."""
    if is_disabled(environ):
        return None
    from dataclasses import replace

    from joulecard.capture.plan import Plan
    from joulecard.capture.recorder import Recorder
    from joulecard.settings import Roots, load_settings

    folder = os.getcwd()
    settings = load_settings(environ, folder)
    if settings.disabled:
        return None
    roots = Roots.from_environment(environ)
    plan = Plan.from_environment(stage, folder, environ, roots)
    outer = innermost()
    if outer:  # one job, one count: what runs inside another recording is never added to it
        plan = replace(plan, within=outer.execution_id, group=outer.plan.group)
    recorder = Recorder(repeats.numbered(plan), roots, settings, dict(environ))
    if rotate_s is not None:
        recorder.rotate_every(rotate_s)
    recorder.start()
    return recorder


def _own_up_to_loss(environ: Mapping[str, str]) -> None:
    """Says once that counts and notes are in no record, unless nobody wants a record."""
    if os.getpid() in _lost_in:
        return
    _lost_in.add(os.getpid())
    from joulecard.capture.saying import NOT_WRITTEN, tell
    from joulecard.settings import load_settings

    if not (is_disabled(environ) or load_settings(environ, os.curdir).disabled):
        tell(_LOST, NOT_WRITTEN)


def _abandon(recorder: Recorder | None) -> None:
    """Ends a recording that nobody could end later."""
    with suppress(Exception):
        if recorder:
            recorder.stop("failed")


def _own_up(error: Exception, *, of_all: bool = False) -> None:
    """Says that something of ours has failed."""
    with suppress(Exception):
        from joulecard.capture.saying import DEGRADED, NOT_WRITTEN, tell, why

        what, kind = ("nothing is recorded", NOT_WRITTEN) if of_all else ("recording failed in part", DEGRADED)
        tell(f"{what} ({why(error)})", kind)
