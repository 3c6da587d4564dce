"""The options that say which factors a command computes with: an edition of the tables, and the user's own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from joulecard.cli.stage_table import printable
from joulecard.factors import CURRENT, opened
from joulecard.settings import load_settings, require

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.factors import Edition
    from joulecard.factors.own.values import OwnFactor

factors_option = click.option(
    "--factors", default=CURRENT, show_default=True, metavar="EDITION", help="Edition of the factor tables."
)
own_factors_option = click.option(
    "--own-factors",
    metavar="FILE",
    help="Own factors, PUE, WUE and contracts (TOML or CSV), taken before those of the tables; "
    "`joulecard factors form` prints one.",
)


def opened_edition(name: str = CURRENT, own_path: str | None = None) -> Edition:
    """The edition with the user's own factors before it: of this file, else of the setting `own_factors`.

    Raises MissingPartError for an unknown edition, UsageError for a file that cannot be opened, InvalidInputError for
    one that is wrong, SettingsError.
    """
    path = own_path or require(load_settings(os.environ, os.getcwd())).own_factors
    return opened(path, name)


def tell_unused(tables: Edition, applied: Iterable[str]) -> None:
    """Says of each own factor that it was not used, on standard error; `applied` are the ids of those that were."""
    if tables.own is None:
        return
    from joulecard.factors.own.applied import unused

    for each in unused(tables.own, applied):
        told = f"{each.kind} of {each.device or each.place}"
        click.echo(printable(f"{each.line}: {told} was not used: {_why(each)}"), err=True)


def _why(own: OwnFactor) -> str:
    """What would have to be so for it to be used."""
    if own.device:
        return "no component of this disclosure rests on a factor of this device"
    if own.kind == "grid_intensity" and own.accounting == "location" and own.scope == "direct":
        return "it is a direct factor; ask for these with --profile direct, or nothing ran there"
    return "nothing that is told here rests on such a factor of this place"
