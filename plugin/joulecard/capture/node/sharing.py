"""Who has how much of a host that several recorders share. Pure: all of them reckon from the same entries.

What is left unclaimed is nobody's: the parts of the recorders that lie in no other never exceed the host, those inside
one recorder never exceed its part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_NONE: frozenset[str] = frozenset()


class Entry(NamedTuple):
    """A live recorder, as it shows itself to the others."""

    pid: int = 0
    started: str = ""  # with `pid` the name of its process
    execution_id: str = ""
    group: str = ""
    within: str = ""  # the execution of the recorder around it; empty where there is none
    claim: str = ""  # recorders with an equal one share what it reserves
    cpus: float = 0.0  # reserved; 0: nothing is
    memory_claim: str = ""
    memory_gb: float = 0.0
    devices: frozenset[str] = _NONE  # device_refs
    asked: frozenset[str] = _NONE  # those whose driver tells it which processes use them
    key: str = ""  # tells apart the recorders of one process that are equal in all else


class Room(NamedTuple):
    """CPUs and memory: a host's, or a part of it."""

    cpus: float
    memory_gb: float


def room_of(mine: Entry, entries: Collection[Entry], host: Room) -> Room:
    """My part of the host; `entries` are all that are live, mine among them or not."""
    chain = _chain(mine, entries)
    for one in reversed(chain):
        beside = _beside(one, entries)
        host = Room(
            _part([(each.claim, each.cpus) for each in beside], one.claim, one.cpus, host.cpus),
            _part(
                [(each.memory_claim, each.memory_gb) for each in beside],
                one.memory_claim,
                one.memory_gb,
                host.memory_gb,
            ),
        )
    return host


def holders_of(device: str, mine: Entry, entries: Collection[Entry]) -> int:
    """Among how many a device is split evenly until my part is reached."""
    holders = 1
    for one in _chain(mine, entries):
        holders *= max(1, sum(device in each.devices for each in _beside(one, entries)))
    return holders


def may_be_asked(device: str, mine: Entry, entries: Collection[Entry]) -> bool:
    """Whether the driver tells every recorder that holds a device who uses it: only then do all split it that way."""
    beside = [each for one in _chain(mine, entries) for each in _beside(one, entries)]
    return all(device in each.asked for each in beside if device in each.devices)


def holders_here(device: str, mine: Entry, entries: Collection[Entry]) -> int:
    """How many recorders of my own process hold a device beside me, with me: the driver cannot tell them apart."""
    beside = _beside(mine, entries)
    return sum(each.pid == mine.pid and each.started == mine.started and device in each.devices for each in beside)


def _chain(mine: Entry, entries: Collection[Entry]) -> list[Entry]:
    """My entry, that of the recorder around it, and so on outwards as far as they are on this host."""
    outer = {each.execution_id: each for each in entries if each.execution_id}
    chain, passed = [mine], {mine.execution_id}
    while (around := chain[-1].within) and around not in passed and around in outer:
        passed.add(around)
        chain.append(outer[around])
    return chain


def _beside(one: Entry, entries: Collection[Entry]) -> list[Entry]:
    """The recorders inside the same one, with itself."""
    found = [each for each in entries if each.within == one.within]
    return found if one in found else [*found, one]


def _part(claims: Sequence[tuple[str, float]], claim: str, reserved: float, whole: float) -> float:
    """What one has of a whole among recorders with these claims and reservations.

    A reservation is shared by those that have it in common; where all together are more than there is, each shrinks
    alike. Without one it is an even part of all, or of what the reservations leave.
    """
    reservations: dict[str, float] = {}
    for name, amount in claims:
        if amount:
            reservations[name] = max(amount, reservations.get(name, 0.0))
    total = sum(reservations.values())
    if reserved:
        sharing = sum(name == claim for name, amount in claims if amount)
        return reserved * min(1.0, whole / total) / sharing
    free = sum(not amount for _, amount in claims)
    return min(whole / len(claims), max(0.0, whole - total) / free)
