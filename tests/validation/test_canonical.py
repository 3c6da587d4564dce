"""The canonical form is RFC 8785, and the digest is over its bytes."""

from __future__ import annotations

import hashlib

import pytest

from joulecard.canonical import canonical_bytes, digest, digest_of_bytes
from joulecard.errors import InvalidInputError


def test_order_and_spelling_do_not_change_the_bytes() -> None:
    """Members sorted, numbers as ECMAScript writes them, text as UTF-8 (the RFC's own example values)."""
    document = {"numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 1e-27], "literals": [None, True, False], "a": "€$\n"}
    expected = '{"a":"€$\\n","literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}'
    assert canonical_bytes(document) == expected.encode()
    assert canonical_bytes(dict(reversed(document.items()))) == expected.encode()


def test_the_digest_is_sha256_over_the_bytes() -> None:
    """`sha256:` and 64 hex digits."""
    assert digest({"b": 1, "a": 2.0}) == "sha256:" + hashlib.sha256(b'{"a":2,"b":1}').hexdigest()
    assert digest_of_bytes(b"") == "sha256:" + hashlib.sha256(b"").hexdigest()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60, "\ud800"])
def test_what_has_no_canonical_form_is_an_error_of_ours(value: object) -> None:
    """One sentence, not a traceback of a library."""
    with pytest.raises(InvalidInputError, match="no canonical form"):
        digest({"value": value})
