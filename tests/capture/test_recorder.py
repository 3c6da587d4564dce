"""A recording tells what it saw, and never disturbs what it records."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.capture.conftest import Tree, journals, ran, segments

import joulecard
from joulecard.capture.clock import Instant
from joulecard.capture.journal.recovery import recover
from joulecard.capture.node.registry import Registry
from joulecard.capture.plan import Plan
from joulecard.capture.recorder import Recorder
from joulecard.capture.segment import Gap, Segment
from joulecard.settings import Roots, Settings, load_settings


def recorder(folder: Path, roots: Roots | None = None, **changes: Any) -> Recorder:
    """A recorder with the default settings that writes below a folder."""
    settings = Settings(journal_dir=str(folder / "journals"), **changes.pop("settings", {}))
    plan = Plan("train", str(folder), "group", **changes.pop("plan", {}))
    return Recorder(plan, roots or Roots(), settings, os.environ, **changes)


def test_a_block(work: Path) -> None:
    """A recorded block leaves one segment below the working directory, and no journal."""
    with joulecard.record("train"):
        os.chdir("/")
        end = time.process_time() + 0.1
        while time.process_time() < end:
            pass
    [document] = segments(work)
    assert (document["stage"], document["status"], document["scope"]) == ("train", "completed", "process")
    assert 0.09 <= document["activity"]["cpu_s"] <= document["activity"]["node_cpu_s"]
    assert document["monotonic_s"] >= 0.09  # rounded to milliseconds
    assert sum(document["series"]["cpu_s"]) == pytest.approx(document["activity"]["cpu_s"], rel=1e-5)
    assert document["clock_step_s"] == pytest.approx(0, abs=0.5)
    assert journals() == []


def test_round_trip(work: Path) -> None:
    """A segment read from its file and written again is the same."""
    with joulecard.record("train"):
        pass
    [document] = segments(work)
    again = Segment.from_document(document).to_document()
    assert json.loads(json.dumps(again)) == document


def test_a_function(work: Path) -> None:
    """As a decorator, each call is a recording of its own, and the function is what it was."""

    @joulecard.record("score")
    def double(number: int) -> int:
        """Twice the number."""
        return 2 * number

    assert (double(2), double(3), double.__doc__) == (4, 6, "Twice the number.")
    assert [document["stage"] for document in segments(work)] == ["score", "score"]


def test_a_coroutine(work: Path) -> None:
    """A coroutine function is recorded while it is awaited."""

    @joulecard.record("serve")
    async def wait() -> int:
        await asyncio.sleep(0.05)
        return 7

    assert asyncio.run(wait()) == 7
    assert segments(work)[0]["monotonic_s"] >= 0.05


def test_entered_twice(work: Path) -> None:
    """One recording may be entered again before it has been left."""
    stage = joulecard.record("train")
    with stage, stage:
        pass
    assert len(segments(work)) == 2
    assert journals() == []


@pytest.mark.parametrize("error", [ValueError("ours"), KeyboardInterrupt(), SystemExit(3)])
def test_exceptions_pass_through(work: Path, error: BaseException) -> None:
    """An exception of the block goes through untouched, and the stage is failed."""
    with pytest.raises(type(error)) as caught, joulecard.record("train"):
        raise error
    assert caught.value is error
    assert segments(work)[0]["status"] == "failed"


def test_disabled(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Turned off, nothing is read or written."""
    monkeypatch.setenv("JOULECARD_DISABLED", "1")
    before = threading.active_count()
    with joulecard.record("train"):
        assert threading.active_count() == before
    assert list(work.iterdir()) == []


def test_nested(work: Path) -> None:
    """A recording inside another stores which one, belongs to its group, and the outer one to none."""
    with joulecard.record("outer"), joulecard.record("inner"):
        pass
    outer, inner = sorted(segments(work), key=lambda document: document["stage"], reverse=True)
    assert "within" not in outer
    assert (inner["within"], inner["group"]) == (outer["execution_id"], outer["group"])


def test_inside_a_wrapper(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording inside a recorded command stores that one, in the list of live recorders too."""
    monkeypatch.setenv("JOULECARD_WITHIN", "outer-id")
    with joulecard.record("train"):
        [entry] = Registry(os.environ).look()
        assert entry.within == "outer-id"
    assert segments(work)[0]["within"] == "outer-id"


def test_threads(work: Path) -> None:
    """Recordings in several threads end in as many segments."""

    def block() -> None:
        with joulecard.record("train"):
            time.sleep(0.01)

    threads = [threading.Thread(target=block) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(segments(work)) == 8


def test_forked_child_leaves_the_recording_alone(work: Path) -> None:
    """A child that leaves the block by fork writes no segment and holds no lock of its parent's."""
    program = (
        "import os, joulecard, time\n"
        "with joulecard.record('train'):\n"
        "    if os.fork() == 0:\n"
        "        names = [os.readlink(f'/proc/self/fd/{name}') for name in os.listdir('/proc/self/fd')\n"
        "                 if os.path.exists(f'/proc/self/fd/{name}')]\n"
        "        held = [name for name in names if 'joulecard' in name]\n"
        "        print(held, flush=True)\n"
        "    else:\n"
        "        os.wait()\n"
    )
    assert ran(program, work)[:2] == (0, "[]\n")
    assert len(segments(work)) == 1


def test_prints_nothing_and_leaves_nothing(work: Path) -> None:
    """A recording that works prints nothing, and leaves no thread, no descriptor and no file but its segment."""
    program = (
        "import os, threading, joulecard\n"
        "before = sorted(os.listdir('/proc/self/fd'))\n"
        "with joulecard.record('train'): pass\n"
        "assert sorted(os.listdir('/proc/self/fd')) == before\n"
        "assert threading.active_count() == 1\n"
    )
    assert ran(program, work) == (0, "", "")
    assert [path.suffix for path in work.rglob("*") if path.is_file()] == [".json"]


def test_light(work: Path) -> None:
    """A recording needs none of the modules that cost more than it does."""
    program = (
        "import sys; before = set(sys.modules); import joulecard\n"
        "with joulecard.record('train'): pass\n"
        "heavy = 'pydantic click tomllib importlib.metadata importlib.resources logging subprocess uuid pathlib "
        "datetime csv'\n"
        "print([name for name in heavy.split() if name in set(sys.modules) - before])\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=work, check=True, capture_output=True, text=True)
    assert done.stdout == "[]\n"


def test_folder_that_cannot_be_written(work: Path) -> None:
    """The block is unharmed; one line says why, where the record lies and how to get it; the journal is closed."""
    (work / "carbon").write_text("in the way")
    status, output, errors = ran("import joulecard\nwith joulecard.record('train'): print('done')", work)
    [journal] = journals()
    assert (status, output, errors.count("\n")) == (0, "done\n", 1)
    assert str(journal) in errors
    assert "joulecard recover --to DIR" in errors
    assert json.loads(journal.read_text().splitlines()[-1]) == {"end": "completed", "exit_status": None}


def test_a_folder_that_was_deleted(work: Path) -> None:
    """A folder that its user has removed does not come back; the journal stays, for recover and another folder."""
    base = work / "scratch"
    said: list[str] = []
    base.mkdir()
    one = Recorder(
        Plan("train", str(base), "group"), Roots(), Settings(journal_dir=str(work / "journals")), {}, say=said.append
    )
    one.start()
    time.sleep(0.1)
    base.rmdir()
    one.stop("completed")
    assert not base.exists()
    assert one.segment_path is None
    [sentence] = said
    assert "has been deleted" in sentence
    assert "joulecard recover --to DIR" in sentence
    assert [outcome.verdict for outcome in recover(str(work / "journals"))] == ["kept"]
    assert not base.exists()
    assert [outcome.verdict for outcome in recover(str(work / "journals"), str(work / "new/place"))] == ["written"]


def test_no_folder_for_the_journal(work: Path) -> None:
    """Where no journal can be kept the segment is written all the same and says so."""
    (work / "journals").write_text("in the way")
    said: list[str] = []
    one = recorder(work, say=said.append)
    one.start()
    segment = one.stop("completed")
    assert segment
    assert [gap.what for gap in segment.gaps] == ["journal"]
    assert len(set(said)) == 1
    assert one.segment_path
    assert Path(one.segment_path).exists()


def test_settings_that_were_not_understood(work: Path) -> None:
    """Each problem of the settings is a gap that names source and key; the value is in no record."""
    (work / "joulecard.toml").write_text('profile = "/home/x/secret"\nplaec = "/home/x/secret"\n')
    variables = {"JOULECARD_PLACE": "/home/x/secret", "JOULECARD_PUE": "secret"}
    settings = load_settings({**os.environ, **variables}, str(work))
    assert sum("secret" in problem for problem in settings.problems) == 3
    one = Recorder(Plan("train", str(work), "group"), Roots(), settings, os.environ)
    one.start()
    segment = one.stop("completed")
    assert segment
    assert [gap.what for gap in segment.gaps] == ["settings"] * 4
    starts = ["joulecard.toml: profile:", "joulecard.toml: plaec is no key", "JOULECARD_PLACE:", "JOULECARD_PUE:"]
    assert all(gap.reason.startswith(start) for gap, start in zip(segment.gaps, starts, strict=True))
    assert "secret" not in json.dumps(segment.to_document())


def test_a_setting_that_was_not_understood_is_told(work: Path) -> None:
    """In one line at the end of the process, with its value."""
    (work / "joulecard.toml").write_text('place = "Mars"\n')
    status, _, errors = ran("import joulecard\nfor _ in range(2):\n  with joulecard.record('train'): pass", work)
    assert (status, errors.count("\n")) == (0, 1)
    assert errors.startswith('joulecard: joulecard.toml: place = "Mars" is not allowed; allowed: provider/region')
    assert errors.endswith("; it is ignored\n")


@pytest.mark.parametrize("name", [None, "", "\n\t"])
def test_a_stage_without_a_name(work: Path, name: Any) -> None:
    """It is recorded under one, and a gap says so."""
    with joulecard.record(name):
        pass
    [document] = segments(work)
    assert document["stage"] == "unnamed"
    assert [gap["reason"] for gap in document["gaps"]] == ["the stage was given no name, and is recorded as unnamed"]


def test_what_the_caller_knows(work: Path) -> None:
    """Status, exit status, exact CPU time, gaps and links are those that the caller gave."""
    one = recorder(work, plan={"scope": "node", "refs": (("dvc_stage", "train"),), "rank": 2})
    one.start()
    segment = one.stop("failed", -9, cpu_s=12.5, gaps=[Gap("processes", "one ran on")])
    assert segment
    assert (segment.status, segment.exit_status, segment.refs, segment.rank) == (
        "failed",
        -9,
        (("dvc_stage", "train"),),
        2,
    )
    assert (segment.activity.cpu_s, segment.activity.cpu_source) == (12.5, "wait4")
    assert segment.gaps[0] == Gap("processes", "one ran on")
    assert one.stop("completed") is segment


def test_a_counter_that_fails_for_good(tree: Tree, tmp_path: Path) -> None:
    """What a counter gave before it failed stays, with its coverage, and the rest is a gap with reason and length."""
    energy = tree.zone("intel-rapl:0", "package-0", 0)
    clock = Clock()
    one = recorder(tmp_path, tree.roots, now=clock)
    one.start()
    clock.move(5.0, 5.0, 5.0)
    energy.write_text("50000000\n")
    time.sleep(1.2)  # a tick
    clock.move(5.0, 5.0, 5.0)
    energy.unlink()
    segment = one.stop("completed")
    assert segment
    assert (segment.energy[0].node_j, segment.energy[0].coverage, segment.coverage) == (50.0, 0.5, 0.5)
    assert segment.gaps == (Gap("rapl:package-0", "cannot be read: No such file or directory", 5.0),)


def test_never_started(work: Path) -> None:
    """A recorder that was never started gives nothing and raises nothing."""
    assert recorder(work).stop("completed") is None


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.instant = Instant(1_800_000_000.0, 100.0, 100.0)

    def __call__(self) -> Instant:
        """This moment."""
        return self.instant

    def move(self, wall_s: float, monotonic_s: float, boot_s: float) -> None:
        """Moves each of the three clocks."""
        wall, monotonic, boot = self.instant
        self.instant = Instant(wall + wall_s, monotonic + monotonic_s, boot + boot_s)


@pytest.mark.parametrize(
    ("moves", "step_s", "gaps"),
    [
        ((10.0, 10.0, 10.0), 0.0, set()),
        ((10.1, 10.0, 10.0), 0.1, set()),
        ((3610.0, 10.0, 10.0), 3600.0, {"clock"}),
        ((-86390.0, 10.0, 10.0), -86400.0, {"clock"}),
        ((40.0, 10.0, 40.0), 30.0, {"suspend"}),
    ],
    ids=["steady", "drift", "an hour forward", "a day back", "suspended"],
)
def test_clocks(work: Path, moves: tuple[float, float, float], step_s: float, gaps: set[str]) -> None:
    """Durations come from the steady clock; a clock that was set and a system that slept are stated gaps."""
    clock = Clock()
    one = recorder(work, now=clock)
    one.start()
    clock.move(*moves)
    segment = one.stop("completed")
    assert segment
    assert (segment.monotonic_s, segment.clock_step_s) == (10.0, step_s)
    assert {gap.what for gap in segment.gaps} - {"pause"} == gaps  # a pause, for nobody looked meanwhile
    assert segment.start == "2027-01-15T08:00:00.000Z"


def test_two_share_the_node(tree: Tree, tmp_path: Path) -> None:
    """While two recorders are live each has half of the host, and both shares fit into the node's energy."""
    energy = tree.zone("intel-rapl:0", "package-0", 0)
    both = [recorder(tmp_path, tree.roots) for _ in range(2)]
    for one in both:
        one.start()
    tree.set_cpu(busy_s=1000.0)
    energy.write_text("500000000\n")
    shares = [one.stop("completed") for one in both]
    readings = [segment.energy[0] for segment in shares if segment]
    assert [reading.node_j for reading in readings] == [500.0, 500.0]
    assert sum(reading.share_j for reading in readings) <= 500.0


def test_the_last_to_leave_does_not_claim_all(tree: Tree, tmp_path: Path) -> None:
    """Of two recorders the one that stops last had half of the host while the other was there."""
    clock = Clock()
    first, last = (recorder(tmp_path, tree.roots, now=clock) for _ in range(2))
    for one in (first, last):
        one.start()
    clock.move(4.0, 4.0, 4.0)
    ended = [one.stop("completed") for one in (first, last)]
    assert sum(segment.activity.core_s for segment in ended if segment) <= 4 * 4.0 * 1.5  # the first came alone
    assert ended[1]
    assert ended[1].activity.core_s == pytest.approx(4.0 * 2)


def test_children_that_nobody_waits_for(work: Path) -> None:
    """Where SIGCHLD is ignored, what was seen of a child that has ended stays ours, and the rest is a stated gap."""
    program = (
        "import joulecard, os, signal, time\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "def burn(seconds):\n    end = time.process_time() + seconds\n"
        "    while time.process_time() < end: pass\n"
        "with joulecard.record('train'):\n"
        "    for _ in range(2):\n"
        "        child = os.fork()\n"
        "        if child == 0: burn(0.4); time.sleep(2.5); os._exit(0)\n"
        "        time.sleep(4.2)\n"
    )
    assert ran(program, work) == (0, "", "")
    [document] = segments(work)
    assert document["activity"]["cpu_s"] >= 0.75
    assert [gap["what"] for gap in document["gaps"]] == ["processes"]


def test_without_proc(tmp_path: Path) -> None:
    """Where there is no /proc our own CPU time is known, and the rest is a stated gap."""
    nowhere = str(tmp_path / "nowhere")
    one = recorder(tmp_path, Roots(nowhere, nowhere, nowhere))
    one.start()
    segment = one.stop("completed")
    assert segment
    assert [gap.what for gap in segment.gaps] == ["node"]
    assert segment.activity.cpu_s > 0


def test_thirty_two_at_once(tmp_path: Path) -> None:
    """Recorders that start at the same moment do not disturb one another."""
    program = (
        "import os, sys, time\n"
        "from joulecard.capture import record\n"
        "go = float(sys.argv[1])\n"
        "for number in range(31):\n"
        "    if os.fork() == 0: break\n"
        "else: number = 31\n"
        "time.sleep(max(0, go - time.time()))\n"
        "with record(f's{number}'): time.sleep(0.3)\n"
        "if number < 31: os._exit(0)\n"
        "for _ in range(31): assert os.wait()[1] == 0\n"
    )
    command = [sys.executable, "-c", program, str(time.time() + 0.5)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    documents = segments(tmp_path)
    assert sorted(document["stage"] for document in documents) == sorted(f"s{number}" for number in range(32))
    assert [document["gaps"] for document in documents] == [[]] * 32
    cores = os.cpu_count() or 1
    assert all(document["activity"]["core_s"] <= (document["monotonic_s"] + 0.001) * cores for document in documents)
    assert journals() == []


def test_a_gpu_is_named_in_the_record(tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No meter reads it; from its name a disclosure tells that its energy is left out."""
    device = tmp_path / "proc" / "driver" / "nvidia" / "gpus" / "0000:01:00.0"
    device.mkdir(parents=True)
    (device / "information").write_text("Model: NVIDIA H200\n")
    monkeypatch.setenv("JOULECARD_PROC_ROOT", str(tmp_path / "proc"))
    with joulecard.record("train"):
        pass
    [document] = segments(work)
    assert document["machine"]["accelerators"] == [{"model": "NVIDIA H200", "count": 1, "vendor": "NVIDIA"}]
