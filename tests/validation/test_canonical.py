"""The canonical form is RFC 8785, and the digest is over its bytes."""

from __future__ import annotations

import hashlib
import json
import random
import struct
import subprocess

import pytest

from joulecard.canonical import canonical_bytes, digest, digest_of_bytes
from joulecard.errors import InvalidInputError

# RFC 8785, appendix B: the bits of a double and how it is written.
NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}
# RFC 8785, section 3.2.2: a text, and the canonical form of what it holds.
SAMPLE = r"""{
  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}"""
CANONICAL_SAMPLE = (
    r'{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
    '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
)
# RFC 8785, section 3.2.3: names in the order of their UTF-16 units, in which an emoji comes before U+FB33.
ORDERED = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def _double(bits: str) -> float:
    found: float = struct.unpack(">d", bytes.fromhex(bits))[0]
    return found


@pytest.mark.parametrize("bits", NUMBERS)
def test_numbers_are_written_as_in_the_appendix_of_the_rfc(bits: str) -> None:
    """The shortest text that gives the same double, in the form of ECMAScript."""
    assert canonical_bytes(_double(bits)) == NUMBERS[bits].encode()


@pytest.mark.parametrize("bits", ["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])
def test_what_is_no_number_has_no_form(bits: str) -> None:
    """The appendix marks NaN and the infinities as errors."""
    with pytest.raises(InvalidInputError, match="no canonical form"):
        canonical_bytes(_double(bits))


def test_the_sample_of_the_rfc_has_its_form() -> None:
    """Members sorted, white space gone, text as UTF-8 with only the escapes that must be."""
    assert canonical_bytes(json.loads(SAMPLE)) == CANONICAL_SAMPLE.encode()


def test_names_are_sorted_by_their_utf_16_units() -> None:
    """Not by code point and not by UTF-8 bytes, which order the last two otherwise."""
    written = canonical_bytes(dict.fromkeys(reversed(ORDERED), 0))
    assert list(json.loads(written)) == ORDERED
    assert sorted(ORDERED) != ORDERED


@pytest.mark.needs("node")
def test_numbers_are_written_as_javascript_writes_them() -> None:
    """Two thousand doubles of any size: the RFC defines their form by ECMAScript's."""
    chance = random.Random(8785)  # noqa: S311  # no secret
    drawn = [struct.unpack(">d", chance.randbytes(8))[0] for _ in range(1000)]
    drawn += [chance.uniform(-1, 1) * 10 ** chance.randint(-9, 22) for _ in range(1000)]
    numbers = [number for number in drawn if abs(number) < float("inf")]
    program = "console.log(JSON.stringify(JSON.parse(require('fs').readFileSync(0, 'utf8'))))"
    asked = json.dumps(numbers)
    done = subprocess.run(["node", "-e", program], input=asked, capture_output=True, text=True, check=True)
    assert canonical_bytes(numbers).decode() == done.stdout.strip()


def test_order_and_spelling_do_not_change_the_bytes() -> None:
    """Nor does whether a whole number was written with a point."""
    document = {"b": [1.0, 100, 0.5], "a": {"d": 1, "c": -0.0}}
    assert canonical_bytes(document) == b'{"a":{"c":0,"d":1},"b":[1,100,0.5]}'
    assert canonical_bytes(dict(reversed(document.items()))) == canonical_bytes(document)


def test_the_digest_is_sha256_over_the_bytes() -> None:
    """`sha256:` and 64 hex digits."""
    assert digest({"b": 1, "a": 2.0}) == "sha256:" + hashlib.sha256(b'{"a":2,"b":1}').hexdigest()
    assert digest_of_bytes(b"") == "sha256:" + hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60, "\ud800"])
def test_what_has_no_canonical_form_is_an_error_of_ours(value: object) -> None:
    """One sentence, not a traceback of a library."""
    with pytest.raises(InvalidInputError, match="no canonical form"):
        digest({"value": value})
