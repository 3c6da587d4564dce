"""REL-R3: whatever a power cut leaves of a recording, all that was acknowledged is in it, and recover never raises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.reliability.crash_states import TRACED, crash_states
from tests.reliability.planted import EARLY_REMOVAL, NO_FSYNC, planted
from tests.reliability.victims import Zygote

from joulecard.capture.journal.recovery import read_journal, recover
from joulecard.validation import validate_document

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.needs("strace")

JOURNALS = Path(__file__).with_name("journals")
CHECKPOINTS, WHOLLY_RECOVERED = 13, 40
# acknowledges each checkpoint in a call that the trace holds among the others
WRITER = """
import os
from dataclasses import replace
from joulecard.capture.journal.checkpoints import Checkpoints
from joulecard.capture.closing import Ending, close, make_folder, write_segment
from joulecard.capture.journal.course import Course
from joulecard.capture.gaps import GapBook
from joulecard.capture.journal.recovery import read_journal
from joulecard.capture.work import Work

told = read_journal(os.environ["EXAMPLE"])
[source], [reading] = told.opening.sources, told.totals.readings
sources = tuple(source._replace(domain=f"package-{n}") for n in range(4))
opening = replace(told.opening, folder=os.getcwd() + "/carbon/segments", sources=sources)
gaps, work = GapBook(), Work()
checkpoints = Checkpoints(gaps, work, 10.0, lambda sentence: None)
checkpoints.open(os.getcwd() + "/state", opening)
for second in range(1, int(os.environ["CHECKPOINTS"]) + 1):
    work.count("batch")
    if second == 3:
        gaps.note("settings", "a gap that comes late")
    seen = reading._replace(node_j=50.0 * second, share_j=25.0 * second, seen_s=float(second))
    wall_ms = opening.start_ms + 1000 * second
    totals = told.totals._replace(elapsed_s=float(second), wall_ms=wall_ms, readings=(seen,) * len(sources))
    checkpoints.keep(totals)
    os.writev(1, [b"kept %d\\n" % second])
checkpoints.close(totals, Ending("completed"))
make_folder(opening.folder)
write_segment(close(opening, totals, Ending("completed"), gaps.all(), Course().finish(0, 1.0), work), opening.folder)
checkpoints.settle()
"""


def trace(folder: Path, checkpoints: int, tree: Path | None = None) -> str:
    """The calls of one recording."""
    environ = {"EXAMPLE": str(JOURNALS / "format-2.jsonl"), "CHECKPOINTS": str(checkpoints)}
    with Zygote(tree) as zygote:
        victim = zygote.traced(WRITER, folder, "-xx", "-s", "65536", "-e", f"trace={TRACED}", **environ)
        zygote.wait(victim)
    assert (victim.status, victim.errors) == (0, "")
    return victim.log


def looked_at(log: str, folder: Path) -> Iterator[bool]:
    """For every state that the calls allow whether all that was acknowledged is known."""
    folder.mkdir()
    for count, (acknowledged, files) in enumerate(crash_states(log), 1):
        yield _seconds_known(files, folder, wholly=count % WHOLLY_RECOVERED == 0) >= acknowledged


def _seconds_known(files: dict[str, bytes], folder: Path, *, wholly: bool) -> float:
    """How much of the recording a user gets back: of the segment and what recover makes of the journal."""
    for path, content in files.items():
        place = folder / Path(path).name
        place.write_bytes(content)
        if place.suffix == ".jsonl":
            if not wholly:
                return _read(place)
            if recover(str(folder), str(folder))[0].verdict == "unreadable":  # not even its first line was synced
                return 0.0
            [segment] = folder.glob("*.json")
            document = json.loads(segment.read_bytes())
            segment.unlink()
            assert validate_document(document, "segment").violations == ()
            return float(document["monotonic_s"])
    return max((_monotonic_s(content) for path, content in files.items() if path.endswith(".json")), default=0.0)


def _read(journal: Path) -> float:
    try:
        return read_journal(str(journal)).segment().monotonic_s
    except ValueError:
        return 0.0


def _monotonic_s(content: bytes) -> float:
    try:
        return float(json.loads(content)["monotonic_s"])
    except ValueError:
        return 0.0


def test_nothing_acknowledged_is_lost_by_a_power_cut(tmp_path: Path) -> None:
    """At least 10,000 states: data cut at every byte, zeros or rubbish after it, names there or not."""
    states = list(looked_at(trace(tmp_path / "job", CHECKPOINTS), tmp_path / "disk"))
    assert states.count(False) == 0
    assert len(states) >= 10_000


@pytest.mark.parametrize("bug", [NO_FSYNC, EARLY_REMOVAL], ids=["of a checkpoint", "before the journal is removed"])
def test_a_missing_fsync_is_found(tmp_path: Path, bug: tuple[str, str, str]) -> None:
    """A writer that does not wait for the disk."""
    log = trace(tmp_path / "job", 2, planted(tmp_path, bug))
    assert not all(looked_at(log, tmp_path / "disk"))
