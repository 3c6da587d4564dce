"""The worked attestation of schema/README.md: the minimal disclosure, signed with a published test key."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from joulecard.canonical import digest
from joulecard.validation.schema import schema_of

TEST_KEY = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"  # RFC 8032, section 7.1, TEST 1


def public_pem() -> str:
    """The public half of the test key, as `joulecard verify --key` and openssl read it."""
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(TEST_KEY)).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def signed_bytes(attestation: dict[str, Any]) -> bytes:
    """The RFC 8785 bytes of an attestation without `signature.value`."""
    signature = {name: value for name, value in attestation["signature"].items() if name != "value"}
    return rfc8785.dumps({**attestation, "signature": signature})


def attestation() -> dict[str, Any]:
    """A third party's statement on the minimal disclosure, signed; the same bytes every time."""
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(TEST_KEY))
    signature = {"algorithm": "Ed25519", "public_key": b64encode(key.public_key().public_bytes_raw()).decode()}
    statement: dict[str, Any] = {
        "type": "third_party",
        "by": "Example Assurance",
        "date": "2026-11-21",
        "expires": "2036-11-21",
        "statement": "We recomputed every number.",
        "digest": digest(schema_of("disclosure")["examples"][0]),
        "signature": signature,
    }
    signature["value"] = b64encode(key.sign(signed_bytes(statement))).decode()
    return statement
