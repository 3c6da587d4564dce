"""Recordings side by side in one process share what it uses; those inside another one count all of it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.capture.conftest import ran, segments

import joulecard
from joulecard.capture.node.peers import Account, Peer, Watched

if TYPE_CHECKING:
    from pathlib import Path

MEMBERS = "abcd"
steps = st.lists(
    st.tuples(st.sampled_from(MEMBERS), st.booleans(), st.floats(-0.5, 100.0, allow_nan=False)), min_size=1, max_size=60
)


@given(steps)
def test_the_shares_are_the_whole(course: list[tuple[str, bool, float]]) -> None:
    """Whoever comes, looks and leaves when: no share falls, and all together are what was used while one was there."""
    account, cpu_s, most_s, used_s = Account(), 5.0, 0.0, 0.0
    shares: dict[str, float] = {}
    gone_s = 0.0
    for member, leaves, seconds in course:
        cpu_s = max(0.0, cpu_s + seconds)
        used_s += max(0.0, cpu_s - most_s) if shares else 0.0
        most_s = max(most_s, cpu_s)
        share_s = account.look(member, cpu_s).cpu_s
        assert share_s >= shares.get(member, 0.0)
        shares[member] = share_s
        if leaves:
            account.leave(member)
            gone_s += shares.pop(member)
    here_s = sum(account.look(member, most_s).cpu_s for member in shares)
    assert gone_s + here_s == pytest.approx(used_s, abs=1e-9)
    assert account.members == len(shares)


def test_even_parts() -> None:
    """What was used before one came or after it left is none of its; what was used meanwhile is shared evenly."""
    account = Account()
    assert account.look("first", 100.0).cpu_s == 0.0
    assert account.look("second", 110.0).cpu_s == 0.0
    assert account.look("first", 116.0).cpu_s == 13.0
    assert account.look("second", 120.0).cpu_s == 5.0
    account.leave("second")
    assert account.look("first", 130.0).cpu_s == 25.0


@given(
    st.lists(st.tuples(st.sampled_from(MEMBERS), st.booleans(), st.floats(0.0, 9.0), st.floats(0.0, 9.0)), max_size=40)
)
def test_together_they_claim_no_more_than_the_node_shows(course: list[tuple[str, bool, float, float]]) -> None:
    """Whatever the two clocks say: all claims of a span are at most what the node was busy, and each what it had."""
    account, cpu_s, busy_s = Account(), 5.0, 7.0
    before: dict[str, float] = {}
    for member, leaves, used_s, shown_s in course:
        cpu_s, busy_s = cpu_s + used_s, busy_s + shown_s
        account.look(member, cpu_s, busy_s)
        had = {each: account.look(each, cpu_s, busy_s) for each in {*before, member}}
        rises = [had[each].claimed_s - before.get(each, 0.0) for each in had]
        assert min(rises) >= 0.0
        assert sum(rises) <= shown_s + 1e-9
        assert all(each.pending_s >= -1e-9 for each in had.values())
        before = {each: had[each].claimed_s for each in had}
        if leaves:
            account.leave(member)
            del before[member]


def test_who_shares_with_whom() -> None:
    """Peers are those that watch the same inside the same; the last to leave takes the open files along."""
    watched = Watched("/proc", None, with_self=True, within=None)
    one, other, inner = Peer(watched), Peer(watched), Peer(watched._replace(within="one"))
    for peer in (one, other, inner):
        peer.look()
    assert [peer.look().peers for peer in (one, other, inner)] == [2, 2, 1]
    assert other.look(last=True).peers == 2
    assert one.look().peers == 1
    for peer in (one, other, inner):
        peer.leave()


def burn(seconds: float) -> None:
    """Uses CPU time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_two_threads(work: Path) -> None:
    """Two blocks in two threads have together what the process used, and neither has all of it."""
    together = threading.Barrier(2)

    def block(name: str) -> None:
        with joulecard.record(name):
            together.wait(10)
            burn(0.2)
            together.wait(10)

    started_s = time.process_time()
    threads = [threading.Thread(target=block, args=(name,)) for name in ("left", "right")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    used_s = time.process_time() - started_s
    shares = [document["activity"]["cpu_s"] for document in segments(work)]
    assert 0.2 <= sum(shares) <= used_s + 0.02
    assert min(shares) >= 0.09


def test_inner_ones_count_all(work: Path) -> None:
    """A recording inside another has all that the process used meanwhile, as the outer one has."""
    with joulecard.record("outer"):
        with joulecard.record("inner"):
            burn(0.1)
        burn(0.05)
    found: dict[str, Any] = {document["stage"]: document for document in segments(work)}
    assert found["inner"]["activity"]["cpu_s"] >= 0.09
    assert found["outer"]["activity"]["cpu_s"] >= 0.14


def test_a_forked_child_records_anew(tmp_path: Path) -> None:
    """A child made while a recording looks at the process can record for itself, and shares with nobody."""
    program = (
        "import joulecard, os, threading\n"
        "from joulecard.capture.node import peers\n"
        "with joulecard.record('parent'):\n"
        "    with peers._desk.lock:\n"
        "        pid = os.fork()\n"
        "    if pid == 0:\n"
        "        with joulecard.record('child'): sum(range(3_000_000))\n"
        "        os._exit(0)\n"
        "    os.waitpid(pid, 0)\n"
    )
    assert ran(program, tmp_path)[::2] == (0, "")
    assert sorted(document["stage"] for document in segments(tmp_path)) == ["child", "parent"]
