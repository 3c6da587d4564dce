"""Reads of the counters alone, between two looks at everything: samples in which CPU time goes evenly in time.

A look costs several times what the reads of the counters in it cost. So counters, and still more power, which is known
only for the moments at which it is read, are read more often; who had the CPU time is known from look to look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from joulecard.capture.joules.observation import Held, Sample
    from joulecard.capture.meters import Failure


class Glance(NamedTuple):
    """What one read of the counters tells; times as in a Sample."""

    elapsed_s: float
    wall_ms: int
    suspended_s: float
    counts: Mapping[str, int | Failure]  # by Counter.name


def samples_of(glances: Iterable[Glance], last: Sample, now: Sample) -> Iterator[Sample]:
    """A sample for each glance between two looks.

    What only looks tell is taken from these: what adds up rises evenly, and of what is shared ours is the least that it
    was at either end, for who came or left in between has the rest. None where one of them does not say how busy the
    node was.
    """
    if (last.busy_cpu_s is None) != (now.busy_cpu_s is None):  # how busy the node was between is not known
        return
    seconds = now.elapsed_s - last.elapsed_s
    held = _least(last.held, now.held)
    for glance in glances:
        part = (glance.elapsed_s - last.elapsed_s) / seconds if seconds > 0 else 1.0
        if 0.0 < part < 1.0:
            yield last._replace(
                elapsed_s=glance.elapsed_s,
                wall_ms=glance.wall_ms,
                suspended_s=glance.suspended_s,
                own_cpu_s=_between(last.own_cpu_s, now.own_cpu_s, part),
                busy_cpu_s=_known_between(last.busy_cpu_s, now.busy_cpu_s, part),
                own_memory_gb=_between(last.own_memory_gb, now.own_memory_gb, part),
                reserved_cpus=min(last.reserved_cpus, now.reserved_cpus),
                reserved_gb=min(last.reserved_gb, now.reserved_gb),
                counts=glance.counts,
                peers=max(last.peers, now.peers),
                held=held,
                claim_cpu_s=_known_between(last.claim_cpu_s, now.claim_cpu_s, part),
                group_cpu_s=_known_between(last.group_cpu_s, now.group_cpu_s, part),
            )


def _between(last: float, now: float, part: float) -> float:
    return last + (now - last) * part


def _known_between(last: float | None, now: float | None, part: float) -> float | None:
    return None if last is None or now is None else _between(last, now, part)


def _least(last: Mapping[str, Held], now: Mapping[str, Held]) -> Mapping[str, Held]:
    """Our least part of each device that we shared at either end."""
    return {**last, **now, **{device: min(last[device], now[device]) for device in last.keys() & now.keys()}}
