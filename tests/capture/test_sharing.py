"""Recorders that reckon from the same entries never claim more than there is, whoever they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.capture.node.sharing import Entry, Room, holders_here, holders_of, may_be_asked, room_of

HOST = Room(8.0, 64.0)
DEVICE = "0123456789ab"
parts = st.builds(
    Entry,
    pid=st.integers(1, 3),
    started=st.just("1"),
    group=st.just("g"),
    within=st.just(""),
    asked=st.just(frozenset()),
    execution_id=st.uuids().map(str),
    claim=st.sampled_from(["x", "y", "z"]),
    cpus=st.sampled_from([0.0, 0.5, 3.0, 6.0, 16.0]),
    memory_claim=st.sampled_from(["m", "n"]),
    memory_gb=st.sampled_from([0.0, 10.0, 60.0]),
    devices=st.sampled_from([frozenset(), frozenset([DEVICE])]),
)
SLACK = 1 + 1e-9


def some(least: int, most: int) -> st.SearchStrategy[list[Entry]]:
    """Recorders of different executions."""
    return st.lists(parts, min_size=least, max_size=most, unique_by=lambda entry: entry.execution_id)


@given(some(1, 8), some(0, 5))
def test_all_together_have_at_most_the_host(top: list[Entry], inner: list[Entry]) -> None:
    """Side by side they have at most the host; inside one recorder at most what that one has."""
    inner = [each._replace(within=top[0].execution_id) for each in inner]
    entries = [*top, *inner]
    rooms = [room_of(each, entries, HOST) for each in top]
    assert sum(room.cpus for room in rooms) <= HOST.cpus * SLACK
    assert sum(room.memory_gb for room in rooms) <= HOST.memory_gb * SLACK
    inside = [room_of(each, entries, HOST) for each in inner]
    assert sum(room.cpus for room in inside) <= rooms[0].cpus * SLACK
    assert sum(room.memory_gb for room in inside) <= rooms[0].memory_gb * SLACK
    assert min(room.cpus for room in [*rooms, *inside]) >= 0.0
    held = [1 / holders_of(DEVICE, each, entries) for each in top if DEVICE in each.devices]
    assert sum(held) <= SLACK


def of(name: str, within: str = "", claim: str = "host", cpus: float = 0.0, gb: float = 0.0) -> Entry:
    """An entry with a name."""
    return Entry(1, "1", name, "g", within, claim, cpus, claim, gb)


def test_alone() -> None:
    """One that is alone has what it reserved, else the host."""
    assert room_of(of("a"), [], HOST) == HOST
    assert room_of(of("a", claim="slurm 1", cpus=2.0, gb=8.0), [], HOST) == (2.0, 8.0)


def test_side_by_side() -> None:
    """Evenly, and those that have a reservation in common share it."""
    free, one, other = of("a"), of("b", claim="slurm 1", cpus=2.0), of("c", claim="slurm 1", cpus=2.0)
    assert [room_of(each, [free, one, other], HOST).cpus for each in (free, one, other)] == [8 / 3, 1.0, 1.0]


def test_reservations_leave_the_rest() -> None:
    """Without a reservation one has no more than others have left."""
    free, big = of("a"), of("b", claim="slurm 1", cpus=7.0)
    assert [room_of(each, [free, big], HOST).cpus for each in (free, big)] == [1.0, 7.0]


def test_reservations_of_more_than_there_is() -> None:
    """Quotas that promise more than the host shrink alike."""
    one, other = of("a", claim="x", cpus=8.0), of("b", claim="y", cpus=8.0)
    assert [room_of(each, [one, other], HOST).cpus for each in (one, other)] == [4.0, 4.0]


def test_inside_another() -> None:
    """Siblings share what the one around them has, and take nothing from those outside; so on inwards."""
    outer, beside = of("outer"), of("beside")
    one, two = of("one", within="outer"), of("two", within="outer")
    deep = of("deep", within="one")
    entries = [outer, beside, one, two, deep]
    assert [room_of(each, entries, HOST).cpus for each in entries] == [4.0, 4.0, 2.0, 2.0, 2.0]


def test_within_one_that_is_elsewhere() -> None:
    """Inside a recorder of another host, or of none that is known, the host is shared among siblings."""
    one, two = of("one", within="far"), of("two", within="far")
    assert room_of(one, [one, two], HOST) == (4.0, 32.0)
    loop = of("a", within="a")
    assert room_of(loop, [loop], HOST) == HOST


def test_devices() -> None:
    """Evenly among those beside and around that hold it; by processes only where all of these can be told."""
    held = frozenset([DEVICE])
    outer, beside, one, two = (
        of(name, within)._replace(devices=held, asked=held)
        for name, within in (("outer", ""), ("beside", ""), ("one", "outer"), ("two", "outer"))
    )
    free = of("free")
    entries = [outer, beside, free, one, two]
    assert [holders_of(DEVICE, each, entries) for each in (outer, beside, one)] == [2, 2, 4]
    assert all(may_be_asked(DEVICE, each, entries) for each in entries)
    blind = [*entries[1:], outer._replace(asked=frozenset())]
    assert not any(may_be_asked(DEVICE, each, blind) for each in (beside, one))
    assert holders_here(DEVICE, one, entries) == 2
    assert holders_here(DEVICE, one, [one, two._replace(pid=2)]) == 1


@pytest.mark.parametrize("entries", [[], [of("b")]])
def test_an_entry_that_is_not_in_the_list_counts_itself(entries: list[Entry]) -> None:
    """Where the list could not be kept, one still has its part."""
    assert room_of(of("a"), entries, HOST).cpus == 8.0 / (1 + len(entries))
