"""Several disclosures become one: no execution counted twice, no number invented, every origin named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard.disclosure import document as doc
from joulecard.disclosure.document.refusal import refusals_told
from joulecard.disclosure.identity import document_id
from joulecard.disclosure.merge import limits, words
from joulecard.disclosure.merge.facts import facts_of, proofs, used_factors
from joulecard.disclosure.merge.hosts import refuse_at_once
from joulecard.disclosure.merge.refusals import refuse_unlike
from joulecard.disclosure.merge.source import Source, executions_in, in_order
from joulecard.disclosure.merge.stages import arranged, enter_names, merged_stages
from joulecard.disclosure.merge.subject import generator, subject_of
from joulecard.disclosure.merge.totals import drivers, headline, headline_of, totals
from joulecard.disclosure.merge.units import functional_units
from joulecard.errors import NothingToDoError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Merged", "Source", "merge"]

NARROWEST_FIRST = ("internal", "regulator")


@dataclass(frozen=True, slots=True)
class Merged:
    """The disclosure, which files hold each of its stages, and how many entries of stages are counted once."""

    disclosure: doc.Disclosure
    files: tuple[tuple[str, ...], ...]
    counted_once: int


@refusals_told()
def merge(given: Iterable[Source], *, created: str, name: str = "") -> Merged:
    """One disclosure of the stages of several valid ones; the same for any order of them.

    Ids stay where they can; attestations are not carried, they are about other bytes. Raises NothingToDoError where
    there is no disclosure, InvalidInputError where two tell different numbers of one execution, where what they tell
    must not be added up, or where it is more than one disclosure may hold.
    """
    sources = in_order(given)
    if not sources:
        raise NothingToDoError("there is no disclosure to merge")
    refuse_unlike(sources)
    held = facts_of(sources)
    arrangement = arranged(sources)
    enter_names(arrangement, held.names)
    evidence, instruments = proofs(sources, held.names)
    stages = merged_stages(arrangement, held.names)
    refuse_at_once(sources, stages.given_way)
    quoted = headline(stages.listed, sources)
    units = functional_units(sources, executions_in(stages.listed, quoted))
    summed = totals(stages.listed, sources, units.listed, quoted)
    around = limits.boundary(stages.listed, summed, sources, units.left_out)
    gaps = words.gaps(sources, held.names, stages, around)
    factors = used_factors(held.factors, stages.listed, held.resources, instruments, gaps)
    subject = subject_of(sources, held.names, name)
    disclosure = doc.Disclosure(
        document=_document(sources, subject, created),
        subject=subject,
        boundary=around,
        functional_units=units.listed or None,
        resources=held.resources,
        locations=held.locations,
        factors=factors,
        uncertainty=_uncertainty(sources, held.sources, summed),
        stages=stages.listed,
        totals=summed,
        instruments=instruments or None,
        methodology=words.joined(source.document.methodology for source in sources),
        assumptions=words.assumptions(sources, held.names, stages, factors),
        gaps=gaps,
        generator=generator(sources, factors),
        evidence=evidence or None,
        extensions=words.extensions(sources),
    )
    return Merged(disclosure, stages.files, stages.counted_once)


def _document(sources: Sequence[Source], subject: doc.Subject, created: str) -> doc.Document:
    """A draft for no wider circle than any of them; its id follows from theirs and the subject."""
    origins = sorted((source.document.document.id, source.digest) for source in sources)
    told = {source.document.document.audience for source in sources}
    widest = "public" if told == {"public"} else None
    return doc.Document.model_validate(
        {
            "id": document_id({"merged": origins, "subject": [subject.type, subject.name]}),
            "created": created,
            "status": "draft",
            "derived_from": tuple(doc.Origin(id=name, digest=digest) for name, digest in origins),
            "audience": next((audience for audience in NARROWEST_FIRST if audience in told), widest),
        }
    )


def _uncertainty(
    sources: Sequence[Source], listed: tuple[doc.UncertaintySource, ...], summed: doc.Totals
) -> doc.Uncertainty | None:
    """All sources of uncertainty, and what makes the headline as wide as it is; None where nobody told any."""
    told = [source.document.uncertainty for source in sources if source.document.uncertainty]
    if not told:
        return None
    declared = all(each.method == "declared" for each in told)
    emitted = headline_of(summed).operational_location
    return doc.Uncertainty(
        method="declared" if declared else "lognormal-moments",
        coverage=told[0].coverage,
        sources=listed,
        drivers=None if declared else drivers(emitted, listed),
        notes=words.joined(each.notes for each in told),
    )
