"""What stands still while a stage runs: machine, place and software, each with a plain answer if reading fails."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from joulecard import __version__
from joulecard.capture.clock import Instant, milliseconds
from joulecard.capture.closing import Opening, Source
from joulecard.surroundings.accelerators import read_accelerators
from joulecard.surroundings.machine import Machine, host_ref, read_machine
from joulecard.surroundings.place import Place, find_place
from joulecard.surroundings.software import RECORDER, Software, read_software

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from joulecard.capture.meters import Instrument
    from joulecard.capture.plan import Plan
    from joulecard.settings import Roots, Settings

_T = TypeVar("_T")
_NO_HOST = "0" * 12


class Facts(NamedTuple):
    """The surroundings of a recording."""

    host_ref: str
    machine: Machine
    place: Place
    software: Software


class Begun(NamedTuple):
    """When a recording started, and what it reads."""

    start: Instant
    instruments: Iterable[Instrument]


def read_facts(
    base: str,
    settings: Settings,
    environ: Mapping[str, str],
    roots: Roots,
    report: Callable[[str, Exception], None],
) -> Facts:
    """The facts; what cannot be read is reported and left open. Never raises."""

    def attempt(what: str, read: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return read()
        except Exception as error:  # noqa: BLE001 - no fact is worth the job or the rest of the record
            report(what, error)
            return otherwise

    machine = attempt("machine", lambda: read_machine(roots), Machine(None, os.cpu_count() or 1, None, "unknown"))
    return Facts(
        attempt("host_ref", lambda: host_ref(roots), _NO_HOST),
        replace(machine, accelerators=attempt("accelerators", lambda: read_accelerators(roots, environ), ())),
        attempt(
            "place",
            lambda: find_place(settings.place, settings.pue, environ, roots),
            Place(pue=settings.pue),
        ),
        attempt("software", lambda: read_software(base, roots), Software(RECORDER, __version__)),
    )


def opening_of(segment_id: str, plan: Plan, settings: Settings, facts: Facts, begun: Begun) -> Opening:
    """All that is known when a recording starts."""
    return Opening(
        id=segment_id,
        execution_id=plan.execution_id,
        group=plan.group,
        stage=plan.stage,
        attempt=plan.attempt,
        scope=plan.scope,
        attribution=settings.attribution,
        start_ms=milliseconds(begun.start.wall_s),
        host_ref=facts.host_ref,
        machine=facts.machine,
        place=facts.place,
        software=facts.software,
        sources=tuple(Source.of(instrument) for instrument in begun.instruments),
        folder=plan.folder,
        stage_file=plan.stage_file,
        within=plan.within,
        rank=plan.rank,
        refs=plan.refs,
    )
