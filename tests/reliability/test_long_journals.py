"""The journal of a week stays small, and what recover makes of it is what it would make of one never cut short."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from joulecard.capture.gaps import GapBook
from joulecard.capture.joules.totals import Totals
from joulecard.capture.journal.checkpoints import LONGEST_JOURNAL_BYTES, Checkpoints
from joulecard.capture.journal.course import Course
from joulecard.capture.journal.lines import LINE_BYTES
from joulecard.capture.journal.reading import read_journal
from joulecard.capture.work import Work

EXAMPLE = read_journal(str(Path(__file__).with_name("journals") / "format-2.jsonl"))
COUNTERS, WEEK_S, PERIOD_S = 16, 7 * 86_400, 10
[SOURCE], [READING] = EXAMPLE.opening.sources, EXAMPLE.totals.readings


def at(second: int) -> Totals:
    """The totals of a machine with many counters whose power changes from hour to hour."""
    node_j = 100.0 * second + 40.123457 * (second % 7200)
    reading = READING._replace(node_j=node_j, share_j=node_j / 3, idle_j=node_j / 9, seen_s=second - 0.123457)
    wall_ms = EXAMPLE.opening.start_ms + 1000 * second
    totals = EXAMPLE.totals._replace(elapsed_s=float(second), wall_ms=wall_ms)
    totals = totals._replace(readings=(reading,) * COUNTERS)
    return totals._replace(cpu_s=second / 7, node_cpu_s=second / 3, core_s=float(second), memory_gb_s=second * 12.3)


def test_a_week(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A week of 16 counters: never much above its bound, short lines, the same course as without a cut."""
    from dataclasses import replace

    monkeypatch.chdir(tmp_path)
    sources = tuple(SOURCE._replace(domain=f"package-{number}") for number in range(COUNTERS))
    opening, gaps, work, straight = replace(EXAMPLE.opening, sources=sources), GapBook(), Work(), Course()
    checkpoints = Checkpoints(gaps, work, 10.0, pytest.fail)
    checkpoints.open(str(tmp_path), opening)
    assert checkpoints.path
    gaps.note("settings", "said at the start")
    work.count("batch", 5)
    longest = 0
    for second in range(PERIOD_S, WEEK_S + 1, PERIOD_S * 12):  # one in twelve: more only take longer
        checkpoints.keep(at(second))
        straight.follow(opening, at(second))
        longest = max(longest, os.stat(checkpoints.path).st_size)
    told = read_journal(checkpoints.path)
    lines = Path(checkpoints.path).read_bytes().splitlines()
    assert longest < LONGEST_JOURNAL_BYTES + 10 * LINE_BYTES
    assert max(map(len, lines[1:])) <= LINE_BYTES
    assert told.totals.elapsed_s == second
    assert [gap.what for gap in told.gaps.all()] == ["settings", "recorder"]
    assert told.work.counts() == (("batch", 5),)
    uncut, cut = straight.finish(0, second), told.course.finish(0, second)
    assert (cut.step_s, len(cut.counter_j)) == (uncut.step_s, len(uncut.counter_j))
    assert cut.counter_j == pytest.approx(uncut.counter_j, abs=0.05)
    assert cut.cpu_s == pytest.approx(uncut.cpu_s, abs=1e-3)
    checkpoints.settle()


def test_a_lost_line_of_the_course() -> None:
    """What it told is spread over the time before the next checkpoint; nothing is lost in the sum."""
    course = Course()
    opening, totals = EXAMPLE.opening, EXAMPLE.totals
    for second in range(1, 100):
        reading = READING._replace(share_j=3.0 * second)
        course.follow(opening, totals._replace(elapsed_s=float(second), cpu_s=second / 2, readings=(reading,)))
    again = Course()
    for number, line in enumerate(course.to_lines()):
        if number != 2:
            again.read_line(line)
    again.follow(opening, totals._replace(elapsed_s=99.0, cpu_s=49.5, readings=(READING._replace(share_j=297.0),)))
    series = again.finish(0, 99.0)
    assert sum(series.counter_j) == pytest.approx(297.0, abs=1e-3)
    assert sum(series.cpu_s) == pytest.approx(49.5, abs=1e-3)
    with pytest.raises(ValueError, match="course"):
        again.read_line({"c": 0, "q": 1.0, "b": [[1.0, 1.0]]})
