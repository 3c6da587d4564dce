"""Programs of one thread that drive what writes a record: each call is made once, in the same order every time.

A recorder's own thread makes its calls beside those of the job's, and strace counts them for each thread: the first of
the one hides the first of the other. These make them all in one, without waiting for any tick.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.reliability.victims import Victim

# says of each checkpoint that it is kept, in a call that is not among those at which it is killed
_BEGIN = """
import os
from dataclasses import replace
from joulecard.capture.closing import Ending
from joulecard.capture.joules.cut import Piece
from joulecard.capture.joules.series import SeriesBuilder
from joulecard.capture.journal.reading import read_journal
from joulecard.capture.part import Part
from joulecard.settings import Settings

told = read_journal(os.environ["EXAMPLE"])
[source], [reading] = told.opening.sources, told.totals.readings
place = os.getcwd()
settings, refused = Settings(journal_dir=place + "/state/joulecard"), []

def begun():
    part = Part(settings, lambda *sentence: refused.append(sentence))
    part.open(replace(told.opening, id=part.id, folder=place + "/carbon/segments"))
    return part

def totals_at(part, second):
    wall_ms = part.opening.start_ms + 1000 * second
    readings = tuple(reading._replace(node_j=50.0 * second, share_j=25.0 * second, seen_s=float(second))
                     for _ in part.opening.sources)
    return told.totals._replace(elapsed_s=float(second), wall_ms=wall_ms, readings=readings)

def tick(part, second):
    part.work.count("batch")
    if second == 3:
        part.gaps.note("settings", "a gap that comes late")
    before = len(refused)
    part.keep(totals_at(part, second))
    if len(refused) == before:
        os.writev(1, [f"kept {part.id} {second}\\n".encode()])

def ended(part, second, sync=False):
    part.close(Piece(totals_at(part, second), SeriesBuilder()), Ending("completed"), sync=sync)
    part.write()

"""
STEADY = """
part = begun()
for second in range(1, 9):
    tick(part, second)
ended(part, 8)
"""
# instruments join: the journal is written anew, and takes the place of the one there
RENEWED = """
part = begun()
for second in range(1, 9):
    if second % 2 == 0:
        more = source._replace(domain=f"package-{second}")
        part.open(replace(part.opening, sources=(*part.opening.sources, more)))
    tick(part, second)
ended(part, 8)
"""
ROTATED = """
part = begun()
for number in range(3):
    for second in range(1, 4):
        tick(part, second)
    before, part = part, Part(settings, lambda *sentence: refused.append(sentence))
    before.work.hand_over(part.work)
    before.close(Piece(totals_at(before, 3), SeriesBuilder()), Ending("completed"), sync=True)
    part.follow(before, before.opening.start_ms + 3000)
    before.write()
ended(part, 1)
"""
# the disk is full from the third to the fifth second: what falls short is cut back
FULL = """
import resource
part = begun()
for second in range(1, 9):
    if second == 3:
        [journal] = os.listdir("state/joulecard")
        limit = os.stat("state/joulecard/" + journal).st_size + 100
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    if second == 6:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    tick(part, second)
ended(part, 8)
"""
# somebody deletes the folder of journals: what was kept until then is his to lose, and said to be lost
DELETED = """
part = begun()
for second in range(1, 9):
    if second == 4:
        os.writev(1, [b"deleted\\n"])
        [os.unlink("state/joulecard/" + name) for name in os.listdir("state/joulecard")]
        os.rmdir("state/joulecard")
    tick(part, second)
ended(part, 8)
"""
# no segment can be written where a file lies: the journal has to stay
KEPT = """
open("carbon", "w").close()
part = begun()
for second in range(1, 9):
    tick(part, second)
ended(part, 8)
"""
# another recording had been killed, and is recovered while this one lasts
RECOVERED = """
import shutil
from joulecard.capture.journal.recovery import recover
os.makedirs("carbon/segments")
part, dead = begun(), begun()
for second in range(1, 4):
    tick(part, second)
    tick(dead, second)
dead.forget()
recover("state/joulecard")
tick(part, 4)
ended(part, 4)
"""
BODIES = {
    "steady": STEADY,
    "renewed": RENEWED,
    "rotated": ROTATED,
    "full": FULL,
    "deleted": DELETED,
    "kept": KEPT,
    "recovered": RECOVERED,
}
DRIVEN = {name: _BEGIN + body for name, body in BODIES.items()}


def kept_s(victim: Victim) -> dict[str, float]:
    """Up to which second each segment was acknowledged, by its name."""
    said = victim.output.rpartition("deleted\n")[2]
    return {name: float(second) for name, second in re.findall(r"^kept (\S+) (\d+)$", said, re.MULTILINE)}


def lost(victim: Victim, found: list[dict[str, Any]]) -> str:
    """What was acknowledged and is not in these segments; nothing where all is there."""
    known = {segment["id"]: segment["monotonic_s"] for segment in found}
    wrong = {name: second for name, second in kept_s(victim).items() if known.get(name, -1.0) < second}
    return f"kept {wrong}, known {known}" if wrong else ""
