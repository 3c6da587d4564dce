"""Which record's place no table knows, and which declared place would stand in for it."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from joulecard.disclosure.tally import tally
from joulecard.errors import InvalidInputError, UsageError
from joulecard.surroundings.place import parse_place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.capture.segment import Segment
    from joulecard.disclosure.tallied import Factors
    from joulecard.factors import Edition

PLACE = "place"  # where the errors of the factor tables lie that a declared place would mend
ALIKE = 0.75  # of two names, from which one is a misspelling of the other
_NEAR = re.compile(r"near names: ([\w-]+)")


def require_known(place: str, tables: Edition) -> None:
    """Raises SettingsError for what is no place, UsageError for one that no factor table knows."""
    try:
        tables.grid(parse_place(place), int(tables.name[:4]))
    except InvalidInputError as error:
        raise UsageError(error.what, where="--place", mend=error.mend) from error


def named_with_record(
    error: InvalidInputError, segments: Iterable[Segment], factors: Factors, command: str
) -> InvalidInputError:
    """An error about a place with the record that it is in, and the option of `command` that declares another place.

    Errors about anything else stay as they are.
    """
    for segment in segments if error.where == PLACE else ():
        found = _error_of(segment, factors)
        if found:
            return InvalidInputError(
                f"the place in the record of stage {segment.stage} (segment {segment.id}) cannot be used: {found.what}",
                mend=f"say where it was: `{command} --place {instead(segment, found)}`",
            )
    return error


def _error_of(segment: Segment, factors: Factors) -> InvalidInputError | None:
    try:
        tally(segment, factors.edition, factors.profile, strict=factors.strict)
    except InvalidInputError as error:
        return error if error.where == PLACE else None
    return None


def instead(segment: Segment, error: InvalidInputError) -> str:
    """The region of the provider that was set whose name is nearly the one said, else an example."""
    near = _NEAR.search(error.mend)
    said = next((item for item in segment.place.evidence if item.source == "setting"), None)
    if near is None or said is None or SequenceMatcher(None, said.region or "", near[1]).ratio() < ALIKE:
        return "FR"
    return f"{said.provider}/{near[1]}"
