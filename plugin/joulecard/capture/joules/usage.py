"""Whose the CPU time of a recording is: ours, others', and what nobody is yet known to have used."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.capture.joules.attribution import Load, late_fraction

if TYPE_CHECKING:
    from joulecard.capture.joules.observation import Node, Sample

_ROUNDING = 0.99, 0.02  # clock ticks may round up: an exact total may lie below what was polled by so much


class Usage(NamedTuple):
    """Cumulative figures at the moment of a sample, from which the load of any span follows."""

    at_s: float = 0.0
    own_s: float = 0.0
    busy_s: float = 0.0
    reserved_s: float = 0.0  # reserved share x time
    beside_s: float = 0.0  # claimed by the recordings that share our process


class CpuUse:
    """The CPU time so far; `now` is the latest sample's."""

    def __init__(self, node: Node, first: Sample) -> None:
        self._cpus, self._by_machine = node.cpus, node.attribution == "machine"
        self._first = self._last = first
        self._group_s = first.group_cpu_s  # of the latest sample; None from when on the control group held others too
        self._unclaimed_s = 0.0
        self._polled_s = 0.0  # what polling gave since the start; never goes back
        self._seen_s = 0.0  # of ours in its processes; the control group may know of more
        self.before = self.now = Usage()  # at the look before, and at the latest
        self._asked: tuple[Usage | None, Usage | None] = None, None
        self._load = Load(0.0, 0.0, None, 0.0, node.cpus)  # between these two
        self.busy_known = first.busy_cpu_s is not None
        self._busy_s = first.busy_cpu_s  # at the last good read
        self.own_s = 0.0  # all that is known to be ours; what the node's clock does not yet show is claimed later
        self.source = "node" if self._by_machine else "proc"

    def advance(self, sample: Sample) -> tuple[float, float]:
        """Adds the time since the last sample; the CPU seconds in it that are ours, and that are nobody's yet."""
        last, usage = self._last, self.now
        busy_s = self._busy_since(sample)
        self._own(sample, busy_s)
        pending_s = self.own_s - usage.own_s
        may_s = busy_s if sample.claim_cpu_s is None else self._claimed_since(sample)
        claimed_s = min(pending_s, may_s, busy_s) if self.busy_known else pending_s
        busy_s = busy_s if self.busy_known else claimed_s
        beside_s = min(claimed_s * (max(last.peers, sample.peers) - 1), busy_s - claimed_s)
        self.before = usage
        reserved_share = min(last.reserved_cpus, sample.reserved_cpus) / self._cpus
        self.now = Usage(
            sample.elapsed_s,
            usage.own_s + claimed_s,
            usage.busy_s + busy_s,
            usage.reserved_s + reserved_share * (sample.elapsed_s - last.elapsed_s),
            usage.beside_s + beside_s,
        )
        self._last = sample
        unclaimed_s = busy_s - claimed_s - beside_s
        self._unclaimed_s += unclaimed_s
        return claimed_s, unclaimed_s

    def since(self, before: Usage) -> Load:
        """What happened on the node from an earlier sample until now; meters that were read together ask alike."""
        if before is not self._asked[0] or self.now is not self._asked[1]:
            self._asked, self._load = (before, self.now), self.between(before, self.now)
        return self._load

    def at(self, at_s: float) -> Usage:
        """The figures at a moment between the last two looks: all of them rise evenly in time."""
        seconds = self.now.at_s - self.before.at_s
        part = (at_s - self.before.at_s) / seconds if seconds > 0 else 1.0
        return Usage(*(then + (now - then) * part for then, now in zip(self.before, self.now, strict=True)))

    def between(self, before: Usage, now: Usage) -> Load:
        """What happened on the node from one moment to another."""
        seconds = now.at_s - before.at_s
        share = (now.reserved_s - before.reserved_s) / seconds if seconds > 0 else 0.0
        was_read = self.busy_known and self._last.busy_cpu_s is not None
        busy_s = now.busy_s - before.busy_s if was_read else None
        return Load(seconds, now.own_s - before.own_s, busy_s, share, self._cpus, now.beside_s - before.beside_s)

    def settle(self, exact_cpu_s: float | None) -> tuple[float, float]:
        """Takes over the kernel's exact total: that of our control group, else what wait4 told.

        Gives the part of the unclaimed CPU time that is ours after all, and the seconds of ours that lie beyond it.
        """
        self._know_exactly(exact_cpu_s, "wait4")
        if self._group_s is not None and self._first.group_cpu_s is not None:
            self._know_exactly(self._group_s - self._first.group_cpu_s, "cgroup")
        # where several claim, what the node's clock does not show is in nobody's busy time, and none of it is left over
        lag_s = 0.0 if self._last.claim_cpu_s is None else max(0.0, self._seen_s - self.now.own_s)
        late_s = self.own_s - self.now.own_s - lag_s
        fraction = late_fraction(late_s, self._unclaimed_s)
        beyond_s = max(0.0, late_s + lag_s - fraction * self._unclaimed_s)
        self._unclaimed_s = 0.0
        self._seen_s = self.own_s
        self.now = self.now._replace(own_s=self.own_s)
        return fraction, beyond_s

    def _know_exactly(self, cpu_s: float | None, source: str) -> None:
        part, less_s = _ROUNDING
        if cpu_s is not None and not self._by_machine and cpu_s >= self.own_s * part - less_s:
            self.own_s, self.source = cpu_s, source

    def _own(self, sample: Sample, busy_s: float) -> None:
        """What is ours by now: a child that has ended unseen takes its CPU time with it, so never count backwards."""
        if self._by_machine and self.busy_known:
            self.own_s += busy_s
            return
        polled_s = max(self._polled_s, sample.own_cpu_s - self._first.own_cpu_s)
        self._seen_s += polled_s - self._polled_s
        self._polled_s = polled_s
        self.own_s = max(self.own_s, self._seen_s)
        self._group_s = None if self._group_s is None else sample.group_cpu_s
        if self._group_s is not None and self._first.group_cpu_s is not None:
            self.own_s = max(self.own_s, self._group_s - self._first.group_cpu_s)

    def _claimed_since(self, sample: Sample) -> float:
        """What may be claimed as ours of the node's busy time since the last sample."""
        return max(0.0, (sample.claim_cpu_s or 0.0) - (self._last.claim_cpu_s or 0.0))

    def _busy_since(self, sample: Sample) -> float:
        """Busy CPU seconds of the node since the last sample, never negative."""
        if sample.busy_cpu_s is None:  # one failed read loses nothing: the next tells the time since the last good one
            self.busy_known = self.busy_known and self._last.busy_cpu_s is not None
            return 0.0
        before_s, self._busy_s = self._busy_s, sample.busy_cpu_s
        return 0.0 if before_s is None else max(0.0, sample.busy_cpu_s - before_s)
