"""Whatever a node does and whoever records it: nothing counts twice, nothing is made up, what is missing is said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.capture.node_histories import History, histories
from tests.capture.node_verdicts import judge
from tests.capture.planted_bugs import BUGS, NO_BUG

# found within a second each; the others take longer
SOON = ("a failed read taken for 0", "wraps never doubted", "lost time counted as seen", "slices forgotten")


@given(histories())
@settings(max_examples=200)
def test_whatever_a_node_does(history: History) -> None:
    """Sums, bounds, coverage and gaps of all recordings of one node hold together."""
    judge(history)


@pytest.mark.nightly
@given(histories())
@settings(max_examples=10_000)
def test_whatever_a_node_does_at_length(history: History) -> None:
    """The same with fifty times as many histories."""
    judge(history)


def found(*names: str) -> dict[str, bool]:
    """Which of these bugs the model finds in a copy of the package that has them."""
    command = [sys.executable, "-m", "tests.capture.planted_bugs", *names]
    told = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, check=True, text=True).stdout
    return {name: f"found: {name} " in told for name in names}


def test_bugs_that_are_planted_are_found() -> None:
    """A model that finds nothing wrong with wrong code would prove nothing."""
    assert found(*SOON) == dict.fromkeys(SOON, True)


@pytest.mark.nightly
def test_every_bug_that_is_planted_is_found() -> None:
    """All of them, and none where there is none."""
    assert found(*BUGS) == {name: name != NO_BUG for name in BUGS}
