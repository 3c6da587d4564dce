"""`joulecard marginal`: what one kWh more would have made the grid emit, beside a disclosure and never in it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click

from joulecard import numbers
from joulecard.cli.live import other_root, require_client
from joulecard.cli.stage_table import printable
from joulecard.cli.valid_disclosure import name_of, valid_disclosure
from joulecard.disclosure.marginal import energy_by_hour, has_facility, marginal, places
from joulecard.errors import InvalidInputError, UsageError
from joulecard.factors.providers.cache import Cache, cache_folder
from joulecard.factors.providers.gathering import Query, gathered
from joulecard.factors.providers.known import keys_of
from joulecard.factors.providers.watttime import WattTime

if TYPE_CHECKING:
    from joulecard.disclosure.marginal import Marginal
    from joulecard.factors.providers.gathering import Gathered

SCHEMA = "urn:joulecard:marginal:1"
NOTE = "marginal: what one kWh more would have caused; never added to or put for the location-based number"


@click.command("marginal", short_help="Tell what one kWh more would have caused, by WattTime")
@click.argument("file", metavar="FILE")
@click.option("--region", required=True, metavar="REGION", help="The grid by WattTime's name: CAISO_NORTH.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(file: str, region: str, *, as_json: bool) -> int:
    """Tell the marginal emissions of the disclosure FILE (`-`: standard input) in a region of WattTime.

    Its energy over time is multiplied with WattTime's marginal rate hour by hour, and no value stands for an hour
    that WattTime does not tell. The answer is printed and nothing else: the disclosure's own number rests on averages
    and stays as it is. WATTTIME_USER and WATTTIME_PASSWORD hold the account.

    Exit status 1 where the disclosure is invalid, tells no energy over time or is of several grids, or no hour came;
    2 where there is no account; 3 without the extra `live`.
    """
    provider = WattTime()
    if provider.zone(region) is None:
        raise UsageError(f"{region[:64]!r} is no region of WattTime", where="--region", mend="as in CAISO_NORTH")
    document = valid_disclosure(file, "told").document
    hours = _hours(document, name_of(file))
    keys = keys_of(provider, os.environ)
    require_client()
    cache = Cache(cache_folder(os.environ), provider.name)
    answer = gathered(Query(provider, "direct", {region: hours}), keys, cache, other_root())
    found = marginal(document, answer.hours(region))
    if found.g_per_kwh is None:
        raise InvalidInputError(f"WattTime {answer.reasons.get(region, 'told no hour')}, so there is nothing to tell")
    told = json.dumps(_as_json(found, answer, region, document), indent=2) if as_json else _text(found, answer, region)
    click.echo(told if as_json else printable(told))
    return 0


def _hours(document: dict[str, Any], name: str) -> frozenset[int]:
    """The hours that drew energy; raises InvalidInputError where one region cannot stand for them."""
    grids = list(places(document))
    if len(grids) > 1:
        told = f"its energy is of several grids ({', '.join(grids[:8])}), and one region cannot stand for all"
        raise InvalidInputError(told, where=name)
    hours = frozenset(energy_by_hour(document))
    if not hours:
        raise InvalidInputError("tells no energy over time", where=name)
    return hours


def _text(found: Marginal, answer: Gathered, region: str) -> str:
    mass = numbers.mass(found.co2_g, (found.co2_g, found.co2_g)).text
    energy = numbers.energy(found.energy_kwh, (found.energy_kwh, found.energy_kwh)).text
    lines = [f"{mass} at {found.g_per_kwh:.4g} g/kWh over {energy} in {region} (WattTime MOER)"]
    if found.missing_kwh:
        rest = numbers.energy(found.missing_kwh, (found.missing_kwh, found.missing_kwh)).text
        why = answer.reasons.get(region)
        told = f": WattTime {why}" if why else ""
        lines.append(f"without {rest}; {found.hours_known} of {found.hours} hours are known{told}")
    return "\n".join([*lines, NOTE])


def _as_json(found: Marginal, answer: Gathered, region: str, document: dict[str, Any]) -> dict[str, Any]:
    terms = answer.query.provider.terms
    return {
        "schema": SCHEMA,
        "note": NOTE,
        "disclosure": document["document"]["id"],
        "region": region,
        "signal": "marginal",
        "energy_kwh": found.energy_kwh,
        "energy_basis": "facility" if has_facility(document) else "it",
        "co2_g": found.co2_g,
        "intensity_g_per_kwh": found.g_per_kwh,
        "energy_missing_kwh": found.missing_kwh,
        "hours": found.hours,
        "hours_known": found.hours_known,
        "reason": answer.reasons.get(region),
        "source": dict(terms.source),
        "notice": terms.notice,
    }
