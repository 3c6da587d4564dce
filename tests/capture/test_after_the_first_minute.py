"""Recordings that last longer than a minute of real time, when counters are mostly read by glances: against the truth.

A neighbour process counts energy four times a second, at a power that changes every four, and says what it showed.
"""

from __future__ import annotations

import math
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.capture.conftest import python, segments

from joulecard.capture.journal.recovery import recover

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from subprocess import Popen

    from tests.capture.conftest import Tree

    Truth = Sequence[tuple[float, float]]  # steady seconds, and what the counter showed from then on

LASTS_S, CLOSED_S, KILLED_S = 106, 72, 96
MOST_LOST_S, LATE_S = 10, 1
ROTATE_S, CHILDREN = 20, 40
NOT_EXACT_S = 0.02  # of the times that a record states
FIRST_S = 62  # from when on glances are what tells power
LOW_W, HIGH_W, PLATEAU_S, NEARLY_W = 20, 100, 4, 5
EACH_S = 4 * PLATEAU_S  # holds two plateaus of each kind
NEIGHBOUR = f"""
import os, time
step, joules, file = 0, 100.0, os.open(os.environ["ENERGY"], os.O_RDWR)
began = time.monotonic() // 1 + 1.1
while True:
    time.sleep(max(0.0, began + step / 4 - time.monotonic()))
    joules, step = joules + ({LOW_W}, {HIGH_W})[step // {4 * PLATEAU_S} % 2] / 4, step + 1
    os.pwrite(file, b"%020d" % round(joules * 1e6), 0)
    print(time.monotonic(), joules, flush=True)
"""
# Begins and ends between two steps of the counter; what is imported with the first recording takes its time. Children
# make looks so dear that they come each five seconds or ten.
RECORDS = """
import joulecard, os, subprocess, time
with joulecard.record('first'): pass
children = [subprocess.Popen(['sleep', '{lasts_s}']) for _ in range({children})]
def sleep(seconds): time.sleep(seconds - (time.monotonic() - 0.22) % 1)
sleep(1)
with joulecard.record('train', rotate_s={rotate_s}):
    sleep({closed_s})
    {then}
    sleep({rest_s})
for child in children:
    child.kill()
    child.wait()
"""
# as a daemon does; what it then opens gets the numbers, and looks like a counter
CLOSES = """os.closerange(3, 256)
    own = [os.open(f'own-{number}', os.O_RDWR | os.O_CREAT) for number in range(20)]
    for number in own: os.write(number, b'99999999999')"""
OWN = "99999999999"


def shown(truth: Truth, at_s: float) -> float:
    """What the counter showed then."""
    return max(joules for since_s, joules in truth if since_s <= at_s)


def span(document: dict[str, Any]) -> tuple[float, float]:
    """When a segment began and ended on the steady clock."""
    began_s = datetime.fromisoformat(document["start"]).timestamp() - time.time() + time.monotonic()
    return began_s, began_s + float(document["monotonic_s"])


def judge(truth: Truth, began_s: float, ended_s: float, documents: Sequence[dict[str, Any]]) -> None:
    """All of it to the last read, no joule more or less, and the series beside it."""
    least_j = shown(truth, ended_s - NOT_EXACT_S) - shown(truth, began_s + NOT_EXACT_S)
    most_j = shown(truth, ended_s + NOT_EXACT_S) - shown(truth, began_s - NOT_EXACT_S)
    readings = [reading for document in documents for reading in document["energy"]]
    assert least_j - 1e-4 <= math.fsum(reading["node_j"] for reading in readings) <= most_j + 1e-4
    assert {(reading["domain"], reading["coverage"]) for reading in readings} == {("package-0", 1.0)}
    for document in documents:
        assert math.fsum(document["series"]["counter_j"]) == pytest.approx(document["energy"][0]["share_j"], abs=1e-4)


def sees_each_plateau(document: dict[str, Any]) -> bool:
    """Whether power was read at least every two seconds after the first minute: every second plateau shows it."""
    least_w, most_w = (document["series"][name][FIRST_S:] for name in ("min_w", "max_w"))
    return all(
        min(least_w[second : second + EACH_S]) < LOW_W + NEARLY_W
        and max(most_w[second : second + EACH_S]) > HIGH_W - NEARLY_W
        for second in range(len(least_w) - EACH_S)
    )


def begun(name: str, tree: Tree, folder: Path) -> Popen[bytes]:
    """A program that records, alone as far as it knows."""
    (folder / "run").mkdir(parents=True, mode=0o700)
    program = RECORDS.format(
        rotate_s=ROTATE_S if name == "rotated" else None,
        closed_s=CLOSED_S,
        then=CLOSES if name == "daemon" else "pass",
        rest_s=LASTS_S - CLOSED_S,
        lasts_s=2 * LASTS_S,
        children=CHILDREN if name == "whole" else 0,
    )
    environ = {
        "JOULECARD_SYSFS_ROOT": str(tree.sysfs),
        "JOULECARD_ATTRIBUTION": "machine",
        "JOULECARD_JOURNAL_DIR": str(folder / "journal"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
    }
    return python(program, folder, **environ)


@pytest.mark.nightly
def test_after_the_first_minute(tree: Tree, tmp_path: Path) -> None:
    """Every joule to the last read, and the power of each second; also of segments, after a kill, and of a daemon."""
    energy = tree.zone("intel-rapl:0", "package-0", 100_000_000)
    energy.write_text(f"{100_000_000:020d}")
    neighbour = python(NEIGHBOUR, tmp_path, ENERGY=str(energy))
    programs = {name: begun(name, tree, tmp_path / name) for name in ("whole", "rotated", "killed", "daemon")}
    try:
        time.sleep(KILLED_S)
        programs["killed"].kill()
        killed_s = time.monotonic()
        said = {name: program.communicate(timeout=60) for name, program in programs.items()}
        time.sleep(1)  # the truth lasts longer than the recordings
    finally:
        for process in (neighbour, *programs.values()):
            process.kill()
    told, errors = neighbour.communicate()
    assert errors == b""
    assert said == dict.fromkeys(programs, (b"", b""))
    [outcome] = recover(str(tmp_path / "killed/journal"))
    assert outcome.verdict == "written"
    truth = [(float(at), float(joules)) for at, joules in map(str.split, told.decode().splitlines()[:-1])]
    recorded = {
        name: [document for document in segments(tmp_path / name) if document["stage"] == "train"] for name in programs
    }
    for documents in recorded.values():
        judge(truth, span(documents[0])[0], span(documents[-1])[1], documents)

    [whole] = recorded["whole"]
    assert whole["gaps"] == []
    assert sees_each_plateau(whole)

    assert len(recorded["rotated"]) == math.ceil(LASTS_S / ROTATE_S)
    for part in recorded["rotated"]:
        judge(truth, *span(part), [part])

    [killed] = recorded["killed"]
    assert killed["status"] == "interrupted"
    assert killed_s - MOST_LOST_S - LATE_S <= span(killed)[1] <= killed_s

    assert {(tmp_path / f"daemon/own-{number}").read_text() for number in range(20)} == {OWN}
