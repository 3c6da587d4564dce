"""`joulecard assemble OLD.json`: an old disclosure with the factors of another edition, and what that changed."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import click

from joulecard import numbers
from joulecard.canonical import digest
from joulecard.cli.factor_options import opened_edition, tell_unused
from joulecard.cli.new_disclosure import checked, published, written
from joulecard.cli.stage_table import printable
from joulecard.cli.valid_disclosure import name_of, valid_disclosure
from joulecard.disclosure.document import Disclosure
from joulecard.disclosure.merge import Source
from joulecard.disclosure.per_unit import per_unit
from joulecard.disclosure.recompute import recompute
from joulecard.disclosure.tallied import Factors
from joulecard.errors import UsageError
from joulecard.settings import load_settings, require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.disclosure import document as doc
    from joulecard.disclosure.imprint import Status
    from joulecard.disclosure.recompute import Change, Recomputed
    from joulecard.factors.grid import Profile

STEPS = {
    "kWh": (numbers.FINE_ENERGY_STEPS, ""),
    "g": (numbers.FINE_MASS_STEPS, f" {numbers.CO2E}"),
    "L": (numbers.VOLUME_STEPS, ""),
}


class Wish(NamedTuple):
    """What the caller wants of the recomputed disclosure."""

    factors: str
    own_factors: str | None = None
    profile: Profile | None = None
    per: str | None = None
    publisher: str | None = None
    status: Status | None = None


def recomputed(file: str, output: str, wish: Wish) -> None:
    """Writes the disclosure in the file anew with other factors, and says factor by factor what changed.

    Nothing is written unless it follows the standard. Raises UsageError, InvalidInputError, MissingPartError.
    """
    if output != "-" and os.path.realpath(file) == os.path.realpath(output):
        raise UsageError("is the disclosure to recompute, and must stay as it is", where=output)
    read = valid_disclosure(file, "recomputed")
    source = Source(name_of(file), Disclosure.model_validate_json(read.data), digest(read.document))
    tables = opened_edition(wish.factors, wish.own_factors)
    profile = wish.profile or source.document.generator.profile or "lifecycle"
    strict = require(load_settings(os.environ, os.getcwd())).strict
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = recompute(source, Factors(tables, profile, strict=strict), created=created)
    disclosure = per_unit(found.disclosure, wish.per) if wish.per else found.disclosure
    data = published(disclosure, wish.publisher, wish.status).to_json()
    verdict = checked(data)
    tell_unused(tables, (factor.id for factor in disclosure.factors))
    for line in _told(source, found):
        click.echo(printable(line), err=output == "-")
    written(data, verdict, output)


def _told(source: Source, found: Recomputed) -> Iterator[str]:
    """What changed, factor by factor, and the totals before and after."""
    old, new = source.document, found.disclosure
    before = old.generator.factor_edition or "no edition"
    yield f"{source.file}: factors {before} -> {new.generator.factor_edition}"
    for change in found.changes:
        yield f"  {_change(change)}"
    if not found.changes:
        yield "  no factor is another one"
    for reason, names in _kept(found).items():
        yield f"  as they were ({reason}): {', '.join(names)}"
    yield from _totals(old.totals, new.totals)


def _change(change: Change) -> str:
    """One factor before and after, with its unit and how much it moved."""
    old, new = change.before.listed, change.after.listed
    unit = "" if new.unit == "1" else f" {new.unit}"
    moved = f" ({(new.value / old.value - 1) * 100:+.1f} %)" if old.value else ""
    names = old.id if old.id == new.id else f"{old.id} -> {new.id}"
    if old.value == new.value:
        moved = " (the value is the same; its source, validity or width is not)"
    return f"{names}: {old.value:.6g} -> {new.value:.6g}{unit}{moved}"


def _kept(found: Recomputed) -> dict[str, list[str]]:
    by_reason: dict[str, list[str]] = {}
    for name, reason in found.kept:
        by_reason.setdefault(reason, []).append(name)
    return by_reason


def _totals(old: doc.Totals, new: doc.Totals) -> Iterator[str]:
    """The headline's quantities that moved, before and after."""
    one, other = (totals.new if totals.headline == "new" else totals.including_reused for totals in (old, new))
    for key, what in (
        ("energy_facility", "facility energy"),
        ("operational_location", "emissions"),
        ("operational_market", "market-based emissions"),
        ("water", "water"),
    ):
        before, after = getattr(one, key), getattr(other, key)
        if before and before.value is not None and after and before.value != after.value:
            yield f"{what}: {_moved(before, after)}"


def _moved(before: doc.Quantity, after: doc.Quantity) -> str:
    """A quantity before and after in one unit, three digits each, and how far apart they are."""
    steps, what = STEPS[before.unit]
    unit = numbers.common_unit([before.value or 0.0, after.value or 0.0], steps)
    one, other = (numbers.amount((each.value or 0.0) / dict(steps)[unit], f"{unit}{what}") for each in (before, after))
    if after.value is None:
        return f"{one.text} -> not available ({after.reason})"
    moved = f" ({(after.value / before.value - 1) * 100:+.1f} %)" if before.value else ""
    return f"{one.text} -> {other.text}{moved}"
