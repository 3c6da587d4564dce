"""Reads everything that one tick needs: clocks, counters, CPU time, memory, and who else is recording."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from joulecard.capture.allotment import read_allotment
from joulecard.capture.clock import Instant, milliseconds
from joulecard.capture.identity import start_of
from joulecard.capture.meters import KNOWN_METERS, Failure, Meter, open_meter
from joulecard.capture.observation import Node, Observation, Sample
from joulecard.capture.peers import Peer, Watched
from joulecard.capture.proc import Proc
from joulecard.capture.registry import Registry, Watcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.capture.meters import Instrument, Job
    from joulecard.capture.plan import Plan
    from joulecard.capture.segment import Attribution

_T = TypeVar("_T")


class Sampler:
    """The eyes of one recorder; what fails to open is reported to `report(what, error)` and left out."""

    def __init__(
        self, plan: Plan, job: Job, clock: Callable[[], Instant], report: Callable[[str, Exception], None]
    ) -> None:
        self._plan, self._clock, self._report = plan, clock, report
        self._proc_root = job.roots.proc
        self._proc = Proc(job.roots.proc)
        self._cpus = self._proc.online_cpus()
        self._memory_gb = self._proc.memory_total_gb() or 0.0
        self._meters = self._open_meters(job)
        self.instruments: tuple[Instrument, ...] = tuple(
            instrument for meter in self._meters.values() for instrument in meter.counters()
        )
        self._devices = [each.device_ref for each in self.instruments if each.device_ref]
        pid = plan.root_pid or os.getpid()
        self._allotment = read_allotment(self._proc, job.roots, job.environ, pid, self._cpus)
        self._registry = self._registered(job)
        self._peer = Peer(Watched(job.roots.proc, plan.root_pid, plan.scope == "process", plan.within))
        self.start = clock()

    def observe(self, attribution: Attribution) -> Observation:
        """The observation that begins with a first sample now."""
        self.start = self._clock()
        by_node = {"machine": "machine", "process": "none"}
        reserved_by = by_node.get(attribution, self._allotment.reserved_by)
        self._by_machine = attribution == "machine"
        return Observation(Node(self._cpus, attribution, reserved_by), self.instruments, self._sample(self.start))

    def sample(self, *, last: bool = False) -> Sample:
        """Everything as it is now; after the last sample none of our process's CPU time is ours."""
        return self._sample(self._clock(), last=last)

    def joined(self) -> tuple[Instrument, ...]:
        """The instruments that have come since they were last asked for: some drivers take their time to start."""
        known = {each.name for each in self.instruments}
        found = (each for meter in self._meters.values() for each in meter.counters())
        late = tuple(each for each in found if each.name not in known)
        self.instruments += late
        if refs := [each.device_ref for each in late if each.device_ref]:
            self._devices += refs
            self._asked(self._enter, None)
        return late

    @property
    def has_lost_processes(self) -> bool:
        """Whether a process ended that nobody waited for, so that its last CPU seconds are not known."""
        return self._peer.has_lost_processes

    def close(self) -> None:
        """Lets go of meters and of our entry among the live recorders."""
        self._peer.leave()
        for meter in self._meters.values():
            meter.close()
        self._proc.close()
        if self._registry:
            self._registry.leave()

    def forget(self) -> None:
        """Lets go of what a forked child must not keep alive for its parent."""
        if self._registry:
            self._registry.forget()

    def _sample(self, instant: Instant, *, last: bool = False) -> Sample:
        elapsed_s = instant.monotonic_s - self.start.monotonic_s
        part = self._peer.look(last=last)
        reserved = self._reserved()
        return Sample(
            elapsed_s=elapsed_s,
            wall_ms=milliseconds(instant.wall_s),
            suspended_s=max(0.0, instant.boot_s - self.start.boot_s - elapsed_s),
            own_cpu_s=part.cpu_s,
            busy_cpu_s=self._proc.node_busy_s(),
            own_memory_gb=part.memory_gb,
            reserved_cpus=reserved[0],
            reserved_gb=reserved[1],
            counts=self._counts(),
            peers=part.peers,
            holders=self._holders(),
        )

    def _reserved(self) -> tuple[float, float]:
        """CPUs and GB that are ours now."""
        if self._by_machine:
            return self._cpus, self._memory_gb
        allotment = self._allotment
        live = self._live(None if allotment.cpus is None else allotment.claim)
        return allotment.cpus_of(self._cpus, live), allotment.memory_gb_of(self._memory_gb, live)

    def _live(self, claim: str | None) -> int:
        return self._asked(lambda registry: registry.live(claim), 1)

    def _holders(self) -> dict[str, int]:
        """How many live recorders claim each of our devices, where we are not alone."""
        return self._asked(lambda registry: registry.holders(self._devices), {}) if self._devices else {}

    def _asked(self, question: Callable[[Registry], _T], otherwise: _T) -> _T:
        """What the list of live recorders answers, where there is one."""
        try:
            return question(self._registry) if self._registry else otherwise
        except OSError as error:
            self._report("registry", error)
            return otherwise

    def _counts(self) -> dict[str, int | Failure]:
        counts: dict[str, int | Failure] = {each.name: Failure("gave no value") for each in self.instruments}
        for sensor, meter in self._meters.items():
            values = meter.read()
            counts |= {f"{sensor}:{domain}": value for domain, value in values.items()}
        return counts

    def _open_meters(self, job: Job) -> dict[str, Meter]:
        meters = {}
        for sensor in KNOWN_METERS:
            try:
                meters[sensor] = open_meter(sensor, job)
            except Exception as error:  # noqa: BLE001 - a meter that cannot be opened must not stop the others
                self._report(sensor, error)
        return meters

    def _registered(self, job: Job) -> Registry | None:
        """The live recorders, ourselves among them unless another one watches us."""
        try:
            registry = Registry(job.environ)
            self._enter(registry)
        except OSError as error:
            self._report("registry", error)
            return None
        return registry

    def _enter(self, registry: Registry) -> None:
        if self._plan.within:
            return
        pid, plan = os.getpid(), self._plan
        watcher = Watcher(pid, start_of(self._proc_root, pid), plan.execution_id, plan.group)
        registry.enter(self._allotment.claim, watcher, self._devices)
