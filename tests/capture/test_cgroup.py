"""A control group that holds nobody but us tells our exact CPU time: a made-up one everywhere, real ones if we may."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.capture.conftest import segments

from joulecard.capture.node.cgroup import ControlGroup
from joulecard.capture.node.peers import Peer, Watched
from joulecard.capture.node.proc import Proc
from joulecard.settings import Roots

if TYPE_CHECKING:
    from tests.capture.conftest import Tree

US = os.getpid()
MOUNTS = {"v2": ("/sys/fs/cgroup", "cpu.stat"), "hybrid": ("/sys/fs/cgroup/unified", "cpu.stat")}
MOUNTS["v1"] = "/sys/fs/cgroup/cpuacct", "cpuacct.usage"
MOUNTS["v1 pair"] = "/sys/fs/cgroup/cpu,cpuacct", "cpuacct.usage"


def made(mount: str) -> Path | None:
    """A new control group that processes may be put into; None where this machine allows none."""
    folder = Path(mount) / f"joulecard-test-{US}"
    with contextlib.suppress(OSError):
        folder.mkdir()
        if os.access(folder / "cgroup.procs", os.W_OK) and os.getuid() == 0:
            return folder
        folder.rmdir()
    return None


def real_kinds() -> list[str]:
    """The kinds of control group that tests can really make here."""
    found = []
    for kind, (mount, file) in MOUNTS.items():
        folder = made(mount) if (Path(mount) / "cgroup.procs").exists() else None
        if folder:
            if (folder / file).exists():
                found.append(kind)
            folder.rmdir()
    return found


# The children tell what they have used; nobody waits for them, as the kernel sees to it.
PROGRAM = """
import json, os, resource, signal, sys, time
with open(sys.argv[1], "w") as group: group.write(str(os.getpid()))
import joulecard
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
reading, writing = os.pipe()
def child(then):
    pid = os.fork()
    if pid == 0:
        then()
        os._exit(0)
    return pid
def work():
    while time.process_time() < 0.02: pass
    used = resource.getrusage(resource.RUSAGE_SELF)
    os.write(writing, b"%020.9f" % (used.ru_utime + used.ru_stime))
def daemon():
    os.setsid()
    child(work)
with joulecard.record("train"):
    for number in range(20):
        child(daemon if number % 2 else work)
    told_s = sum(float(os.read(reading, 20)) for _ in range(20))
    with open(sys.argv[2], "w") as file:  # where the group is made up, it is told
        file.write(f"usage_usec {int(1e6 * (told_s + time.process_time()))}")
    time.sleep(0.05)
print(json.dumps(told_s))
"""


def recorded(folder: Path, procs: Path, told: Path, **environ: str) -> tuple[float, dict[str, Any]]:
    """What the children told, and the segment of the recording around them."""
    command = [sys.executable, "-c", PROGRAM, str(procs), str(told)]
    ended = subprocess.run(
        command, cwd=folder, env={**os.environ, **environ}, capture_output=True, check=True, timeout=60
    )
    assert ended.stderr == b""
    [segment] = segments(folder)
    return json.loads(ended.stdout), segment


def assert_all_is_seen(told_s: float, segment: dict[str, Any]) -> None:
    """At least 95 % of what the children told, from the control group, and nothing is said to be missing."""
    assert told_s >= 0.39
    assert segment["activity"]["cpu_source"] == "cgroup"
    assert told_s * 0.95 <= segment["activity"]["cpu_s"] <= told_s * 1.25 + 0.2
    assert [gap for gap in segment.get("gaps", []) if gap["what"] == "processes"] == []


@pytest.mark.parametrize("kind", real_kinds() or ["pretended"])
def test_children_that_nobody_waits_for(tmp_path: Path, kind: str) -> None:
    """Short children that the kernel reaps, and daemons that leave the tree, are all in a group of our own."""
    if kind == "pretended":
        mount = tmp_path / "sys/fs/cgroup"
        mount.mkdir(parents=True)
        (mount / "cpu.stat").write_text("usage_usec 0\n")
        sysfs = str(tmp_path / "sys")
        assert_all_is_seen(*recorded(tmp_path, mount / "cgroup.procs", mount / "cpu.stat", JOULECARD_SYSFS_ROOT=sysfs))
        return
    group = made(MOUNTS[kind][0])
    assert group
    try:
        assert_all_is_seen(*recorded(tmp_path, group / "cgroup.procs", tmp_path / "told"))
    finally:
        group.rmdir()


def test_without_a_group_of_our_own_it_is_said(tmp_path: Path) -> None:
    """Elsewhere the time of children that nobody waits for may be lost, and the record says so."""
    _, segment = recorded(tmp_path, tmp_path / "nothing", tmp_path / "told", JOULECARD_SYSFS_ROOT=str(tmp_path))
    assert segment["activity"]["cpu_source"] == "proc"
    assert [gap["what"] for gap in segment["gaps"]].count("processes") == 1


@pytest.mark.parametrize("kind", real_kinds() or ["pretended"])
def test_a_command_is_recorded_without_its_supervisor(tmp_path: Path, kind: str) -> None:
    """What supervisor and witness use themselves is not the command's, though it is in the same group."""
    group = made(MOUNTS[kind][0]) if kind != "pretended" else None
    mount = tmp_path / "sys/fs/cgroup"
    mount.mkdir(parents=True)
    (mount / "cpu.stat").write_text("usage_usec 100000000\n")  # stands still: the supervisor's own is then taken off
    join = f"echo $$ > {(group or mount) / 'cgroup.procs'}; exec {sys.executable} -m joulecard run -- true"
    environ = {} if group else {"JOULECARD_SYSFS_ROOT": str(tmp_path / "sys")}
    subprocess.run(["sh", "-c", join], cwd=tmp_path, env={**os.environ, **environ}, check=True, timeout=60)
    [segment] = segments(tmp_path)
    if group:
        group.rmdir()
        assert segment["activity"]["cpu_source"] == "cgroup"
    assert segment["activity"]["cpu_s"] <= 0.02  # the supervisor alone has used more


@pytest.fixture
def control(tree: Tree) -> Tree:
    """A made-up group of version 2 that holds this process."""
    tree.write(f"proc/{US}/cgroup", "0::/a\n")
    tree.write(f"proc/{US}/stat", f"{US} (x) S 1 {'0 ' * 17}5 0 9\n")
    tree.write("sys/fs/cgroup/a/cgroup.procs", f"{US}\n")
    tree.write("sys/fs/cgroup/a/cpu.stat", "usage_usec 2500000\nuser_usec 1\n")
    return tree


def group_cpu_s(tree: Tree) -> list[float | None]:
    """What two looks give."""
    peer = Peer(Watched(str(tree.proc), None, with_self=True, within=None, sysfs=str(tree.sysfs)))
    tree.write("sys/fs/cgroup/a/cpu.stat", "usage_usec 2500000\nuser_usec 1\n")
    first = peer.look().group_cpu_s
    tree.write("sys/fs/cgroup/a/cpu.stat", "usage_usec 4000000\nuser_usec 1\n")
    return [first, peer.look(last=True).group_cpu_s]


def test_what_the_group_has_used(control: Tree) -> None:
    """From the first look on, in seconds."""
    assert group_cpu_s(control) == [0.0, 1.5]


def test_a_group_with_others_in_it(control: Tree) -> None:
    """One stranger, in a group below ours too, or one that we cannot see, and it tells nothing of us."""
    control.write("sys/fs/cgroup/a/b/c/cgroup.procs", "4711\n")
    control.write("proc/4711/stat", f"4711 (x) S 1 {'0 ' * 17}5 0 9\n")
    assert group_cpu_s(control) == [None, None]
    control.write("sys/fs/cgroup/a/b/c/cgroup.procs", "0\n")
    assert group_cpu_s(control) == [None, None]
    control.write("sys/fs/cgroup/a/b/c/cgroup.procs", "\n")
    assert group_cpu_s(control) == [0.0, 1.5]


def test_a_stranger_that_comes_later(control: Tree) -> None:
    """From the look on at which one is found there the group counts no more; an orphan of ours is no stranger."""
    peer = Peer(Watched(str(control.proc), None, with_self=True, within=None, sysfs=str(control.sysfs)))
    assert peer.look().group_cpu_s == 0.0
    control.write("sys/fs/cgroup/a/cgroup.procs", f"{US}\n4711\n")
    started = 2**40
    control.write("proc/4711/stat", f"4711 (x) S 1 {'0 ' * 17}{started} 0 9\n")
    other = Peer(Watched(str(control.proc), None, with_self=True, within=None, sysfs=str(control.sysfs)))
    other.look()
    assert other.look(last=True).group_cpu_s == 0.0
    control.write("proc/4711/stat", f"4711 (x) S 0 {'0 ' * 17}{started} 0 9\n")  # came from outside of the container
    assert peer.look(last=True).group_cpu_s is None


def test_what_a_stranger_used_before_it_was_found(control: Tree) -> None:
    """Between two times at which the group is looked through nobody knows whose the time is: it is not told."""
    peer = Peer(Watched(str(control.proc), None, with_self=True, within=None, sysfs=str(control.sysfs)))
    peer.look()
    control.write("proc/4711/stat", f"4711 (x) S 0 {'0 ' * 17}9 0 9\n")
    control.write("sys/fs/cgroup/a/cgroup.procs", f"{US}\n4711\n")
    control.write("sys/fs/cgroup/a/cpu.stat", "usage_usec 4000000\nuser_usec 1\n")
    assert peer.look().group_cpu_s == 0.0
    assert peer.look(last=True).group_cpu_s is None


def test_a_group_with_very_many_below(control: Tree) -> None:
    """Who has hundreds of groups of its own is not looked through each time."""
    for number in range(70):
        control.write(f"sys/fs/cgroup/a/{number}/cgroup.procs", "")
    assert group_cpu_s(control) == [None, None]


def test_where_the_group_is_found(tree: Tree) -> None:
    """Version 2 before version 1, on its own or hybrid mounts; in a container at the mount itself."""
    proc = Proc(str(tree.proc))
    assert ControlGroup.of(proc, str(tree.sysfs), US) == []
    tree.write(f"proc/{US}/cgroup", "5:cpu,cpuacct:/docker/x\n0::/docker/x\n")
    tree.write("sys/fs/cgroup/cpu,cpuacct/cgroup.procs", f"1\n{US}\n")
    tree.write("sys/fs/cgroup/cpu,cpuacct/cpuacct.usage", "1500000000\n")
    [found] = ControlGroup.of(proc, str(tree.sysfs), US)
    assert (found.cpu_s(), found.members()) == (1.5, [1, US])
    tree.write("sys/fs/cgroup/unified/docker/x/cgroup.procs", f"{US}\n")
    tree.write("sys/fs/cgroup/unified/docker/x/cpu.stat", "usage_usec 250000\n")
    found, *_ = ControlGroup.of(proc, str(tree.sysfs), US)
    assert (found.cpu_s(), found.members()) == (0.25, [US])


@pytest.mark.parametrize("text", ["", "usage_usec", "x y", "usage_usec x"])
def test_what_cannot_be_read(control: Tree, text: str) -> None:
    """A group that tells no number tells nothing."""
    control.write("sys/fs/cgroup/a/cpu.stat", text)
    [found] = ControlGroup.of(Proc(str(control.proc)), str(control.sysfs), US)
    assert found.cpu_s() is None


def test_the_real_group_of_this_process() -> None:
    """Where the system has control groups, ours holds us."""
    for found in ControlGroup.of(Proc("/proc"), Roots().sysfs, US):
        assert US in found.members()
        assert (found.cpu_s() or 0) > 0
