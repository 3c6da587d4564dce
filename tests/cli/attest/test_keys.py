"""Keys for `joulecard sign` and `joulecard verify`: made once, locked or not, and told apart."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.cli.attest.signing import BY, TOLD, a_disclosure, refused, verified
from tests.validation.keys import by_openssl

from joulecard.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]


def test_a_new_key_signs_and_its_public_half_verifies(folder: Path, capsys: Captured) -> None:
    """The way through, from no key to status 0."""
    assert main(["sign", "--new-key", "mine.pem"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "mine.pem: the private key, not locked with a passphrase: sign with it, give it to nobody",
        "mine.pub.pem: the public key: publish it where readers of your disclosures find it",
    ]
    assert stat.S_IMODE((folder / "mine.pem").stat().st_mode) == 0o600
    assert main(["sign", "disclosure.json", "--key", "mine.pem", *TOLD, "--expires", "2999-12-31"]) == 0
    first, second, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith(f'disclosure.json: signed by "{BY}" (third party), ')
    assert ", until 2999-12-31; level L" in first
    assert second.startswith("disclosure.json: the public key is ")
    status, lines = verified(capsys, "--key", "mine.pub.pem")
    assert status == 0
    assert lines[-1] == f"disclosure.json: verified: signed by {BY} (third party) with mine.pub.pem"


def test_keys_that_cannot_be_used_are_told(folder: Path, capsys: Captured) -> None:
    """Each with the name of its file, and status 2; nothing is signed."""
    verify = ["verify", "disclosure.json", "--key"]
    for key, told in {
        "assurer.pem": "is a private key",
        "disclosure.json": "holds no public key; allowed: PEM",
    }.items():
        status, line = refused(capsys, *verify, key)
        assert status == 2
        assert line.startswith(f"joulecard: {key}: {told}")
    sign = ["sign", "disclosure.json", *TOLD, "--key"]
    for key, told in {"assurer.pub.pem": "is a public key", "disclosure.json": "holds no private key"}.items():
        status, line = refused(capsys, *sign, key)
        assert status == 2
        assert line.startswith(f"joulecard: {key}: {told}")
    assert (folder / "disclosure.json").read_bytes() == a_disclosure()


@pytest.mark.parametrize("there", ["mine.pem", "mine.pub.pem"])
def test_a_key_is_never_overwritten(folder: Path, capsys: Captured, there: str) -> None:
    """Whichever half is there: it stays, and no other half is made."""
    (folder / there).write_text("precious")
    status, line = refused(capsys, "sign", "--new-key", "mine.pem")
    assert status == 2
    assert line == f"joulecard: {there}: is there already, and keys are never overwritten [JC-USAGE]"
    assert (folder / there).read_text() == "precious"
    assert [path.name for path in folder.glob("mine*")] == [there]


def test_a_key_without_its_ending_keeps_its_name(folder: Path) -> None:
    """`mine` and `mine.pub.pem`."""
    assert main(["sign", "--new-key", "mine"]) == 0
    assert sorted(path.name for path in folder.glob("mine*")) == ["mine", "mine.pub.pem"]
    assert main(["sign", "--new-key", "nowhere/mine.pem"]) == 2


def test_a_new_key_is_locked_with_the_passphrase_of_the_environment(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Which opens it again; a wrong one does not."""
    monkeypatch.setenv("JOULECARD_KEY_PASSPHRASE", "open sesame")
    assert main(["sign", "--new-key", "mine.pem"]) == 0
    assert "locked with the passphrase: " in capsys.readouterr().out
    assert b"ENCRYPTED" in (folder / "mine.pem").read_bytes()
    assert main(["sign", "disclosure.json", "--key", "mine.pem", *TOLD]) == 0
    assert main(["verify", "disclosure.json", "--key", "mine.pub.pem"]) == 0
    capsys.readouterr()
    monkeypatch.setenv("JOULECARD_KEY_PASSPHRASE", "open barley")
    assert refused(capsys, "sign", "disclosure.json", "--key", "mine.pem", *TOLD) == (
        2,
        "joulecard: mine.pem: the passphrase does not open it [JC-USAGE]",
    )


@pytest.mark.needs("openssl")
def test_without_a_terminal_a_locked_key_says_where_the_passphrase_can_stand(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """Nothing waits for an answer that cannot come."""
    by_openssl(folder, passphrase="open sesame")  # noqa: S106  # of a key that lives for a test
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    status, line = refused(capsys, "sign", "disclosure.json", "--key", "ed25519.pem", *TOLD)
    assert (status, line) == (
        2,
        "joulecard: ed25519.pem: is locked with a passphrase; set JOULECARD_KEY_PASSPHRASE [JC-USAGE]",
    )


@pytest.mark.needs("openssl")
def test_a_terminal_is_asked_for_the_passphrase_and_does_not_show_it(folder: Path) -> None:
    """As ssh and openssl do."""
    by_openssl(folder, passphrase="open sesame")  # noqa: S106  # of a key that lives for a test
    ours, terminal = os.openpty()
    command = [sys.executable, "-m", "joulecard", "sign", "disclosure.json", "--key", "ed25519.pem", *TOLD]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True) as running:
        os.close(terminal)
        screen = b""
        while b"Passphrase of ed25519.pem: " not in screen:
            screen += os.read(ours, 1024)
        os.write(ours, b"open sesame\n")
        while b"the public key is" not in screen:
            screen += os.read(ours, 1024)
        assert running.wait() == 0
    os.close(ours)
    assert b"sesame" not in screen
    assert main(["verify", "disclosure.json", "--key", "ed25519.pub.pem"]) == 0
