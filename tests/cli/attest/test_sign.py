"""`joulecard sign`: one statement more in a valid disclosure, and nothing else changes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.cli.attest.signing import BY, TOLD, a_disclosure, changed, refused

from joulecard.cli import main
from joulecard.validation.attestations import document_digest

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]


def test_signing_adds_one_member_and_changes_nothing_else(folder: Path, signed: Path) -> None:
    """Not even white space: what was there is there letter by letter."""
    del folder
    before, after = a_disclosure(), signed.read_bytes()
    start = next(place for place, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1])
    end = len(before) - start
    assert before[start:] == after[-end:]
    document = json.loads(after)
    (attestation,) = document["attestations"]
    assert attestation["digest"] == document_digest(json.loads(before))
    assert list(attestation) == ["type", "by", "date", "statement", "digest", "signature"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--expires", "2020-01-01"], "--expires: "),
        (["--by", "x" * 257], "--by: "),
        (["--statement", "line\nbreak"], "--statement: "),
        (["--by", " "], "--by: "),
        (["--by", "a\udcff"], "--by: is not UTF-8"),
        (["--by", "the institute"], "--by: is the publisher, whose own word is of the type self; leave out --type"),
    ],
)
def test_a_statement_that_the_standard_refuses_is_told_by_its_option(
    folder: Path, capsys: Captured, options: list[str], told: str
) -> None:
    """Before anything is written."""
    data = a_disclosure(publisher="The Institute")
    (folder / "disclosure.json").write_bytes(data)
    status, line = refused(capsys, "sign", "disclosure.json", "--key", "assurer.pem", *TOLD, *options)
    assert status == 2
    assert line.startswith(f"joulecard: {told}")
    assert (folder / "disclosure.json").read_bytes() == data


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "needs FILE, --key, --by, --statement"),
        (["disclosure.json"], "needs --key, --by, --statement"),
        (["disclosure.json", "--key", "assurer.pem", "--by", "A"], "needs --statement"),
        (["disclosure.json", "--new-key", "mine.pem"], "--new-key stands alone"),
        (["--new-key", "mine.pem", "--by", "A"], "--new-key stands alone"),
        (["--new-key", "mine.pem", "--expires", "2999-12-31"], "--new-key stands alone"),
        (["--new-key", "mine.pem", "-o", "signed.json"], "--new-key stands alone"),
        (["--new-key", "-"], "--new-key: names no file"),
    ],
)
def test_wrong_usage_is_told(folder: Path, capsys: Captured, arguments: list[str], told: str) -> None:
    """Status 2, and no key is made."""
    status, line = refused(capsys, "sign", *arguments)
    assert status == 2
    assert told in line
    assert not (folder / "mine.pem").exists()


def test_an_invalid_disclosure_is_not_signed(folder: Path, capsys: Captured) -> None:
    """The violations are shown, and the file stays as it is."""
    path = folder / "disclosure.json"
    document = json.loads(path.read_bytes())
    document["totals"]["new"]["energy_it"]["value"] *= 2
    path.write_text(json.dumps(document), encoding="utf-8")
    before = path.read_bytes()
    assert main(["sign", "disclosure.json", "--key", "assurer.pem", *TOLD]) == 1
    assert "is not a valid disclosure, so nothing was signed" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_the_signed_disclosure_may_go_elsewhere(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """To another file, or through a pipe with the words on standard error; the original stays."""
    sign = ["sign", "disclosure.json", "--key", "assurer.pem", *TOLD]
    assert main([*sign, "-o", "signed.json"]) == 0
    assert b"signed.json: signed by" in capsysbinary.readouterr().out
    assert main([*sign, "-o", "-"]) == 0
    told = capsysbinary.readouterr()
    assert told.out == (folder / "signed.json").read_bytes()
    assert b"the disclosure: signed by" in told.err
    assert (folder / "disclosure.json").read_bytes() == a_disclosure()


def test_a_device_or_pipe_is_written_to_and_not_replaced(folder: Path) -> None:
    """Root that writes to /dev/null must not leave a file there."""
    pipe, read = folder / "pipe", folder / "read"
    os.mkfifo(pipe)
    with read.open("wb") as opened, subprocess.Popen(["cat", str(pipe)], stdout=opened):
        assert main(["sign", "disclosure.json", "--key", "assurer.pem", *TOLD, "-o", "pipe"]) == 0
    assert "attestations" in json.loads(read.read_bytes())
    assert pipe.is_fifo()


def test_a_disclosure_may_come_through_a_pipe(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """From one standard stream to the other, and on into verify."""
    del folder
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(a_disclosure())))
    assert main(["sign", "-", "--key", "assurer.pem", *TOLD]) == 0
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(capsysbinary.readouterr().out)))
    assert main(["verify", "-", "--key", "assurer.pub.pem"]) == 0
    assert capsysbinary.readouterr().out.splitlines()[-1].startswith(b"standard input: verified")


def test_signing_again_adds_nothing(signed: Path, capsys: Captured) -> None:
    """The same key, statement and day give the same signature, which is there already."""
    before = signed.read_bytes()
    assert main(["sign", "disclosure.json", "--key", "assurer.pem", *TOLD]) == 0
    assert "nothing changed, for this key has signed this statement already" in capsys.readouterr().out
    assert signed.read_bytes() == before


def test_the_signer_is_told_of_a_draft_and_of_what_is_out_of_date(signed: Path, capsys: Captured) -> None:
    """A draft that becomes final needs a new signature, and the old one makes verify refuse."""
    changed(signed, '"gaps": []', '"gaps": [],\n  "methodology": "as planned"')
    assert main(["sign", "disclosure.json", "--key", "stranger.pem", *TOLD]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == [
        "disclosure.json: its status is draft; once that is changed, this signature no longer fits",
        f'disclosure.json: /attestations/0 by "{BY}" is about an earlier text: verify will refuse it',
    ]
    (signed.parent / "final.json").write_bytes(a_disclosure(status="final", publisher="The Institute"))
    assert main(["sign", "final.json", "--key", "stranger.pem", *TOLD]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_links_are_followed_and_write_protected_files_are_not_replaced(folder: Path, capsys: Captured) -> None:
    """A write-protected file may be a link into DVC's cache."""
    real, link = folder / "disclosure.json", folder / "link.json"
    link.symlink_to(real)
    assert main(["sign", "link.json", "--key", "assurer.pem", *TOLD]) == 0
    assert link.is_symlink()
    assert b"attestations" in real.read_bytes()
    capsys.readouterr()
    before = real.read_bytes()
    real.chmod(0o444)
    status, line = refused(capsys, "sign", "link.json", "--key", "stranger.pem", *TOLD)
    assert status == 2
    assert "the file is write-protected" in line
    assert real.read_bytes() == before
