"""The commands as they are called, in this process: any file gets an exit status and lines, never a traceback."""

from __future__ import annotations

import contextlib
import io
import json
import tempfile
from functools import cache
from pathlib import Path

from tests.fuzz.promises import check_printed
from tests.validation.keys import ASSURER

from joulecard.cli import main

ANSWERED = {0, 1, 3}  # 2 is for files that cannot be opened and for wrong calls
FORMS = ("text", "json", "github")


def check_validate_command(data: bytes) -> None:
    """One of the forms of `validate`, with the job summary; which one, the input decides."""
    form = FORMS[data.count(b"e") % len(FORMS)]
    summary = _folder() / "summary.md"
    summary.unlink(missing_ok=True)
    printed = _printed("validate", "--format", form, "--summary", str(summary), str(_file(data)))
    check_printed(summary.read_text(encoding="utf-8"))
    if form == "json":
        json.loads(printed)


def check_verify_command(data: bytes) -> None:
    """One of the two forms of `verify`."""
    key = _folder() / "key.pub.pem"
    key.write_bytes(ASSURER.public_pem)
    form = ["--json"] if data.count(b"e") % 2 else []
    _printed("verify", *form, "--at", "2026-11-23", "--key", str(key), str(_file(data)))


def _printed(*arguments: str) -> str:
    """What a command wrote to standard output; its exit status is one of the three that an input may have."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(arguments)
    assert status in ANSWERED, err.getvalue()[:500]
    check_printed(out.getvalue())
    check_printed(err.getvalue())
    return out.getvalue()


def _file(data: bytes) -> Path:
    path = _folder() / "given.json"
    path.write_bytes(data)
    return path


@cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="fuzz-"))
