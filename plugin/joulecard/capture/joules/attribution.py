"""The node's energy and this stage's share of it.

allocated: reserved share of the idle part + share in the CPU time of the active part. process: only the latter.
machine: all. What nobody claims stays unattributed; a share is never below 0 and never above the node's energy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from joulecard.capture.segment import Attribution

IDLE_BELOW_FRACTION = 0.05  # of the node's CPU time
_CLOCK_STEP_S = 1e-9  # the finest in which any system tells CPU time
_SHORTEST_IDLE_S = 0.5  # shorter spans hold too few steps of counter and clock


class Load(NamedTuple):
    """What happened on the node in a span of time."""

    seconds: float
    own_cpu_s: float
    busy_cpu_s: float | None  # None where the system does not say
    reserved_share: float  # of the node's CPUs, 0..1
    cpus: int
    beside_cpu_s: float = 0.0  # of the busy time what is known to be others': recordings that share our process

    @property
    def is_idle(self) -> bool:
        """Whether the node's CPUs are known to have been nearly idle."""
        return self.busy_cpu_s is not None and self.busy_cpu_s < IDLE_BELOW_FRACTION * self.cpus * self.seconds


class Share(NamedTuple):
    """A span's energy, divided; `unclaimed_j` is the active energy of CPU time that is not known to be anybody's."""

    share_j: float
    idle_j: float | None
    unclaimed_j: float


class IdleBaseline:
    """The least power of one counter while the node's CPUs were nearly idle, in W; None until it has been seen."""

    def __init__(self, known_w: float | None = None, *, is_shared: bool = False) -> None:
        """Of a shared one `watts` is set by whoever knows what all recorders of the host go by."""
        self.watts = known_w
        self.seen_w: float | None = None  # the least seen here
        self.told_w: float | None = None  # the least that the others know
        self._is_shared = is_shared

    def observe(self, energy_j: float, load: Load) -> None:
        """Takes note of a span, if the node was idle in it."""
        if load.is_idle and load.seconds >= _SHORTEST_IDLE_S:
            watts = energy_j / load.seconds
            self.seen_w = watts if self.seen_w is None else min(self.seen_w, watts)
            if not self._is_shared:
                self.watts = watts if self.watts is None else min(self.watts, watts)


def split(node_j: float, load: Load, baseline_w: float | None, attribution: Attribution) -> Share:
    """This stage's share of the node's energy in one span; without a known baseline all of it counts as active."""
    known_idle_j = None if baseline_w is None else min(node_j, baseline_w * load.seconds)
    if attribution == "machine":
        return Share(node_j, known_idle_j, 0.0)
    active_j = node_j - (known_idle_j or 0.0)
    claimed_j = active_j * cpu_share(load)
    unclaimed_j = max(0.0, active_j * (1 - _beside(load)) - claimed_j)
    if attribution == "process":
        return Share(claimed_j, 0.0, unclaimed_j)
    idle_j = None if known_idle_j is None else known_idle_j * _fraction(load.reserved_share)
    return Share(min(node_j, claimed_j + (idle_j or 0.0)), idle_j, unclaimed_j)


def cpu_share(load: Load) -> float:
    """Our part of the node's busy CPU time, 0..1; the reserved share where the node's time is not known."""
    if load.busy_cpu_s is None:
        return _fraction(load.reserved_share)
    return _fraction(load.own_cpu_s / load.busy_cpu_s) if load.busy_cpu_s > 0 else 0.0


def _beside(load: Load) -> float:
    """The part of the node's busy CPU time that is known to be others'."""
    return _fraction(load.beside_cpu_s / load.busy_cpu_s) if load.busy_cpu_s else 0.0


def late_fraction(late_cpu_s: float, unclaimed_cpu_s: float) -> float:
    """The part of all unclaimed CPU time that turns out to be ours once the kernel's exact total is known.

    Processes too short to be seen by polling ran at times nobody knows, so each span yields the same fraction of what
    it has left over: each share still lies between 0 and its node's energy, and the sums stay what they were.
    """
    if late_cpu_s < _CLOCK_STEP_S:  # a rounding error is nobody's
        return 0.0
    return min(1.0, late_cpu_s / unclaimed_cpu_s) if unclaimed_cpu_s > 0 else 1.0


def _fraction(value: float) -> float:
    return min(1.0, max(0.0, value))
