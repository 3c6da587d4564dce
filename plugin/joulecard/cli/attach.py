"""`joulecard attach`: a disclosure's appendix and `co2_eq_emissions` inside an existing model card."""

from __future__ import annotations

import difflib
from functools import partial
from typing import TYPE_CHECKING

import click

from joulecard.cli.output import rewrite
from joulecard.cli.valid_disclosure import valid_disclosure
from joulecard.cli.violation_text import visible
from joulecard.errors import InvalidInputError, JoulecardError, UsageError
from joulecard.numbers import THIN_SPACE
from joulecard.rendering.attachment import attached, detached, emissions_of, own_section

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.cli.valid_disclosure import Disclosure

    Change = Callable[..., str]  # of a card's text; by force or not


MOST_LINES = 24  # of a difference


@click.command("attach", short_help="Put the appendix into an existing model card")
@click.argument("card", metavar="README.md")
@click.argument("disclosure", metavar="[DISCLOSURE.json]", required=False)
@click.option("--training-type", default="", metavar="TEXT", help='What only you know: "pre-training", "fine-tuning".')
@click.option("--remove", is_flag=True, help="Take out again what attach has written.")
@click.option("--force", is_flag=True, help="Also over what was changed by hand or written by others.")
def command(card: str, disclosure: str | None, training_type: str, *, remove: bool, force: bool) -> int:
    """Put the appendix of a disclosure (`-`: standard input) into the model card README.md.

    The appendix goes between two markers: where they stand already, else at the end. `co2_eq_emissions` (in g, with
    source, training type, place and hardware) goes into the YAML front matter. Nothing else of the file is touched,
    and the same disclosure gives the same file.

    Exit status 1 where the disclosure is invalid, or where something would be overwritten that attach has not written
    (the difference is shown; --force overwrites it); 2 where a file cannot be opened.
    """
    if remove == bool(disclosure):
        raise UsageError("needs a model card and either a disclosure or --remove")
    if disclosure is None:
        _change(card, detached, "taken out", force=force)
        return 0
    valid = valid_disclosure(disclosure, "attached")
    change = partial(attached, document=valid.document, data=valid.data, training_type=training_type)
    text = _change(card, change, "attached", force=force)
    _tell_more(card, text, valid)
    return 0


def _change(path: str, change: Change, done: str, *, force: bool) -> str:
    """The text of the changed card, written where it is not the same; raises JoulecardError with the card's name."""
    text = _read(path)
    try:
        changed = change(text, force=force)
    except JoulecardError as error:
        if isinstance(error, InvalidInputError) and not force:
            _show_difference(text, change)
        error.where = ", ".join(part for part in (path, error.where) if part)
        raise
    if changed == text:
        click.echo(f"{path}: nothing changed")
        return text
    rewrite(path, changed.encode())
    click.echo(f"{path}: {done}")
    return changed


def _read(path: str) -> str:
    """The card letter by letter: with its line ends and its byte order mark."""
    try:
        with open(path, "rb") as file:
            return file.read().decode()
    except OSError as error:
        raise UsageError(f"cannot be opened: {error.strerror}", where=path) from error
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"is not UTF-8 (byte {error.start})", where=path) from error


def _show_difference(text: str, change: Change) -> None:
    """What --force would do, on standard error; nothing where force does not help."""
    try:
        forced = change(text, force=True)
    except JoulecardError:
        return
    lines = difflib.unified_diff(text.splitlines(), forced.splitlines(), "as it is", "with --force", n=0, lineterm="")
    shown = [visible(line.replace(THIN_SPACE, " ")) for line in lines]
    more = len(shown) - MOST_LINES
    for line in (*shown[:MOST_LINES], *([f"and {more} more lines"] if more > 0 else ())):
        click.echo(line, err=True)


def _tell_more(path: str, text: str, valid: Disclosure) -> None:
    """What a reader of the card may stumble over."""
    emissions = emissions_of(valid.document)
    if emissions is None:
        click.echo("co2_eq_emissions: left out, for the emissions are unknown")
    else:
        click.echo(f"co2_eq_emissions: {emissions.emissions_g} g")
    line = own_section(text)
    if line:
        click.echo(f'{path}, line {line}: its own section "Environmental Impact" is left as it is')
