"""A day as an option takes it."""

from __future__ import annotations

from datetime import date, datetime

import click


def day(_context: click.Context, _option: click.Parameter, value: str | None) -> date | None:
    """The day of a text like 2027-12-31; raises click.BadParameter, a usage error, for anything else."""
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no time zone
    except ValueError:
        raise click.BadParameter(f"{value[:40]!r} is not a day; write it like 2027-12-31") from None
