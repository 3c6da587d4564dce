"""The kernel says which recorders are live; nothing stale can remain."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.capture.conftest import python

from joulecard.capture.registry import Registry, Watcher

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTER = (
    "import os, sys, time\n"
    "from joulecard.capture.registry import Registry\n"
    "registry = Registry(os.environ); registry.enter('other'); print('in', flush=True); time.sleep(60)"
)


@pytest.fixture
def registry() -> Iterator[Registry]:
    """Our entry."""
    registry = Registry(os.environ)
    registry.enter("host")
    yield registry
    registry.leave()


def folder() -> Path:
    """Where the entries are."""
    return Path(os.environ["XDG_RUNTIME_DIR"]) / "joulecard"


def test_killed_recorders_are_not_live(registry: Registry, tmp_path: Path) -> None:
    """Another process counts while it lives; killed, it is gone from the count and from the folder."""
    time.sleep(0.15)  # so long after the last change the folder's own time tells of every later one
    assert (registry.live(), registry.live()) == (1, 1)
    other = python(ENTER, tmp_path)
    assert other.stdout
    other.stdout.readline()
    assert (registry.live(), registry.live("host"), registry.live("other")) == (2, 1, 1)
    other.send_signal(signal.SIGKILL)
    other.communicate()
    assert registry.live() == 1
    assert len(list(folder().iterdir())) == 1


def test_several_in_one_process(registry: Registry) -> None:
    """Recorders of one process count like those of several."""
    second = Registry(os.environ)
    second.enter("host")
    assert (registry.live("host"), second.live("host")) == (2, 2)
    second.leave()
    assert registry.live() == 1


def test_who_holds_a_device() -> None:
    """Of several live recorders those count that claim the device; the dead and those alone with it do not."""
    claims = [("gpu1", "gpu2"), ("gpu2",), ()]
    entries = [Registry(os.environ) for _ in claims]
    for number, (entry, devices) in enumerate(zip(entries, claims, strict=True)):
        watcher = Watcher(os.getpid(), "1", f"execution {number}", "group")
        entry.enter("host", watcher, devices)
    assert [entry.holders(["gpu1", "gpu2", "gpu3"]) for entry in entries] == [{"gpu2": 2}] * 3
    entries[1].leave()
    assert entries[0].holders(["gpu1", "gpu2"]) == {}
    assert entries[0].live("host") == 2
    for entry in entries:
        entry.leave()


def test_private(registry: Registry) -> None:
    """Folder and entries are ours alone."""
    assert registry.live() == 1
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
    registry = Registry(os.environ)
    registry.enter("host")
    assert list((run / "joulecard").iterdir()) == []
    registry.leave()


def test_entering_anew(registry: Registry) -> None:
    """A recorder that comes to claim a device has one entry all the same, and its claim counts."""
    second = Registry(os.environ)
    second.enter("host", None, ["a", "b"])
    registry.enter("host", None, ["b"])
    assert len(list(folder().iterdir())) == 2
    assert (registry.live(), second.holders(["a", "b"])) == (2, {"b": 2})
    second.leave()
