"""Where the recorded stages stood: places that no table knows, and places declared after the recording."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from joulecard.disclosure.declared import declare_place
from joulecard.errors import InvalidInputError, UsageError
from joulecard.factors import edition
from joulecard.surroundings.place import parse_place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.capture.segment import Segment
    from joulecard.disclosure import document as doc
    from joulecard.disclosure.declared import Declared
    from joulecard.factors import Edition
    from joulecard.hosts.dvc.report import Found

_NEAR = re.compile(r"near names: ([\w-]+)")


def declared(found: Found, place: str | None, pue: float | None) -> tuple[Found, Declared]:
    """What was found as if the place and the PUE had been set while recording; raises SettingsError, UsageError."""
    named = declare_place(found.named, place, pue)
    if place is not None:
        _require_known(place)
    others = declare_place(found.others, place, pue).segments
    return replace(found, named=named.segments, others=others), named


def said_in(disclosure: doc.Disclosure, found: Found, said: Declared) -> doc.Disclosure:
    """The disclosure with the declaration in words, and the digests of the records as they were found."""
    return said.said_in(disclosure, [*found.named, *found.others])


def require_places(segments: Iterable[Segment]) -> None:
    """Raises InvalidInputError, with the stage and the remedy, where a record names a place that does not exist."""
    tables = edition()
    for segment in segments:
        error = unknown_place(segment, tables)
        if error:
            stage = dict(segment.refs).get("dvc_stage", segment.stage)
            near = _NEAR.search(error.mend)
            named = f"{_setting(segment)}/{near[1]}" if near else "FR"
            raise InvalidInputError(
                f"the place in the record of stage {stage} is not known: {error.what}",
                mend=f"say where it was: `joulecard dvc report --place {named}`",
            )


def unknown_place(segment: Segment, tables: Edition) -> InvalidInputError | None:
    """Why the place that was set while the segment was recorded cannot be found; None where it can."""
    try:
        for evidence in segment.place.evidence:
            if evidence.source == "setting":
                tables.grid(evidence, int(segment.end[:4]))
    except InvalidInputError as error:
        return error
    return None


def _setting(segment: Segment) -> str:
    """The provider that was set."""
    return next((item.provider or "" for item in segment.place.evidence if item.source == "setting"), "")


def _require_known(place: str) -> None:
    tables = edition()
    try:
        tables.grid(parse_place(place), int(tables.name[:4]))
    except InvalidInputError as error:
        raise UsageError(error.what, where="--place", mend=error.mend) from error
