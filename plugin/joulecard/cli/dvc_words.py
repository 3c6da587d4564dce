"""What `joulecard dvc init` and `remove` say: what becomes of each stage, its results and records, and what next."""

from __future__ import annotations

import difflib
import os
import shlex
import textwrap
from typing import TYPE_CHECKING

import click

from joulecard.hosts.dvc.keeping import kept_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.hosts.dvc.adoption import Plan

_WIDTH = 96


def say_init(plan: Plan, *, planned: bool) -> None:
    """What becomes of the stages, and of results and records that exist."""
    by_hand = sum(bool(item.lines) for item in plan.by_hand)
    if plan.changed:
        would = "would be" if planned else "will be"
        click.echo(f"{shown(plan.path)}: {_count(plan.changed)} {would} recorded from now on")
        _list(plan.changed)
        _say_fate(plan)
    elif plan.by_user:
        click.echo(f"{shown(plan.path)}: {_several(plan.by_user)} recorded as you wrote {_them(plan.by_user)}")
        _list(plan.by_user)
        _say_fate(plan)
    elif plan.unchanged:
        click.echo(f"{shown(plan.path)} needs no change: {_several(plan.unchanged)} recorded already.")
    else:
        hands = f"; {by_hand} need{'s' if by_hand == 1 else ''} your hand" if by_hand else ""
        click.echo(f"{shown(plan.path)}: no stage can be recorded as written{hands}.")
    _say_records(plan, planned=planned)


def say_remove(plan: Plan, *, planned: bool) -> None:
    """Which stages are no longer recorded, and what becomes of their results."""
    if not plan.changed:
        left = ": nothing could be taken out." if plan.by_hand else " needs no change: joulecard is not in it."
        click.echo(f"{shown(plan.path)}{left}")
        return
    would = "would no longer be" if planned else f"{'is' if len(plan.changed) == 1 else 'are'} no longer"
    click.echo(f"{shown(plan.path)}: {_count(plan.changed)} {would} recorded")
    _list(plan.changed)
    _say_fate(plan)


def _say_fate(plan: Plan) -> None:
    """Whether stages run again; said before anything is written."""
    if plan.adopted:
        click.echo("Results that exist stay valid: the next `dvc repro` runs none of them again.")
    if plan.again:
        names = f": {', '.join(plan.again)}" if plan.adopted or plan.by_user else "."
        click.echo(f"{_count(plan.again)} will run again at the next `dvc repro`{names}")
    if not plan.adopted and not plan.again:
        click.echo("None of them has run yet.")


def _say_records(plan: Plan, *, planned: bool) -> None:
    """What becomes of records that lie there from an earlier time; said before anything is written."""
    are = "would be" if planned else "are"
    if plan.reused:
        click.echo(f"Earlier records {are} taken up again, as they belong to these results: {', '.join(plan.reused)}")
    if plan.kept:
        places = dict.fromkeys(kept_in(plan.folder, stage) for stage in plan.kept)
        click.echo(
            f"Earlier records {are} kept in {' and '.join(places)} and not taken up, as nothing proves that they belong"
            f" to these results: {', '.join(plan.kept)}"
        )


def say_difference(plan: Plan) -> None:
    """What would change in dvc.yaml."""
    name = shown(plan.path)
    lines = difflib.unified_diff(plan.before.splitlines(), plan.after.splitlines(), name, name, lineterm="")
    click.echo("".join(f"\n{line}" for line in lines))


def say_by_hand(plan: Plan) -> None:
    """The lines to write for the stages that cannot be changed safely, and those for which there are none."""
    items = [item for item in plan.by_hand if item.lines]
    if items:
        needs = "stage needs" if len(items) == 1 else "stages need"
        lead = f"{len(items)} {needs} your hand. " if plan.changed or plan.unchanged else ""  # else said already
        click.echo(f"\n{lead}Write these lines in place of the command:")
    for item in items:
        click.echo(f"\n  {item.stage}: {item.reason}")
        for line in item.lines:
            click.echo(f"    {line}")
    if items:
        click.echo(
            "\nThis changes the command. Run `joulecard dvc init` again before `dvc repro`, and results that are"
            "\nup to date stay valid; else the stage runs again."
        )
    for item in plan.by_hand:
        if not item.lines:
            click.echo(f"\n{item.stage} stays as it is: {item.reason}.")


def say_next(folder: str, written: Sequence[str]) -> None:
    """What was written, and the command that puts it under git."""
    if not written:
        return
    paths = [shlex.quote(shown(os.path.join(folder, name))) for name in written]
    click.echo(f"\nWrote {', '.join(paths)}.")
    if _is_under_git(folder):
        click.echo(f"Next:  git add {' '.join(paths)}")


def _is_under_git(folder: str) -> bool:
    at = os.path.abspath(folder)
    while not os.path.exists(os.path.join(at, ".git")):
        above = os.path.dirname(at)
        if above == at:
            return False
        at = above
    return True


def _list(names: Iterable[str]) -> None:
    for line in textwrap.wrap(", ".join(names), _WIDTH, break_long_words=False, break_on_hyphens=False):
        click.echo(f"  {line}")


def _them(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"


def _several(names: Sequence[str]) -> str:
    return f"{_count(names)} {'is' if len(names) == 1 else 'are'}"


def _count(names: Sequence[str]) -> str:
    return f"{len(names)} stage{'' if len(names) == 1 else 's'}"


def shown(path: str) -> str:
    """The path as seen from here."""
    return os.path.relpath(path)
