"""What stands beside the stages, from several disclosures: hardware, places, factors, proofs, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.disclosure import document as doc
from joulecard.disclosure.document.part import Part
from joulecard.disclosure.merge.names import Names, Pool, content_of, renamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from joulecard.disclosure.merge.source import Source


class Facts(NamedTuple):
    """Hardware, places, factors and sources of uncertainty, each once."""

    locations: tuple[doc.Location, ...]
    sources: tuple[doc.UncertaintySource, ...]
    factors: tuple[doc.Factor, ...]
    resources: tuple[doc.Resource, ...]
    names: dict[str, Names]  # by the digest of the disclosure


def facts_of(sources: Sequence[Source]) -> Facts:
    """What the stages of all disclosures point to.

    One source of uncertainty is one whose id, class and width are equal: what depends on it moves together, in
    whichever disclosure it stands.
    """
    locations: Pool[doc.Location] = Pool(content_of)
    widths: Pool[doc.UncertaintySource] = Pool(lambda item: (item.class_, item.log_sd), by_name=True)
    factors: Pool[doc.Factor] = Pool(content_of)
    resources: Pool[doc.Resource] = Pool(content_of)
    names: dict[str, Names] = {}
    for source in sources:
        document, own = source.document, names.setdefault(source.digest, {})
        own["locations"] = locations.enter((item.id, item) for item in document.locations)
        listed = document.uncertainty.sources if document.uncertainty else ()
        own["sources"] = widths.enter((item.id, item) for item in listed)
        own["factors"] = factors.enter((item.id, renamed(item, own)) for item in document.factors)
        own["resources"] = resources.enter((item.id, renamed(item, own)) for item in document.resources)
    return Facts(locations.listed(), widths.listed(), factors.listed(), resources.listed(), names)


def used_factors(held: Iterable[doc.Factor], *parts: Iterable[Part]) -> tuple[doc.Factor, ...]:
    """The factors that the parts name: that of an entry which gave way may not be used any more."""
    used = {name for group in parts for part in group for name in _factor_refs(part)}
    return tuple(factor for factor in held if factor.id in used)


def _factor_refs(part: Part) -> Iterable[str]:
    for member in type(part).model_fields:
        value = getattr(part, member)
        if member in ("factor_ref", "pue_ref") and value is not None:
            yield value
        elif member == "factor_refs":
            yield from value or ()
        elif isinstance(value, Part):
            yield from _factor_refs(value)
        elif isinstance(value, tuple):
            yield from (name for item in value if isinstance(item, Part) for name in _factor_refs(item))


def proofs(
    sources: Sequence[Source], names: Mapping[str, Names]
) -> tuple[tuple[doc.Evidence, ...], tuple[doc.Instrument, ...]]:
    """Evidence and instruments; two certificates are one only where their ids are equal, too."""
    evidence: Pool[doc.Evidence] = Pool(content_of, by_name=True)
    nameless: dict[doc.Evidence, None] = {}
    instruments: Pool[doc.Instrument] = Pool(content_of, by_name=True)
    for source in sources:
        own = names[source.digest]
        found = [renamed(item, own) for item in source.document.evidence or ()]
        own["evidence"] = evidence.enter((item.id, item) for item in found if item.id is not None)
        nameless |= dict.fromkeys(item for item in found if item.id is None)
        listed = source.document.instruments or ()
        own["instruments"] = instruments.enter((item.id, renamed(item, own)) for item in listed)
    return (*evidence.listed(), *nameless), instruments.listed()
