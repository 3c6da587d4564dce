"""The places that a what-if asks for: named one by one, or all regions of a cloud."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard.errors import InvalidInputError, SettingsError, UsageError
from joulecard.factors.geography import REGIONS, alpha3, country_name
from joulecard.factors.tables import Tables
from joulecard.settings.places import PLACE_FORMS
from joulecard.surroundings.place import Evidence, parse_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.factors import Edition
    from joulecard.factors.grid import Profile


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A place where the energy was not drawn, as it is written."""

    name: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Asked:
    """What to compare the disclosed emissions with."""

    edition: Edition
    places: tuple[Elsewhere, ...] = ()
    others: tuple[Elsewhere, ...] = ()  # not named by the user: one that lacks a factor is left out, and told
    pue: float | None = None  # a premise for every row but the disclosed one
    profile: Profile | None = None  # None: that of the disclosed factors
    other_factors: bool = False  # the same place with these factors is asked for too


def places_named(names: Iterable[str], edition: Edition) -> tuple[Elsewhere, ...]:
    """The places of these names, each once; raises UsageError for what is none and for one without any factor."""
    found = (Elsewhere(*_place(name.strip(), edition)) for name in names)
    return tuple({each.evidence: each for each in found}.values())


def regions_of(clouds: Sequence[str], edition: Edition) -> tuple[Elsewhere, ...]:
    """All regions that the tables know of these clouds; raises UsageError for a cloud that they do not know."""
    tables = Tables(edition.name)
    rows = [row for row in tables.every(REGIONS) if row["region"]]
    known = list(dict.fromkeys(row["provider"] for row in rows))
    wanted = list(dict.fromkeys(name.strip().lower() for name in clouds))
    for name in wanted:
        if name not in known:
            raise UsageError(f'"{name}" is no known cloud', where="--clouds", mend=f"known are {', '.join(known)}")
    found = [(name, row["region"]) for name in wanted for row in rows if row["provider"] == name]
    return tuple(Elsewhere(f"{name}/{region}", Evidence("setting", "high", name, region)) for name, region in found)


def _place(name: str, edition: Edition) -> tuple[str, Evidence]:
    """A place with the name that it has in the table; raises UsageError."""
    try:
        evidence = parse_place(name)
        factor = edition.grid(evidence, int(edition.name[:4]))
    except SettingsError as error:
        raise UsageError(error.what, where="--in", mend=f"write {PLACE_FORMS}") from error
    except InvalidInputError as error:
        raise UsageError(error.what, where="--in", mend=error.mend) from error
    if factor.fallback_level == "world":
        tables = Tables(edition.name)
        named = country_name(tables, evidence.country) if alpha3(tables, evidence.country or "") else name
        raise UsageError(
            f"edition {edition.name} has no factor for {named}", where="--in", mend="name another place near it"
        )
    return _written(evidence), evidence


def _written(evidence: Evidence) -> str:
    """The place in the spelling of its registry."""
    if evidence.region:
        return f"{evidence.provider}/{evidence.region}"
    return evidence.subdivision or evidence.country or ""
