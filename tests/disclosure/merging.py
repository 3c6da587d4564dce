"""What tests of merging share: disclosures as they are read from files, and what they become together."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from joulecard.canonical import digest
from joulecard.disclosure.document import Disclosure
from joulecard.disclosure.merge import Merged, Source, merge
from joulecard.surroundings.place import Evidence, Place
from joulecard.validation import validate_disclosure

HOST_B = "ba9876543210"
FRANCE = Place((Evidence("setting", "high", country="FR"),), pue=1.4)
GROUP_B = str(UUID(int=11, version=4))


def source(disclosure: Disclosure, file: str = "A.json", **changes: Any) -> Source:
    """The disclosure as it is read from a file, with other members at its top."""
    data = disclosure.model_copy(update=changes).to_json()
    assert validate_disclosure(data).violations == ()
    return Source(file, Disclosure.model_validate_json(data), digest(json.loads(data)))


def merged(*given: Disclosure | Source, **options: Any) -> Merged:
    """What the disclosures A.json, B.json, ... become: valid, and the same for any order."""
    named = zip("ABCDEFGH", given, strict=False)
    sources = [each if isinstance(each, Source) else source(each, f"{letter}.json") for letter, each in named]
    found = merge(sources, created="2026-11-21T12:00:00Z", **options)
    assert merge(reversed(sources), created="2026-11-21T12:00:00Z", **options).disclosure == found.disclosure
    assert validate_disclosure(found.disclosure.to_json()).violations == ()
    return found


def titled(disclosure: Disclosure, **members: Any) -> Disclosure:
    """The disclosure with other members of `document`."""
    return disclosure.model_copy(update={"document": disclosure.document.model_copy(update=members)})


def bounded(disclosure: Disclosure, **members: Any) -> Disclosure:
    """The disclosure with other members of `boundary`."""
    return disclosure.model_copy(update={"boundary": disclosure.boundary.model_copy(update=members)})
