"""What must be said beside the headline because the numbers are a part of something larger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.disclosure.stage_gaps import OUTER_RECORD
from joulecard.rendering import words
from joulecard.rendering.figures import columns
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.unseen import unseen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.rendering.unrecorded import Unrecorded

LONGEST_NAME = 40
_COUNTED_TWICE = "which counts the same energy: never add the two up"


def caveats(document: dict[str, Any], lacking: Sequence[Unrecorded]) -> str:
    """A few sentences without the last full stop; empty where the numbers are the whole."""
    found = (_unseen(document), _without(lacking), _reused(document), _inside(document))
    return ". ".join(told for told in found if told)


def _unseen(document: dict[str, Any]) -> str:
    """That the energy is a lower bound, where a part of the time was not seen."""
    missing, totals = unseen(document["stages"]), document["totals"]
    energy = columns((totals["new"], totals["including_reused"])).energy_of(totals[totals["headline"]]["energy_it"])
    if missing is None or not energy.known:
        return ""
    return f"At least {energy.text}: {missing.told}, and what was drawn in it is in no figure here"


def _without(lacking: Sequence[Unrecorded]) -> str:
    """Which stages the numbers leave out."""
    if not lacking:
        return ""
    verb, them = ("stage is", "it") if len(lacking) == 1 else ("stages are", "them")
    names = _named(each.stage for each in lacking)
    return (
        f"These are partial figures: {len(lacking)} {verb} not recorded ({names}), and no number here contains {them}"
    )


def _reused(document: dict[str, Any]) -> str:
    """Where some stages ran and others reused earlier results: whether the headline counts what these had cost."""
    names = dict.fromkeys(stage["name"] for stage in document["stages"] if "reused_from" in stage)
    if not names or not any("energy" in stage for stage in document["stages"]):
        return ""
    if document["totals"]["headline"] == "including_reused":
        return f"These figures include what making the reused results of {_named(names)} had cost"
    return f"These figures leave out what making the reused results of {_named(names)} had cost"


def _inside(document: dict[str, Any]) -> str:
    """Which stages lie inside a recording that is not here, and that counts their energy too."""
    inner = {gap["stage_ref"] for gap in document["gaps"] if gap["what"] == OUTER_RECORD and "stage_ref" in gap}
    ran = [stage for stage in document["stages"] if "energy" in stage]
    names = dict.fromkeys(stage["name"] for stage in ran if stage["id"] in inner)
    if not names:
        return ""
    if all(stage["id"] in inner for stage in ran):
        return f"This is the inner part of another recording, {_COUNTED_TWICE}"
    verb = "is the inner part" if len(names) == 1 else "are inner parts"
    return f"{_named(names)} {verb} of another recording, {_COUNTED_TWICE}"


def _named(stages: Iterable[str]) -> str:
    """The first few stages, each by so much of its name that a sentence stays one."""
    return words.listed(plain(name, LONGEST_NAME) for name in stages)
