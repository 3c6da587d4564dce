"""REL-R6: whatever the state folder is, the job is what it would have been, and the record is made all the same."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.reliability.victims import JOB, SAID, STATUS, Victim, Zygote, recovered

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OTHER_UID = 65534


def _file(state: Path) -> None:
    state.write_text("in the way")


def _read_only(state: Path) -> None:
    state.mkdir(mode=0o500)


def _closed_above(state: Path) -> None:
    state.mkdir(mode=0o000)


def _of_another(state: Path) -> None:
    (state / "joulecard").mkdir(parents=True, mode=0o700)
    if os.geteuid() == 0:
        os.chown(state / "joulecard", OTHER_UID, OTHER_UID)


def _link_to_nothing(state: Path) -> None:
    state.symlink_to(state.parent / "nowhere")


def _link_to_another(state: Path) -> None:
    state.mkdir()
    (state.parent / "theirs").mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(state.parent / "theirs", OTHER_UID, OTHER_UID)
    (state / "joulecard").symlink_to(state.parent / "theirs")


def _link_in_a_ring(state: Path) -> None:
    state.symlink_to(state)


def _nothing(_state: Path) -> None:
    return


# how the state folder is prepared, and the variables that name it; an empty one is not set
CASES: dict[str, tuple[Callable[[Path], None], dict[str, str]]] = {
    "missing": (_nothing, {}),
    "a file": (_file, {}),
    "read-only": (_read_only, {}),
    "closed": (_closed_above, {}),
    "of another user": (_of_another, {}),
    "a link to nothing": (_link_to_nothing, {}),
    "a link to another user's": (_link_to_another, {}),
    "a link to itself": (_link_in_a_ring, {}),
    "no home": (_nothing, {"HOME": "", "XDG_STATE_HOME": ""}),
    "a relative name": (_nothing, {"XDG_STATE_HOME": "state"}),
    "a name too long": (_nothing, {"XDG_STATE_HOME": "{folder}/" + "x" * 300}),
    "a device": (_nothing, {"XDG_STATE_HOME": "/dev/null"}),
    "a file system that takes no files": (_nothing, {"XDG_STATE_HOME": "/proc/self"}),
}


def felt(victim: Victim) -> tuple[int | None, str, bool]:
    """Status, output, and whether at most one line of ours was said."""
    lines = victim.errors.splitlines()
    return victim.status, victim.output, len(lines) <= 1 and all(line.startswith("joulecard: ") for line in lines)


def test_thirteen_kinds_of_state_folder(tmp_path: Path) -> None:
    """Status and output are the job's, at most one line is said, and the segment lies in its place."""
    with Zygote() as zygote:
        victims = {}
        for number, (name, (prepare, environ)) in enumerate(CASES.items()):
            folder = tmp_path / str(number)
            folder.mkdir()
            prepare(folder / "state")
            victims[name] = zygote.start(JOB.format(seconds=0.2), folder, hold=False, **environ)
        for name, victim in victims.items():
            zygote.wait(victim)
            assert felt(victim) == (STATUS, SAID, True), f"{name}: {victim.errors}"
            assert len(victim.segments()) == 1, name
            assert not list(victim.folder.glob("state/joulecard/*")), name


DELETING = JOB.format(seconds=60).replace(
    "    time.sleep(60)\n",
    "    time.sleep(1.2)\n    import shutil; shutil.rmtree('state')\n    time.sleep(1.5)\n"
    "    open('go', 'w').close()\n    time.sleep(60)\n",
)
CLOSING = (
    "import os, time, joulecard\n"
    "with joulecard.record('train'):\n"
    "    time.sleep(0.5)\n"
    "    os.closerange(3, 4096)\n"
    "    mine = [os.open(f'mine-{n}', os.O_CREAT | os.O_RDWR | os.O_APPEND) for n in range(40)]\n"
    "    time.sleep(1.5)\n"
    "assert all(os.fstat(one).st_size == 0 for one in mine)\n"
    "for one in mine: os.close(one)\n"
    f"os.writev(1, [{SAID.encode()!r}])\n"
    f"raise SystemExit({STATUS})\n"
)


def _when_there(zygote: Zygote, victim: Victim, name: str) -> Victim:
    """The victim, killed as soon as it has made a file."""
    import time

    deadline_s = time.monotonic() + 20
    while not (victim.folder / name).exists() and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return zygote.kill(victim)


def test_deleted_while_recording(tmp_path: Path) -> None:
    """The journal is written anew, and a kill after that loses nothing of what came before either."""
    with Zygote() as zygote:
        victim = _when_there(zygote, zygote.start(DELETING, tmp_path / "job"), "go")
    [segment] = recovered(victim)
    assert segment["monotonic_s"] >= 1.5
    assert segment["work_done"] == {"batch": 3}


def test_a_program_that_closes_what_it_did_not_open(tmp_path: Path) -> None:
    """Nothing is written to the program's own files, which then have our numbers, and none of them is closed."""
    with Zygote() as zygote:
        victim = zygote.wait(zygote.start(CLOSING, tmp_path / "job"))
    assert felt(victim)[:2] == (STATUS, SAID)
    assert {path.read_bytes() for path in victim.folder.glob("mine-*")} == {b""}


@pytest.fixture(autouse=True)
def _can_be_removed(tmp_path: Path) -> object:
    """Folders that pytest could not clear away."""
    yield
    for path in tmp_path.glob("*/state"):
        if not path.is_symlink() and path.is_dir():
            path.chmod(0o700)
            shutil.rmtree(path, ignore_errors=True)
