"""`joulecard demo`: writes the example project, runs it under DVC and makes its disclosure, all offline."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from typing import TYPE_CHECKING

import click

from joulecard.cli.stage_table import printable, remarks, stage_table
from joulecard.errors import JoulecardError
from joulecard.hosts.dvc import example
from joulecard.hosts.dvc.commands import environment
from joulecard.hosts.dvc.lock import read_project
from joulecard.settings import load_settings, require

if TYPE_CHECKING:
    from joulecard.hosts.dvc.example import Step

_STAGE_WIDTH = 12
_TAIL_LINES = 25
_COMMANDS = (
    ("dvc metrics show", "accuracy beside energy (Wh) and CO2e (g)"),
    ("dvc repro", "runs nothing: all is up to date"),
    ("dvc exp run -S train.trees=20", "a smaller forest: runs two stages again"),
    ("joulecard dvc report", "the disclosure of that version"),
    ("joulecard validate carbon/disclosure.json", "checks it against the standard"),
)


@click.command()
@click.argument("folder", default="joulecard-demo", metavar="[DIR]")
def command(folder: str) -> None:
    """Build and run an example pipeline, from data to disclosure.

    Four DVC stages train a model on handwritten digits. Everything is written below DIR (joulecard-demo) and nothing
    leaves this machine. A demo that is already there is brought up to date.
    """
    path = os.path.abspath(folder)
    example.require_parts(os.environ, path)
    example.write_project(path)
    click.echo(f"Handwritten digits: DVC trains a model in {_shown(path)}, joulecard records each stage.\n")
    _run(path)
    click.echo("")
    _disclose(path)
    example.keep_result(path)
    for line in _next(path):
        click.echo(printable(line))


def _run(path: str) -> None:
    """Runs the pipeline with a line per stage; where it fails, shows the end of its output and raises."""
    is_open = False
    try:
        for step in example.run_pipeline(path):
            is_open = _say(step, is_open=is_open)
    except JoulecardError as error:
        click.echo("failed\n" if is_open else "")
        log = os.path.join(path, example.LOG)
        with open(log, encoding="utf-8", errors="replace") as file:
            for line in file.read().splitlines()[-_TAIL_LINES:]:
                click.echo(f"  {line}", err=True)
        mend = f"all of its output is in {_shown(log)}"
        raise JoulecardError(error.what, where=_shown(path), mend=mend) from error


def _say(step: Step, *, is_open: bool) -> bool:
    """Writes the stage's name when it starts and the rest of the line when it ends; whether the line is open."""
    if not is_open:
        click.echo(f"  {step.stage.ljust(_STAGE_WIDTH)}", nl=False)
    if step.outcome == "running":
        return True
    click.echo(f"{step.seconds:5.1f} s" if step.outcome == "ran" else f"  {step.outcome}")
    return False


def _disclose(path: str) -> None:
    from joulecard.hosts.dvc import report

    found = report.find(read_project(path))
    settings = require(load_settings(os.environ, path))
    disclosure = report.disclose(found, "digits", settings, all_runs=False)
    written = report.write(disclosure, os.path.join(path, "carbon"))
    for line in stage_table(written.document, found.unrecorded):
        click.echo(line)
    remarked = remarks(written.document, settings.place)
    for line in ["", *remarked] if remarked else []:
        click.echo(printable(line))
    click.echo(f"\nDisclosure   {_shown(written.disclosure_path)}")
    click.echo(f"Model card   {_shown(written.model_card_path)}")


def _next(path: str) -> list[str]:
    """Commands that work as typed in the shell that this was called from."""
    width = max(len(name) for name, _ in _COMMANDS)
    before = [] if path == os.getcwd() else [f"cd {shlex.quote(_shown(path))}"]
    if not _finds_ours():
        folder = os.path.dirname(os.path.abspath(sys.executable))
        before.append(f'export PATH={shlex.quote(folder)}:"$PATH"')
    return [
        "",
        "Next:",
        *(f"  {line}" for line in [*before, *(f"{name.ljust(width)}   # {why}" for name, why in _COMMANDS)]),
    ]


def _finds_ours() -> bool:
    """Whether the caller's shell finds the same programs as the demo's stages."""
    path = environment(os.environ)["PATH"]
    return all(shutil.which(name) == shutil.which(name, path=path) for name in ("joulecard", "dvc", "python"))


def _shown(path: str) -> str:
    """The path from here where that is short, else the whole."""
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative
