"""Which factor of an edition stands for each one of an old disclosure, and which of them stay."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from joulecard.disclosure import document as doc
from joulecard.disclosure.recompute.sites import cloud_of, evidence_of, sites, untraced
from joulecard.disclosure.tally import best_place
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from joulecard.disclosure.tallied import Factors
    from joulecard.factors import Factor
    from joulecard.factors.grid import Profile

OF_AN_EDITION = "factors "  # how the version of a source begins that is a table of an edition
OWN = "own:"
UNTRACED = "a stage applies it without a line that says to how much energy"
LOOKED_UP = ("grid_intensity", "pue", "wue", "water_intensity")
_ASKED = re.compile(r"~(\d{4})")


class Applied(NamedTuple):
    """A factor as it stands in a document, with the widths of its sources of uncertainty."""

    listed: doc.Factor
    widths: tuple[doc.UncertaintySource, ...] = ()
    assumes: str = ""
    is_default: bool = False

    @property
    def id(self) -> str:
        """The name that references know it by."""
        return self.listed.id

    def as_assumption(self, name: str) -> doc.Assumption:
        """What is taken for true by using it."""
        factor = self.listed
        return doc.Assumption(
            id=name,
            statement=self.assumes,
            default=self.is_default,
            value=factor.value,
            unit=factor.unit,
            factor_ref=factor.id,
        )


class Change(NamedTuple):
    """A factor, and the one that stands for it now."""

    before: Applied
    after: Applied


@dataclass(frozen=True, slots=True)
class Replaced:
    """All factors of the old document, each with the one to use."""

    by_id: Mapping[str, Applied]
    changes: tuple[Change, ...]
    kept: tuple[tuple[str, str], ...]
    without_direct: tuple[str, ...] = ()  # grids for whose lack of a direct factor all took lifecycle ones

    def of(self, factor_id: str) -> Applied:
        """The factor to use where the old document names this one."""
        return self.by_id[factor_id]

    def old(self, factor_id: str) -> Applied:
        """The factor that the old document means by this name."""
        change = next((each for each in self.changes if each.before.id == factor_id), None)
        return change.before if change else self.by_id[factor_id]

    def is_changed(self, factor_id: str | None) -> bool:
        """Whether another one is used for it."""
        return any(change.before.id == factor_id for change in self.changes)

    @property
    def scopes(self) -> set[str]:
        """What is inside the grid factors in use: lifecycle, direct."""
        listed = (applied.listed for applied in self.by_id.values())
        return {factor.basis.scope for factor in listed if factor.basis and _is_of_location(factor)}

    @property
    def used_widths(self) -> set[str]:
        """The ids of the sources of uncertainty that the factors in use name."""
        return {width.id for applied in self.by_id.values() for width in applied.widths}

    def assumption(self, old: doc.Assumption) -> doc.Assumption | None:
        """An old assumption as it stands now: of a factor that was replaced, what the new one assumes, or nothing."""
        change = next((each for each in self.changes if each.before.id == old.factor_ref), None)
        if change is None:
            return old
        if not change.after.assumes:
            return None
        return change.after.as_assumption(old.id).model_copy(update={"stage_refs": old.stage_refs})


def replaced(document: doc.Disclosure, by: Factors) -> Replaced:
    """The factors of a document by those of an edition; the own ones of its user first.

    What no edition holds stays: contracts, hourly means, what somebody declared, the powers of models.
    """
    found = _looked_up(document, by, by.profile)
    without = tuple(each.name for each in found.values() if _is_lifecycle(each)) if by.profile == "direct" else ()
    if without:
        found = _looked_up(document, by, "lifecycle")  # sums on two bases mean nothing
    widths = {width.id: width for width in document.uncertainty.sources} if document.uncertainty else {}
    by_id, changes, kept, unknown = {}, [], [], untraced(document)
    for factor in document.factors:
        before = Applied(factor, tuple(widths[name] for name in factor.uncertainty_refs or () if name in widths))
        after = _as_applied(found[factor.id], with_widths=bool(document.uncertainty)) if factor.id in found else before
        same = (after.listed, after.widths) == (before.listed, before.widths)
        by_id[factor.id] = before if same else after
        if not same:
            changes.append(Change(before, after))
        elif factor.id not in found:
            kept.append((factor.id, UNTRACED if factor.id in unknown else _why_kept(factor)))
    result = Replaced(by_id, tuple(changes), tuple(kept), without)
    _refuse_mixed(result)
    return result


def _refuse_mixed(result: Replaced) -> None:
    """Raises InvalidInputError where factors that stay and new ones do not hold the same."""
    if result.changes and len(result.scopes) > 1:
        raise InvalidInputError(
            "some grid factors stay, and the new ones do not hold the same: lifecycle and direct cannot be added up",
            where="factors",
            mend="ask for the profile of those that stay with --profile",
        )


def _looked_up(document: doc.Disclosure, by: Factors, profile: Profile) -> dict[str, Factor]:
    """The factors that an edition, or its user, has for those of the document."""
    places, unknown = sites(document, by.edition.country_of_zone), untraced(document)
    every = [sign for known in places.values() for place in known for sign in evidence_of(place)]
    zoned = frozenset(country for sign in every if (country := by.edition.zoned_country(sign)))
    found = {}
    for factor in document.factors:
        if factor.id not in unknown and _is_looked_up(factor):
            year = _year(factor, document)
            known = places.get(factor.id, ())
            options = [_found(factor, place, by, (year, profile, zoned)) for place in known]
            new = _one(factor, [option for option in options if option] or _of_same_id(factor, by, known), by)
            if new:
                found[factor.id] = new
    return found


def _found(
    old: doc.Factor, place: doc.Location, by: Factors, how: tuple[int, Profile, frozenset[str]]
) -> Factor | None:
    """What stands for a factor at one place; None where the edition holds nothing of its kind."""
    year, profile, zoned = how
    signs, (provider, region) = evidence_of(place), cloud_of(place)
    evidence, grid = best_place(signs, year, by.edition, profile, zoned=zoned)
    new: Factor | None = grid
    if old.kind == "pue":
        new = by.edition.own_pue(evidence, year) or by.edition.pue(provider, region)
    elif old.kind == "wue":
        new = by.edition.wue(evidence, year, provider)
    elif old.kind == "water_intensity":
        new = by.edition.water_intensity(evidence, year)
    is_of_tables = (old.source.version or "").startswith(OF_AN_EDITION)
    return new if new and (is_of_tables or new.id.startswith(OWN)) else None


def _of_same_id(old: doc.Factor, by: Factors, known: Sequence[doc.Location]) -> list[Factor]:
    """Of a factor whose place is not told, as those of cached stages, the one of the same grid or data centre."""
    is_of_tables = (old.source.version or "").startswith(OF_AN_EDITION)
    return list(by.edition.by_id(old.id)) if is_of_tables and not known else []


def _one(old: doc.Factor, options: Sequence[Factor], by: Factors) -> Factor | None:
    """The one factor for all places where the old one was used; raises InvalidInputError for several."""
    if len({option.id for option in options}) > 1:
        raise InvalidInputError(
            f"{old.id} stands for several places, and edition {by.edition.name} tells them apart",
            where="factors",
            mend="assemble the records of the stages with this edition",
        )
    return options[0] if options else None


def _as_applied(factor: Factor, *, with_widths: bool) -> Applied:
    """A factor of an edition; without its widths where the document tells none of any number."""
    widths = tuple(
        doc.UncertaintySource.model_validate({**source.to_document(), "derivation": source.derivation or None})
        for source in (factor.uncertainty if with_widths else ())
    )
    refs = tuple(width.id for width in widths) or None
    listed = doc.Factor.model_validate({**factor.to_document(), "uncertainty_refs": refs})
    return Applied(listed, widths, factor.assumes or "", factor.is_default)


def _year(factor: doc.Factor, document: doc.Disclosure) -> int:
    """The year that the factor was looked up for: it stands in its id, else it is that of the factor itself."""
    asked = _ASKED.search(factor.id)
    if asked:
        return int(asked[1])
    if factor.kind == "grid_intensity" and factor.valid:
        return int(factor.valid.start[:4])
    period = document.boundary.period
    return int((period.end if period else document.document.created)[:4])


def _is_looked_up(factor: doc.Factor) -> bool:
    return factor.kind in LOOKED_UP and factor.granularity != "hourly" and _is_of_location(factor)


def _is_of_location(factor: doc.Factor) -> bool:
    basis = factor.basis
    return basis is None or (basis.accounting, basis.attribution) == ("location", "average")


def _is_lifecycle(factor: Factor) -> bool:
    return bool(factor.basis) and (factor.basis or {}).get("scope") != "direct"


def _why_kept(factor: doc.Factor) -> str:
    if factor.kind == "power_model":
        return "energy stays as it was recorded"
    if factor.kind == "embodied":
        return "the hardware stays as it was told"
    if factor.granularity == "hourly":
        return "no edition holds hourly values"
    if not _is_of_location(factor):
        return "it is of a contract"
    return "it is not of an edition, and no own factor stands for it"
