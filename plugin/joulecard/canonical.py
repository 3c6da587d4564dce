"""The canonical bytes of a JSON document (RFC 8785) and the digest over them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from joulecard.errors import InvalidInputError


def canonical_bytes(document: Any) -> bytes:
    """The document's RFC 8785 bytes: the same for any order of members and any spelling of a number.

    Raises InvalidInputError for what has no such form: NaN, infinities, integers beyond 2^53, lone surrogates.
    """
    import rfc8785

    try:
        return rfc8785.dumps(document)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise InvalidInputError(f"the document has no canonical form: {error}") from error


def digest(document: Any) -> str:
    """`sha256:` and 64 hex digits over the canonical bytes of the document."""
    return digest_of_bytes(canonical_bytes(document))


def digest_of_bytes(data: bytes) -> str:
    """`sha256:` and 64 hex digits over the bytes as they are, for files that are not ours."""
    return f"sha256:{sha256(data).hexdigest()}"
