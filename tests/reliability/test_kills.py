"""REL-R1 and REL-R2: a recording killed at any moment, and at every call, leaves all that it had written."""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from tests.reliability.planted import planted
from tests.reliability.victims import JOB, Victim, Zygote, last_checkpoint_s, recovered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

KILLS, KILLS_AT_NIGHT = 200, 2000
LIVES_S = 2.3
UNDER_THE_SUPERVISOR = 10  # one in so many is `joulecard run`
SUPERVISED = (
    "import sys\nfrom joulecard.cli import main\n"
    f"sys.exit(main(['run', '--stage', 'train', '--', 'sleep', '{LIVES_S + 60}']))\n"
)
CALLS = ("write", "fsync", "rename", "unlink", "mkdir", "ftruncate", "openat", "close", "flock", "newfstatat", "read")
EACH_OF_A_FEW = ("write", "fsync", "rename", "unlink", "ftruncate", "mkdir", "flock")
CANNOT_WRITE = "open('carbon', 'w').close()\n" + JOB.format(seconds=1.1)  # the journal has to stay
ROTATING = JOB.format(seconds=1.6).replace("record('train')", "record('train', rotate_s=1)")
# the journal cannot grow for a time: what falls short is cut back
SHORT_WRITES = (
    "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1100, resource.RLIM_INFINITY))\n"
    + JOB.format(seconds=1.1)
)
# the journal is deleted, and has to be written anew
DELETED = JOB.format(seconds=2.2).replace(
    "    time.sleep(2.2)\n", "    time.sleep(1.2)\n    import shutil; shutil.rmtree('state')\n    time.sleep(1)\n"
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


def calls_of(log: str) -> Counter[str]:
    """How often the busiest thread made each call: strace counts for each thread."""
    seen = Counter(re.findall(r"^(\d+) +(\w+)\(", log, re.MULTILINE))
    most: Counter[str] = Counter()
    for (_, call), count in seen.items():
        most[call] = max(most[call], count)
    return most


def killed_at_each_call(
    zygote: Zygote, code: str, folder: Path, calls: tuple[str, ...], **environ: str
) -> Iterator[tuple[str, Victim]]:
    """Victims, each killed as it makes one call: the first of each kind, the second, and so on to the last."""
    whole = zygote.wait(zygote.traced(code, folder / "whole", "-e", f"trace={','.join(calls)}", **environ))
    most = calls_of(whole.log)

    def begin() -> Iterator[Callable[[], Victim]]:
        for call in calls:
            for number in range(1, most[call] + 1):
                options = (
                    "-e",
                    f"trace=unlinkat,{','.join(EACH_OF_A_FEW)}",
                    "-e",
                    f"inject={call}:signal=SIGKILL:when={number}",
                )
                yield lambda place=folder / f"{call}-{number}", options=options: zygote.traced(  # type: ignore[misc]
                    code, place, *options, **environ
                )

    for victim in zygote.all_of(begin()):
        yield victim.folder.name, victim


def _wrong(victim: Victim) -> str:
    """What is wrong after a kill at a call: a journal that had been put in its place must have become a segment."""
    since_deletion = victim.log.rpartition("unlinkat(")[2]
    established = set(re.findall(r'rename\(".*", ".*/([0-9a-f-]{36})\.jsonl"\) = 0', since_deletion))
    told = {journal.stem: last_checkpoint_s(journal) for journal in victim.journals}
    if (victim.folder / "carbon").is_file():
        (victim.folder / "carbon").unlink()
    found = {segment["id"]: segment for segment in recovered(victim)}
    if missing := established - found.keys():
        return f"{len(missing)} of {len(established)} journals came to nothing"
    for name, told_s in told.items():
        if told_s and found[name]["monotonic_s"] < round(told_s, 3):
            return f"{told_s} s were written, {found[name]['monotonic_s']} s are known"
    drafts = [path.name for path in victim.folder.glob("carbon/segments/.*")]
    return f"left over: {drafts}" if drafts and told else ""


def _killed_everywhere(
    folder: Path, programs: Mapping[str, tuple[str, tuple[str, ...]]], tree: Path | None = None
) -> dict[str, str]:
    """What was wrong at each point at which a victim was killed."""
    points = {}
    with Zygote(tree) as zygote:
        for name, (code, calls) in programs.items():
            for point, victim in killed_at_each_call(zygote, code, folder / name, calls):
                if victim.status == -signal.SIGKILL:
                    points[f"{name} {point}"] = _wrong(victim)
    return points


PROGRAMS = {
    "plain": JOB.format(seconds=1.1),
    "kept": CANNOT_WRITE,
    "rotating": ROTATING,
    "short": SHORT_WRITES,
    "deleted": DELETED,
}


@pytest.mark.needs("strace")
def test_a_kill_at_every_call_that_writes(tmp_path: Path) -> None:
    """Every write, fsync, rename, unlink, mkdir, ftruncate and lock of five kinds of recording; all calls of one."""
    programs = {name: (code, CALLS if name == "plain" else EACH_OF_A_FEW) for name, code in PROGRAMS.items()}
    points = _killed_everywhere(tmp_path, programs)
    assert {point: wrong for point, wrong in points.items() if wrong} == {}
    assert len(points) >= 100


@pytest.mark.nightly
@pytest.mark.needs("strace")
def test_a_kill_at_every_call(tmp_path: Path) -> None:
    """Opens, reads and closes too, of all five."""
    points = _killed_everywhere(tmp_path, {name: (code, CALLS) for name, code in PROGRAMS.items()})
    assert {point: wrong for point, wrong in points.items() if wrong} == {}
    assert len(points) >= 300


REMOVED_TOO_EARLY = (
    "capture/closing.py",
    "    write_atomically(path, (",
    "    import glob; [os.unlink(one) for one in glob.glob('state/joulecard/*.jsonl')]\n    write_atomically(path, (",
)


@pytest.mark.needs("strace")
@pytest.mark.parametrize("bug", [REMOVED_TOO_EARLY], ids=["the journal goes before the segment is there"])
def test_a_record_that_is_nowhere_for_a_moment_is_found(tmp_path: Path, bug: tuple[str, str, str]) -> None:
    """The harness sees a bug that only a kill between two calls can show."""
    programs = {"plain": (JOB.format(seconds=0.1), ("fsync", "rename"))}
    assert any(_killed_everywhere(tmp_path, programs, planted(tmp_path, bug)).values())
