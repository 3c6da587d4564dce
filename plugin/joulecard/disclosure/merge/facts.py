"""What stands beside the stages, from several disclosures: facts each once, words in full, nothing invented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from joulecard import __version__
from joulecard.disclosure import document as doc
from joulecard.disclosure.document.part import Part
from joulecard.disclosure.merge.names import Names, Pool, content_of, free, renamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from joulecard.disclosure.merge.source import Source
    from joulecard.disclosure.merge.stages import Stages

DIGITS = 8  # of a digest, enough to tell a few documents apart
LONGEST_TEXT = 2000
LONGEST_NAME = 256
T = TypeVar("T", bound=Part)


class Facts(NamedTuple):
    """Hardware, places, factors and sources of uncertainty, each once."""

    locations: tuple[doc.Location, ...]
    sources: tuple[doc.UncertaintySource, ...]
    factors: tuple[doc.Factor, ...]
    resources: tuple[doc.Resource, ...]
    names: dict[str, Names]  # by the digest of the disclosure


def facts(sources: Sequence[Source]) -> Facts:
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


def assumptions(
    sources: Sequence[Source], names: Mapping[str, Names], stages: Stages, factors: Iterable[doc.Factor]
) -> tuple[doc.Assumption, ...]:
    """Assumptions, each once with all stages that it touches; of a factor that is not used any more, its words."""
    known = {factor.id for factor in factors}
    touched: dict[str, dict[str, None]] = {}
    items: dict[str, doc.Assumption] = {}
    for source in sources:
        own = names[source.digest]
        every = tuple(own["stages"][stage.id] for stage in source.document.stages)
        for item in source.document.assumptions:
            found = _with_factor(renamed(item, own), known)
            same = content_of(found.model_copy(update={"stage_refs": None}))
            items.setdefault(same, found)
            touched.setdefault(same, {}).update(dict.fromkeys(every if item.stage_refs is None else found.stage_refs or ()))
    taken: set[str] = set()
    listed = []
    for same, item in items.items():
        refs = tuple(stage.id for stage in stages.listed if stage.id in touched[same])
        name = free(item.id, taken)
        taken.add(name)
        listed.append(item.model_copy(update={"id": name, "stage_refs": refs if len(refs) < len(stages.listed) else None}))
    return tuple(listed)


def _with_factor(item: doc.Assumption, known: set[str]) -> doc.Assumption:
    if item.factor_ref is None or item.factor_ref in known:
        return item
    return item.model_copy(update={"factor_ref": None, "value": None, "unit": None})


def gaps(sources: Sequence[Source], names: Mapping[str, Names], stages: Stages) -> tuple[doc.Gap, ...]:
    """Gaps, each once, without those of entries that gave way: what took their place has its own."""
    components = {
        stage.id: {part.id for part in (stage.energy.components if stage.energy else None) or ()}
        for stage in stages.listed
    }
    found: dict[str, doc.Gap] = {}
    for source in sources:
        for gap in source.document.gaps:
            if (source.digest, gap.stage_ref) not in stages.given_way:
                item = renamed(gap, names[source.digest])
                if item.component_ref and item.component_ref not in components.get(item.stage_ref or "", ()):
                    item = item.model_copy(update={"component_ref": None})
                found.setdefault(item.model_dump_json(exclude_none=True), item)
    return tuple(found.values())


def subject(sources: Sequence[Source], names: Mapping[str, Names], name: str) -> doc.Subject:
    """What the merged numbers are about.

    Of one and the same subject everything that the disclosures agree on; of several only data and results of stages,
    since a version or a model is that of one of them. `name` replaces their names.
    """
    found = [renamed(source.document.subject, names[source.digest]) for source in sources]
    alike = len({(each.type, each.name) for each in found}) == 1
    kinds = {each.type for each in found}
    listed = {member: _each_once(found, member) for member in ("datasets", "quality_metrics")}
    if not alike and listed["quality_metrics"]:
        listed["quality_metrics"] = tuple(each for each in listed["quality_metrics"] if each.stage_ref) or None
    members: dict[str, Any] = {"type": kinds.pop() if len(kinds) == 1 else "pipeline", "name": name or _joined(found)}
    if alike:
        listed |= {member: _each_once(found, member) for member in ("digests", "identifiers")}
        members |= {member: _agreed(found, member) for member in ("version", "description", "model")}
    return doc.Subject.model_validate({**members, **listed})


def _joined(found: Sequence[doc.Subject]) -> str:
    """The names, each once."""
    return " + ".join(dict.fromkeys(each.name for each in found))[:LONGEST_NAME]


def _each_once(found: Sequence[Part], member: str) -> tuple[Any, ...] | None:
    values = dict.fromkeys(item for each in found for item in getattr(each, member) or ())
    return tuple(values) or None


def _agreed(found: Sequence[Part], member: str) -> Any:
    """What all that tell it tell alike."""
    values = {value for each in found if (value := getattr(each, member)) is not None}
    return values.pop() if len(values) == 1 else None


def generator(sources: Sequence[Source], factors: Iterable[doc.Factor]) -> doc.Generator:
    """That joulecard merged it; edition and profile where all disclosures agree, else the profile of the factors."""
    found = [source.document.generator for source in sources]
    profiles = {each.profile for each in found} - {None}
    scopes = {factor.basis.scope for factor in factors if factor.kind == "grid_intensity" and factor.basis}
    told = profiles if len(profiles) == 1 else scopes if profiles and len(scopes) == 1 else set()
    return doc.Generator(
        name="joulecard",
        version=__version__,
        factor_edition=_agreed(found, "factor_edition") if all(each.factor_edition for each in found) else None,
        profile=told.pop() if told else None,
    )


def words(texts: Iterable[str | None]) -> str | None:
    """All texts, each once; None where there are none, or where they are longer together than one may be."""
    joined = " ".join(dict.fromkeys(text for text in texts if text))
    return joined if 0 < len(joined) <= LONGEST_TEXT else None


def extensions(sources: Sequence[Source]) -> dict[str, dict[str, Any]] | None:
    """Extensions: equal ones once, others of one name side by side, each with the digits of its disclosure's digest.

    Nobody but their owner knows how to read them, so nothing in them is added up, chosen or renamed.
    """
    told = [(name, value, source) for source in sources for name, value in (source.document.extensions or {}).items()]
    contents: dict[str, list[dict[str, Any]]] = {}
    for name, value, _ in told:
        if value not in contents.setdefault(name, []):
            contents[name].append(value)
    found: dict[str, dict[str, Any]] = {}
    for name, value, source in told:
        digits = source.digest.removeprefix("sha256:")[:DIGITS]
        found.setdefault(name if len(contents[name]) == 1 else f"{name}.merged-{digits}", value)
    return found or None
