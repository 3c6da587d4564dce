"""REL-R25: recover may be run twice, by two at once, and be killed at any point: the result is the same to the byte."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.reliability.planted import planted
from tests.reliability.test_kill_points import calls_of
from tests.reliability.victims import Victim, Zygote

from joulecard.capture.journal.recovery import recover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXAMPLE = Path(__file__).with_name("journals") / "format-3.jsonl"
CALLS = ("openat", "read", "write", "fsync", "rename", "unlink", "close", "flock", "fstat", "newfstatat", "getdents64")
RECOVER = "from joulecard.capture.journal.recovery import recover\nrecover('state', 'found')\n"


def left_behind(folder: Path, journals: int = 5) -> Path:
    """A folder with journals of dead recorders."""
    (folder / "state").mkdir(parents=True)
    text = EXAMPLE.read_text()
    name = text.partition('"id":"')[2][:36]
    for number in range(journals):
        own = f"{number}{name[1:]}"
        (folder / "state" / f"{own}.jsonl").write_text(text.replace(name, own))
    return folder


def result(folder: Path) -> dict[str, str]:
    """What recover has made, without drafts."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "found").glob("[!.]*")}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What one undisturbed run makes of them."""
    folder = left_behind(tmp_path_factory.mktemp("once"))
    assert {outcome.verdict for outcome in recover(str(folder / "state"), str(folder / "found"))} == {"written"}
    return result(folder)


def test_twice(tmp_path: Path, expected: dict[str, str]) -> None:
    """The second time changes nothing; journals put back give the same again."""
    folder = left_behind(tmp_path / "a")
    recover(str(folder / "state"), str(folder / "found"))
    assert recover(str(folder / "state"), str(folder / "found")) == []
    shutil.rmtree(folder / "state")
    recover(str(left_behind(folder) / "state"), str(folder / "found"))
    assert result(folder) == expected


def test_by_several_at_once(tmp_path: Path, expected: dict[str, str]) -> None:
    """Eight processes, started together."""
    folder = left_behind(tmp_path / "job")
    with Zygote() as zygote:
        victims = [zygote.start(RECOVER, folder, hold=True) for _ in range(8)]
        for victim in victims:
            os.kill(victim.pid, signal.SIGUSR1)
        assert {zygote.wait(victim).status for victim in victims} == {0}
    assert result(folder) == expected
    assert list((folder / "state").iterdir()) == []


def killed(folder: Path, calls: tuple[str, ...] = CALLS, tree: Path | None = None) -> Iterator[Victim]:
    """Runs of recover, each killed at another call."""
    with Zygote(tree) as zygote:
        whole = left_behind(folder / "whole")
        most = calls_of(zygote.wait(zygote.traced(RECOVER, whole, "-e", f"trace={','.join(calls)}")).log)
        points = [(call, number) for call in calls for number in range(1, most[call] + 1)]

        def begin() -> Iterator[Callable[[], Victim]]:
            for call, number in points:
                place = left_behind(folder / f"{call}-{number}")
                option = f"inject={call}:signal=SIGKILL:when={number}"
                yield lambda place=place, option=option: zygote.traced(RECOVER, place, "-e", option)  # type: ignore[misc]

        yield from zygote.all_of(begin())


def _whole_records(folder: Path, expected: dict[str, str]) -> set[str]:
    """Of which recordings there is a journal or a whole segment."""
    journals = {path.stem for path in (folder / "state").glob("*.jsonl")}
    return journals | {Path(name).stem for name, digest in result(folder).items() if expected[name] == digest}


@pytest.mark.needs("strace")
def test_killed_at_100_points(tmp_path: Path, expected: dict[str, str]) -> None:
    """At no moment is a record nowhere, and the next run makes of it what the first would have made."""
    points = 0
    for victim in killed(tmp_path):
        points += victim.status == -signal.SIGKILL
        assert len(_whole_records(victim.folder, expected)) == len(expected), victim.folder.name
        recover(str(victim.folder / "state"), str(victim.folder / "found"))
        assert result(victim.folder) == expected, victim.folder.name
        assert list((victim.folder / "found").glob(".*")) == [], victim.folder.name
    assert points >= 100


@pytest.mark.needs("strace")
def test_a_source_that_goes_first_is_found(tmp_path: Path, expected: dict[str, str]) -> None:
    """A recover that removes the journal before the segment is there."""
    wrong = (
        "capture/journal/recovery.py",
        "        written = _already_written(folder, opening.id) or",
        "        os.unlink(path); open(path, 'w').close()\n        written = _already_written(folder, opening.id) or",
    )
    tree = planted(tmp_path, wrong)
    found = []
    for victim in killed(tmp_path / "jobs", ("fsync", "rename"), tree):
        recover(str(victim.folder / "state"), str(victim.folder / "found"))
        found.append(result(victim.folder))
    assert [each for each in found if each != expected]
