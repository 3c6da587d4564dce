"""CPU seconds and memory of the node and of process trees, made up and real."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from joulecard.capture.node.proc import Proc

if TYPE_CHECKING:
    from tests.capture.conftest import Tree

TICKS = os.sysconf("SC_CLK_TCK")


def stat(pid: int, parent: int, *ticks: int) -> str:
    """A line of /proc/PID/stat with a hostile name; 256 pages of memory."""
    return f"{pid} (a) b (c) S {parent} 0 0 0 0 0 0 0 0 0 {' '.join(map(str, ticks))} 20 0 1 0 99 0 256 0\n"


def add(tree: Tree, pid: int, parent: int, children: str = "", ticks: tuple[int, ...] = (1, 2, 3, 4)) -> None:
    """A process in a made-up tree."""
    tree.write(f"proc/{pid}/stat", stat(pid, parent, *(tick * TICKS for tick in ticks)))
    if children is not None:
        tree.write(f"proc/{pid}/task/{pid}/children", children)


def test_tree_by_lists_of_children(tree: Tree) -> None:
    """Own time and that of the children waited for, over the whole tree; strangers are left out."""
    add(tree, os.getpid(), 1)
    add(tree, 100, 1, "101 102 ")
    add(tree, 101, 100, "103 ")
    add(tree, 102, 100)
    add(tree, 103, 101)
    add(tree, 999, 1)
    found = Proc(str(tree.proc)).tree(100)
    assert found.cpu_s == 40.0
    assert found.memory_gb == pytest.approx(4 * 256 * os.sysconf("SC_PAGE_SIZE") / 1e9)


def test_tree_by_one_walk(tree: Tree) -> None:
    """Kernels that do not list children are read by one walk through all processes."""
    for pid, parent in ((100, 1), (101, 100), (103, 101), (999, 1)):
        tree.write(f"proc/{pid}/stat", stat(pid, parent, *(tick * TICKS for tick in (1, 2, 3, 4))))
    assert Proc(str(tree.proc)).tree(100).cpu_s == 30.0


def test_gone_and_damaged(tree: Tree) -> None:
    """Processes that ended while we looked, and lines that are no such thing, count nothing."""
    add(tree, os.getpid(), 1)
    add(tree, 100, 1, "101 102 ")
    tree.write("proc/101/stat", "gibberish")
    assert Proc(str(tree.proc)).tree(100).cpu_s == 10.0
    assert Proc(str(tree.proc)).tree(55).cpu_s == 0.0


def test_node(tree: Tree) -> None:
    """Busy time leaves out idle, waiting for disks, and time stolen by other machines; guests are in user time."""
    ticks = [TICKS * value for value in (1, 2, 4, 1000, 1000, 8, 16, 1000, 1, 1)]
    tree.write("proc/stat", f"cpu  {' '.join(map(str, ticks))}\ncpu0 1\ncpu1 1\nintr 5\n")
    proc = Proc(str(tree.proc))
    assert (proc.node_busy_s(), proc.online_cpus()) == (31.0, 2)
    assert proc.memory_total_gb() == pytest.approx(16.384)


def test_no_proc_at_all(tree: Tree) -> None:
    """Where there is no /proc, what cannot be known is None, and our own time is still counted."""
    proc = Proc(str(tree.folder / "nowhere"))
    assert (proc.node_busy_s(), proc.memory_total_gb(), proc.allowed_cpus(1), proc.cgroups(1)) == (None, None, "", [])
    assert proc.online_cpus() == os.cpu_count()
    assert proc.own_tree(with_self=True).cpu_s > 0


BURN = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\n"
FAMILY = f"import subprocess, sys\nfor _ in range(2): subprocess.run([sys.executable, '-c', {BURN!r}])\ninput()"


def test_real_children() -> None:
    """The time of children of children is seen while they live and after they were waited for."""
    proc = Proc("/proc")
    before_s = proc.own_tree(with_self=False).cpu_s
    child = subprocess.Popen([sys.executable, "-c", FAMILY], stdin=subprocess.PIPE)
    deadline_s = time.monotonic() + 20
    while proc.own_tree(with_self=False).cpu_s - before_s < 0.4 and time.monotonic() < deadline_s:
        time.sleep(0.05)
    assert proc.own_tree(with_self=False).cpu_s - before_s >= 0.4
    child.communicate(b"\n")
    assert proc.own_tree(with_self=False).cpu_s - before_s >= 0.4
    proc.close()


def test_ended_and_waited_for_by_nobody(tree: Tree) -> None:
    """A process that is gone, and whose parent took nothing over, keeps what was last seen of it; once."""
    proc = Proc(str(tree.proc))
    add(tree, os.getpid(), 1)
    add(tree, 100, 1, "101 102 ", (1, 0, 0, 0))
    add(tree, 101, 100, "", (5, 0, 0, 0))
    add(tree, 102, 100, "", (7, 0, 0, 0))
    proc = Proc(str(tree.proc))
    assert proc.tree(100).cpu_s == 13.0
    (tree.proc / "101/stat").unlink()
    (tree.proc / "102/stat").unlink()
    add(tree, 100, 1, "", (1, 0, 7, 0))  # it has waited for one of them
    assert [proc.tree(100).cpu_s for _ in range(3)] == [13.0, 13.0, 13.0]
    assert proc.lost_s > 0


def test_parent_ends_first(tree: Tree) -> None:
    """What lives on when its parent has ended, and leaves the tree, is followed to its end."""
    add(tree, os.getpid(), 1)
    add(tree, 100, 1, "101 ", (1, 0, 0, 0))
    add(tree, 101, 100, "102 ", (2, 0, 0, 0))
    add(tree, 102, 101, "", (3, 0, 0, 0))
    proc = Proc(str(tree.proc))
    assert proc.tree(100).cpu_s == 6.0
    (tree.proc / "101/stat").unlink()
    add(tree, 100, 1, "", (1, 0, 2, 0))
    add(tree, 102, 1, "", (4, 0, 0, 0))
    assert proc.tree(100).cpu_s == 7.0
    assert proc.lost_s == 0
    (tree.proc / "102/stat").unlink()
    assert proc.tree(100).cpu_s == 7.0
    assert proc.lost_s > 0


def test_waited_for_in_the_end(tree: Tree) -> None:
    """A whole family that ended and was waited for counts once and loses nothing."""
    add(tree, os.getpid(), 1)
    add(tree, 100, 1, "101 ", (1, 0, 0, 0))
    add(tree, 101, 100, "102 ", (2, 0, 0, 0))
    add(tree, 102, 101, "", (3, 0, 0, 0))
    proc = Proc(str(tree.proc))
    assert proc.tree(100).cpu_s == 6.0
    for pid in (101, 102):
        (tree.proc / f"{pid}/stat").unlink()
    add(tree, 100, 1, "", (1, 0, 6, 0))
    assert proc.tree(100).cpu_s == 7.0
    assert proc.lost_s == 0


@pytest.mark.parametrize(("started", "moved"), [(99, True), (98, False)], ids=["it moved", "its number is another's"])
def test_a_process_in_another_control_group(tree: Tree, started: int, moved: bool) -> None:  # noqa: FBT001
    """One of the tree that was moved is told; another process that has got its number by now is not one of the tree."""
    add(tree, 100, 1, "101 ")
    add(tree, 101, 100)
    for pid in (100, 101):
        tree.write(f"proc/{pid}/cgroup", "0::/job\n")
    proc = Proc(str(tree.proc))
    proc.tree(100)
    assert not proc.look_for_moved()
    tree.write("proc/101/cgroup", "0::/system.slice/other\n")
    tree.write("proc/101/stat", stat(101, 100, 1, 2, 3, 4).replace(" 99 ", f" {started} "))
    assert proc.look_for_moved() == moved
