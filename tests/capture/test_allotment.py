"""What a scheduler or container reserved: the narrowest limit counts, and what is shared is divided."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from joulecard.capture.node.allotment import Allotment, read_allotment
from joulecard.capture.node.proc import Proc

if TYPE_CHECKING:
    from tests.capture.conftest import Tree

PID = 4711
GIB_GB = 2**30 / 1e9


def allotment(tree: Tree, **environ: str) -> Allotment:
    """What process 4711 has reserved on a host with four CPUs and 16.384 GB."""
    return read_allotment(Proc(str(tree.proc)), tree.roots, environ, PID, 4)


def test_nothing_reserved(tree: Tree) -> None:
    """Without any limit, live recorders share the host evenly."""
    assert allotment(tree) == Allotment(None, None, "even_split", "host")


@pytest.mark.parametrize(("allowed", "cpus"), [("0-1", 2), ("0,2-3", 3), ("3", 1)])
def test_cpuset(tree: Tree, allowed: str, cpus: int) -> None:
    """A set of CPUs that is smaller than the host's is reserved."""
    tree.write(f"proc/{PID}/status", f"Name:\tx\nCpus_allowed_list:\t{allowed}\n")
    assert (allotment(tree).cpus, allotment(tree).reserved_by) == (cpus, "cpuset")


@pytest.mark.parametrize("allowed", ["0-3", "0-127", "nonsense", ""])
def test_cpuset_of_all(tree: Tree, allowed: str) -> None:
    """A set of all CPUs reserves nothing."""
    tree.write(f"proc/{PID}/status", f"Cpus_allowed_list:\t{allowed}\n")
    assert allotment(tree).reserved_by == "even_split"


def test_control_group_version_2(tree: Tree) -> None:
    """The tightest cpu.max and memory.max from our group up to the outermost count."""
    tree.write(f"proc/{PID}/cgroup", "0::/a/b\n")
    tree.write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n")
    tree.write("sys/fs/cgroup/a/cpu.max", "150000 100000\n")
    tree.write("sys/fs/cgroup/cpu.max", "300000 100000\n")
    tree.write("sys/fs/cgroup/a/b/memory.max", f"{2**30}\n")
    tree.write("sys/fs/cgroup/a/memory.max", "max\n")
    found = allotment(tree)
    assert (found.cpus, found.memory_gb, found.reserved_by) == (1.5, GIB_GB, "cpu.max")


def test_container_version_2(tree: Tree) -> None:
    """In a container the group's path may not exist below the mount: the outermost folder is the container's."""
    tree.write(f"proc/{PID}/cgroup", "0::/../../docker/abc\n")
    tree.write("sys/fs/cgroup/cpu.max", "50000 100000\n")
    assert allotment(tree).cpus == 0.5


def test_control_group_version_1(tree: Tree) -> None:
    """Version 1 says it by quota and period, and by a limit in bytes; -1 and huge limits are none."""
    tree.write(f"proc/{PID}/cgroup", "4:memory:/x\n3:cpu,cpuacct:/x\n2:name=systemd:/\n")
    tree.write("sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "-1\n")
    tree.write("sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "100000\n")
    tree.write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", f"{2**63 - 4096}\n")
    assert allotment(tree).cpus is None
    assert allotment(tree).memory_gb is None
    tree.write("sys/fs/cgroup/cpu/x/cpu.cfs_quota_us", "200000\n")
    tree.write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", f"{2**30}\n")
    assert (allotment(tree).cpus, allotment(tree).memory_gb) == (2.0, GIB_GB)


def test_slurm(tree: Tree) -> None:
    """The job's CPUs on this node, a whole node too, and its memory in units of 2**20 bytes."""
    found = allotment(
        tree, SLURM_CPUS_ON_NODE="2", SLURM_CPUS_PER_TASK="1", SLURM_MEM_PER_NODE="1024", SLURM_JOB_ID="7"
    )
    assert found == Allotment(2, GIB_GB, "slurm", "slurm 7", "slurm 7")
    assert allotment(tree, SLURM_CPUS_ON_NODE="4").reserved_by == "slurm"
    assert allotment(tree, SLURM_CPUS_PER_TASK="3").cpus == 3
    assert allotment(tree, SLURM_CPUS_ON_NODE="2(x2)", SLURM_MEM_PER_NODE="0") == allotment(tree)


@pytest.mark.parametrize(
    ("listed", "node", "cpus"),
    [
        ("3", "", 3),
        *[("2(x2),3", node, cpus) for node, cpus in zip("0123", (2, 2, 3, None), strict=True)],
        ("x", "", None),
    ],
)
def test_slurm_list_of_nodes(tree: Tree, listed: str, node: str, cpus: int | None) -> None:
    """Where only the list of all nodes is told, ours is found by its number."""
    assert allotment(tree, SLURM_JOB_CPUS_PER_NODE=listed, SLURM_NODEID=node).cpus == cpus


def test_slurm_memory_for_each_cpu(tree: Tree) -> None:
    """Memory that was asked for by the CPU counts for each of them."""
    assert allotment(tree, SLURM_CPUS_ON_NODE="2", SLURM_MEM_PER_CPU="512").memory_gb == GIB_GB


def test_hybrid_mounts(tree: Tree) -> None:
    """With both versions side by side each says what it governs, and version 2 lies in a folder of its own."""
    tree.write(f"proc/{PID}/cgroup", "3:memory:/m\n2:cpu:/c\n0::/u\n")
    tree.write("sys/fs/cgroup/cpu/c/cpu.cfs_quota_us", "300000\n")
    tree.write("sys/fs/cgroup/cpu/c/cpu.cfs_period_us", "100000\n")
    tree.write("sys/fs/cgroup/memory/m/memory.limit_in_bytes", f"{2**31}\n")
    assert (allotment(tree).cpus, allotment(tree).memory_gb) == (3.0, 2 * GIB_GB)
    tree.write("sys/fs/cgroup/unified/u/cpu.max", "150000 100000\n")
    assert allotment(tree).cpus == 1.5


def test_a_throttled_limit_counts(tree: Tree) -> None:
    """Above memory.high the kernel takes memory away again, so it is what can be used."""
    tree.write(f"proc/{PID}/cgroup", "0::/a\n")
    tree.write("sys/fs/cgroup/a/memory.max", f"{2**31}\n")
    tree.write("sys/fs/cgroup/a/memory.high", f"{2**30}\n")
    assert allotment(tree).memory_gb == GIB_GB


def test_limits_that_lie_outside_of_the_container(tree: Tree) -> None:
    """In a container of version 1 the kernel still tells the limit of the groups around it."""
    tree.write(f"proc/{PID}/cgroup", "4:memory:/docker/abc\n")
    tree.write("sys/fs/cgroup/memory/memory.limit_in_bytes", f"{2**63 - 4096}\n")
    tree.write("sys/fs/cgroup/memory/memory.stat", f"cache 0\nhierarchical_memory_limit {2**30}\n")
    assert allotment(tree).memory_gb == GIB_GB


def test_narrowest_counts(tree: Tree) -> None:
    """Of several limits the narrowest is what we have."""
    tree.write(f"proc/{PID}/status", "Cpus_allowed_list:\t0-2\n")
    assert allotment(tree, SLURM_CPUS_ON_NODE="2").reserved_by == "slurm"
    assert allotment(tree, SLURM_CPUS_ON_NODE="4").reserved_by == "cpuset"


def test_on_the_real_system(tree: Tree) -> None:
    """The files of a real system are understood."""
    tree.sysfs.joinpath("fs").mkdir()
    proc = Proc("/proc")
    found = read_allotment(proc, tree.roots, {}, os.getpid(), proc.online_cpus())
    assert found.cpus is None or 0 < found.cpus <= proc.online_cpus()
