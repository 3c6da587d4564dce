"""All recorders of a host go by the same idle power at the same time."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.capture.joules.attribution import IdleBaseline, Load, split
from joulecard.capture.node.baselines import PREFIX, Baselines, mean_w

if TYPE_CHECKING:
    from pathlib import Path

    from tests.capture.conftest import Tree

IDLE, BUSY = Load(1.0, 0.0, 0.0, 1.0, 4), Load(1.0, 4.0, 4.0, 1.0, 4)


def recorder(tree: Tree, folder: Path) -> tuple[Baselines, IdleBaseline]:
    """One recorder of the made-up host, and its baseline of one counter."""
    book = Baselines(str(folder), tree.roots)
    return book, book.of("rapl:package-0")


def test_what_one_sees_all_know(tree: Tree, tmp_path: Path) -> None:
    """From the same moment on, a little after it was seen, and in every recorder that starts later."""
    (one, seen), (other, told) = recorder(tree, tmp_path), recorder(tree, tmp_path)
    seen.observe(40.0, IDLE)
    one.look(0.0, 1.0)
    other.look(0.5, 1.05)
    assert (seen.watts, told.watts) == (None, None)
    one.look(1.0, 2.1)
    other.look(1.05, 2.1)
    assert seen.watts == pytest.approx(40.0 * 1.0 / 1.1)
    assert told.watts == pytest.approx(40.0 * 1.0 / 1.05)
    late, later = recorder(tree, tmp_path)
    late.look(3.0, 4.0)
    assert later.watts == 40.0


def test_only_what_is_lower_counts(tree: Tree, tmp_path: Path) -> None:
    """A higher value and one that is hardly lower are not told; a lower one is, once."""
    book, baseline = recorder(tree, tmp_path)
    for second, energy_j in enumerate((40.0, 60.0, 39.9, 30.0, 30.0)):
        baseline.observe(energy_j, IDLE)
        book.look(second, second + 1.0)
    [file] = tmp_path.glob(f"{PREFIX}*")
    assert [line.split()[1] for line in file.read_text().splitlines()] == ["40.000000", "30.000000"]
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_busy_node_tells_nothing(tree: Tree, tmp_path: Path) -> None:
    """Nothing is written while nothing idle was seen."""
    book, baseline = recorder(tree, tmp_path)
    baseline.observe(40.0, BUSY)
    book.look(0.0, 1.0)
    assert list(tmp_path.glob(".*")) == []


def test_another_machine_or_boot(tree: Tree, tmp_path: Path) -> None:
    """What was seen before the machine was started anew is forgotten."""
    tree.write("proc/sys/kernel/random/boot_id", "one\n")
    book, baseline = recorder(tree, tmp_path)
    baseline.observe(40.0, IDLE)
    book.look(0.0, 1.0)
    tree.write("proc/sys/kernel/random/boot_id", "two\n")
    late, later = recorder(tree, tmp_path)
    late.look(2.0, 3.0)
    assert later.watts is None


def test_damaged_lines(tree: Tree, tmp_path: Path) -> None:
    """Lines that say nothing are stepped over, and one that is still being written is waited for."""
    book, baseline = recorder(tree, tmp_path)
    baseline.observe(40.0, IDLE)
    book.look(0.0, 1.0)
    [file] = tmp_path.glob(f"{PREFIX}*")
    file.write_text("x\n1 nan rapl:package-0\n1 -5 rapl:package-0\n1 7 \n\n\0\xff\n1 30 rapl:package-0\n1 20 rapl:pack")
    book.look(2.0, 3.0)
    late, later = recorder(tree, tmp_path)
    late.look(2.0, 3.0)
    assert later.watts == 30.0
    with file.open("a") as more:
        more.write("age-0\n")
    late.look(3.0, 4.0)
    assert later.watts == 20.0


def test_without_a_folder(tree: Tree) -> None:
    """A recorder that knows of no other goes by what it sees itself, at once."""
    book = Baselines(None, tree.roots)
    baseline = book.of("rapl:package-0")
    baseline.observe(40.0, IDLE)
    book.look(0.0, 1.0)
    assert baseline.watts == 40.0


def test_a_folder_that_is_gone_is_an_error_of_the_folder(tree: Tree, tmp_path: Path) -> None:
    """The caller is told, and keeps what it knows."""
    book, baseline = recorder(tree, tmp_path / "gone")
    baseline.observe(40.0, IDLE)
    with pytest.raises(OSError, match="gone"):
        book.look(0.0, 1.0)


steps = st.lists(st.tuples(st.floats(0.0, 50.0), st.floats(0.0, 90.0)), min_size=1, max_size=6)
looks = st.lists(st.floats(0.5, 49.5), max_size=6)
parts = st.lists(st.floats(0.0, 1.0), min_size=2, max_size=5)


@given(steps, looks, looks, parts)
def test_recorders_that_look_at_other_times_claim_no_more_idle_than_there_is(
    course: list[tuple[float, float]], first: list[float], second: list[float], shares: list[float]
) -> None:
    """Whenever each of them looks, their idle parts of a steady node add up to its idle energy at most."""
    whole = max(1.0, sum(shares))
    claimed_j = 0.0
    for number, share in enumerate(shares):
        edges = [0.0, *sorted({*(first, second)[number % 2]}), 50.0]
        for since_s, now_s in pairwise(edges):
            load = Load(now_s - since_s, 0.0, 1.0, share / whole, 4)
            known_w = mean_w(course, since_s, now_s)
            claimed_j += split(100.0 * load.seconds, load, known_w, "allocated").share_j
    exact_j = sum((mean_w(course, n / 10, (n + 1) / 10) or 0.0) * 0.1 for n in range(500))
    assert claimed_j <= exact_j * (1 + 1e-6) + 1e-6
