"""`joulecard dvc`: make every stage of a DVC pipeline carry its energy, and disclose what dvc.lock names."""

from __future__ import annotations

import difflib
import os
import textwrap
from typing import TYPE_CHECKING

import click

from joulecard.cli.stage_table import printable, remarks, stage_table
from joulecard.errors import UsageError
from joulecard.hosts.dvc import adoption
from joulecard.hosts.dvc.commands import project_root
from joulecard.hosts.dvc.lock import pipeline_folders, read_project
from joulecard.settings import load_settings, require

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from joulecard.hosts.dvc.adoption import Plan
    from joulecard.hosts.dvc.report import Found, Written

_WIDTH = 96


@click.group()
def group() -> None:
    """Make every stage of a DVC pipeline carry its carbon."""


_rerun = click.option("--rerun", is_flag=True, help="Let stages that ran before run again instead of adopting them.")
_dry_run = click.option("--dry-run", is_flag=True, help="Show what would change in dvc.yaml and change nothing.")
_where = click.argument("where", default="", metavar="[DVC.YAML or folder]")


@group.command()
@_where
@_rerun
@_dry_run
def init(where: str, *, rerun: bool, dry_run: bool) -> None:
    """Record the stages of dvc.yaml from now on.

    Writes `joulecard run --` before every simple command and an entry below `metrics` for every record. Results that
    exist stay valid: nothing runs again unless --rerun is given.
    """
    plan = adoption.plan_init(_folder(where), rerun=rerun)
    _say_init(plan, planned=dry_run)
    if dry_run:
        _say_difference(plan)
    elif plan.changed:
        adoption.carry_out_init(plan)
    _say_by_hand(plan)
    if not dry_run:
        _say_others(plan)


@group.command()
@_where
@_rerun
@_dry_run
def remove(where: str, *, rerun: bool, dry_run: bool) -> None:
    """Take joulecard out of dvc.yaml again: the exact inverse of `joulecard dvc init`.

    Records stay where they are. Results that exist stay valid: nothing runs again unless --rerun is given.
    """
    plan = adoption.plan_remove(_folder(where), rerun=rerun)
    _say_remove(plan, planned=dry_run)
    if dry_run:
        _say_difference(plan)
    elif plan.changed:
        adoption.carry_out_remove(plan)


@group.command()
@click.argument("stages", nargs=-1, metavar="[STAGE...]")
@click.option("--name", default="", help="What the disclosure is about; else as before, at first the folder's name.")
@click.option("--all-runs", is_flag=True, help="Count every execution recorded here, failed and superseded ones too.")
def report(stages: tuple[str, ...], name: str, *, all_runs: bool) -> None:
    """Make carbon/disclosure.json and carbon/model_card.md of the version that dvc.lock names.

    The table shows the stages that are named; the files always hold all.
    """
    from joulecard.hosts.dvc import report as making

    lock = read_project(project_root(os.getcwd()))
    found = making.find(lock)
    _require_known(stages, found.stages)
    settings = require(load_settings(os.environ, lock.root))
    folder = os.path.join(lock.root, "carbon")
    name = name or making.name_in(folder) or os.path.basename(lock.root)
    written = making.write(making.disclose(found, name, settings, all_runs=all_runs), folder)
    click.echo("\n".join(stage_table(written.document, found.unrecorded, stages)))
    for line in _remarks(found, written):
        click.echo(printable(line))


def _require_known(stages: Sequence[str], known: Sequence[str]) -> None:
    unknown = [stage for stage in stages if stage not in known]
    if unknown:
        raise UsageError(f"there is no stage {unknown[0]}", mend=f"known are: {', '.join(known) or 'none'}")


def _remarks(found: Found, written: Written) -> Iterator[str]:
    """What the table does not show, and the paths."""
    yield ""
    yield from remarks(written.document)
    for exclusion in written.document["boundary"]["exclusions"]:
        if "dvc." in exclusion["what"]:
            yield from _paragraph(f"Left out: {exclusion['what']}, {exclusion['reason']}")
    for sentence in found.unreadable:
        yield from _paragraph(f"Passed over: {sentence}")
    yield ""
    yield f"Disclosure   {_shown(written.disclosure_path)}{'' if written.is_new else '   (nothing had changed)'}"
    yield f"Model card   {_shown(written.model_card_path)}"


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


def _say_init(plan: Plan, *, planned: bool) -> None:
    if not plan.changed:
        already = f": {_several(plan.unchanged)} recorded already" if plan.unchanged else ""
        click.echo(f"{_shown(plan.path)} needs no change{already}.")
        return
    would = "would be" if planned else "will be"
    click.echo(f"{_shown(plan.path)}: {_count(plan.changed)} {would} recorded from now on")
    _list(plan.changed)
    _say_fate(plan)


def _say_remove(plan: Plan, *, planned: bool) -> None:
    if not plan.changed:
        click.echo(f"{_shown(plan.path)} needs no change: joulecard is not in it.")
        return
    would = "would no longer be" if planned else "are no longer"
    click.echo(f"{_shown(plan.path)}: {_count(plan.changed)} {would} recorded")
    _list(plan.changed)
    _say_fate(plan)


def _say_fate(plan: Plan) -> None:
    """Whether stages run again; said before anything is written."""
    if plan.again:
        click.echo(f"{_count(plan.again)} will run again at the next `dvc repro`.")
    elif plan.adopted:
        click.echo("Their results stay valid: the next `dvc repro` runs none of them again.")
    else:
        click.echo("None of them has run yet.")


def _say_difference(plan: Plan) -> None:
    name = _shown(plan.path)
    lines = difflib.unified_diff(plan.before.splitlines(), plan.after.splitlines(), name, name, lineterm="")
    click.echo("".join(f"\n{line}" for line in lines))


def _say_by_hand(plan: Plan) -> None:
    if plan.by_hand:
        click.echo(f"\n{_count([item.stage for item in plan.by_hand])} left as written. To record one, write this:")
    for item in plan.by_hand:
        click.echo(f"\n  {item.stage}: {item.reason}")
        for line in item.lines:
            click.echo(f"    {line}")


def _say_others(plan: Plan) -> None:
    root = project_root(plan.folder)
    others = [folder for folder in pipeline_folders(root) if os.path.realpath(folder) != os.path.realpath(plan.folder)]
    for folder in others:
        path = os.path.relpath(folder)
        click.echo(f"\n{path}/dvc.yaml is a pipeline of its own: joulecard dvc init {path}")


def _list(names: Iterable[str]) -> None:
    for line in textwrap.wrap(", ".join(names), _WIDTH, break_long_words=False, break_on_hyphens=False):
        click.echo(f"  {line}")


def _several(names: Sequence[str]) -> str:
    return f"{_count(names)} {'is' if len(names) == 1 else 'are'}"


def _count(names: Sequence[str]) -> str:
    return f"{len(names)} stage{'' if len(names) == 1 else 's'}"


def _shown(path: str) -> str:
    return os.path.relpath(path)
