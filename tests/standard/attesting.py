"""Statements on documents of the corpus, signed with a published test key, for any implementation to verify."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.standard.worked import TEST_KEY, signed_bytes

if TYPE_CHECKING:
    from tests.standard.authoring import Json


def digest_of(document: Json) -> str:
    """The digest of a document without its attestations."""
    told = {name: value for name, value in document.items() if name != "attestations"}
    return "sha256:" + sha256(rfc8785.dumps(json.loads(json.dumps(told)))).hexdigest()


def signed(statement: Json, document: Json) -> Json:
    """The statement with the digest of its document and a signature."""
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(TEST_KEY))
    public_key = b64encode(key.public_key().public_bytes_raw()).decode()
    whole: Json = {**statement, "digest": digest_of(document)}
    whole["signature"] = {"algorithm": "Ed25519", "public_key": public_key}
    whole["signature"]["value"] = b64encode(key.sign(signed_bytes(whole))).decode()
    return whole
