"""Place and PUE declared after the recording."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from joulecard.canonical import digest
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.declared import declare_place
from joulecard.disclosure.document import Subject
from joulecard.disclosure.tallied import Factors
from joulecard.errors import SettingsError
from joulecard.factors import edition
from joulecard.surroundings.place import Evidence, Place
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from joulecard.capture.segment import Segment

    Make = Callable[..., Segment]

DMI = Evidence("dmi", "medium", "aws")
MISTYPED = Evidence("setting", "high", "aws", "eu-nord-1")


def test_without_a_declaration_the_segments_stay_as_they_are(segment: Make) -> None:
    """None is no place and no PUE."""
    declared = declare_place([segment()], None, None)
    assert declared.segments == (segment(),)
    assert declared.statement == ""


def test_the_declared_place_comes_first_and_replaces_an_earlier_setting(segment: Make) -> None:
    """What was found stays behind it; the earlier word of the user, perhaps mistyped, does not."""
    declared = declare_place([segment(place=Place((MISTYPED, DMI), 1.3))], "aws/eu-north-1", None)
    assert declared.segments[0].place == Place((Evidence("setting", "high", "aws", "eu-north-1"), DMI), 1.3)


def test_the_declared_pue_replaces_the_recorded_one(segment: Make) -> None:
    """The place stays."""
    before = segment()
    (after,) = declare_place([before], None, 1.5).segments
    assert (after.place.pue, after.place.evidence) == (1.5, before.place.evidence)


@pytest.mark.parametrize(("place", "pue"), [("Atlantis", None), ("", None), (None, 0.5), (None, float("nan"))])
def test_what_cannot_be_is_refused_with_what_is_allowed(segment: Make, place: str | None, pue: float | None) -> None:
    """One sentence, as for the settings."""
    with pytest.raises(SettingsError, match="allowed"):
        declare_place([segment()], place, pue)


def _disclosed(segments: Iterable[Segment]) -> Any:
    return assemble(
        segments,
        subject=Subject(type="pipeline", name="p"),
        factors=Factors(edition()),
        created="2026-11-21T12:00:00Z",
    )


def test_the_document_says_it_and_names_the_records_as_they_were(segment: Make) -> None:
    """A valid disclosure with the factor of the declared place and the digest of the record that lies on disk."""
    recorded = segment(place=Place())
    declared = declare_place([recorded], "FR", 1.2)
    made = declared.said_in(_disclosed(declared.segments), [recorded]).to_json()
    verdict = validate_disclosure(made)
    assert verdict.violations == ()
    document = json.loads(made)
    statements = [item["statement"] for item in document["assumptions"]]
    assert "The place FR and the PUE 1.2 of all stages were declared after the recording" in statements
    assert document["stages"][0]["segments"][0]["digest"] == digest(recorded.to_document())
    assert document["locations"][0]["country"] == "FR"
