"""A disclosure that a command has made: checked, written, and told in one line."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from joulecard import numbers
from joulecard.cli.output import write_output
from joulecard.cli.stage_table import printable
from joulecard.disclosure.imprint import imprint
from joulecard.errors import InvalidInputError
from joulecard.rendering.unseen import unseen
from joulecard.settings import load_settings, require
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.disclosure.document import Disclosure
    from joulecard.disclosure.imprint import Status
    from joulecard.validation import Verdict

publisher_option = click.option(
    "--publisher", metavar="NAME", help="The organisation that publishes it; else the setting `publisher`."
)
status_option = click.option(
    "--status", type=click.Choice(["draft", "final"]), help="What it is once written; draft if not said."
)


def published(disclosure: Disclosure, publisher: str | None, status: Status | None) -> Disclosure:
    """The disclosure with what options and settings say of its publisher; raises SettingsError."""
    settings = require(load_settings(os.environ, os.getcwd()))
    return imprint(settings, publisher=publisher, status=status).put_on(disclosure)


def checked(data: bytes) -> Verdict:
    """The verdict on what we made; raises InvalidInputError where it breaks the standard, which is our fault."""
    verdict = validate_disclosure(data)
    if verdict.violations:
        first = verdict.violations[0]
        raise InvalidInputError(
            f"joulecard made a disclosure that breaks rule {first.rule} ({first.message}); nothing was written",
            where=first.pointer,
            mend="this is a fault of joulecard, please report it",
        )
    return verdict


def written(data: bytes, verdict: Verdict, output: str) -> None:
    """Puts the disclosure where it belongs and says what is in it; raises UsageError."""
    write_output(output, data)
    click.echo(_summary(verdict, output), err=output == "-")


def _summary(verdict: Verdict, output: str) -> str:
    """Energy and emissions with range and method, what of them gave no result, and the level, in one line."""
    from joulecard.rendering.rolled_up import rolled_up_text  # pydantic comes with it: `dvc` must do without

    document = verdict.document or {}
    totals = document["totals"][document["totals"]["headline"]]
    missing = unseen(document["stages"]) if "value" in totals["energy_it"] else None
    energy = _told(totals["energy_it"], "IT energy")
    energy = f"at least {energy}; {missing.told}" if missing else energy
    carbon = _told(totals["operational_location"], "emissions")
    where = "" if output == "-" else f"{output}: "
    spent = rolled_up_text(document)
    told = (f"{where}{energy}", carbon, spent, *_beside(totals), f"level {verdict.level}")
    return printable("; ".join(part for part in told if part))


def _beside(totals: dict[str, Any]) -> Iterator[str]:
    """What the totals know beside the location-based emissions and was asked for."""
    for key, name in (("operational_market", "market-based"), ("embodied", "embodied")):
        if "value" in totals.get(key, {}):
            yield f"{name} {_told(totals[key], name)}"


def _told(quantity: dict[str, Any], what: str) -> str:
    """A total with its range, where it has one, and its method."""
    if "value" not in quantity:
        return f"{what} not available ({quantity['reason']})"
    interval = quantity.get("interval")
    ends = (interval["lower"], interval["upper"]) if interval else (quantity["value"],) * 2
    printed = (numbers.energy if quantity["unit"] == "kWh" else numbers.mass)(quantity["value"], ends)
    told = f"{printed.range}; {quantity['method']}" if interval else quantity["method"]
    return f"{printed.text} ({told})"
