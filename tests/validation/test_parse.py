"""The parser refuses what two readers could understand differently, in words, and never fails itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.validation import validate
from joulecard.validation.parse import MAX_BYTES, MAX_DEPTH, parse

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{\n "a": [1,\n', "ends before the document does (line 3, column 1)"),
        (b"   ", "the document is empty"),
        (b'{"a": 1,}', "line 1, column"),
        (b'{"a": "x', "ends before the document does"),
        (b'{"a": 1} x', "more text follows"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ('{"a": 1}'.encode("utf-16"), "UTF-16"),
        ('{"a": 1}'.encode("utf-16-le"), "UTF-16"),
        ('{"a": 1}'.encode("utf-16-be"), "UTF-16"),
        ('{"a": 1}'.encode("utf-32"), "UTF-32"),
        (b'{"a": "\xff"}', "byte 8"),
        (b'{"a": {"b": 1, "b": 2}}', 'the member "b" twice'),
        (b'{"a": "\\ud83d"}', "\\ud83d"),
        (b'{"\\udc00": 1}', "\\udc00"),
        (b'{"a":\n  NaN}', "NaN is not a number; leave the value out and give a reason (line 2, column 3)"),
        (b'{"NaN": [-Infinity]}', "-Infinity is not a number"),
        (b'{"a": 1e400}', "the number 1e400 is too large"),
        (b'{"a": 9007199254740993}', "beyond 2^53"),
        (b'{"a": -9007199254740993}', "beyond 2^53"),
        (b'{"a": ' + b"9" * 4301 + b"}", "(4301 characters)"),
        (b"[" * 100_000 + b"]" * 100_000, f"more than {MAX_DEPTH} deep"),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, f"more than {MAX_DEPTH} deep"),
    ],
)
def test_hostile_text_is_refused_in_words(data: bytes, words: str) -> None:
    """One sentence that says what is wrong and, where a reader would look, the line and column."""
    value, refused = parse(data)
    assert value is None
    assert refused is not None
    assert words in refused.message


def test_too_large_a_document_is_refused_before_it_is_read() -> None:
    """More than 16 MiB is refused at once."""
    _, refused = parse(b" " * (MAX_BYTES + 1))
    assert refused is not None
    assert "larger than 16 MiB" in refused.message


@pytest.mark.parametrize(
    "data", [b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, b'{"a": 9007199254740992}', b'{"a": "\\ud83d\\ude00"}']
)
def test_what_is_just_allowed_is_read(data: bytes) -> None:
    """64 levels, 2^53 and a whole surrogate pair are fine."""
    value, refused = parse(data)
    assert refused is None
    assert value == json.loads(data)


@given(VALUES)
def test_every_json_value_is_read_as_it_was_written(value: object) -> None:
    """What Python writes is read back equal."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        data = text.encode()
    except UnicodeEncodeError:
        return
    assert parse(data) == (json.loads(text), None)


@given(st.binary(max_size=300))
def test_no_bytes_make_validate_fail(data: bytes) -> None:
    """Any bytes get a verdict."""
    assert not validate(data).valid


@given(VALUES)
def test_no_json_makes_validate_fail(value: object) -> None:
    """Any JSON gets a verdict."""
    assert not validate(
        json.dumps({"schema": "urn:joulecard:mlcd:1.0.0-draft:disclosure", "stages": value}).encode()
    ).valid


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": "' + b"x" * 2_000_000 + b'"}',
        b"[" + b"[]," * 300_000 + b"[]]",
        b"{" + b",".join(b'"k%d": 0' % index for index in range(100_000)) + b"}",
        b'"' + b"\\" * 1_000_000,
        b"[" + b"1.5," * 400_000 + b"NaN]",
        b'{"a": "' + b'\\"' * 500_000 + b'", "b": NaN}',
    ],
)
def test_hostile_sizes_are_refused_with_little_work(data: bytes, calls: Callable[[Callable[[], object]], int]) -> None:
    """No input makes the validator work more than in proportion to its size."""
    assert not validate(data).valid
    assert calls(lambda: validate(data)) < 1000 + 2 * len(data)


@pytest.mark.parametrize("inside", ['"x"', '"[{"', '"]]]"', '"\\"["', '"\\u00e9"', "1.5"])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('{"[": ', "}"), ('["}",', "]")])
def test_depth_is_counted_past_brackets_in_strings(opening: str, closing: str, inside: str) -> None:
    """64 levels are read and 65 are not, whatever strings between them hold."""
    texts = [opening * depth + inside + closing * depth for depth in (MAX_DEPTH, MAX_DEPTH + 1)]
    values, refusals = zip(*(parse(text.encode()) for text in texts), strict=True)
    assert (values[0], refusals[0]) == (json.loads(texts[0]), None)
    assert refusals[1] is not None
    assert f"more than {MAX_DEPTH} deep" in refusals[1].message


@pytest.mark.parametrize(("literal", "read"), [(b"3100000000000000000", 3.1e18), (b"-100000000000000000000", -1e20)])
def test_a_large_integer_is_read_where_every_reader_reads_the_same(literal: bytes, read: float) -> None:
    """As RFC 8785 writes the double: canonical bytes can be read back."""
    value, refused = parse(literal)
    assert (value, type(value), refused) == (read, float, None)
