"""`joulecard demo`: writes the example project, runs it under DVC and MLflow and reports on it, all offline."""

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
    from joulecard.hosts.dvc.report import Written

_STAGE_WIDTH = 12
_TAIL_LINES = 25
_COMMANDS = (
    ("dvc metrics show", "accuracy beside energy (Wh) and CO2e (g)"),
    ("dvc exp run -S train.trees=20 && joulecard dvc report", "a smaller forest, disclosed"),
    ("joulecard validate carbon/disclosure.json", "checks it against the standard"),
    ("mlflow ui --backend-store-uri sqlite:///mlflow.db", "each run with its own part, until Ctrl-C"),
)


@click.command()
@click.argument("folder", default="joulecard-demo", metavar="[DIR]")
def command(folder: str) -> None:
    """Build and run an example pipeline, from data to disclosure and report.

    Four DVC stages train and test a model on handwritten digits, two of them under MLflow. Everything is written below
    DIR (joulecard-demo) and nothing leaves this machine. A demo that is already there is brought up to date.
    """
    path = os.path.abspath(folder)
    example.require_parts(os.environ, path)
    example.write_project(path)
    click.echo(f"Handwritten digits: DVC and MLflow train a model in {_shown(path)}, joulecard records it.\n")
    _run(path)
    click.echo("")
    written = _disclose(path)
    click.echo(f"\nDisclosure   {_shown(written.disclosure_path)}")
    click.echo(f"Model card   {_shown(written.model_card_path)}")
    for line in _report(written):
        click.echo(printable(line))
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


def _disclose(path: str) -> Written:
    """Writes disclosure and model card, and shows the table."""
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
    return written


def _report(written: Written) -> list[str]:
    """Writes the report; where it is, and what the PDF lacks."""
    from joulecard.hosts.dvc.pages import make

    page = make(written)
    lacking = page.lacking
    return [f"Report       {_shown(page.path)}", *([lacking[0].upper() + lacking[1:]] if lacking else [])]


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
    return all(shutil.which(name) == shutil.which(name, path=path) for name in ("joulecard", "dvc", "mlflow", "python"))


def _shown(path: str) -> str:
    """The path from here where that is short, else the whole."""
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative
