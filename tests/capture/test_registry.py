"""The kernel says which recorders are live; nothing stale can remain, and nobody comes and goes unseen."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.capture.conftest import python

from joulecard.capture.node.registry import Registry
from joulecard.capture.node.sharing import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTER = (
    "import os, sys, time\n"
    "from joulecard.capture.node.registry import Registry\n"
    "from joulecard.capture.node.sharing import Entry\n"
    "registry = Registry(os.environ); registry.enter(Entry(claim='other')); print('in', flush=True); time.sleep(60)"
)
SETTLED_S = 0.15  # so long after the last change the folder's own time tells of every later one
HOST = Entry(pid=os.getpid(), started="1", execution_id="one", claim="host")


@pytest.fixture
def registry() -> Iterator[Registry]:
    """Our entry."""
    registry = Registry(os.environ)
    registry.enter(HOST)
    yield registry
    registry.leave()


def another(entry: Entry) -> Registry:
    """One more recorder of this process."""
    registry = Registry(os.environ)
    registry.enter(entry)
    return registry


def folder() -> Path:
    """Where the entries are."""
    return Path(os.environ["XDG_RUNTIME_DIR"]) / "joulecard"


def claims(registry: Registry) -> list[str]:
    """What those that are seen claim."""
    return sorted(entry.claim for entry in registry.look())


def test_killed_recorders_are_not_live(registry: Registry, tmp_path: Path) -> None:
    """Another process counts while it lives; killed, it and its file are gone at the next look but one."""
    time.sleep(SETTLED_S)
    assert claims(registry) == claims(registry) == ["host"]
    other = python(ENTER, tmp_path)
    assert other.stdout
    other.stdout.readline()
    assert claims(registry) == ["host", "other"]
    time.sleep(SETTLED_S)
    assert claims(registry) == ["host", "other"]
    other.send_signal(signal.SIGKILL)
    other.communicate()
    for _ in range(3):
        registry.look()
    assert claims(registry) == ["host"]
    assert len(list(folder().iterdir())) == 1


def test_nothing_changes(registry: Registry) -> None:
    """While nobody comes or goes each look gives the same object, so that nothing must be reckoned anew."""
    other = another(HOST._replace(claim="other"))
    time.sleep(SETTLED_S)
    first = registry.look()
    assert registry.look() is registry.look()
    assert set(registry.look()) == set(first)
    other.leave()


def test_who_came_and_went(registry: Registry) -> None:
    """A recorder that lived between two looks is seen once by those that were there; then it is gone."""
    time.sleep(SETTLED_S)
    assert claims(registry) == ["host"]
    another(HOST._replace(claim="short")).leave()
    assert claims(registry) == ["host", "short"]
    assert claims(registry) == ["host"]


def test_who_left(registry: Registry) -> None:
    """One that was there at the last look is gone: that look has told of it already."""
    other = another(HOST._replace(claim="other"))
    assert claims(registry) == ["host", "other"]
    other.leave()
    assert claims(registry) == ["host"]


def test_a_long_list_of_visits_is_begun_anew(registry: Registry) -> None:
    """The file of a recorder that has been visited very often does not grow for ever, and the recorder stays known."""
    line = HOST._replace(claim="v" * 900)
    for _ in range(100):
        another(line).leave()
        registry.look()
    assert [path.stat().st_size < 70_000 for path in folder().iterdir()] == [True]
    assert claims(registry)[0] == "host"


def test_all_that_an_entry_says(registry: Registry) -> None:
    """Others read it as it was written, with what it holds and within whom."""
    whole = Entry(7, "5", "e", "a group\nof two lines", "w", "slurm 1", 2.5, "m", 8.25, frozenset("ab"), frozenset("a"))
    other = another(whole)
    assert whole._replace(group="a group of two lines") in registry.look()
    other.leave()


@pytest.mark.parametrize(
    "text", ["", "gibberish", "1\0 2", "\0" * 11, "x" + "\0" * 11, "1" + "\0" * 6 + "x" + "\0" * 5]
)
def test_what_is_no_entry(registry: Registry, text: str) -> None:
    """A file in the folder that is no entry is nobody."""
    (folder() / "0123").write_text(text)
    assert claims(registry) == ["host"]


def test_the_recorder_above(registry: Registry, tmp_path: Path) -> None:
    """A process finds the recorder of the one that started it, and of several blocks the innermost that is certain."""
    from joulecard.capture.identity import start_of

    ours = HOST._replace(started=start_of("/proc", os.getpid()))
    registry.enter(ours)
    program = (
        "import os; from joulecard.capture.node.registry import Registry\n"
        "print(Registry(os.environ).watcher_above('/proc').execution_id)"
    )

    def found() -> str:
        output, _ = python(program, tmp_path).communicate()
        return output.decode().strip()

    assert found() == "one"
    inner = another(ours._replace(execution_id="two", within="one"))
    assert found() == "two"
    beside = another(ours._replace(execution_id="three", within="one"))
    assert found() == "one"
    for each in (inner, beside):
        each.leave()


def test_private(registry: Registry) -> None:
    """Folder and entries are ours alone."""
    assert claims(registry) == ["host"]
    assert folder().stat().st_mode & 0o777 == 0o700
    assert all(entry.stat().st_mode & 0o777 == 0o600 for entry in folder().iterdir())


@pytest.mark.parametrize("trap", ["link", "open to others"])
def test_folder_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trap: str) -> None:
    """A link or a folder that others may write is not trusted; the one in /tmp is taken, or none."""
    elsewhere, run = tmp_path / "elsewhere", tmp_path / "run"
    elsewhere.mkdir()
    run.mkdir()
    if trap == "link":
        (run / "joulecard").symlink_to(elsewhere)
    else:
        (run / "joulecard").mkdir()
        (run / "joulecard").chmod(0o777)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(run))
    registry = another(HOST)
    assert list((run / "joulecard").iterdir()) == []
    registry.leave()


def test_entering_anew(registry: Registry) -> None:
    """A recorder that comes to claim a device has one entry all the same, and its claim counts."""
    registry.enter(HOST._replace(devices=frozenset("b")))
    assert len(list(folder().iterdir())) == 1
    second = another(HOST._replace(claim="other"))
    assert {entry.claim: entry.devices for entry in second.look()} == {"host": frozenset("b"), "other": frozenset()}
    second.leave()
