"""The valid documents of the corpus, merged: each with itself, and each with the next."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from tests.standard.corpus import FOLDER

from joulecard.canonical import digest
from joulecard.disclosure.document import Disclosure
from joulecard.disclosure.merge import Source, merge
from joulecard.errors import InvalidInputError
from joulecard.validation import validate, validate_disclosure

CREATED = "2026-11-21T23:30:00Z"


def sources() -> list[Source]:
    """All disclosures of the corpus that their publisher stands by."""
    found = []
    for path in sorted((FOLDER / "valid").glob("*.json")):
        verdict = validate(path.read_bytes())
        document = verdict.document or {}
        if verdict.level and document["document"]["status"] != "withdrawn":
            found.append(Source(path.name, Disclosure.model_validate_json(path.read_bytes()), digest(document)))
    return found


def read(file: str, disclosure: Disclosure) -> Source:
    """The disclosure as it is read from a file."""
    data = disclosure.to_json()
    return Source(file, Disclosure.model_validate_json(data), digest(json.loads(data)))


def told(source: Source) -> dict[str, Any]:
    """The values of the totals to nine digits, and the ids of all that is listed."""
    document = source.document.model_dump(mode="json", exclude_none=True)
    kept = {name: f"{value:.9g}" for name, value in values(document["totals"]).items() if value is not None}
    names = ("functional_units", "instruments", "resources", "locations", "factors", "evidence", "stages")
    return kept | {name: sorted(each["id"] for each in document.get(name, ()) if "id" in each) for name in names}


def values(totals: dict[str, Any]) -> dict[str, float | None]:
    """The values of the two blocks."""
    names = ("new", "including_reused")
    return {f"{name} {key}": each.get("value") for name in names for key, each in totals[name].items()}


def test_each_merged_with_itself_is_valid_and_has_its_totals() -> None:
    """Whoever wrote it: totals that are sums within the tolerance of the standard are computed anew."""
    for source in sources():
        data = merge([source, source], created=CREATED).disclosure.to_json()
        assert validate_disclosure(data).violations == (), source.file
        made = values(json.loads(data)["totals"])
        for key, value in values(source.document.model_dump(mode="json", exclude_none=True)["totals"]).items():
            assert made[key] == (value if value is None else pytest.approx(value, rel=1e-6)), (source.file, key)


def test_any_two_are_merged_to_a_valid_one_or_refused_with_a_sentence() -> None:
    """Both ways round alike; the only rule that they may break together is that nothing is claimed twice."""
    for pair in pairwise(sources()):
        try:
            found = merge(pair, created=CREATED).disclosure
        except InvalidInputError:
            continue
        assert merge(reversed(pair), created=CREATED).disclosure == found
        broken = {violation.rule for violation in validate_disclosure(found.to_json()).violations}
        assert broken <= {"R12"}, [source.file for source in pair]


def test_merged_with_one_of_its_parts_again_it_says_the_same() -> None:
    """A part that is inside adds no number, unit, certificate, hardware or factor."""
    for pair in pairwise(sources()):
        try:
            whole = read("merged.json", merge(pair, created=CREATED).disclosure)
        except InvalidInputError:
            continue
        for part in pair:
            found = read("again.json", merge([whole, part], created=CREATED).disclosure)
            assert told(found) == told(whole), part.file
