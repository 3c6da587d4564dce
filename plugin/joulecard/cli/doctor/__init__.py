"""`joulecard doctor`: what can be recorded here and how, what is missing, and the line that mends it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import click

from joulecard import __version__
from joulecard.cli.doctor.examination import examine
from joulecard.cli.doctor.page import page
from joulecard.errors import UsageError
from joulecard.numbers import plain

if TYPE_CHECKING:
    from joulecard.cli.doctor.examination import Examination


@click.command
@click.option("--json", "as_json", is_flag=True, help="Print the checks as JSON.")
def command(*, as_json: bool) -> int:
    """Check what can be recorded here and how, and what is missing.

    Each line is ok, normal (an absence that is nothing to worry about), lack (something more is possible) or problem;
    below it stands the line that mends it. Nothing is changed or sent. Exit status 0 where something can be recorded,
    1 where nothing can, 2 where a setting is wrong.
    """
    stream = sys.stdout  # a check that hangs while it listens to a library's output must not swallow ours
    found = examine(os.environ, _here())
    text = json.dumps(_document(found), indent=2) if as_json else "\n".join(page(found.checks, found.sentence))
    click.echo(text, file=stream)
    return found.exit_status


def _document(found: Examination) -> dict[str, Any]:
    return {
        "joulecard": __version__,
        "ready": found.is_ready,
        "summary": plain(found.sentence),
        "checks": [asdict(replace(check, detail=plain(check.detail))) for check in found.checks],
    }


def _here() -> str:
    """The working directory; raises UsageError where it is gone."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        raise UsageError("the folder that you are in has been deleted", where="doctor", mend="go to another") from None
