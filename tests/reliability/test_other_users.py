"""REL-R28: what another user of the machine puts in the way reads nothing, writes nothing and does no harm."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.reliability.other_users import HARMFUL, RECORDING, common_folder, python_for_all, run_as
from tests.reliability.planted import planted
from tests.reliability.test_kill_points import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.nightly, pytest.mark.needs("root")]

SAID = "the job's own line\n"
STATUS = 7
JOB = (
    "import os, time, joulecard\n"
    "with joulecard.record('train') as stage:\n"
    "    stage.count('batch', 3)\n"
    "    time.sleep(1.5)\n"
    "{also}"
    f"os.writev(1, [{SAID.encode()!r}])\n"
    f"raise SystemExit({STATUS})\n"
)
PRECIOUS = "what the user has written\n"
# what the harmful user does in the common folder, before the job starts; the job's user is told as argv[1]
_THEIRS = "os.mkdir('theirs'); os.chmod('theirs', 0o777); os.symlink(os.getcwd() + '/theirs', "
_LIVE = "f'/tmp/joulecard-{user}'"
SETUPS = {
    "a link in place of the state folder": f"{_THEIRS}'state')",
    "a link to the user's own in place of the state folder": "os.symlink('home/own', 'state')",
    "a link in place of the list of live recorders": f"{_THEIRS}{_LIVE})",
    "the list of live recorders is somebody else's": f"os.mkdir({_LIVE}); os.chmod({_LIVE}, 0o777)",
    "a link in place of the folder of segments": "os.symlink('../home/own', 'work/carbon')",
    "a state folder that all may write": "os.mkdir('state'); os.chmod('state', 0o777)",
}
# puts links and forgeries where journals lie, and reads what can be read, as long as the job lasts
HARM = """
import os, sys, time
user, found, until_s = sys.argv[1], set(), time.monotonic() + 4
print("ready", flush=True)
while time.monotonic() < until_s:
    tops = ("state", "theirs", f"/tmp/joulecard-{user}", "work")
    for folder, _, names in [each for top in tops for each in os.walk(top)]:
        for name in names:
            path = os.path.join(folder, name)
            try:
                if os.stat(path).st_uid == int(user) and open(path, "rb").read(1) is not None:
                    found.add(path)
            except OSError:
                pass
    time.sleep(0.01)
print("\\n".join(found))
"""


class World(NamedTuple):
    """A folder like /tmp, in it the home and the working folder of the user who records."""

    folder: Path
    python: str

    @property
    def own(self) -> Path:
        """A folder of the user's, with a file in it."""
        return self.folder / "home" / "own"

    def environ(self) -> dict[str, str]:
        """State in the common folder, and no run-time folder: the list of live recorders is then below /tmp."""
        return {"HOME": str(self.folder / "home"), "XDG_STATE_HOME": str(self.folder / "state")}

    def spoilt(self) -> list[str]:
        """Which of the user's own files are not as they were."""
        return [path.name for path in self.own.iterdir() if path.name == "precious" and path.read_text() != PRECIOUS]


@pytest.fixture
def world() -> Iterator[World]:
    """Two users on one machine."""
    python = python_for_all()
    if not python:
        pytest.skip("no Python here that other users may start")
    with common_folder() as folder:
        for path, mode in ((folder / "home", 0o711), (folder / "home/own", 0o711), (folder / "work", 0o777)):
            path.mkdir()
            path.chmod(mode)
            os.chown(path, RECORDING, RECORDING)
        precious = folder / "home/own/precious"
        precious.write_text(PRECIOUS)
        precious.chmod(0o600)
        os.chown(precious, RECORDING, RECORDING)
        yield World(folder, python)
        _clear()


def _clear() -> None:
    from pathlib import Path
    from shutil import rmtree

    place = Path(f"/tmp/joulecard-{RECORDING}")
    if place.is_symlink():
        place.unlink()
    elif place.is_dir():
        rmtree(place)


def prepared(world: World, setup: str) -> None:
    """What the harmful user has put in the way."""
    code = f"import os; user = {RECORDING}; {SETUPS[setup]}"
    done = run_as(HARMFUL, [world.python, "-c", code], world.folder)
    assert done.returncode == 0, done.stderr


def attacked(world: World, setup: str, tree: Path | None = None, also: str = "") -> tuple[str, set[str]]:
    """How the job differs from one that is let alone, and what of it the harmful user could read."""
    import threading

    prepared(world, setup)
    read: list[str] = []
    harm = threading.Thread(
        target=lambda: read.append(
            run_as(HARMFUL, [world.python, "-c", HARM, str(RECORDING)], world.folder).stdout.partition("\n")[2]
        )
    )
    harm.start()
    code = JOB.format(also=also)
    ended = run_as(RECORDING, [world.python, "-c", code], world.folder / "work", tree=tree, environ=world.environ())
    harm.join()
    said = [line for line in ended.stderr.splitlines() if not line.startswith("joulecard: ")]
    felt = "" if (ended.returncode, ended.stdout, said) == (STATUS, SAID, []) else f"{ended}"
    return felt, set(filter(None, read[0].splitlines()))


@pytest.mark.parametrize("setup", SETUPS)
def test_what_lies_in_the_way(world: World, setup: str) -> None:
    """The job is as it would be, nothing of its user's is read or spoilt; a segment is the only thing that all see."""
    felt, read = attacked(world, setup)
    assert felt == ""
    assert {path for path in read if "/segments/" not in path} == set()
    assert world.spoilt() == []


def test_what_is_made_is_private(world: World) -> None:
    """State folder 0700, journals and entries 0600; in /tmp there is one folder of that user's, and nothing else."""
    also = "os.system('find $XDG_STATE_HOME /tmp/joulecard-$(id -u) -printf \"%m %y %p\\\\n\" > modes')\n"
    code = JOB.format(also="").replace("    time.sleep(1.5)\n", f"    time.sleep(1.5)\n    {also}")
    run_as(RECORDING, [world.python, "-c", code], world.folder / "work", environ=world.environ())
    told = [line.split() for line in (world.folder / "work/modes").read_text().splitlines()]
    assert {(mode, kind) for mode, kind, _ in told} == {("700", "d"), ("600", "f")}
    assert any(path.endswith(".jsonl") for _, _, path in told)


def journal_of(world: World, owner: int, folder: str) -> Path:
    """A forged journal in a state folder that all may write; its segment is to go to `folder`."""
    prepared(world, "a state folder that all may write")
    state = world.folder / "state/joulecard"
    state.mkdir()
    state.chmod(0o777)
    os.chown(state, RECORDING, RECORDING)
    first, _, rest = EXAMPLE.read_text().partition("\n")
    opening = json.loads(first)
    journal = state / f"{opening['id']}.jsonl"
    journal.write_text(json.dumps({**opening, "folder": folder}) + "\n" + rest)
    journal.chmod(0o666)
    os.chown(journal, owner, owner)
    return journal


RECOVER = """
import sys
from joulecard.capture.journal.recovery import recover
for each in recover(sys.argv[1]):
    print(each.verdict)
"""


def recovered(world: World, journal: Path, tree: Path | None = None) -> str:
    """What recover says of it, as the user."""
    command = [world.python, "-c", RECOVER, str(journal.parent)]
    return run_as(RECORDING, command, world.folder, tree=tree, environ=world.environ()).stdout.strip()


def test_a_journal_of_somebody_else(world: World) -> None:
    """Does not decide where a file of ours is written; our own does."""
    segments = world.own / "carbon/segments"
    journal = journal_of(world, HARMFUL, str(segments))
    assert recovered(world, journal) == "kept"
    assert not segments.exists()
    assert journal.exists()
    os.chown(journal, RECORDING, RECORDING)
    assert recovered(world, journal) == "written"


def test_a_link_in_place_of_a_journal(world: World) -> None:
    """Is not followed, and what it points to stays as it is."""
    journal = journal_of(world, HARMFUL, str(world.own / "carbon/segments"))
    text = journal.read_text()
    journal.unlink()
    target = world.own / "journal"
    target.write_text(text)
    os.chown(target, RECORDING, RECORDING)
    journal.symlink_to(target)
    assert recovered(world, journal) == "unreadable"
    assert target.read_text() == text
    assert not (world.own / "carbon").exists()


READABLE = (
    "capture/files.py",
    "PRIVATE_FOLDER_MODE, PRIVATE_FILE_MODE = 0o700, 0o600",
    "PRIVATE_FOLDER_MODE, PRIVATE_FILE_MODE = 0o755, 0o644",
)
FOLLOWED = ("capture/files.py", '_SAFE = getattr(os, "O_NOFOLLOW", 0) | ', "_SAFE = ")


def test_open_doors_are_found(world: World) -> None:
    """The harness sees files that all may read, and a reader that follows links."""
    trees = world.folder / "trees"
    trees.mkdir()
    _, read = attacked(world, "a link in place of the state folder", planted(trees / "a", READABLE))
    assert any(path.endswith(".jsonl") for path in read)
    (world.folder / "state").unlink()
    journal = journal_of(world, RECORDING, str(world.own / "carbon/segments"))
    target = world.own / "journal"
    journal.rename(target)
    journal.symlink_to(target)
    assert recovered(world, journal, planted(trees / "b", FOLLOWED)) == "written"
