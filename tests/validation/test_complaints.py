"""Text that is no JSON is refused with the habit that it shows, and with the place."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.validation.parse import parse


def _told(text: str) -> str:
    found = parse(text.encode())[1]
    assert found is not None
    return found.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1,}', "a comma stands before the closing brace; take it out (line 1, column "),
        ('{"a": [1, ]}', "a comma stands before the closing bracket; take it out (line 1, column "),
        ('{"a": 0,8}', "a decimal point is a point: 0.5, not 0,5 (line 1, column 9)"),
        ('{"a": 1 // none\n}', "JSON has no comments; take it out (line 1, column 9)"),
        ('{\n# none\n"a": 1}', "JSON has no comments; take it out (line 2, column 1)"),
        ("{'a': 1}", "in double quotes, not in single ones (line 1, column 2)"),
        ('{"a": None}', "None is no JSON; texts stand in double quotes (line 1, column 7)"),
        ('{"a": .5}', "a number begins with a digit: 0.5, not .5 (line 1, column 7)"),
        ('{"a": +5}', "a number has no plus before it (line 1, column 7)"),
        ("schema: x", "a document begins with a brace, { (line 1, column 1)"),
        ("%PDF-1.7", "is a PDF; `joulecard verify` looks at the disclosure in a report"),
        ('{"a": 1\n"b": 2}', "a comma or closing bracket is missing before this place (line 2, column 1)"),
    ],
)
def test_habits_of_other_languages_are_named(text: str, words: str) -> None:
    """What Python, YAML, JavaScript or a spreadsheet allow is told as what it is."""
    assert words in _told(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"a": 1,\n "a": 2}', "(line 2, column 2)"),
        ('{"a": {"b": 1},\n "b": 2,\n\n "b": {"a": 3}}', "(line 4, column 2)"),
        ('{"b": "\\"a\\": }{", "a": 1, "c": [{"a": 2}, {"a": 3}],\n"\\u0061" : 4}', "(line 2, column 1)"),
    ],
)
def test_a_member_that_comes_twice_is_found(text: str, place: str) -> None:
    """The second one is pointed to, in the object that has both, however it is spelled."""
    assert _told(text).endswith(f"twice {place}")


@given(st.text(), st.lists(st.text(), max_size=4), st.integers(0, 3))
def test_every_member_that_comes_twice_has_a_place(name: str, others: list[str], depth: int) -> None:
    """Whatever the names are and whatever lies around."""
    members = ", ".join(f"{json.dumps(each)}: 1" for each in [name, *dict.fromkeys(others), name])
    assert "(line 1, column " in _told('{"": [' * depth + f"{{{members}}}" + "]}" * depth)
