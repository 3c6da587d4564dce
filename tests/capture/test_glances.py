"""Counters that are read between looks: what they showed then, and never what stands in a file of somebody else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from joulecard.capture.clock import now
from joulecard.capture.metering.instruments import Instruments
from joulecard.capture.meters import KNOWN_METERS, REPLAY, Failure, Job
from joulecard.capture.plan import Plan
from joulecard.capture.sampler import Sampler

if TYPE_CHECKING:
    from pathlib import Path

    from tests.capture.conftest import Tree

    from joulecard.capture.clock import Instant


def refuse(what: str, error: Exception) -> None:
    """Nothing is to fail."""
    raise AssertionError(what) from error


def begun(tree: Tree) -> tuple[Instruments, Path]:
    """The instruments of a machine with a package and its memory after a first look, and the package's file."""
    energy = tree.zone("intel-rapl:0", "package-0", 10)
    tree.zone("intel-rapl:0/intel-rapl:0:0", "dram", 7)
    instruments = Instruments(Job(tree.roots), refuse)
    assert instruments.counts() == {"rapl:package-0": 10, "rapl:dram-0": 7}
    return instruments, energy


def test_what_counters_showed_between_two_looks(tree: Tree) -> None:
    """Each glance has the counts of its moment, by the names that looks have."""
    instruments, energy = begun(tree)
    glances = []
    for count in (20, 30):
        energy.write_text(f"{count}\n")
        glances.append(instruments.glance())
    energy.write_text("40\n")
    assert instruments.counts()["rapl:package-0"] == 40
    assert [instruments.understood(glance) for glance in glances] == [
        {"rapl:package-0": count, "rapl:dram-0": 7} for count in (20, 30)
    ]


def test_a_file_that_was_replaced(tree: Tree) -> None:
    """A glance reads the one that was there; it is not trusted once the next look finds another."""
    instruments, energy = begun(tree)
    (energy.parent / "new").write_text("500\n")
    (energy.parent / "new").replace(energy)
    glance = instruments.glance()
    assert instruments.counts()["rapl:package-0"] == 500
    assert instruments.understood(glance) == {}
    glance = instruments.glance()
    instruments.counts()
    assert instruments.understood(glance)["rapl:package-0"] == 500


def test_a_file_that_is_gone(tree: Tree) -> None:
    """What cannot be read is no zero, and comes back with the file."""
    instruments, energy = begun(tree)
    energy.unlink()
    instruments.counts()
    glance = instruments.glance()
    instruments.counts()
    assert "rapl:package-0" not in instruments.understood(glance)
    energy.write_text("60\n")
    instruments.counts()
    glance = instruments.glance()
    instruments.counts()
    assert instruments.understood(glance)["rapl:package-0"] == 60


def test_a_program_that_takes_our_descriptors(tree: Tree, tmp_path: Path) -> None:
    """What a glance found in the program's own file, which has a number of ours, is no count; the file stays open."""
    before = os.dup(0)
    os.close(before)  # the number that is given out next
    instruments, _ = begun(tree)
    (tmp_path / "theirs").write_text("999999\n")
    other = os.open(tmp_path / "theirs", os.O_RDONLY)
    os.dup2(other, before)
    glance = instruments.glance()
    assert instruments.counts() == {"rapl:package-0": 10, "rapl:dram-0": 7}
    assert instruments.understood(glance) == {}
    instruments.close()
    for number in (before, other):
        assert os.pread(number, 9, 0) == b"999999\n"
        os.close(number)


def test_a_number_that_is_none(tree: Tree) -> None:
    """A counter that shows no number at a glance says so; the others count."""
    instruments, energy = begun(tree)
    energy.write_text("?\n")
    glance = instruments.glance()
    instruments.counts()
    shown = instruments.understood(glance)
    assert str(shown["rapl:package-0"]) == "Failure(reason='does not hold a number')"
    assert shown["rapl:dram-0"] == 7


def test_a_glance_that_was_stopped_between_two_files(tree: Tree) -> None:
    """Two dies that show one counter are far apart in it, and still counted once: only looks tell them apart."""
    dies = [tree.zone(f"intel-rapl:{die}", f"package-0-die-{die}", 10) for die in (0, 1)]
    instruments = Instruments(Job(tree.roots), refuse)
    instruments.counts()
    numbers, _, told = instruments.glance()
    glance = numbers, [b"10", b"900000000"], told
    for energy in dies:
        energy.write_text("900000000")
    counts = instruments.counts()
    for shown in (instruments.understood(glance), counts, instruments.counts()):
        assert [isinstance(count, Failure) for count in shown.values()] == [False, True]


@pytest.mark.parametrize("open_files", [True, False])
def test_a_package_that_is_plugged_in(tree: Tree, open_files: bool) -> None:  # noqa: FBT001 - a case of two
    """Glances from before it came are told as far as they are understood, and those after it have it."""
    instruments, _ = begun(tree) if open_files else (Instruments(Job(tree.roots), refuse), None)
    glance = instruments.glance()
    tree.zone("intel-rapl:1", "package-1", 70)
    assert [each.domain for each in instruments.late()] == ["package-1"]
    instruments.counts()
    assert instruments.understood(glance) == {}
    glance = instruments.glance()
    instruments.counts()
    assert instruments.understood(glance)["rapl:package-1"] == 70


def test_a_meter_that_must_be_asked(tree: Tree) -> None:
    """One without files is read at a glance as at a look."""
    trace = os.path.join(os.path.dirname(__file__), "replay.csv")
    instruments = Instruments(Job(tree.roots, {REPLAY: trace}), refuse)
    assert instruments.asks_drivers
    counts = instruments.counts()
    glance = instruments.glance()
    assert instruments.understood(glance).keys() == counts.keys() != set()


METER = """
from joulecard.capture.meters import Gauge

class Moody:
    def __init__(self, job):
        self.reads = 0

    def counters(self):
        return (Gauge("host", "moody", "supply", 1.0, 500.0),)

    def read(self):
        self.reads += 1
        return {} if self.reads == 2 else {"supply": 50 // (self.reads != 3)}

    def close(self):
        pass
"""


def test_a_meter_that_fails_at_a_glance(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so as at a look: without, the power would be taken to have gone straight on."""
    (tmp_path / "moody.py").write_text(METER)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(KNOWN_METERS, "moody", ("moody", "Moody"))
    told: list[str] = []
    instruments = Instruments(Job(tree.roots), lambda what, _: told.append(what))
    shown = [instruments.counts(), *(instruments.understood(instruments.glance()) for _ in range(3))]
    assert [each["moody:supply"] for each in shown] == [
        50,
        Failure("gave no value"),
        Failure("its meter failed"),
        50,
    ]
    assert told == ["moody"]


def test_a_glance_that_is_overtaken_by_a_look(tree: Tree, tmp_path: Path) -> None:
    """Begun before it and ended in it, it may have read a counter after it: it is not told, else the counter fell."""
    energy = tree.zone("intel-rapl:0", "package-0", 10)
    overtaken: list[int] = []

    def clock() -> Instant:
        if overtaken:
            energy.write_text(f"{overtaken.pop()}\n")
            sampler.glance()
            energy.write_text("30\n")
        return now()

    sampler = Sampler(Plan("train", str(tmp_path), "group"), Job(tree.roots), clock, refuse)
    sampler.sample()
    sampler.glance()
    overtaken.append(40)
    assert sampler.sample().counts == {"rapl:package-0": 30}
    assert [glance.counts for glance in sampler.glances()] == [{"rapl:package-0": 10}]
    sampler.close()
