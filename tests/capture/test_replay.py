"""A recorded trace, read again: exact, never taken for a measurement of this machine, harmless where it is broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.capture.conftest import Tree, ran, segments

from joulecard.capture.joules.integrator import Passage, track_of
from joulecard.capture.meters import KNOWN_METERS, REPLAY, Job, sensors_of
from joulecard.capture.meters.replay import ReplayMeter, counts_at
from joulecard.capture.meters.replay.trace import TraceError, read_trace
from joulecard.settings import Roots

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLE = Path(__file__).with_name("replay.csv")


def meter(path: Path, note: Callable[[str, str], None] = lambda *_: None) -> ReplayMeter:
    """A meter that replays a file."""
    return ReplayMeter(Job(Roots(), {REPLAY: str(path)}, note=note))


def replayed(path: Path, until_s: float, pace_s: float) -> dict[str, tuple[float, str]]:
    """Joules of each column, looked at every so many seconds, and why something is missing."""
    trace, tracks = read_trace(str(path)), {each.domain: track_of(each) for each in meter(path).counters()}
    for look in range(round(until_s / pace_s) + 1):
        counts = counts_at(trace, look * pace_s)
        for domain, track in tracks.items():
            track.advance(look * pace_s, counts[domain], Passage(pace_s))
    return {domain: (round(track.energy_j, 6), track.gap_reason(until_s)) for domain, track in tracks.items()}


@pytest.mark.parametrize("pace_s", [1.0, 7.5, 10.0])
def test_the_example(pace_s: float) -> None:
    """Whatever the pace: the energy of the trace, wrap included, and a gap where it was not looked at."""
    found = replayed(EXAMPLE, 120.0, pace_s)
    assert found["package-0"][0] == pytest.approx(16.0, abs=1e-6)
    assert found["dram-0"][0] == pytest.approx(3.3, abs=1e-6)
    assert not found["dram-0"][1]
    joules, why = found["gpu-0"]
    assert why == "the driver did not answer in time"
    assert joules <= 62 * 30 + 301 * 60 + 1e-6


def test_after_the_end() -> None:
    """What lasts longer than the trace has a gap from there on."""
    joules, why = replayed(EXAMPLE, 150.0, 10.0)["dram-0"]
    assert joules == pytest.approx(3.3)
    assert why == "the recorded trace has ended"


def test_json_lines(tmp_path: Path) -> None:
    """The same as members of objects, one a line."""
    file = tmp_path / "trace.jsonl"
    column = "host:system:power_w"
    rows: list[dict[str, Any]] = [{"seconds": 0, column: 100}, {"seconds": 1, column: 200}, {"seconds": 2}]
    file.write_text("# a comment\n\n" + "\n".join(map(json.dumps, rows)))
    trace = read_trace(str(file))
    assert counts_at(trace, 0.5) == {"system": 150}
    assert counts_at(trace, 1.5) == {"system": 200}
    assert "not read" in str(counts_at(trace, 2.0)["system"])


def test_it_stands_for_all_meters() -> None:
    """With a trace no other meter is asked, so that nothing is counted twice; without one, it is not."""
    assert sensors_of({REPLAY: "trace.csv"}) == ("replay",)
    assert set(sensors_of({})) == KNOWN_METERS.keys() - {"replay"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "it holds no look at any counter"),
        ("seconds,cpu:package-0:energy_uj\n", "it holds no look at any counter"),
        ("seconds,cpu:package-0\n0,1\n", "the column cpu:package-0 is not understood"),
        ("seconds,fan:0:power_w\n0,1\n", "the column fan:0:power_w is not understood"),
        ("seconds,cpu:0:energy_uj:many\n0,1\n", "is not understood"),
        ("seconds,cpu:0:energy_uj:1:2\n0,1\n", "is not understood"),
        ("seconds\n0\n", "each domain needs one column"),
        ("seconds,cpu:0:energy_uj,dram:0:energy_uj\n0,1,1\n", "each domain needs one column"),
        ("seconds,cpu:0:energy_uj\n0,1\n0,2\n", "line 3: seconds must begin at 0 and rise"),
        ("seconds,cpu:0:energy_uj\n5,1\n", "line 2: seconds must begin at 0 and rise"),
        ("seconds,cpu:0:energy_uj\nnan,1\n", "line 2: seconds are missing or no number"),
        ("cpu:0:energy_uj\n1\n", "line 2: seconds are missing or no number"),
        ("seconds,cpu:0:energy_uj\n0,1,2\n", "line 2: it has 3 cells for 2 columns"),
        ("seconds,cpu:0:energy_uj\n0,-1\n", "line 2: a count is no whole number"),
        ("seconds,cpu:0:energy_uj\n0,1.5\n", "line 2: a count is no whole number"),
        ('{"seconds": 0, "cpu:0:energy_uj": true}', "line 1: a count is no whole number"),
        ('{"seconds": 0, "cpu:0:energy_uj": 1}\n[]', "line 2: it is no JSON object"),
        ('{"seconds": 0,', "line 1: it is no JSON object"),
    ],
)
def test_a_broken_trace(tmp_path: Path, text: str, sentence: str) -> None:
    """One sentence that says where and what."""
    file = tmp_path / "trace"
    file.write_text(text)
    with pytest.raises(TraceError, match=sentence.replace(":", r"\:")):
        read_trace(str(file))


STAGE = "import joulecard\nwith joulecard.record('one'): pass\nwith joulecard.record('two'): print('done')"


@pytest.mark.parametrize("named", ["missing.csv", "broken.csv", "."])
def test_a_broken_trace_costs_the_job_nothing(tree: Tree, tmp_path: Path, named: str) -> None:
    """The job runs as ever; one gap says why nothing was replayed, without the path, and no other meter is asked."""
    (tmp_path / "broken.csv").write_text("seconds,cpu:0:energy_uj\n0,?\n0,?\n")
    tree.zone("intel-rapl:0", "package-0", 5)
    told = {**tree.environ, REPLAY: str(tmp_path / named)}
    assert ran(STAGE, tmp_path, **told) == (0, "done\n", "")
    for segment in segments(tmp_path):
        assert segment["energy"] == []
        [gap] = segment["gaps"]
        assert gap["what"] == "replay"
        assert gap["reason"].startswith("the trace that JOULECARD_REPLAY names cannot be replayed: ")
        assert str(tmp_path) not in json.dumps(segment)


def test_a_replayed_recording(tree: Tree, tmp_path: Path) -> None:
    """Every reading says replay, a gap says that nothing was measured here, and stages read on in the trace."""
    file = tmp_path / "trace.csv"
    file.write_text("seconds,cpu:package-0:energy_uj,gpu:gpu-0:power_w\n0,0,250\n60,6000000000,250\n")
    tree.zone("intel-rapl:0", "package-0", 5)
    program = (
        "import joulecard, time\nfor stage in ('one', 'two'):\n    with joulecard.record(stage): time.sleep(0.2)\n"
    )
    assert ran(program, tmp_path, **tree.environ, **{REPLAY: str(file)}) == (0, "", "")
    for segment in segments(tmp_path):
        assert {reading["sensor"] for reading in segment["energy"]} == {"replay"}
        power_w = {each["kind"]: each["node_j"] / segment["monotonic_s"] for each in segment["energy"]}
        assert power_w == {"cpu": pytest.approx(100.0, rel=0.05), "gpu": pytest.approx(250.0, rel=0.05)}
        assert "not from this machine" in next(gap["reason"] for gap in segment["gaps"] if gap["what"] == "replay")
