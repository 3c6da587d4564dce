"""Hypothesis strategies: what a node does, and who records it when."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st
from tests.capture.true_node import CPUS, INSTRUMENTS, MAX_W, NARROW, Recording, Step

if TYPE_CHECKING:
    from joulecard.capture.segment import Attribution

MOST = 5  # recordings
_SECONDS = st.one_of(st.sampled_from([1.0, 1.0, 1.0, 2.0, 8.0, 0.05, 20.0, 90.0, 300.0]), st.floats(0.01, 30.0))
_WATTS = st.one_of(st.sampled_from([0.0, 10.0, 100.0, MAX_W]), st.floats(0.0, MAX_W))
_PER_CENT = st.integers(0, 100).map(float)
_FAILS = st.frozensets(st.integers(0, len(INSTRUMENTS) - 1), max_size=3)
_RELOADS = st.frozensets(st.sampled_from([3, 4]))  # a driver that is loaded again starts its devices' counters anew
_NOTHING: st.SearchStrategy[frozenset[int]] = st.just(frozenset())


class History(NamedTuple):
    """Recordings by their numbers, and all that happens."""

    recordings: tuple[Recording, ...]
    steps: list[Step]
    starts_at: int  # what the counters show at first


@st.composite
def histories(draw: st.DrawFn) -> History:
    """One to five recordings, some inside others, and up to twenty steps."""
    number = draw(st.integers(1, MOST))
    attribution: Attribution = draw(st.sampled_from(["allocated", "allocated", "process"]))
    recordings = []
    for each in range(number):
        within = draw(st.none() | st.integers(0, each - 1)) if each else None
        recordings.append(Recording(within, attribution))
    steps = draw(st.lists(_steps(number), min_size=1, max_size=20))
    first = steps[0]._replace(starts=tuple(range(number)) if draw(st.booleans()) else (0,))
    starts_at = draw(st.sampled_from([0, 5, NARROW - 200_000_000, 1 << 40]) | st.integers(0, NARROW - 1))
    return History(tuple(recordings), [first, *steps[1:]], starts_at)


@st.composite
def _steps(draw: st.DrawFn, number: int) -> Step:
    """Some time: CPUs are shared among the recordings and others, and never more than there are."""
    parts = draw(st.lists(st.sampled_from([0.0, 0.0, 0.1, 1.0, 3.0]), min_size=number + 1, max_size=number + 1))
    most = draw(st.sampled_from([0.001, 0.2, 1.0])) * CPUS
    scale = min(1.0, most / sum(parts)) if sum(parts) else 0.0
    *workers, others = (part * scale for part in parts)
    slept_s = draw(st.sampled_from([0.0, 0.0, 0.0, 0.0, 5.0, 30_000.0]))
    event = draw(st.sampled_from(["none", "none", "start", "start", "stop"]))
    who = st.tuples(st.integers(0, number - 1))
    return Step(
        seconds=draw(_SECONDS),
        watts=tuple(draw(_PER_CENT if each.name.endswith("gpu-3") else _WATTS) for each in INSTRUMENTS),
        workers=tuple(workers),
        others=others,
        fails=draw(_NOTHING | _NOTHING | _FAILS),
        looked_at=draw(st.sampled_from([True, True, False])),
        glanced_at=draw(st.sampled_from([True, True, False])),
        slept_s=slept_s,
        resets=draw(_FAILS if slept_s else _NOTHING | _NOTHING | _RELOADS),
        starts=draw(who) if event == "start" else (),
        stops=draw(who) if event == "stop" else (),
    )
