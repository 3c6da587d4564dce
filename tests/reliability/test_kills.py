"""REL-R1: a recording killed at any moment leaves all that it had written."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tests.reliability.planted import planted
from tests.reliability.victims import JOB, PATIENCE_S, Victim, Zygote, last_checkpoint_s, recovered

from joulecard.capture.journal.recovery import recover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KILLS, KILLS_AT_NIGHT = 200, 2000
LIVES_S = 2.3
UNDER_THE_SUPERVISOR = 10  # one in so many is `joulecard run`
SUPERVISED = (
    "import sys\nfrom joulecard.cli import main\n"
    f"sys.exit(main(['run', '--stage', 'train', '--', 'sleep', '{LIVES_S + 60}']))\n"
)


def killed_at_random(zygote: Zygote, folder: Path, kills: int, abreast: int) -> Iterator[tuple[Victim, float | None]]:
    """Victims that were killed after any time, `abreast` living at once, with what was in the journal just before."""
    moments = random.Random(os.environ.get("PYTEST_SEED", "1"))  # noqa: S311 - the same at each run
    for first in range(0, kills, abreast):
        living = []
        for number in range(first, min(kills, first + abreast)):
            code = SUPERVISED if number % UNDER_THE_SUPERVISOR == 0 else JOB.format(seconds=60)
            victim = zygote.start(code, folder / str(number))
            living.append((time.monotonic() + moments.uniform(0, LIVES_S), victim))
        for moment, victim in sorted(living, key=lambda pair: pair[0]):
            time.sleep(max(0.0, moment - time.monotonic()))
            told = [last_checkpoint_s(journal) for journal in victim.journals]
            zygote.kill(victim)
            yield victim, told[0] if told else None


def lost(victim: Victim, told_s: float | None, *, had_journal: bool) -> str:
    """What is wrong after a kill; nothing where all that stood in the journal is in the one segment."""
    found = recovered(victim)
    if len(found) != had_journal:
        return f"{len(found)} segments of {had_journal:d} journals"
    if found and told_s and found[0]["monotonic_s"] < round(told_s, 3):
        return f"{told_s} s were written, {found[0]['monotonic_s']} s are known"
    return ""


def _random_kills(folder: Path, kills: int, abreast: int, tree: Path | None = None) -> Counter[str]:
    """How the victims fared."""
    outcomes: Counter[str] = Counter()
    with Zygote(tree) as zygote:
        for victim, told_s in killed_at_random(zygote, folder, kills, abreast):
            assert victim.status == -signal.SIGKILL
            had_journal = bool(victim.journals)
            outcomes[lost(victim, told_s, had_journal=had_journal)] += 1
            outcomes["checkpoints"] += told_s is not None
            outcomes["journals"] += had_journal
    return outcomes


def test_64_at_once_and_200_in_all_are_killed_at_any_moment(tmp_path: Path) -> None:
    """Not one synced checkpoint is lost, and each of many recorders at once leaves a journal of its own."""
    outcomes = _random_kills(tmp_path, KILLS, 64)
    assert outcomes[""] == KILLS
    assert outcomes["journals"] > KILLS * 0.8
    assert outcomes["checkpoints"] > KILLS * 0.3


@pytest.mark.nightly
def test_2000_are_killed_at_any_moment(tmp_path: Path) -> None:
    """As above, for longer."""
    assert _random_kills(tmp_path, KILLS_AT_NIGHT, 64)[""] == KILLS_AT_NIGHT


FORKING = """
import glob, os, time, joulecard
with joulecard.record("train"):
    while not glob.glob("state/joulecard/*.jsonl"):
        time.sleep(0.01)
    if os.fork() == 0:
        os.writev(1, [b"forked"])
    time.sleep(60)
"""
LOCK_LEFT = ("capture/recorder.py", "            recorder.forget()\n", "            pass\n")


def _beside_a_child(folder: Path, tree: Path | None = None) -> list[str]:
    """What recover says of a recorder that was killed alone: a child that it had forked lives on."""
    with Zygote(tree) as zygote:
        victim = zygote.start(FORKING, folder)
        deadline_s = time.monotonic() + PATIENCE_S
        while victim.output != "forked" and time.monotonic() < deadline_s:
            time.sleep(0.01)
        zygote.kill_alone(victim)
        return [outcome.verdict for outcome in recover(str(victim.state))]


def test_a_lock_that_is_left_behind_is_found(tmp_path: Path) -> None:
    """The dead are told from the living by their locks: a child that keeps its parent's is seen."""
    assert _beside_a_child(tmp_path / "right") == ["written"]
    assert _beside_a_child(tmp_path / "wrong", planted(tmp_path, LOCK_LEFT)) == ["live"]
