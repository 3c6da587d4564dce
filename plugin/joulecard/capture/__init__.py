"""Watches a stage while it runs; `record` is the public door."""

from __future__ import annotations

import os
from contextlib import suppress
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, cast

from joulecard import is_disabled

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType

    from joulecard.capture.recorder import Recorder

_P = ParamSpec("_P")
_T = TypeVar("_T")

_innermost: ContextVar[Recorder | None] = ContextVar("joulecard_recorder", default=None)
_open: list[Recorder] = []  # of this process, whichever thread began them
_CO_COROUTINE = 0x80  # inspect.CO_COROUTINE


class Recording:
    """A block of code being recorded: `with record("train"):`, or a decorator of a function."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self._entered: list[tuple[Recorder | None, Recorder | None]] = []  # ours, and the one around it

    def __enter__(self) -> Self:
        recorder, outer = _started(self._stage, os.environ), _innermost.get()
        self._entered.append((recorder, outer))
        if recorder:
            _open.append(recorder)
            _innermost.set(recorder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        recorder, outer = self._entered.pop()
        if recorder:
            _innermost.set(outer)
            if recorder in _open:
                _open.remove(recorder)
            recorder.stop("failed" if kind else "completed")

    def __call__(self, function: Callable[_P, _T]) -> Callable[_P, _T]:
        """The function, recorded anew each time it is called; a coroutine function, each time it is awaited."""
        code = getattr(function, "__code__", None)
        if code and code.co_flags & _CO_COROUTINE:
            return cast("Callable[_P, _T]", self._awaited(cast("Any", function)))

        @wraps(function)
        def recorded(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            with Recording(self._stage):
                return function(*args, **kwargs)

        return recorded

    def _awaited(self, function: Callable[_P, Awaitable[_T]]) -> Callable[_P, Awaitable[_T]]:
        @wraps(function)
        async def recorded(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            with Recording(self._stage):
                return await function(*args, **kwargs)

        return recorded


def record(stage: str) -> Recording:
    """Records a block, `with record("train"):`, or each call of a function, `@record("train")`.

    Each recording writes carbon/segments/<id>.json below the working directory. Never raises; what could not be seen
    is a gap in that file.
    """
    return Recording(stage)


def _started(stage: str, environ: Mapping[str, str]) -> Recorder | None:
    """A running recorder; None where recording is disabled or cannot begin. Never raises."""
    if is_disabled(environ):
        return None
    try:
        return _start(stage, environ)
    except Exception as error:  # noqa: BLE001 - the block runs, recorded or not
        with suppress(Exception):
            from joulecard.capture.recorder import log_once

            log_once(f"nothing is recorded ({type(error).__name__})", "degraded")
        return None


def _start(stage: str, environ: Mapping[str, str]) -> Recorder | None:
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
    outer = _innermost.get() or (_open[-1] if _open else None)
    if outer:  # one job, one count: what runs inside another recording is never added to it
        plan = replace(plan, within=outer.execution_id, group=outer.plan.group)
    recorder = Recorder(plan, roots, settings, dict(environ))
    recorder.start()
    return recorder
