"""`joulecard dvc`: make every stage of a DVC pipeline carry its energy, and disclose what dvc.lock names."""

from __future__ import annotations

import contextlib
import os
import textwrap
from typing import TYPE_CHECKING

import click

from joulecard.cli import dvc_words as saying
from joulecard.cli.dvc_words import shown
from joulecard.cli.killed import tell_missing
from joulecard.cli.new_disclosure import status_option
from joulecard.cli.stage_table import printable, remarks, stage_table
from joulecard.errors import UsageError
from joulecard.hosts.dvc import adoption
from joulecard.hosts.dvc.commands import project_root
from joulecard.hosts.dvc.folders import pipeline_folders
from joulecard.hosts.dvc.lock import read_project
from joulecard.hosts.dvc.unrecorded import ways_back
from joulecard.settings import load_settings, require

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.disclosure.imprint import Status
    from joulecard.hosts.dvc.adoption import Plan
    from joulecard.hosts.dvc.report import Found, Written

_WIDTH = 96


@click.group()
def group() -> None:
    """Make every stage of a DVC pipeline carry its carbon."""


_rerun = click.option("--rerun", is_flag=True, help="Let stages that ran before run again instead of adopting them.")
_dry_run = click.option("--dry-run", is_flag=True, help="Show what would change in dvc.yaml and change nothing.")
_where = click.argument("where", default="", metavar="[FOLDER]")


@group.command(short_help="Record the stages of dvc.yaml from now on.")
@_where
@_rerun
@_dry_run
def init(where: str, *, rerun: bool, dry_run: bool) -> None:
    """Record the stages of dvc.yaml from now on.

    Writes `joulecard run --` before every simple command and an entry below `metrics` for every record. Results that
    exist stay valid: nothing runs again unless --rerun is given. FOLDER is that of the dvc.yaml, else the nearest.
    """
    plan = adoption.plan_init(_folder(where), rerun=rerun)
    saying.say_init(plan, planned=dry_run)
    if dry_run:
        saying.say_difference(plan)
        saying.say_by_hand(plan)
        return
    with _said_when_interrupted():
        written = adoption.carry_out_init(plan)
    saying.say_by_hand(plan)
    _say_others(plan)
    saying.say_next(plan.folder, written)
    if (plan.changed or plan.by_hand) and load_settings(os.environ, plan.folder).place is None:
        click.echo('Say where this machine stands in joulecard.toml: place = "FR", or "CA-QC", or "aws/eu-north-1"')


@group.command(short_help="Take joulecard out of dvc.yaml again.")
@_where
@_rerun
@_dry_run
def remove(where: str, *, rerun: bool, dry_run: bool) -> None:
    """Take joulecard out of dvc.yaml again, as the exact inverse of `init`.

    Records stay where they are. Results that exist stay valid: nothing runs again unless --rerun is given. FOLDER is
    that of the dvc.yaml, else the nearest.
    """
    plan = adoption.plan_remove(_folder(where), rerun=rerun)
    saying.say_remove(plan, planned=dry_run)
    if dry_run:
        saying.say_difference(plan)
    elif plan.changed:
        with _said_when_interrupted():
            adoption.carry_out_remove(plan)
        saying.say_next(plan.folder, ("dvc.yaml", *(("dvc.lock",) if plan.adopted else ())))
    saying.say_by_hand(plan)


@group.command(short_help="Disclose the version that dvc.lock names.")
@click.argument("stages", nargs=-1, metavar="[STAGE...]")
@click.option("--name", default="", metavar="NAME", help="Subject of the disclosure; else as before, or the folder.")
@click.option("--all-runs", is_flag=True, help="Count all executions, failed and superseded ones too.")
@click.option("--place", metavar="PLACE", help="Where the stages ran, if not set: FR, or aws/eu-north-1.")
@click.option("--pue", type=float, metavar="NUMBER", help="PUE of that place, if not set: a number from 1 to 5.")
@status_option
def report(
    stages: tuple[str, ...], name: str, *, all_runs: bool, place: str | None, pue: float | None, status: Status | None
) -> None:
    """Make carbon/disclosure.json and carbon/model_card.md of the version that dvc.lock names.

    Figures are the cost of that version: a stage that DVC restored from its cache counts with the run that made its
    results.

    The table shows the stages that are named, of a foreach or matrix group all; the files always hold all stages.
    """
    from joulecard.disclosure.imprint import imprint
    from joulecard.hosts.dvc import placing
    from joulecard.hosts.dvc import report as making

    lock = read_project(project_root(os.getcwd()))
    records = (os.path.join(folder, "carbon", "segments") for folder in pipeline_folders(lock.root))
    tell_missing(load_settings(os.environ, lock.root).journal_dir, records)
    found = making.find(lock)
    stages = tuple(_members(stages, found.stages))
    settings = require(load_settings(os.environ, lock.root))
    folder = os.path.join(lock.root, "carbon")
    name = name or making.name_in(folder) or os.path.basename(lock.root)
    as_declared, said = placing.declared(found, place, pue)
    disclosure = making.disclose(as_declared, name, settings, all_runs=all_runs)
    signed = imprint(settings, status=status).put_on(placing.said_in(disclosure, found, said))
    written = making.write(signed, folder, restated=status is not None)
    click.echo("\n".join(stage_table(written.document, found.unrecorded, stages)))
    for line in _remarks(found, written, settings.place):
        click.echo(printable(line))


@contextlib.contextmanager
def _said_when_interrupted() -> Iterator[None]:
    """Tells on the way out that Ctrl-C has left everything as it was."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("\nInterrupted: dvc.yaml, dvc.lock and the records are as they were.", err=True)
        raise


def _members(stages: Sequence[str], known: Sequence[str]) -> Iterator[str]:
    """The stages that are meant, a group's name standing for all it generates; raises UsageError."""
    for stage in stages:
        found = [name for name in known if name == stage or name.startswith(f"{stage}@")]
        if not found:
            raise UsageError(f"there is no stage {stage}", mend=f"known are: {', '.join(known) or 'none'}")
        yield from found


def _remarks(found: Found, written: Written, place: str | None) -> Iterator[str]:
    """What the table does not show, and the paths."""
    remarked = remarks(written.document, place)
    yield from ["", *remarked] if remarked else []
    for way in ways_back(found.lock):
        yield from ["", *_paragraph(way)]
    for exclusion in written.document["boundary"]["exclusions"]:
        if "dvc." in exclusion["what"]:
            yield from ["", *_paragraph(f"Left out: {exclusion['what']}, {exclusion['reason']}")]
    for sentence in found.unreadable:
        yield from ["", *_paragraph(f"Passed over: {sentence}")]
    yield ""
    yield f"Disclosure   {shown(written.disclosure_path)}{'' if written.is_new else '   (nothing had changed)'}"
    yield f"Model card   {shown(written.model_card_path)}"
    yield from _renewed(written)


def _renewed(written: Written) -> Iterator[str]:
    """The reports beside the disclosure, brought up to date, or why one is not."""
    from joulecard.hosts.dvc.pages import renew

    for page in renew(written):
        yield f"Report       {shown(page.path)}{'   (of an earlier version)' if page.is_stale else ''}"
        if page.lacking:
            yield from _paragraph(f"It cannot be made anew: {page.lacking}")


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, subsequent_indent="  ", break_long_words=False)


def _folder(where: str) -> str:
    """The folder of the dvc.yaml that is meant: the one given, else the nearest upwards; raises UsageError."""
    if where:
        folder = os.path.abspath(os.path.dirname(where) if os.path.basename(where) == "dvc.yaml" else where)
        if os.path.isfile(os.path.join(folder, "dvc.yaml")):
            return folder
        raise UsageError("there is no dvc.yaml", where=where, mend="add a stage with `dvc stage add`")
    folder = os.getcwd()
    while not os.path.isfile(os.path.join(folder, "dvc.yaml")):
        above = os.path.dirname(folder)
        if above == folder or os.path.isdir(os.path.join(folder, ".dvc")):
            mend = "go to your DVC pipeline, or add a stage with `dvc stage add`"
            raise UsageError("there is no dvc.yaml here or in a folder above", where=os.getcwd(), mend=mend)
        folder = above
    return folder


def _say_others(plan: Plan) -> None:
    root = project_root(plan.folder)
    others = [folder for folder in pipeline_folders(root) if os.path.realpath(folder) != os.path.realpath(plan.folder)]
    for folder in others:
        path = os.path.relpath(folder)
        click.echo(f"\n{path}/dvc.yaml is a pipeline of its own: joulecard dvc init {path}")
