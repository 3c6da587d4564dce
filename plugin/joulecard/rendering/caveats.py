"""What must be said beside the headline because the numbers are a part of something larger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.disclosure.limits import OUTER_RECORD
from joulecard.rendering import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joulecard.rendering.unrecorded import Unrecorded

_COUNTED_TWICE = "which counts the same energy: never add the two up"


def caveats(document: dict[str, Any], lacking: Sequence[Unrecorded]) -> str:
    """One or two sentences without the last full stop; empty where the numbers are the whole."""
    return ". ".join(told for told in (_without(lacking), _inside(document)) if told)


def _without(lacking: Sequence[Unrecorded]) -> str:
    """Which stages the numbers leave out."""
    if not lacking:
        return ""
    verb, them = ("stage is", "it") if len(lacking) == 1 else ("stages are", "them")
    names = words.listed(each.stage for each in lacking)
    return (
        f"These are partial figures: {len(lacking)} {verb} not recorded ({names}), and no number here contains {them}"
    )


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
    return f"{words.listed(names)} {verb} of another recording, {_COUNTED_TWICE}"
