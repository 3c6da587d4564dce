"""An old disclosure with the factors of another edition: its energy stays, what is made of it is computed anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard import __version__
from joulecard.disclosure import document as doc
from joulecard.disclosure.document.refusal import refusals_told
from joulecard.disclosure.fallbacks import PROFILE, profile_fallback
from joulecard.disclosure.identity import document_id
from joulecard.disclosure.merge.facts import used_factors
from joulecard.disclosure.merge.totals import drivers, headline_of, totals
from joulecard.disclosure.recompute.replaced import Change, Replaced, replaced
from joulecard.disclosure.recompute.stages import restated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joulecard.disclosure.merge import Source
    from joulecard.disclosure.tallied import Factors

__all__ = ["Change", "Recomputed", "recompute"]


@dataclass(frozen=True, slots=True)
class Recomputed:
    """The new disclosure, the factors that are others now, and why some stayed."""

    disclosure: doc.Disclosure
    changes: tuple[Change, ...]
    kept: tuple[tuple[str, str], ...]  # factor id, reason


@refusals_told()
def recompute(source: Source, by: Factors, *, created: str) -> Recomputed:
    """A new disclosure of the same energy, by these factors.

    Raises InvalidInputError where one factor of the old one stands for places that the edition tells apart.
    """
    old = source.document
    found = replaced(old, by)
    stages = tuple(restated(stage, found) for stage in old.stages)
    summed = totals(stages, [source], old.functional_units or (), old.totals.headline)
    factors = _factors(old, stages, found)
    widths = _widths(old, found)
    disclosure = old.model_copy(
        update={
            "document": _document(source, by),
            "factors": factors,
            "stages": stages,
            "totals": summed,
            "uncertainty": _uncertainty(old, widths, summed),
            "assumptions": _assumptions(old, found, by),
            "generator": doc.Generator(
                name="joulecard",
                version=__version__,
                factor_edition=by.edition.name,
                profile="direct" if "direct" in (by.profile, *found.scopes) else "lifecycle",
            ),
            "attestations": None,  # they are about other bytes
        }
    )
    named = disclosure.document.model_copy(update={"created": created})
    return Recomputed(disclosure.model_copy(update={"document": named}), found.changes, found.kept)


def _document(source: Source, by: Factors) -> doc.Document:
    """A draft that names the disclosure it was made from; its id follows from that one and the factors."""
    old = source.document.document
    own = [(each.line, each.value) for each in by.edition.own.factors] if by.edition.own else []
    content = {"recomputed": [old.id, source.digest], "edition": by.edition.name, "profile": by.profile, "own": own}
    return old.model_copy(
        update={
            "id": document_id(content),
            "status": "draft",
            "supersedes": None,
            "note": None,
            "derived_from": (doc.Origin(id=old.id, digest=source.digest),),
        }
    )


def _factors(old: doc.Disclosure, stages: Sequence[doc.Stage], found: Replaced) -> tuple[doc.Factor, ...]:
    """The factors that are used, the new ones in the places of those they stand for."""
    held = {found.of(factor.id).listed.id: found.of(factor.id).listed for factor in old.factors}
    return used_factors(held.values(), stages, old.resources, old.instruments or (), old.gaps)


def _widths(old: doc.Disclosure, found: Replaced) -> tuple[doc.UncertaintySource, ...]:
    """The sources of uncertainty without those of factors that are gone."""
    listed = old.uncertainty.sources if old.uncertainty else ()
    new = {width.id: width for change in found.changes for width in change.after.widths}
    gone = {width.id for change in found.changes for width in change.before.widths} - found.used_widths
    kept = {width.id: width for width in listed if width.id not in gone}
    return tuple({**kept, **new}.values())


def _uncertainty(
    old: doc.Disclosure, widths: tuple[doc.UncertaintySource, ...], summed: doc.Totals
) -> doc.Uncertainty | None:
    if old.uncertainty is None:
        return None
    emitted = headline_of(summed).operational_location
    update = {"sources": widths}
    if old.uncertainty.method == "declared":
        return old.uncertainty.model_copy(update=update)
    none = None if old.uncertainty.drivers is None else ()
    return old.uncertainty.model_copy(update={**update, "drivers": drivers(emitted, widths) or none})


def _assumptions(old: doc.Disclosure, found: Replaced, by: Factors) -> tuple[doc.Assumption, ...]:
    """Those of the old one, of new factors theirs, and that this is a recomputation."""
    stays = by.profile == "direct" and "lifecycle" in found.scopes and not found.without_direct
    others = (item for item in old.assumptions if item.id != PROFILE or stays)
    listed = [*profile_fallback(found.without_direct), *filter(None, map(found.assumption, others))]
    told = {item.factor_ref for item in listed}
    taken = {item.id for item in listed}
    names = (name for name in (f"r{number}" for number in range(1, 10_000)) if name not in taken)
    new = [change.after for change in found.changes if change.after.assumes and change.after.id not in told]
    listed += [applied.as_assumption(next(names)) for applied in new]
    own = " and the user's own factors" if by.edition.own else ""
    statement = (
        f"The factors of edition {by.edition.name}{own} were applied to the energy of {old.document.id}, which stays "
        "as it was recorded; so do the powers of its models"
    )
    return (*listed, doc.Assumption(id=next(names), statement=statement, default=False))
