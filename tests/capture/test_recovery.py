"""What a dead recorder left behind becomes a segment, once, and nothing is thrown away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.capture.conftest import Tree, journals, python, ran, segments

from joulecard.capture.journal.recovery import recover
from joulecard.capture.segment import Segment

SLEEPER = "import joulecard, time\nwith joulecard.record('train'): time.sleep(60)"


def state() -> str:
    """The folder of this test's journals."""
    return os.path.join(os.environ["XDG_STATE_HOME"], "joulecard")


def killed_after(folder: Path, seconds: float, program: str = SLEEPER, **environ: str) -> float:
    """Starts a recording and kills it so long after its journal appeared; the seconds that it had run."""
    process = python(program, folder, **environ)
    while not journals():
        assert process.poll() is None
        time.sleep(0.01)
    began_s = time.monotonic()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    lived_s = time.monotonic() - began_s
    process.communicate()
    return lived_s


_left_behind: dict[str, bytes] = {}


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """The journal of a recording in this folder that was killed after one or two checkpoints."""
    if not _left_behind:  # one killed recording serves all tests, each as if it had been here
        killed_after(tmp_path, 2.3)
        [path] = journals()
        _left_behind[path.name] = path.read_bytes().replace(str(tmp_path).encode(), b"FOLDER")
    [(name, content)] = _left_behind.items()
    path = Path(state()) / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.replace(b"FOLDER", str(tmp_path).encode()))
    return path


def test_killed(tree: Tree, tmp_path: Path) -> None:
    """A recording killed after three seconds becomes an interrupted segment that lost at most its last period."""
    counter = repr(str(tree.zone("intel-rapl:0", "package-0", 0)))
    program = (
        "import joulecard, os, time\nwith joulecard.record('train'):\n  start = time.monotonic()\n"
        f"  while time.monotonic() < start + 60:\n    open({counter} + '~', 'w').write(\n"
        f"      str(int((time.monotonic() - start) * 50_000_000)))\n    os.replace({counter} + '~', {counter})\n"
        "    time.sleep(0.05)"
    )
    lived_s = killed_after(tmp_path, 3.2, program, **tree.environ)
    [outcome] = recover(state())
    assert outcome.verdict == "written"
    [document] = segments(tmp_path)
    segment = Segment.from_document(document)
    assert (segment.status, segment.stage) == ("interrupted", "train")
    assert lived_s - 1.5 <= segment.monotonic_s <= lived_s + 0.5
    [reading] = segment.energy
    assert 50 * (segment.monotonic_s - 1) <= reading.node_j <= 50 * (segment.monotonic_s + 0.5)
    assert segment.series
    assert sum(segment.series.counter_j) == pytest.approx(reading.share_j, rel=1e-6)
    assert sum(segment.series.cpu_s) == pytest.approx(segment.activity.cpu_s, rel=1e-6)
    assert journals() == []


def test_ten_seconds(tmp_path: Path) -> None:
    """Of ten seconds before a kill at least eight and a half are in the record."""
    killed_after(tmp_path, 10.0)
    recover(state())
    assert segments(tmp_path)[0]["monotonic_s"] >= 8.5


def test_live_recordings_are_left_alone(tmp_path: Path) -> None:
    """The journal of a running recording is skipped."""
    process = python(SLEEPER, tmp_path)
    while not journals():
        time.sleep(0.01)
    try:
        [outcome] = recover(state())
        assert outcome.verdict == "live"
        assert outcome.sentence.endswith("is held by a recording that still runs, or by another recover")
    finally:
        process.kill()
        process.communicate()
    assert not (tmp_path / "carbon").exists()


def test_children_do_not_keep_a_journal_alive(tmp_path: Path) -> None:
    """A forked worker that outlives its killed parent does not hold the parent's journal."""
    program = (
        "import joulecard, os, time\nwith joulecard.record('train'):\n"
        "    time.sleep(0.3)\n    if os.fork() == 0: print(os.getpid(), flush=True)\n    time.sleep(30)\n"
    )
    process = python(program, tmp_path)
    assert process.stdout
    child = int(process.stdout.readline())
    process.kill()
    process.wait()
    assert [outcome.verdict for outcome in recover(state())] == ["written"]
    os.kill(child, signal.SIGKILL)
    process.communicate()


def test_twice(journal: Path, tmp_path: Path) -> None:
    """The second time there is nothing left to do."""
    assert len(recover(str(journal.parent))) == 1
    before = segments(tmp_path)
    assert recover(str(journal.parent)) == []
    assert segments(tmp_path) == before


def test_after_a_recovery_that_was_killed(journal: Path, tmp_path: Path) -> None:
    """A journal whose segment is already there gives the same bytes again."""
    content = journal.read_bytes()
    recover(str(journal.parent))
    [path] = (tmp_path / "carbon/segments").iterdir()
    first = path.read_bytes()
    journal.write_bytes(content)
    path.unlink()
    recover(str(journal.parent))
    assert path.read_bytes() == first


def test_finished_segments_are_not_replaced(journal: Path, tmp_path: Path) -> None:
    """If the recorder had written its segment before it died, that one stays: it knows more."""
    finished = tmp_path / "carbon/segments" / f"{journal.stem}.json"
    finished.parent.mkdir(parents=True)
    finished.write_text(f'{{"id": "{journal.stem}", "status": "completed"}}')
    before = finished.read_bytes()
    assert recover(str(journal.parent))[0].verdict == "written"
    assert finished.read_bytes() == before
    assert journals() == []


def test_from_several_processes_at_once(tmp_path: Path) -> None:
    """Of processes that recover at the same time exactly one takes each journal."""
    program = "import joulecard, os, time\nfor _ in range(5): os.fork()\nwith joulecard.record('train'): time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, start_new_session=True)
    while len(journals()) < 32:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    command = (
        "import sys\nfrom joulecard.capture.journal.recovery import recover\n"
        "print(sum(outcome.verdict == 'written' for outcome in recover(sys.argv[1])))"
    )
    recoverers = [
        subprocess.Popen([sys.executable, "-c", command, state()], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert sum(int(one.communicate()[0]) for one in recoverers) == 32
    assert len(segments(tmp_path)) == 32
    assert journals() == []


def test_folder_that_cannot_be_written(journal: Path, tmp_path: Path) -> None:
    """The journal is kept and the sentence says why; given another folder, the segment goes there."""
    (tmp_path / "carbon").write_text("in the way")
    [outcome] = recover(str(journal.parent))
    assert (outcome.verdict, journal.exists()) == ("kept", True)
    assert "--to" in outcome.sentence
    [outcome] = recover(str(journal.parent), str(tmp_path / "elsewhere"))
    assert outcome.segment == str(tmp_path / "elsewhere" / f"{journal.stem}.json")
    assert not journal.exists()


@pytest.mark.parametrize("first", [b"", b"{}\n", b'{"joulecard_journal": 99}\n', b"\0\0\0\n", b'{"joulecard_journal"'])
def test_damaged_first_line(journal: Path, first: bytes) -> None:
    """Without a good first line the file is reported and left as it is."""
    damaged = first + b"".join(journal.read_bytes().splitlines(keepends=True)[1:])
    journal.write_bytes(damaged)
    [outcome] = recover(str(journal.parent))
    assert outcome.verdict == "unreadable"
    assert str(journal) in outcome.sentence
    assert journal.read_bytes() == damaged


def test_damaged_lines(journal: Path, tmp_path: Path) -> None:
    """Damaged checkpoints are stepped over, and the record says how many."""
    with journal.open("ab") as file:
        file.write(b'{"t": 2.0, "w": 1}\n{"t": "x", "u": [], "e": [], "k": 0}\n{"g": [1]}\n[]\n{"t":')
    recover(str(journal.parent))
    [document] = segments(tmp_path)
    reasons = [gap["reason"] for gap in document["gaps"]]
    assert reasons == [
        "5 damaged lines of the journal were stepped over",
        "the recorder was killed; what came after its last checkpoint was not seen",
    ]
    assert document["monotonic_s"] >= 1.0


def test_ended_but_not_written(tmp_path: Path) -> None:
    """A recording that ended and could not write its segment is recovered with its true status and figures."""
    (tmp_path / "carbon").write_text("in the way")
    program = "import joulecard, time\nwith joulecard.record('train'): time.sleep(0.2); raise SystemExit(3)"
    assert ran(program, tmp_path)[0] == 3
    (tmp_path / "carbon").unlink()
    recover(state())
    [document] = segments(tmp_path)
    assert document["status"] == "failed"
    assert 0.2 <= document["monotonic_s"] < 1


def test_no_journals(tmp_path: Path) -> None:
    """A folder that is not there, and files that are no journals, give nothing."""
    assert recover(str(tmp_path / "nowhere")) == []
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / ".draft.jsonl.1").write_text("x")
    assert recover(str(tmp_path)) == []
