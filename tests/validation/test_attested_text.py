"""One attestation more, and not another letter of the text changes, however it was laid out."""

from __future__ import annotations

import difflib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rendering.conftest import a_document

from joulecard.disclosure.document import Disclosure
from joulecard.validation.attested_text import with_attestation

ATTESTATION = {"type": "self", "by": "Zoë", "date": "2026-11-22", "statement": 'é “” \U0001f600 \\ " /'}
OTHER = {**ATTESTATION, "by": "Other"}
PLAIN = {"schema": "s", "numbers": [1.0, 1e-05, 1e22, 0.1], "extensions": {"a.b": {"attestations": []}}}
LISTED = {"schema": "s", "attestations": [OTHER], "extensions": {}}
EMPTY: dict[str, Any] = {"attestations": []}

LAYOUTS: dict[str, dict[str, Any]] = {
    "as to_json writes": {"indent": 2},
    "one blank": {"indent": 1},
    "tabs": {"indent": "\t"},
    "no indentation": {"indent": 0},
    "one line": {},
    "compact": {"separators": (",", ":")},
}


def _after(document: dict[str, Any]) -> dict[str, Any]:
    return {**document, "attestations": [*document.get("attestations", []), ATTESTATION]}


def _written(document: dict[str, Any], layout: dict[str, Any], line_break: str) -> str:
    return json.dumps(document, ensure_ascii=False, **layout).replace("\n", line_break) + line_break


def _added(before: str, after: str) -> str:
    """What was put in; fails where anything was taken out, and where it is more than one piece."""
    changes = [
        each
        for each in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        if each[0] != "equal"
    ]
    assert all(kind == "insert" for kind, *_ in changes)
    return "".join(after[start:end] for _, _, _, start, end in changes)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("document", [PLAIN, LISTED, EMPTY, {"schema": "s"}], ids=["plain", "listed", "empty", "short"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_the_text_holds_it_and_all_else_as_it_was(
    document: dict[str, Any], layout: dict[str, Any], line_break: str
) -> None:
    """In every common layout; the new part is laid out alike and is the last of the list."""
    before = _written(document, layout, line_break)
    after = with_attestation(before, ATTESTATION)
    assert json.loads(after) == _after(document)
    order = [name for name in _after(document) if name != "extensions"] + ["extensions"] * ("extensions" in document)
    laid_out = {name: _after(document)[name] for name in order}
    assert after == _written(laid_out, layout, line_break)


def test_a_disclosure_is_written_as_it_would_be_with_its_attestation() -> None:
    """The file that `assemble` wrote, signed, is the file that it would write of the signed document."""
    document = a_document("typical")
    before = Disclosure.model_validate(document).to_json().decode()
    signed = Disclosure.model_validate({**document, "attestations": [ATTESTATION]})
    assert with_attestation(before, ATTESTATION) == signed.to_json().decode()
    twice = Disclosure.model_validate({**document, "attestations": [ATTESTATION, OTHER]})
    assert with_attestation(signed.to_json().decode(), OTHER) == twice.to_json().decode()


def test_only_the_outermost_member_counts() -> None:
    """Another object may have a member of that name, and a text may look like one."""
    document = {"title": '"attestations": []', "extensions": {"a.b": {"attestations": [1]}}}
    after = with_attestation(json.dumps(document, indent=2), ATTESTATION)
    assert json.loads(after) == _after(document)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
_SPACES = st.sampled_from(["", " ", "\n", "\t", "\r\n", "\n\n  "])


@given(
    st.dictionaries(st.text(max_size=12) | st.just("extensions"), _VALUES, min_size=1), st.lists(_SPACES, min_size=9)
)
def test_in_a_text_of_any_layout_nothing_else_changes(document: dict[str, Any], spaces: list[str]) -> None:
    """White space wherever JSON allows it, as a person may have typed it."""
    document.pop("attestations", None)
    members = [f"{json.dumps(name)}{spaces[0]}:{spaces[1]}{json.dumps(value)}" for name, value in document.items()]
    inside = f"{spaces[2]},{spaces[3]}".join(members)
    before = f"{spaces[4]}{{{spaces[5]}{inside}{spaces[6]}}}{spaces[7]}"
    after = with_attestation(before, ATTESTATION)
    assert json.loads(after) == _after(document)
    assert "attestations" in _added(before, after)
    again = with_attestation(after, OTHER)
    assert json.loads(again)["attestations"] == [ATTESTATION, OTHER]
    assert "Other" in _added(after, again)
