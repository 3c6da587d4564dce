"""What the tests of sign and verify share: a disclosure, what is said of it, and how a command is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.rendering.conftest import a_document, the_bytes

from joulecard.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    Captured = pytest.CaptureFixture[str]

BY, STATEMENT = "Example Assurance", "We recomputed every total."
TOLD = ["--by", BY, "--statement", STATEMENT, "--type", "third_party"]


def a_disclosure(**about: str) -> bytes:
    """A disclosure made before any clock that may run this; `about`: more members of `document`."""
    document = a_document("typical")
    document["document"] |= about
    return the_bytes(document).replace(b"2026-11-21", b"2021-11-21")


def verified(capsys: Captured, *arguments: str) -> tuple[int, list[str]]:
    """Exit status and lines of a call of verify."""
    status = main(["verify", "disclosure.json", *arguments])
    return status, capsys.readouterr().out.splitlines()


def refused(capsys: Captured, *arguments: str) -> tuple[int, str]:
    """Exit status and the one line on standard error of a call that says nothing else."""
    status = main(list(arguments))
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    return status, line


def changed(path: Path, before: str, after: str) -> None:
    """Changes a piece of the file, as an editor would."""
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
