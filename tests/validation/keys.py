"""Keys for tests: the published ones of RFC 8032, and pairs that openssl and ssh-keygen make."""

from __future__ import annotations

import subprocess
from base64 import b64encode
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

PKCS8_OF_ED25519 = bytes.fromhex("302e020100300506032b657004220420")  # RFC 8410, section 7: before the 32 bytes
SPKI_OF_ED25519 = bytes.fromhex("302a300506032b6570032100")


class Vector(NamedTuple):
    """One test of RFC 8032, section 7.1, in hex."""

    secret: str
    public: str
    message: str
    signature: str

    @property
    def private_pem(self) -> bytes:
        """The secret key as a PEM file."""
        return _pem("PRIVATE KEY", PKCS8_OF_ED25519 + bytes.fromhex(self.secret))

    @property
    def public_pem(self) -> bytes:
        """The public key as a PEM file."""
        return _pem("PUBLIC KEY", SPKI_OF_ED25519 + bytes.fromhex(self.public))

    @property
    def public_base64(self) -> str:
        """The public key as a document holds it."""
        return b64encode(bytes.fromhex(self.public)).decode()


VECTORS = (
    Vector(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    Vector(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    Vector(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
)
ASSURER, STRANGER = VECTORS[0], VECTORS[1]


def _pem(label: str, data: bytes) -> bytes:
    return f"-----BEGIN {label}-----\n{b64encode(data).decode()}\n-----END {label}-----\n".encode()


def by_openssl(folder: Path, algorithm: str = "ed25519", passphrase: str = "") -> tuple[bytes, bytes]:
    """A private and a public key as openssl writes them; the test `needs("openssl")`."""
    private, public = folder / f"{algorithm}.pem", folder / f"{algorithm}.pub.pem"
    locked = ["-aes256", "-pass", f"pass:{passphrase}"] if passphrase else []
    opened = ["-passin", f"pass:{passphrase}"] if passphrase else []
    _run(["openssl", "genpkey", "-algorithm", algorithm, *locked, "-out", str(private)])
    _run(["openssl", "pkey", "-in", str(private), *opened, "-pubout", "-out", str(public)])
    return private.read_bytes(), public.read_bytes()


def by_ssh(folder: Path, kind: str = "ed25519", passphrase: str = "") -> tuple[bytes, bytes]:
    """A private and a public key as ssh-keygen writes them; the test `needs("ssh-keygen")`."""
    private = folder / f"id_{kind}"
    _run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "a comment", "-f", str(private)])
    return private.read_bytes(), private.with_suffix(".pub").read_bytes()


def _run(command: list[str]) -> None:
    subprocess.run(command, capture_output=True, check=True)
