"""A recording that ends a segment every so often loses nothing at the borders, and counts nothing twice."""

from __future__ import annotations

import math
import os
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.capture.conftest import journals, kill, ran, segments

import joulecard
from joulecard.capture.joules.cut import Cutter
from joulecard.capture.joules.observation import Node, Observation, Sample
from joulecard.capture.joules.totals import Totals
from joulecard.capture.journal.recovery import recover
from joulecard.capture.meters import Counter, Failure, Gauge
from joulecard.capture.pace import Pace
from joulecard.disclosure.instants import seconds_between

if TYPE_CHECKING:
    from pathlib import Path

    from tests.capture.conftest import Tree

PACKAGE = Counter("cpu", "rapl", "package-0", 1e-6, 1_000_000_000, 400.0)  # it starts again after 1,000 J
BOARD = Gauge("gpu", "nvml", "gpu-0", 1e-3, 1000.0, "ab" * 6)
CPUS = 4


def test_a_service(tree: Tree, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each segment begins where the one before it ended; energy, time, CPU time and counts add up to the whole."""
    energy = tree.zone("intel-rapl:0", "package-0", 0)
    for name, value in tree.environ.items():
        monkeypatch.setenv(name, value)
    with joulecard.record("whole") as whole, joulecard.record("serve", rotate_s=1) as stage:
        for number in range(1, 36):
            stage.count("request")
            whole.count("request")
            energy.write_text(f"{number * 2_000_000}\n")
            time.sleep(0.1)
    [outer] = [document for document in segments(work) if document["stage"] == "whole"]
    parts = [document for document in segments(work) if document["stage"] == "serve"]
    assert len(parts) >= 3
    assert len({document["id"] for document in parts}) == len(parts)
    assert len({(document["group"], document["stage"], document["attempt"]) for document in parts}) == 1
    assert {(document["execution_id"], document["status"]) for document in parts} == {
        (parts[0]["execution_id"], "completed")
    }
    assert all(before["end"] == after["start"] for before, after in pairwise(parts))
    read = [reading for document in parts for reading in document["energy"]]  # the last may be too short for one
    assert sum(reading["node_j"] for reading in read) == pytest.approx(70.0, abs=1e-5)
    assert sum(document["work_done"]["request"] for document in parts) == outer["work_done"]["request"] == 35
    assert sum(document["monotonic_s"] for document in parts) == pytest.approx(
        seconds_between(parts[0]["start"], parts[-1]["end"]), abs=0.01
    )
    assert sum(document["activity"]["cpu_s"] for document in parts) <= outer["activity"]["cpu_s"] + 1e-6
    assert all(document["gaps"] == [] for document in parts if document["energy"])
    assert journals() == []


def test_never_unless_asked(work: Path) -> None:
    """Without `rotate_s` a stage is one segment, however long it lasts."""
    with joulecard.record("train"):
        time.sleep(2.2)
    assert len(segments(work)) == 1


@pytest.mark.parametrize(
    "rotate_s", [0, -5, 0.5, math.nan, math.inf, "3600", True, [], 10**400], ids=lambda value: repr(value)[:9]
)
def test_refused(work: Path, rotate_s: Any) -> None:
    """What is no number of seconds from 1 is refused in words; the stage is recorded as one segment."""
    with joulecard.record("serve", rotate_s=rotate_s):
        time.sleep(0.01)
    [document] = segments(work)
    [gap] = document["gaps"]
    assert gap["what"] == "rotate_s"
    assert "rotate_s was refused" in gap["reason"]


def test_what_is_missing_is_missing_in_each(work: Path) -> None:
    """A gap of the whole recording stands in every segment, one of a count where the count was made."""
    (work / "joulecard.toml").write_text('profile = "none"\n')
    program = (
        "import joulecard, time\nwith joulecard.record('serve', rotate_s=1) as stage:\n"
        "    stage.count('request', -1); stage.note(place='FR', flop=7); time.sleep(2.4)"
    )
    status, output, errors = ran(program, work)
    assert (status, output, errors.count("\n")) == (0, "", 1)
    first, *others = segments(work)
    assert [gap["what"] for gap in first["gaps"]] == ["settings", "work"]
    assert [[gap["what"] for gap in document["gaps"]] for document in others] == [["settings"]] * len(others)
    assert first["declared"] == {"flop": 7}
    assert all("declared" not in document for document in others)
    assert [document["place"]["evidence"][0].get("country") for document in [first, *others]] == ["FR"] * (
        1 + len(others)
    )


def test_killed(work: Path) -> None:
    """A kill leaves the segments that were ended as they are, and of the last one what its journal holds."""
    program = (
        "import joulecard, time\nwith joulecard.record('serve', rotate_s=1) as stage:\n"
        "    for number in range(600):\n        stage.count('request')\n        time.sleep(0.1)\n"
        "        if number == 34: print('go', flush=True)\n"
    )
    kill(program, work)
    ended = segments(work)
    assert len(ended) >= 2
    [journal] = journals()
    assert [outcome.verdict for outcome in recover(str(journal.parent))] == ["written"]
    everything = segments(work)
    assert [document["status"] for document in everything] == ["completed"] * len(ended) + ["interrupted"]
    assert all(before["end"] == after["start"] for before, after in pairwise(everything))
    assert 20 <= sum(document.get("work_done", {}).get("request", 0) for document in everything) <= 36


def test_a_folder_that_cannot_be_written(work: Path) -> None:
    """Each segment's journal is kept for recover, one line is said, and the service goes on."""
    (work / "carbon").write_text("in the way")
    program = (
        "import joulecard, time\nwith joulecard.record('serve', rotate_s=1) as stage:\n"
        "    for _ in range(24): stage.count('request'); time.sleep(0.1)\nprint('done')"
    )
    status, output, errors = ran(program, work)
    assert (status, output, errors.count("\n")) == (0, "done\n", 1)
    assert len(journals()) >= 2
    recovered = work / "recovered"
    assert {outcome.verdict for outcome in recover(str(journals()[0].parent), str(recovered / "carbon/segments"))} == {
        "written"
    }
    documents = segments(recovered)
    assert all(document["status"] == "completed" for document in documents)
    assert sum(document.get("work_done", {}).get("request", 0) for document in documents) == 24


def test_one_entry_among_the_live_recorders(work: Path) -> None:
    """To others a recording that rotates is one and the same."""
    with joulecard.record("serve", rotate_s=1):
        entries = set(os.listdir(os.path.join(os.environ["XDG_RUNTIME_DIR"], "joulecard")))
        time.sleep(2.2)
        assert set(os.listdir(os.path.join(os.environ["XDG_RUNTIME_DIR"], "joulecard"))) == entries
    assert len(segments(work)) >= 2


def test_what_was_written_is_forgotten(work: Path) -> None:
    """Of the segments that were ended nothing stays in memory, in programs too that collect no garbage."""
    program = (
        "import gc, joulecard, time\nfrom joulecard.capture.part import Part\ngc.collect(); gc.disable()\n"
        "with joulecard.record('serve', rotate_s=1) as stage:\n    stage.count('request'); time.sleep(2.4)\n"
        "    print(sum(type(each) is Part for each in gc.get_objects()))"
    )
    assert ran(program, work) == (0, "1\n", "")
    assert len(segments(work)) >= 2


ticks = st.lists(
    st.tuples(
        st.floats(0.05, 12.0),  # seconds
        st.floats(0.0, 1.0),  # CPUs that we use
        st.floats(0.0, 3.0),  # that others use
        st.floats(0.0, 300.0),  # W
        st.sampled_from(["read", "read", "read", "failed"]),
        st.booleans(),  # whether a segment ends here
    ),
    min_size=2,
    max_size=30,
)


def sample(at_s: float, own_s: float, busy_s: float, counts: dict[str, int | Failure]) -> Sample:
    """One look at a node with four CPUs, of which one is reserved for us."""
    return Sample(
        elapsed_s=at_s,
        wall_ms=round(at_s * 1000),
        suspended_s=0.0,
        own_cpu_s=own_s,
        busy_cpu_s=busy_s,
        own_memory_gb=0.5,
        reserved_cpus=1.0,
        reserved_gb=4.0,
        counts=counts,
    )


def observed(course: list[tuple[Any, ...]], *, cuts: bool) -> list[Any]:
    """What an observation of this course comes to: in pieces, or in one."""
    counts: dict[str, int | Failure] = {PACKAGE.name: 0, BOARD.name: 0}
    observation = Observation(Node(CPUS, "allocated", "cpuset"), [PACKAGE, BOARD], sample(0.0, 0.0, 0.0, counts))
    cutter, pieces = Cutter(observation), []
    at_s = own_s = busy_s = energy_j = 0.0
    for seconds, own, others, power_w, how, ends in course:
        at_s, own_s = at_s + seconds, own_s + own * seconds
        busy_s += (own + others) * seconds
        energy_j += power_w * seconds
        failed = how == "failed"
        counts = {
            PACKAGE.name: Failure("busy") if failed else int(energy_j * 1e6) % 1_000_000_000,
            BOARD.name: Failure("busy") if failed else int(power_w * 1000),
        }
        observation.advance(sample(at_s, own_s, busy_s, counts))
        if cuts and ends:
            pieces.append(cutter.cut())
    observation.settle(None)
    return [*pieces, cutter.piece()]


@example([(1.0, 0.0, 1.0, 0.0, "read", True), (0.25, 2.2250738585072014e-308, 0.0, 1.0, "read", False)])
@given(ticks)
def test_the_parts_are_the_whole(course: list[tuple[Any, ...]]) -> None:
    """However a course is cut, with failed reads and wraps: the sums are those of one segment, and none is negative."""
    [whole], parts = observed(course, cuts=False), observed(course, cuts=True)

    def summed(name: str) -> float:
        return math.fsum(getattr(part.totals, name) for part in parts)

    for name in ("elapsed_s", "cpu_s", "node_cpu_s", "core_s", "memory_gb_s"):
        assert summed(name) == pytest.approx(getattr(whole.totals, name), rel=1e-9, abs=1e-9)
    for number, reading in enumerate(whole.totals.readings):
        for name in ("node_j", "share_j", "seen_s", "idle_j"):
            found = [getattr(part.totals.readings[number], name) for part in parts]
            assert all(value is None or value >= 0 for value in found)
            assert math.fsum(value or 0.0 for value in found) == pytest.approx(
                getattr(reading, name) or 0.0, rel=1e-9, abs=1e-6
            )
    for part in parts:
        series = part.series.finish(0, part.totals.elapsed_s)
        shares_j = math.fsum(reading.share_j for reading in part.totals.readings)
        assert math.fsum(series.counter_j) == pytest.approx(shares_j, rel=1e-6, abs=1e-6)
        assert math.fsum(series.cpu_s) == pytest.approx(part.totals.cpu_s, rel=1e-6, abs=1e-6)
        assert all(reading.share_j <= reading.node_j + 1e-6 for reading in part.totals.readings)


def lasted(seconds: float) -> Totals:
    """What a segment of this length came to."""
    return Totals(seconds, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, "proc", "none", ())


def test_a_late_border_does_not_move_the_next() -> None:
    """A segment that ended late is followed by one that is shorter by as much; what was slept through is left out."""
    pace = Pace()
    assert pace.rotate_every(3600)
    assert [pace.ends(lasted(seconds)) for seconds in (3599.9, 3600.0)] == [False, True]
    pace.begin(lasted(3607.0))
    assert [pace.ends(lasted(seconds)) for seconds in (3592.9, 3593.0)] == [False, True]
    pace.begin(lasted(3593.0 + 2 * 3600 + 5))
    assert [pace.ends(lasted(seconds)) for seconds in (3594.9, 3595.0)] == [False, True]


@pytest.mark.parametrize(("rotate_s", "tick_s"), [(1.0, 1.0), (1.5, 1.0), (3.0, 2.0), (60.0, 10.0)])
def test_looks_are_no_rarer_than_borders(rotate_s: float, tick_s: float) -> None:
    """However dear a look is, there is one when a segment is to end."""
    pace = Pace()
    assert pace.rotate_every(rotate_s)
    for _ in range(2):
        pace.looked(lasted(1.0), 1.0)
    assert (pace.tick_s, pace.look_s) == (tick_s, tick_s)
    assert 0 < pace.ahead()[0] <= tick_s
