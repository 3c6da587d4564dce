"""Where the recorded stages stood: places that no table knows, and places declared after the recording."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from joulecard.disclosure.declared import declare_place
from joulecard.disclosure.places import instead, require_known
from joulecard.errors import InvalidInputError
from joulecard.factors import edition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.capture.segment import Segment
    from joulecard.disclosure import document as doc
    from joulecard.disclosure.declared import Declared
    from joulecard.factors import Edition
    from joulecard.hosts.dvc.report import Found


def declared(found: Found, place: str | None, pue: float | None) -> tuple[Found, Declared]:
    """What was found as if the place and the PUE had been set while recording; raises SettingsError, UsageError."""
    named = declare_place(found.named, place, pue)
    if place is not None:
        require_known(place, edition())
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
            raise InvalidInputError(
                f"the place in the record of stage {stage} is not known: {error.what}",
                mend=f"say where it was: `joulecard dvc report --place {instead(segment, error)}`",
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
