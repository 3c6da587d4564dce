"""Facts of a whole run become one disclosure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from joulecard import __version__
from joulecard.accounting.intervals import COVERAGE
from joulecard.canonical import digest
from joulecard.disclosure import document as doc
from joulecard.disclosure import identity
from joulecard.disclosure.document.refusal import refusals_told
from joulecard.disclosure.estimate import limits
from joulecard.disclosure.estimate.basis import Basis, Means, slug
from joulecard.disclosure.estimate.carbon import MOST_G_PER_KWH
from joulecard.disclosure.estimate.contradictions import Compared, of_whole
from joulecard.disclosure.estimate.places import evidence_of, location_of
from joulecard.disclosure.estimate.stage import Estimated, estimated
from joulecard.disclosure.estimate.totals import totals
from joulecard.disclosure.merge.totals import drivers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from joulecard.disclosure.estimate.facts import Facts, StageFacts
    from joulecard.factors import Edition
    from joulecard.factors.grid import Profile
    from joulecard.surroundings.place import Evidence


MOST_LETTERS, DIGITS = 40, 8  # of a subject's name and of a digest, in ids


@dataclass(frozen=True, slots=True)
class Estimate:
    """A disclosure, and what was published beside what its own inputs give."""

    disclosure: doc.Disclosure
    compared: Compared


@refusals_told()
def estimate(facts: Facts, tables: Edition, created: datetime) -> Estimate:
    """The disclosure of what authors tell of a run; raises InvalidInputError for facts that give no figure."""
    means = _means(facts, tables, created)
    found = [estimated(f"s{n}", each, means) for n, each in enumerate(facts.stages, 1)]
    told = sum((each.compared for each in found), Compared()) + of_whole(facts, [each.figures for each in found])
    basis = sum((each.basis for each in found), Basis())
    factors = tuple(_factor(factor) for factor in {factor.id: factor for factor in basis.factors}.values())
    sources = tuple(
        doc.UncertaintySource.model_validate({**source.to_document(), "derivation": source.derivation or None})
        for source in {source.id: source for source in basis.widths}.values()
    )
    locations, resources = _placed(found)
    stages = tuple(each.stage for each in found)
    units = _units(facts)
    summed = totals(stages, units)
    _refuse_unlike(facts, found, summed)
    facility = summed.new.energy_facility.value is not None
    embodied = summed.new.embodied is not None and summed.new.embodied.value is not None
    disclosure = doc.Disclosure(
        document=doc.Document(id=_document_id(facts, tables, stages), created=_text(created), status="draft"),
        subject=_subject(facts),
        boundary=limits.boundary(facts, found, facility=facility, embodied=embodied),
        functional_units=units or None,
        resources=resources,
        locations=locations,
        factors=factors,
        uncertainty=doc.Uncertainty(
            method="lognormal-moments",
            coverage=COVERAGE,
            sources=sources,
            drivers=drivers(summed.new.operational_location, sources) or (),
        ),
        stages=stages,
        totals=summed,
        methodology=_methodology(facts),
        assumptions=limits.assumptions(found, told.contradictions, factors),
        gaps=limits.gaps(found),
        generator=_generator(tables, means, factors),
    )
    return Estimate(disclosure, told)


def _refuse_unlike(facts: Facts, found: Sequence[Estimated], summed: doc.Totals) -> None:
    """Where some stages tell emissions without energy, and the sums together would be those of no grid."""
    blocks: list[doc.Total | doc.PhaseTotal] = [summed.new, *(summed.by_phase or ())]
    for block in blocks:
        energies = [total.value for total in (block.energy_facility, block.energy_it) if total]
        drawn = [value for value in energies if value is not None]
        told_g = [total.value or 0.0 for total in (block.operational_location, block.operational_market) if total]
        if drawn and max(told_g) > MOST_G_PER_KWH * drawn[0]:
            untold = [n for n, each in enumerate(found) if each.figures.energy_it.value is None]
            silent = facts.stages[untold[0] if untold else 0]
            told = f"the stage {silent.name!r} tells no IT energy, as others do, so that sums would be those of no grid"
            raise silent.at(told, mend="give its energy or its PUE, or estimate it in a file of its own")


def _means(facts: Facts, tables: Edition, created: datetime) -> Means:
    """With what to estimate: one scope of grid factors, and one source a country, for all stages."""
    scopes = {stage.intensity_scope for stage in facts.stages if stage.intensity_scope}
    first = next((stage for stage in facts.stages if stage.intensity_scope), None)
    if first and len(scopes) > 1:
        told = "one stage states a lifecycle intensity and another a direct one, and no sum may hold both"
        raise first.at(told, "intensity_scope", mend="estimate them apart, or state one scope for all")
    profile: Profile = "direct" if scopes == {"direct"} else "lifecycle"
    means = Means(tables, facts.publication, _run(facts), created, profile)
    seen = (evidence_of(stage, means) for stage in facts.stages)
    zoned = (tables.zoned_country(evidence) for evidence in seen if evidence)
    return replace(means, zoned=frozenset(country for country in zoned if country))


def _run(facts: Facts) -> str:
    """The name of the subject, with digits that tell it from another one of that name."""
    told = facts.subject
    digits = digest({"name": told.name, "version": told.version, "published": facts.publication.name})
    return f"{slug(told.name)[:MOST_LETTERS]}-{digits.removeprefix('sha256:')[:DIGITS]}"


def _factor(factor: Any) -> doc.Factor:
    document = factor.to_document()
    return doc.Factor.model_validate({**document, "uncertainty_refs": document["uncertainty_refs"] or None})


def _placed(found: Sequence[Estimated]) -> tuple[tuple[doc.Location, ...], tuple[doc.Resource, ...]]:
    """The places of the stages, and their hardware with the place where it stands."""
    places: dict[Evidence | None, doc.Location] = {}
    resources: dict[str, doc.Resource] = {}
    for each in found:
        place = places.setdefault(each.evidence, location_of(f"l{len(places) + 1}", each.evidence))
        for resource in each.resources:
            resources[resource.id] = resource.model_copy(update={"location_ref": place.id})
    return tuple(places.values()), tuple(resources.values())


def _units(facts: Facts) -> tuple[doc.FunctionalUnit, ...]:
    return tuple(
        doc.FunctionalUnit(id=f"u{n}", name=unit.name, quantity=unit.quantity, unit=unit.unit, basis="gross")
        for n, unit in enumerate(facts.units, 1)
    )


def _subject(facts: Facts) -> doc.Subject:
    told = facts.subject
    model = {
        "parameter_count": int(told.parameters) if told.parameters is not None else None,
        "architecture": told.architecture,
        "base_model": told.base_model,
    }
    names = (("hub_repository", told.hub), ("doi", told.doi))
    quality = tuple(
        {"name": each.name, "value": each.value, "unit": each.unit, "split": each.split} for each in facts.quality
    )
    return doc.Subject.model_validate(
        {
            "type": told.type,
            "name": told.name,
            "version": told.version,
            "description": told.description,
            "identifiers": tuple({"type": kind, "value": value} for kind, value in names if value) or None,
            "model": model if any(value is not None for value in model.values()) else None,
            "quality_metrics": quality or None,
        }
    )


def _methodology(facts: Facts) -> str:
    """How the numbers came about, and the notes of the stages."""
    cited = facts.publication
    source = " ".join(part for part in (cited.name, cited.version, cited.uri) if part)
    notes = [f"{stage.name}: {_ended(stage)}" for stage in facts.stages if stage.note]
    own = f"Nothing was recorded while this ran: every number is declared by, or estimated from, what {source} tells."
    return " ".join((own, *notes))[:2000]


def _ended(stage: StageFacts) -> str:
    note = (stage.note or "").strip()
    return note if note.endswith((".", "!", "?")) else f"{note}."


def _generator(tables: Edition, means: Means, factors: Sequence[doc.Factor]) -> doc.Generator:
    has_grid = any(factor.kind == "grid_intensity" for factor in factors)
    return doc.Generator(
        name="joulecard",
        version=__version__,
        factor_edition=tables.name,
        profile=means.profile if has_grid else None,
    )


def _document_id(facts: Facts, tables: Edition, stages: Sequence[doc.Stage]) -> str:
    """A name that the same facts and factors always get."""
    told = [stage.model_dump(mode="json", exclude_none=True) for stage in stages]
    return identity.document_id({"subject": facts.subject.name, "edition": tables.name, "stages": told})


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
