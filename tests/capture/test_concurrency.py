"""REL-R14: many recorders at once on one state directory damage nothing, and their shares add up to the node."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.capture.conftest import journals, ran, segments

import joulecard
from joulecard.capture.clock import Instant
from joulecard.capture.joules.observation import Node, Observation, Sample
from joulecard.capture.meters import Counter
from joulecard.capture.node.peers import Account
from joulecard.capture.plan import Plan
from joulecard.capture.recorder import Recorder
from joulecard.settings import Settings

if TYPE_CHECKING:
    from tests.capture.conftest import Tree

# 64 processes that are released at the same moment; every fourth is killed while it records.
SWARM = """
import os, signal, sys
from joulecard import record
import joulecard.capture.recorder, joulecard.capture.plan, joulecard.settings
waiting, release = os.pipe()
said, say = os.pipe()
children = []
for number in range(64):
    pid = os.fork()
    if pid == 0:
        os.close(release)
        os.read(waiting, 1)
        with record(f"stage-{number % 4}"):
            if number % 4 == 0:
                os.write(say, b"x")
                signal.pause()
        os._exit(0)
    children.append(pid)
os.close(release)
for _ in range(16): os.read(said, 1)
import time; time.sleep(0.3)  # their journals are begun by then
for pid in children[::4]: os.kill(pid, signal.SIGKILL)
print(*(os.waitpid(pid, 0)[1] for pid in children))
"""


def test_64_processes_start_at_once(tmp_path: Path) -> None:
    """Each leaves a whole segment or, killed, a journal without one damaged line; none is in another's way."""
    status, output, errors = ran(SWARM, tmp_path)
    assert (status, errors) == (0, "")
    assert output.split() == ["9", "0", "0", "0"] * 16
    found = segments(tmp_path)
    assert len({segment["id"] for segment in found}) == len(found) == 48
    assert {segment["status"] for segment in found} == {"completed"}
    assert [
        gap for segment in found for gap in segment.get("gaps", []) if gap["what"] in {"registry", "recorder"}
    ] == []
    left = journals()
    assert len(left) == 16
    for path in left:
        lines = path.read_text().splitlines()
        assert json.loads(lines[0])["stage"] == "stage-0"
        assert all(isinstance(json.loads(line), dict) for line in lines)


def test_the_dead_are_swept_away(work: Path) -> None:
    """After them one recorder is alone, and nothing is left in the folder of live ones."""
    ran(SWARM, work)
    with joulecard.record("after"):
        pass
    names = (Path(os.environ["XDG_RUNTIME_DIR"]) / "joulecard").iterdir()
    assert [path.name for path in names if not path.name.startswith(".")] == []


class Clock:
    """Three clocks that go as they are told."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> Instant:
        """This moment."""
        return Instant(1.7e9 + self.now_s, self.now_s, self.now_s)


class Host:
    """A made-up host whose CPUs are busy with this process alone, and whose package draws what it is told."""

    def __init__(self, tree: Tree, folder: Path) -> None:
        self.tree, self.folder, self.clock = tree, folder, Clock()
        self.energy_j = 0.0
        self._file = tree.zone("intel-rapl:0", "package-0")
        self.pass_time(0.0, 0.0)

    def recorder(self, stage: str) -> Recorder:
        """A recording of this host, started."""
        plan = Plan(stage, str(self.folder), "group")
        one = Recorder(plan, self.tree.roots, Settings(), dict(os.environ), now=self.clock)
        one.start()
        return one

    def pass_time(self, seconds: float, watts: float) -> None:
        """Goes on, with some work done until the node's clock, which has steps of 0.01 s, shows all that was used."""
        end_s = int(time.process_time() * 100) / 100 + 0.01
        while time.process_time() < end_s:
            pass
        self.energy_j += seconds * watts
        self._file.write_text(f"{round(self.energy_j * 1e6)}\n")
        self.tree.set_cpu(int(time.process_time() * 100) / 100)
        self.clock.now_s += seconds


def look(recorders: list[Recorder]) -> None:
    """Each takes a sample."""
    for recorder in recorders:
        recorder.look()


def test_32_stages_overlap(tree: Tree, work: Path) -> None:
    """Stages that begin and end while others go on have together what the node used, and never more."""
    host = Host(tree, work)
    live: list[Recorder] = []
    for step in range(64):
        host.pass_time(0.001, 0.0)
        if step < 32:
            live.append(host.recorder(f"stage-{step}"))
        else:
            live.pop(0).stop("completed")
            host.pass_time(0.001, 0.0)  # those that stay see at once that it has gone
            look(live)
        host.pass_time(1.0, 50.0 + 13.0 * (step % 7))
        look(live)
    node_j = sum(50.0 + 13.0 * (step % 7) for step in range(63))
    readings = [segment["energy"][0] for segment in segments(work)]
    assert len(readings) == 32
    shares_j = sum(reading["share_j"] for reading in readings)
    assert node_j * 0.97 <= shares_j <= node_j * (1 + 1e-9)  # the real clock of CPU time lags behind in 0.01 s steps
    assert all(reading["node_j"] <= node_j for reading in readings)


class Stages:
    """Recordings of one process on a made-up host that nobody else uses. No clock and no file: all is told."""

    CPUS = 4
    PACKAGE = Counter("cpu", "rapl", "package-0", 1e-6, 1 << 62, 1e9)

    def __init__(self) -> None:
        self.at_s = self.cpu_s = self.energy_j = self.whole_j = 0.0
        self._account = Account()
        self._live: dict[int, tuple[float, Observation]] = {}
        self._ended: list[Observation] = []

    def come_or_go(self, number: int) -> None:
        """A stage begins, or ends if it goes on; the others see it at once."""
        if number in self._live:
            self._account.leave(number)
            self._ended.append(self._live.pop(number)[1])
        else:
            first = self._sample(number, self.at_s, len(self._live) + 1)
            node = Node(self.CPUS, "allocated", "even_split")
            self._live[number] = self.at_s, Observation(node, [self.PACKAGE], first)
        self.at_s += 1e-6
        self._look()

    def pass_time(self, seconds: float, load: float, watts: float) -> None:
        """All go on together; the node's clock shows CPU time in steps of 0.01 s."""
        self.at_s += seconds
        self.cpu_s += load * self.CPUS * seconds
        self.energy_j += watts * seconds
        self.whole_j += watts * seconds if self._live else 0.0
        self._look()

    def shares_j(self) -> float:
        """What all stages have together."""
        assert not self._live
        for observed in self._ended:
            observed.settle(None)
        return sum(observed.totals().readings[0].share_j for observed in self._ended)

    def _look(self) -> None:
        for number, (start_s, observed) in self._live.items():
            observed.advance(self._sample(number, start_s, len(self._live)))

    def _sample(self, number: int, start_s: float, live: int) -> Sample:
        busy_s = int(self.cpu_s * 100) / 100
        had = self._account.look(number, self.cpu_s, busy_s)
        count, room = int(self.energy_j * 1e6), self.CPUS / live
        elapsed_s = self.at_s - start_s
        return Sample(
            elapsed_s,
            round(1000 * self.at_s),
            0.0,
            had.cpu_s,
            busy_s,
            1.0,
            room,
            room,
            {self.PACKAGE.name: count},
            claim_cpu_s=had.claimed_s,
        )


steps = st.tuples(st.integers(0, 31), st.floats(0.5, 3.0), st.floats(0.1, 1.0), st.floats(1.0, 900.0))


@given(st.lists(steps, max_size=60))
def test_shares_are_the_whole(course: list[tuple[int, float, float, float]]) -> None:
    """However 32 stages of a process come and go: never more than the node, and less by no more than the clock lags."""
    stages = Stages()
    for number, *time_of_it in course:
        stages.come_or_go(number)
        stages.pass_time(*time_of_it)
    for number in [number for number in range(32) if sum(number == each for each, *_ in course) % 2]:
        stages.pass_time(5.0, 0.5, 50.0)
        stages.come_or_go(number)
    shares_j, lag_j = stages.shares_j(), 0.01 * 900.0 * (len(course) + 32)
    assert stages.whole_j * 0.999 - lag_j <= shares_j <= stages.whole_j * (1 + 1e-6) + 1e-3


# A rank as torchrun starts it; it works when all record, and tells what it has used.
RANK = """
import os, sys, time
import joulecard
def meet(word):
    if sys.argv[1:] != ["alone"]:
        print(word, flush=True)
        sys.stdin.readline()
with joulecard.record("train"):
    meet("in")
    before_s = time.process_time()
    while time.process_time() - before_s < 0.5: sum(range(1000))
    print(time.process_time() - before_s, flush=True)
    meet("out")
"""


class Machine:
    """A made-up node whose counters follow what its processes really use: 50 J for each CPU second, nothing idle."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.energy_j = 0.0
        self._file = tree.zone("intel-rapl:0", "package-0")
        self._used_s: dict[int, float] = {}
        self._turns = 0
        self._running = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def follow(self, pids: list[int]) -> None:
        """Begins to count."""
        self._used_s = dict.fromkeys(pids, 0.0)
        self._thread.start()

    def stop(self) -> None:
        """Counts no more."""
        self._running.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._running.wait(0.01):
            self._used_s = {pid: max(_used_s(pid), before_s) for pid, before_s in self._used_s.items()}
            busy_s = int(100 * sum(self._used_s.values())) / 100
            self.tree.set_cpu(busy_s)
            self.energy_j = 50.0 * busy_s
            beside = self._file.with_name("next")  # a look finds the old count or the new one, never half of one
            beside.write_text(f"{round(self.energy_j * 1e6)}\n")
            beside.replace(self._file)
            self._turns += 1

    def catch_up(self) -> None:
        """Waits until the counters show all that has been used by now."""
        turns = self._turns + 2
        while self._turns < turns:
            time.sleep(0.005)


def _used_s(pid: int) -> float:
    """CPU seconds of one process, to the nanosecond."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except (OSError, IndexError):  # it has ended
        return 0.0


def test_ranks_without_a_wrapper(tree: Tree, tmp_path: Path) -> None:
    """Ranks that each record are together at least 99 % of what they used, and never more than the node."""
    node = Machine(tree)
    environ = {**os.environ, **tree.environ, "TORCHELASTIC_RUN_ID": "run-1"}
    ranks = [
        subprocess.Popen(
            [sys.executable, "-c", RANK],
            cwd=tmp_path,
            env={**environ, "RANK": str(number), "LOCAL_RANK": str(number)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    node.follow([rank.pid for rank in ranks])

    def meet(*, words: int) -> list[str]:
        said = [rank.stdout.readline() for rank in ranks for _ in range(words) if rank.stdout]
        node.catch_up()
        for rank in ranks:
            assert rank.stdin
            rank.stdin.write("\n")
            rank.stdin.flush()
        return said

    meet(words=1)
    used_s = sum(map(float, meet(words=2)[::2]))
    for rank in ranks:
        rank.communicate(timeout=60)
    assert [rank.returncode for rank in ranks] == [0, 0, 0]
    node.stop()
    found = segments(tmp_path)
    assert sorted(segment["rank"] for segment in found) == [0, 1, 2]
    assert {(segment["group"], segment["execution_id"]) for segment in found} == {("run-1", found[0]["execution_id"])}
    shares_j = sum(segment["energy"][0]["share_j"] for segment in found)
    assert 0.99 * 50.0 * used_s <= shares_j <= node.energy_j


LAUNCHER = f"""
import os, subprocess, sys
rank = {RANK!r}
environ = {{**os.environ, "TORCHELASTIC_RUN_ID": "none"}}
ranks = [
    subprocess.Popen([sys.executable, "-c", rank, "alone"], env={{**environ, "RANK": str(n)}}, stdout=subprocess.PIPE)
    for n in range(2)
]
print(sum(float(rank.communicate()[0]) for rank in ranks))
"""


@pytest.mark.parametrize("around", ["wrapper", "block"])
def test_ranks_inside_a_recorder_of_the_node(tmp_path: Path, around: str) -> None:
    """The wrapper, or a block in the launcher, owns the total; each rank lies within it and belongs to its group."""
    if around == "wrapper":
        command = [sys.executable, "-m", "joulecard", "run", "--stage", "node", "--", sys.executable, "-c", LAUNCHER]
    else:
        block = "\n".join(f"    {line}" for line in LAUNCHER.splitlines())
        command = [sys.executable, "-c", f"import joulecard\nwith joulecard.record('node'):\n{block}"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=60)
    found: dict[str, list[dict[str, Any]]] = {}
    for segment in segments(tmp_path):
        found.setdefault(segment["stage"], []).append(segment)
    [node] = found["node"]
    assert "within" not in node
    assert "rank" not in node
    assert [rank["within"] for rank in found["train"]] == [node["execution_id"]] * 2
    assert {rank["group"] for rank in found["train"]} == {node["group"]}
    assert sorted(rank["rank"] for rank in found["train"]) == [0, 1]
    assert node["activity"]["cpu_s"] >= 0.95 * float(ended.stdout)
