"""REL-R2: a recording killed at every call leaves all that it had written."""

from __future__ import annotations

import re
import signal
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.reliability.driven import DRIVEN, kept_s, lost
from tests.reliability.planted import planted
from tests.reliability.victims import JOB, Victim, Zygote, last_checkpoint_s, recovered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

pytestmark = pytest.mark.needs("strace")

WRITING = ("write", "fsync", "rename", "unlink", "mkdir", "ftruncate", "flock", "rmdir")
CALLS = (*WRITING, "openat", "close")
ALL = (*CALLS, "newfstatat", "read", "getdents64", "lseek")
EXAMPLE = Path(__file__).with_name("journals") / "format-3.jsonl"
DRIVEN_POINTS, RECORDED_POINTS, NIGHTLY_POINTS = 300, 100, 1000
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
RECORDED = {
    "plain": JOB.format(seconds=1.1),
    "kept": CANNOT_WRITE,
    "rotating": ROTATING,
    "short": SHORT_WRITES,
    "deleted": DELETED,
}


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
                # only what is traced can be hindered; the rest is for `_wrong`
                options = (
                    "-e",
                    f"trace=unlinkat,rename,{call}",
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


def _missing(victim: Victim) -> str:
    """What was acknowledged before the kill and does not come back."""
    if (victim.folder / "carbon").is_file():
        (victim.folder / "carbon").unlink()
    return lost(victim, recovered(victim))


def _killed_everywhere(
    folder: Path,
    programs: Mapping[str, str],
    calls: tuple[str, ...],
    wrong: Callable[[Victim], str],
    tree: Path | None = None,
) -> dict[str, str]:
    """What was wrong at each point at which a victim was killed."""
    points = {}
    with Zygote(tree) as zygote:
        for name, code in programs.items():
            for point, victim in killed_at_each_call(zygote, code, folder / name, calls, EXAMPLE=str(EXAMPLE)):
                if victim.status == -signal.SIGKILL:
                    points[f"{name} {point}"] = wrong(victim)
    return points


def _of(points: dict[str, str]) -> dict[str, str]:
    return {point: wrong for point, wrong in points.items() if wrong}


def test_a_kill_at_every_call_of_what_writes(tmp_path: Path) -> None:
    """At least 300 points of seven kinds of record: every checkpoint that was acknowledged comes back."""
    points = _killed_everywhere(tmp_path, DRIVEN, CALLS, _missing)
    assert _of(points) == {}
    assert len(points) >= DRIVEN_POINTS


def test_the_programs_keep_what_they_are_to_keep(tmp_path: Path) -> None:
    """Undisturbed, each acknowledges checkpoints and leaves them all: the points before are of whole recordings."""
    with Zygote() as zygote:
        for name, code in DRIVEN.items():
            victim = zygote.wait(zygote.start(code, tmp_path / name, EXAMPLE=str(EXAMPLE)))
            assert (victim.status, victim.errors) == (0, ""), name
            assert kept_s(victim), name
            assert _missing(victim) == "", name


def test_a_kill_at_every_call_that_writes_while_recording(tmp_path: Path) -> None:
    """The same for five kinds of job under a real recorder, with its thread beside the job's."""
    points = _killed_everywhere(tmp_path, RECORDED, WRITING, _wrong)
    assert _of(points) == {}
    assert len(points) >= RECORDED_POINTS


@pytest.mark.nightly
def test_a_kill_at_every_call(tmp_path: Path) -> None:
    """Opens, reads and closes too, of all of them."""
    points = _killed_everywhere(tmp_path / "driven", DRIVEN, ALL, _missing)
    points |= _killed_everywhere(tmp_path / "recorded", RECORDED, ALL, _wrong)
    assert _of(points) == {}
    assert len(points) >= NIGHTLY_POINTS


REMOVED_TOO_EARLY = (
    "capture/closing.py",
    "    write_atomically(path, (",
    "    import glob; [os.unlink(one) for one in glob.glob('state/joulecard/*.jsonl')]\n    write_atomically(path, (",
)
_ANEW = "        try:\n            self._journal = Journal("
GONE_BEFORE = (
    "capture/journal/checkpoints.py",
    _ANEW,
    "        if before:\n            __import__('os').unlink(before.path)\n" + _ANEW,
)


@pytest.mark.parametrize(
    ("kind", "calls", "bug"),
    [
        ("steady", ("fsync", "rename"), REMOVED_TOO_EARLY),
        ("renewed", ("write", "fsync", "rename"), GONE_BEFORE),
    ],
    ids=["the journal goes before the segment is there", "and before the one in its place"],
)
def test_a_record_that_is_nowhere_for_a_moment_is_found(
    tmp_path: Path, kind: str, calls: tuple[str, ...], bug: tuple[str, str, str]
) -> None:
    """The harness sees a bug that only a kill between two calls can show."""
    points = _killed_everywhere(tmp_path, {kind: DRIVEN[kind]}, calls, _missing, planted(tmp_path, bug))
    assert any(points.values())
