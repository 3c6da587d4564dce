"""Counters that are read between looks: what they showed then, and never what stands in a file of somebody else."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from joulecard.capture.metering.instruments import Instruments
from joulecard.capture.meters import REPLAY, Job

if TYPE_CHECKING:
    from pathlib import Path

    from tests.capture.conftest import Tree


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
