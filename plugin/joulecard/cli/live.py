"""The option `--live`: whom to ask for hourly grid intensity, and what is said of what came."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from joulecard.disclosure.hourly import Hourly, wanted
from joulecard.errors import MissingPartError, UsageError
from joulecard.factors.providers.cache import Cache, cache_folder
from joulecard.factors.providers.gathering import Query, gathered
from joulecard.factors.providers.known import PROVIDERS, keys_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.capture.segment import Segment
    from joulecard.factors import Edition
    from joulecard.factors.grid import Profile
    from joulecard.factors.providers.provider import Provider

OFF = "off"
ROOT = "JOULECARD_LIVE_ROOT"  # a server of this machine that answers for all providers: a relay, or that of a test
_THIS_MACHINE = frozenset({"127.0.0.1", "::1", "localhost"})

live_option = click.option(
    "--live",
    type=click.Choice([*PROVIDERS, OFF]),
    help="Ask this service for the grid's intensity hour by hour, 5 s at most; off unless asked.",
)


def asked_live(name: str | None, segments: Iterable[Segment], edition: Edition, profile: Profile) -> Hourly | None:
    """What the provider of this name tells of the hours of the segments; None where none is to be asked.

    A provider that does not answer costs its deadline and a line, never the disclosure. Raises UsageError where it
    cannot be asked this, MissingPartError without the extra `live`.
    """
    if name is None or name == OFF:
        return None
    provider = PROVIDERS[name]
    if profile not in provider.scopes:
        raise UsageError(
            f"{provider.title} tells {provider.scopes[0]} intensities, and the profile is {profile}",
            mend=f"add --profile {provider.scopes[0]}",
        )
    keys = keys_of(provider, os.environ)
    require_client()
    sites = wanted(segments, edition)
    hours: dict[str, frozenset[int]] = {}
    for site, touched in sites.items():
        hours[site.zone] = hours.get(site.zone, frozenset()) | touched
    query = Query(provider, profile, hours, {site.zone: site.yearly_g_per_kwh for site in sites})
    cache = Cache(cache_folder(os.environ), provider.name)
    answer = Hourly(gathered(query, keys, cache, other_root()), tuple(sites))
    _tell(provider, answer)
    return answer


def other_root() -> str | None:
    """The server that is asked in place of the providers' own; raises UsageError for one that would take their keys."""
    root = os.environ.get(ROOT) or None
    if root is not None and urlsplit(root).hostname not in _THIS_MACHINE:
        raise UsageError(
            "keys are sent to the providers alone, and this names another machine", where=ROOT, mend="leave it out"
        )
    return root


def require_client() -> None:
    """Raises MissingPartError where the packages that requests need are not installed."""
    if find_spec("httpx2") is None or find_spec("stamina") is None:
        raise MissingPartError(
            "services on the network are asked with packages that are not installed",
            mend="pip install 'joulecard[live]'",
        )


def _tell(provider: Provider, answer: Hourly) -> None:
    """One line for each zone of which hours are missing."""
    gathered = answer.gathered
    for zone, reason in gathered.reasons.items():
        asked = len(gathered.query.hours[zone])
        missing = len(gathered.query.hours[zone] - gathered.hours(zone).keys())
        click.echo(
            f"joulecard: {provider.title} {reason}: the value of the year stands for {missing} of {asked} hours of "
            f"{zone}",
            err=True,
        )
    if not gathered.query.hours:
        why = "no record names a place that has hourly values, or own factors stand there"
        click.echo(f"joulecard: {provider.title} was not asked: {why}", err=True)
