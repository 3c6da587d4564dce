"""Ed25519 keys as files hold them, signing a statement and checking a signature: the only door to cryptography."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from joulecard.canonical import canonical_bytes
from joulecard.errors import MissingPartError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALGORITHM = "Ed25519"  # RFC 8032
LARGEST_KEY_FILE_BYTES = 64 * 1024
LONGEST_PASSPHRASE_BYTES = 1023  # more, openssl does not take
PUBLIC_FORMS = "PEM (BEGIN PUBLIC KEY), one line `ssh-ed25519 ...`, or 32 bytes in base64"
PRIVATE_FORMS = "PEM (BEGIN PRIVATE KEY, as openssl writes it), or OpenSSH"
NEW_KEY = "make a pair with `joulecard sign --new-key NAME.pem`"

# The y of the eight points of small order: with such a key one signature fits every text, and OpenSSL lets it.
_PRIME = 2**255 - 19
_Y_OF_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL_ORDER_Y = frozenset({0, 1, _PRIME - 1, _Y_OF_ORDER_8, _PRIME - _Y_OF_ORDER_8})


@cache
def missing_part() -> str | None:
    """What signatures need and this machine lacks, with the command that installs it; None where nothing is."""
    try:
        import_module("cryptography.hazmat.primitives.asymmetric.ed25519")
    except ImportError:
        return "signatures need the package cryptography: run `pip install 'joulecard[sign]'`"
    return None


def signed_bytes(attestation: dict[str, Any]) -> bytes:
    """What a signature is over: the RFC 8785 bytes of the attestation without `signature.value`."""
    signature = {name: value for name, value in attestation["signature"].items() if name != "value"}
    return canonical_bytes({**attestation, "signature": signature})


def signed(statement: dict[str, str], key: Ed25519PrivateKey) -> dict[str, Any]:
    """The attestation: the members of a statement, which name the document's digest, with their signature."""
    signature = {"algorithm": ALGORITHM, "public_key": public_key_of(key)}
    value = key.sign(signed_bytes({**statement, "signature": signature}))
    return {**statement, "signature": {**signature, "value": b64encode(value).decode()}}


def fits(attestation: dict[str, Any]) -> bool:
    """Whether the signature of an attestation is one of its public key over what it says. Raises MissingPartError."""
    _require()
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    signature = attestation["signature"]
    key, value = _bytes_of(signature["public_key"]), _bytes_of(signature["value"])
    if is_weak(key):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(value, signed_bytes(attestation))
    except (InvalidSignature, ValueError):
        return False
    return True


def is_weak(key: bytes) -> bool:
    """Whether a public key is a point of small order, in any spelling; nobody holds a private key to it."""
    y = int.from_bytes(key, "little") & (2**255 - 1)  # without the sign of x
    return y % _PRIME in SMALL_ORDER_Y


def _bytes_of(text: str) -> bytes:
    """The bytes of base64 in its one spelling; empty where spare bits are set, for one value has one text."""
    data = b64decode(text)
    return data if b64encode(data).decode() == text else b""


def public_key_of(key: Ed25519PrivateKey) -> str:
    """The public half in base64, as a document holds it."""
    return _in_base64(key.public_key())


def _in_base64(key: Ed25519PublicKey) -> str:
    return b64encode(key.public_bytes_raw()).decode()


def new_pair(passphrase: str = "") -> tuple[bytes, bytes]:
    """A new private and public key in PEM, the first locked with the passphrase if there is one.

    Raises MissingPartError, and UsageError for a passphrase that is too long.
    """
    _require()
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    secret = os.fsencode(passphrase)
    if len(secret) > LONGEST_PASSPHRASE_BYTES:
        raise UsageError(f"the passphrase is longer than {LONGEST_PASSPHRASE_BYTES} bytes")
    key = Ed25519PrivateKey.generate()
    lock = form.BestAvailableEncryption(secret) if secret else form.NoEncryption()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, lock)
    return private, key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)


def read_private_key(data: bytes, where: str, passphrase: Callable[[], str]) -> Ed25519PrivateKey:
    """The key in the bytes of a file named `where`; `passphrase` is asked only where the key is locked.

    Raises MissingPartError, and UsageError for what is no private Ed25519 key or does not open.
    """
    _require()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if _is_public(data):
        raise UsageError("is a public key", where=where, mend="sign with the private one that belongs to it")
    key = _opened(data, where, passphrase)
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(_is_no_ed25519(key), where=where, mend=NEW_KEY)
    return key


def _is_public(data: bytes) -> bool:
    return b"BEGIN PUBLIC KEY" in data or data.startswith((b"ssh-", b"ecdsa-", b"sk-"))


def _opened(data: bytes, where: str, passphrase: Callable[[], str]) -> object:
    """The private key of whatever kind; raises UsageError, MissingPartError."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

    load = load_ssh_private_key if b"BEGIN OPENSSH PRIVATE KEY" in data else load_pem_private_key
    try:
        return load(data, None)
    except TypeError:  # it is locked
        secret = os.fsencode(passphrase())  # the bytes that the environment holds, whatever they are
    except (ValueError, NotImplementedError, UnsupportedAlgorithm) as error:
        raise UsageError(f"holds no private key; allowed: {PRIVATE_FORMS}", where=where, mend=NEW_KEY) from error
    try:
        return load(data, secret)
    except UnsupportedAlgorithm as error:
        told = "is an OpenSSH key with a passphrase, which needs the package bcrypt"
        raise MissingPartError(told, where=where, mend="run `pip install bcrypt`") from error
    except (TypeError, ValueError) as error:  # an empty one is a TypeError
        raise UsageError("the passphrase does not open it", where=where) from error


def read_public_key(data: bytes, where: str) -> str:
    """The key in the bytes of a file named `where`, in base64 as a document holds it.

    Raises MissingPartError, and UsageError for what is no public Ed25519 key.
    """
    _require()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if b"PRIVATE KEY" in data:
        raise UsageError("is a private key", where=where, mend="keep it to yourself and name the public one here")
    if data.count(b"-----BEGIN") > 1:  # of which the first alone would count
        raise UsageError("holds several keys", where=where, mend="put each into a file of its own")
    try:
        key = _public(data.strip())
    except (ValueError, NotImplementedError, UnsupportedAlgorithm) as error:
        raise UsageError(f"holds no public key; allowed: {PUBLIC_FORMS}", where=where) from error
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(_is_no_ed25519(key), where=where)
    if is_weak(key.public_bytes_raw()):
        raise UsageError("is a key of small order, with which anybody can sign anything", where=where)
    return _in_base64(key)


def _public(data: bytes) -> object:
    """The public key of whatever kind; raises ValueError or UnsupportedAlgorithm for anything else."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key, load_ssh_public_key

    if b"-----BEGIN" in data:
        return load_pem_public_key(data)
    if len(data.splitlines()) != 1:
        raise ValueError("one key, one line")
    if b" " in data:
        return load_ssh_public_key(data)
    return Ed25519PublicKey.from_public_bytes(_bytes_of(data.decode("ascii")))


def _is_no_ed25519(key: object) -> str:
    """What is said of a key of another kind: RSA, EllipticCurve, Ed448."""
    kind = type(key).__name__.lstrip("_").removesuffix("PrivateKey").removesuffix("PublicKey")
    return f"is a key of the kind {kind}, and signatures of the standard are {ALGORITHM}"


def _require() -> None:
    """Raises MissingPartError where cryptography is not installed."""
    lacking = missing_part()
    if lacking:
        raise MissingPartError(lacking)
