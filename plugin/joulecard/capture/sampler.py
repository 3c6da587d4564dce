"""Reads everything that one tick needs: clocks, counters, CPU time, memory, and who else is recording."""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING, TypeVar

from joulecard.capture import forks  # noqa: F401 - minds forks from now on
from joulecard.capture.clock import Instant, milliseconds
from joulecard.capture.identity import start_of
from joulecard.capture.joules.glances import Glance
from joulecard.capture.joules.observation import Held, Node, Observation, Sample
from joulecard.capture.metering.instruments import Instruments
from joulecard.capture.node.allotment import read_allotment
from joulecard.capture.node.baselines import Baselines
from joulecard.capture.node.peers import Peer, Watched
from joulecard.capture.node.proc import Proc, first_namespace
from joulecard.capture.node.registry import Registry
from joulecard.capture.node.sharing import Entry, Room, holders_here, holders_of, may_be_asked, room_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.capture.metering.instruments import Glanced
    from joulecard.capture.meters import Instrument, Job
    from joulecard.capture.plan import Plan
    from joulecard.capture.segment import Attribution

_T = TypeVar("_T")
_MOST_GLANCES = 16  # between two looks: nearly twice as many as there are when all is well


class Sampler:
    """The eyes of one recorder; what fails to open is reported to `report(what, error)` and left out."""

    def __init__(
        self, plan: Plan, job: Job, clock: Callable[[], Instant], report: Callable[[str, Exception], None]
    ) -> None:
        self._clock, self._report, self._note = clock, report, job.note
        self._proc = Proc(job.roots.proc)
        self._cpus = self._proc.online_cpus()
        self._host = Room(self._cpus, self._proc.memory_total_gb() or 0.0)
        self._by_machine = False
        self.in_company = False  # of other live recorders, at the latest sample
        self._among: tuple[Entry, ...] = ()  # the recorders for whom `_room` was reckoned
        self._room = self._host
        self._meters = Instruments(job, report)
        self._sees_all = first_namespace(job.roots.proc)
        pid = os.getpid()
        self._allotment = read_allotment(self._proc, job.roots, job.environ, plan.root_pid or pid, self._cpus)
        self._mine = self._claiming(
            Entry(
                pid=pid,
                started=start_of(job.roots.proc, pid),
                execution_id=plan.execution_id,
                group=plan.group,
                within=plan.within or "",
                claim=self._allotment.claim,
                cpus=self._allotment.cpus or 0.0,
                memory_claim=self._allotment.memory_claim,
                memory_gb=self._allotment.memory_gb or 0.0,
                key=os.urandom(4).hex(),
            )
        )
        self._registry = self._ask(lambda: _registered(job, self._mine))
        self._baselines = Baselines(self._registry.folder if self._registry else None, job.roots)
        self._peer = Peer(Watched(job.roots.proc, plan.root_pid, plan.scope == "process", plan.within, job.roots.sysfs))
        self._glances: deque[tuple[Instant, Glanced]] = deque(maxlen=_MOST_GLANCES)  # since the latest sample
        self._glanced: deque[tuple[Instant, Glanced]] = deque(maxlen=_MOST_GLANCES)  # before it
        self.start = clock()
        self._last_boot_s = self.start.boot_s

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """Those that are read, in the order in which they came."""
        return self._meters.found

    def observe(self, attribution: Attribution) -> Observation:
        """The observation that begins with a first sample now."""
        self.start = self._clock()
        by_node = {"machine": "machine", "process": "none"}
        reserved_by = by_node.get(attribution, self._allotment.reserved_by)
        self._by_machine = attribution == "machine"
        node = Node(self._cpus, attribution, reserved_by)
        return Observation(node, self.instruments, self._sample(self.start), self._baselines.of)

    def sample(self, *, last: bool = False) -> Sample:
        """Everything as it is now; after the last sample none of our process's CPU time is ours."""
        while self._glances:  # now: a glance that ends from here on may have read a counter after us
            self._glanced.append(self._glances.popleft())
        return self._sample(self._clock(), last=last)

    def glance(self) -> None:
        """Reads the counters alone; what they show is understood with the next sample."""
        self._glances.append((self._clock(), self._meters.glance()))

    def glances(self) -> list[Glance]:
        """What the counters showed before the latest sample, once."""
        seen = [self._glance_of(instant, glanced) for instant, glanced in self._glanced]
        self._glanced.clear()
        return seen

    @property
    def asks_drivers(self) -> bool:
        """Whether a glance asks drivers, which answer one question at a time."""
        return self._meters.asks_drivers

    def joined(self) -> tuple[Instrument, ...]:
        """The instruments that have come since they were last asked for: some drivers take their time to start."""
        late = self._meters.late()
        if any(each.device_ref for each in late):
            self._mine = self._claiming(self._mine)
            if registry := self._registry:
                self._ask(lambda: registry.enter(self._mine))
        return late

    @property
    def has_lost_processes(self) -> bool:
        """Whether a process ended that nobody waited for, so that its last CPU seconds are not known."""
        return self._peer.has_lost_processes

    def close(self) -> None:
        """Lets go of meters and of our entry among the live recorders."""
        self._peer.leave()
        self._meters.close()
        self._proc.close()
        if self._registry:
            self._registry.leave()

    def forget(self) -> None:
        """Lets go of what a forked child must not keep alive for its parent."""
        if self._registry:
            self._registry.forget()

    def _glance_of(self, instant: Instant, glanced: Glanced) -> Glance:
        counts = self._meters.understood(glanced)
        return Glance(self._elapsed_s(instant), milliseconds(instant.wall_s), self._suspended_s(instant), counts)

    def _elapsed_s(self, instant: Instant) -> float:
        return instant.monotonic_s - self.start.monotonic_s

    def _suspended_s(self, instant: Instant) -> float:
        return max(0.0, instant.boot_s - self.start.boot_s - self._elapsed_s(instant))

    def _sample(self, instant: Instant, *, last: bool = False) -> Sample:
        entries = self._live()
        self.in_company = len(entries) > 1
        held = self._held(entries) if last else None  # after the last look nothing is ours any more
        part = self._peer.look(last=last)
        for sentence in self._peer.unseen:
            self._note("processes", sentence)
        room = self._room_in(entries)
        sample = Sample(
            elapsed_s=self._elapsed_s(instant),
            wall_ms=milliseconds(instant.wall_s),
            suspended_s=self._suspended_s(instant),
            own_cpu_s=part.cpu_s,
            busy_cpu_s=part.busy_cpu_s,
            own_memory_gb=part.memory_gb,
            reserved_cpus=room.cpus,
            reserved_gb=room.memory_gb,
            counts=self._meters.counts(),
            peers=part.peers,
            held=self._held(entries) if held is None else held,
            claim_cpu_s=part.claim_cpu_s,
            group_cpu_s=part.group_cpu_s,
        )
        self._ask(lambda: self._baselines.look(self._last_boot_s, instant.boot_s))
        self._last_boot_s = instant.boot_s
        return sample

    def _live(self) -> tuple[Entry, ...]:
        """The recorders of this host, ourselves at least."""
        entries = self._ask(self._registry.look) if self._registry else None
        return entries or (self._mine,)

    def _room_in(self, entries: tuple[Entry, ...]) -> Room:
        """What is reserved for us among these."""
        if self._by_machine:
            return self._host
        if entries is not self._among:
            self._among, self._room = entries, room_of(self._mine, entries, self._host)
        return self._room

    def _held(self, entries: tuple[Entry, ...]) -> dict[str, Held]:
        """Our part of each device that others hold too."""
        if self._by_machine or len(entries) == 1:
            return {}
        holders = {device: holders_of(device, self._mine, entries) for device in self._mine.devices}
        return {device: self._part_of(device, number, entries) for device, number in holders.items() if number > 1}

    def _part_of(self, device: str, holders: int, entries: tuple[Entry, ...]) -> Held:
        """By the processes that use it, where every holder can be told these; else evenly."""
        users = self._meters.processes(device) if may_be_asked(device, self._mine, entries) else None
        if users and all(map(self._proc.has, users)):
            ours = sum(map(self._peer.owns, users))
            return Held(ours / len(users) / holders_here(device, self._mine, entries), "processes")
        return Held(1 / holders, "even_split")

    def _claiming(self, entry: Entry) -> Entry:
        """The entry with the devices that are ours by now."""
        devices = frozenset(each.device_ref for each in self.instruments if each.device_ref)
        asked = frozenset(filter(self._meters.may_be_asked, devices)) if self._sees_all else frozenset[str]()
        return entry._replace(devices=devices, asked=asked)

    def _ask(self, question: Callable[[], _T]) -> _T | None:
        """What the folder of live recorders answers; None where it does not."""
        try:
            return question()
        except OSError as error:
            self._report("registry", error)
            return None


def _registered(job: Job, entry: Entry) -> Registry:
    """The live recorders, ourselves among them; raises OSError."""
    registry = Registry(job.environ)
    registry.enter(entry)
    return registry
