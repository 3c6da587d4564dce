"""Signatures are Ed25519 over the canonical bytes of the whole attestation, with keys in the files people have."""

from __future__ import annotations

import json
import subprocess
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any

import pytest
from tests.validation.keys import ASSURER, STRANGER, VECTORS, Vector, by_openssl, by_ssh

from joulecard.errors import MissingPartError, UsageError
from joulecard.validation.signature import (
    LONGEST_PASSPHRASE_BYTES,
    fits,
    new_pair,
    public_key_of,
    read_private_key,
    read_public_key,
    signed,
    signed_bytes,
)

if TYPE_CHECKING:
    from pathlib import Path

STATEMENT = {
    "type": "third_party",
    "by": "Example Assurance",
    "date": "2026-11-22",
    "expires": "2027-11-22",
    "statement": "We recomputed every total: 0.4 kWh × 1.2 = 0.48 kWh.",
    "digest": f"sha256:{'5e' * 32}",
}


SESAME = "open sesame"


def _never() -> str:
    raise AssertionError("nobody was to be asked")


def _signed(vector: Vector = ASSURER) -> dict[str, Any]:
    return signed(STATEMENT, read_private_key(vector.private_pem, "key.pem", _never))


@pytest.mark.parametrize("vector", VECTORS)
def test_the_vectors_of_rfc_8032_hold(vector: Vector) -> None:
    """Section 7.1, tests 1 to 3: the public key of the secret one, and the signature of the message."""
    key = read_private_key(vector.private_pem, "key.pem", _never)
    assert public_key_of(key) == vector.public_base64
    assert key.sign(bytes.fromhex(vector.message)).hex() == vector.signature


def test_what_is_signed_is_the_attestation_without_the_signatures_value() -> None:
    """RFC 8785 bytes, written here by other means: all values are text, so sorted compact JSON is the same."""
    attestation = _signed()
    signature = {"algorithm": "Ed25519", "public_key": ASSURER.public_base64}
    whole = {**STATEMENT, "signature": signature}
    expected = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert signed_bytes(attestation) == expected.encode()
    assert attestation["signature"].keys() == {"algorithm", "public_key", "value"}


@pytest.mark.needs("openssl")
def test_openssl_finds_that_our_signature_fits(tmp_path: Path) -> None:
    """So that anybody can check it without joulecard."""
    attestation = _signed()
    files = {
        "said": signed_bytes(attestation),
        "value": b64decode(attestation["signature"]["value"]),
        "key": ASSURER.public_pem,
    }
    paths = {name: tmp_path / name for name in files}
    for name, data in files.items():
        paths[name].write_bytes(data)
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(paths["key"]), "-rawin"]
    command += ["-in", str(paths["said"]), "-sigfile", str(paths["value"])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "Verified Successfully" in done.stdout) == (0, True)


@pytest.mark.needs("openssl")
def test_a_signature_made_by_openssl_fits(tmp_path: Path) -> None:
    """So that nobody needs joulecard to sign."""
    private, public = by_openssl(tmp_path)
    signature = {"algorithm": "Ed25519", "public_key": read_public_key(public, "key.pub.pem"), "value": ""}
    attestation = {**STATEMENT, "signature": signature}
    (tmp_path / "said").write_bytes(signed_bytes(attestation))
    (tmp_path / "key").write_bytes(private)
    command = ["openssl", "pkeyutl", "-sign", "-inkey", str(tmp_path / "key"), "-rawin", "-in", str(tmp_path / "said")]
    done = subprocess.run(command, capture_output=True, check=True)
    attestation["signature"] = {**signature, "value": b64encode(done.stdout).decode()}
    assert fits(attestation)


def test_a_signature_fits_until_a_letter_of_what_it_covers_changes() -> None:
    """Who, what, when, until when, which document, whose key: each is covered."""
    attestation = _signed()
    assert fits(attestation)
    for member, text in STATEMENT.items():
        assert not fits({**attestation, member: text[:-1] + ("0" if text[-1] != "0" else "1")}), member
        assert not fits({name: value for name, value in attestation.items() if name != member}), member
    other_key = {**attestation["signature"], "public_key": STRANGER.public_base64}
    assert not fits({**attestation, "signature": other_key})


def test_each_bit_of_a_signature_counts() -> None:
    """Even those that base64 leaves unused: a signature has one spelling."""
    attestation = _signed()
    text = attestation["signature"]["value"]
    value = b64decode(text)
    flipped = [
        b64encode(value[:at] + bytes([value[at] ^ 1 << bit]) + value[at + 1 :]).decode()
        for at in range(64)
        for bit in range(8)
    ]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    respelled = [text[:85] + letter + "==" for letter in letters if letter != text[85]]
    for wrong in [*flipped, *respelled]:
        assert not fits({**attestation, "signature": {**attestation["signature"], "value": wrong}})


@pytest.mark.parametrize("key", [b"\xff" * 32, b"\x02" + bytes(31)])
def test_a_key_that_is_no_point_of_the_curve_fits_nothing(key: bytes) -> None:
    """Whatever 32 bytes a document calls a key: no crash, and no signature fits."""
    zeros = {"algorithm": "Ed25519", "public_key": b64encode(key).decode(), "value": b64encode(bytes(64)).decode()}
    assert fits({**STATEMENT, "signature": zeros}) is False


SMALL_ORDER = (
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # 0, written as 2^255 - 19
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # and 1
)
ANY_TEXT = b64encode(bytes([1]) + bytes(63)).decode()  # R is the neutral point and S is 0


@pytest.mark.parametrize("key", SMALL_ORDER)
@pytest.mark.parametrize("sign_of_x", [0x00, 0x80])
def test_a_key_of_small_order_fits_nothing_and_is_never_trusted(key: str, sign_of_x: int) -> None:
    """Else one signature would fit every text: libsodium's list of such keys, with each sign of x."""
    data = bytes.fromhex(key)
    text = b64encode(data[:-1] + bytes([data[-1] | sign_of_x])).decode()
    attestations = [{**STATEMENT, "statement": f"Said {count} times."} for count in range(16)]
    signature = {"algorithm": "Ed25519", "public_key": text, "value": ANY_TEXT}
    assert not any(fits({**attestation, "signature": signature}) for attestation in attestations)
    with pytest.raises(UsageError, match="f: is a key of small order, with which anybody can sign anything"):
        read_public_key(text.encode(), "f")


@pytest.mark.needs("openssl")
def test_keys_of_openssl_are_read(tmp_path: Path) -> None:
    """Both halves of a pair are one key."""
    private, public = by_openssl(tmp_path)
    assert public_key_of(read_private_key(private, "key.pem", _never)) == read_public_key(public, "key.pub.pem")


@pytest.mark.needs("openssl")
def test_a_locked_key_is_opened_by_its_passphrase_alone(tmp_path: Path) -> None:
    """A wrong or empty one gets a sentence."""
    private, public = by_openssl(tmp_path, passphrase=SESAME)
    key = read_private_key(private, "key.pem", lambda: SESAME)
    assert public_key_of(key) == read_public_key(public, "key.pub.pem")
    for wrong in ("open barley", "", "\udcff\udcfe", "x" * 2000):
        with pytest.raises(UsageError, match=r"key\.pem: the passphrase does not open it"):
            read_private_key(private, "key.pem", lambda wrong=wrong: wrong)  # type: ignore[misc]


@pytest.mark.needs("ssh-keygen")
def test_keys_of_openssh_are_read(tmp_path: Path) -> None:
    """The private file, and the public line with its comment."""
    private, public = by_ssh(tmp_path)
    assert public_key_of(read_private_key(private, "id", _never)) == read_public_key(public, "id.pub")


@pytest.mark.needs("ssh-keygen")
def test_a_locked_openssh_key_is_opened_or_says_what_it_needs(tmp_path: Path) -> None:
    """Its lock is bcrypt, which is a package of its own."""
    private, public = by_ssh(tmp_path, passphrase=SESAME)
    try:
        key = read_private_key(private, "id", lambda: SESAME)
    except MissingPartError as error:
        assert str(error) == (  # noqa: PT017  # what is allowed to be missing
            "id: is an OpenSSH key with a passphrase, which needs the package bcrypt; run `pip install bcrypt`"
        )
    else:
        assert public_key_of(key) == read_public_key(public, "id.pub")


def test_a_public_key_may_be_the_base64_that_documents_hold() -> None:
    """As it stands in `public_key`, with or without a line end."""
    text = ASSURER.public_base64.encode()
    assert read_public_key(text + b"\r\n", "key.txt") == read_public_key(ASSURER.public_pem, "key.pem") == text.decode()


@pytest.mark.needs("openssl", "ssh-keygen")
def test_keys_of_another_kind_are_named(tmp_path: Path) -> None:
    """RSA from openssl and OpenSSH, and the neighbours of Ed25519."""
    for algorithm, kind in {"rsa": "RSA", "x25519": "X25519", "ed448": "Ed448"}.items():
        private, public = by_openssl(tmp_path, algorithm)
        told = rf"^f: is a key of the kind {kind}, and signatures of the standard are Ed25519"
        with pytest.raises(UsageError, match=told):
            read_private_key(private, "f", _never)
        with pytest.raises(UsageError, match=told):
            read_public_key(public, "f")
    private, public = by_ssh(tmp_path, "rsa")
    with pytest.raises(UsageError, match="of the kind RSA"):
        read_private_key(private, "f", _never)
    with pytest.raises(UsageError, match="of the kind RSA"):
        read_public_key(public, "f")


BROKEN = {
    "empty": b"",
    "a document": b'{"schema": "urn:joulecard:mlcd:1.0.0-draft:disclosure"}\n',
    "binary": bytes(range(256)),
    "cut": ASSURER.public_pem[:60],
    "base64 of 31 bytes": b64encode(bytes(31)),
    "base64 with spare bits": b"A" * 42 + b"B=",
    "a certificate": b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    "two lines": b"ssh-ed25519 AAAA one\nssh-ed25519 AAAA two\n",
    "ssh without a key": b"ssh-ed25519 AAAA one\n",
    "a compressed point": b"ecdsa-sha2-nistp256 "
    + b64encode(b"\0\0\0\x13ecdsa-sha2-nistp256\0\0\0\x08nistp256\0\0\0\x21\x02" + bytes(32)),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_no_key_gets_a_sentence_with_the_allowed_forms(data: bytes) -> None:
    """For either half, whatever the file holds."""
    with pytest.raises(UsageError, match=r"^f: holds no public key; allowed: PEM"):
        read_public_key(data, "f")
    with pytest.raises(UsageError, match=r"^f: (holds no private key; allowed: PEM|is a public key)"):
        read_private_key(data, "f", _never)


def test_a_file_of_several_keys_trusts_none_of_them() -> None:
    """Nobody would see that only the first one counts."""
    with pytest.raises(UsageError, match="f: holds several keys; put each into a file of its own"):
        read_public_key(STRANGER.public_pem + ASSURER.public_pem, "f")


def test_the_halves_of_a_pair_are_told_apart() -> None:
    """A private key is not asked for where readers name theirs; a public one signs nothing."""
    with pytest.raises(UsageError, match="is a private key; keep it to yourself"):
        read_public_key(ASSURER.private_pem, "f")
    for public in (ASSURER.public_pem, b"ssh-ed25519 AAAA one"):
        with pytest.raises(UsageError, match="is a public key; sign with the private one"):
            read_private_key(public, "f", _never)


def test_a_passphrase_longer_than_openssl_takes_is_refused() -> None:
    """Before a key is made that nobody opens."""
    assert new_pair("x" * LONGEST_PASSPHRASE_BYTES)
    with pytest.raises(UsageError, match="the passphrase is longer than 1023 bytes"):
        new_pair("x" * (LONGEST_PASSPHRASE_BYTES + 1))


@pytest.mark.parametrize("passphrase", ["", SESAME, "\udcff\udcfe"], ids=["none", "text", "no UTF-8"])
def test_a_new_pair_signs_and_is_its_own(passphrase: str) -> None:
    """Locked where a passphrase is given; no two are alike."""
    private, public = new_pair(passphrase)
    key = read_private_key(private, "key.pem", lambda: passphrase)
    attestation = signed(STATEMENT, key)
    assert fits(attestation)
    assert attestation["signature"]["public_key"] == read_public_key(public, "key.pub.pem")
    assert (b"ENCRYPTED" in private) == bool(passphrase)
    assert new_pair(passphrase)[1] != public
