"""Assumptions, gaps, texts and extensions of several disclosures, in full and each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.canonical import digest
from joulecard.disclosure import document as doc
from joulecard.disclosure.limits import missing_nodes
from joulecard.disclosure.merge.names import Names, content_of, free, renamed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from joulecard.disclosure.merge.source import Source
    from joulecard.disclosure.merge.stages import Stages

DIGITS = 8  # of a digest, enough to tell a few documents apart
LONGEST_TEXT = 2000
MOST_NAMED = 3  # disclosures in one sentence
HOLDS = "this holds for what comes from"


def assumptions(
    sources: Sequence[Source], names: Mapping[str, Names], stages: Stages, factors: Iterable[doc.Factor]
) -> tuple[doc.Assumption, ...]:
    """Assumptions, each once with all stages that it touches; of a factor that is not used any more, its words."""
    known = {factor.id for factor in factors}
    items: dict[str, doc.Assumption] = {}
    touched: dict[str, set[str]] = {}
    for item in (item for source in sources for item in _with_stages(source, names[source.digest])):
        found = _with_factor(item, known)
        same = content_of(found.model_copy(update={"stage_refs": None}))
        items.setdefault(same, found)
        touched.setdefault(same, set()).update(item.stage_refs or ())
    return tuple(_named_apart(items, touched, [stage.id for stage in stages.listed]))


def _with_stages(source: Source, names: Names) -> Iterator[doc.Assumption]:
    """The assumptions of a disclosure; those that touch all of its stages name them."""
    every = tuple(stage.id for stage in source.document.stages)
    for item in source.document.assumptions:
        refs = every if item.stage_refs is None else item.stage_refs
        yield renamed(item.model_copy(update={"stage_refs": refs}), names)


def _with_factor(item: doc.Assumption, known: set[str]) -> doc.Assumption:
    if item.factor_ref is None or item.factor_ref in known:
        return item
    return item.model_copy(update={"factor_ref": None, "value": None, "unit": None})


def _named_apart(
    items: Mapping[str, doc.Assumption], touched: Mapping[str, set[str]], every: Sequence[str]
) -> Iterator[doc.Assumption]:
    """The assumptions under ids of their own; the stages are named only where it does not touch all of them."""
    taken: set[str] = set()
    place = {name: number for number, name in enumerate(every)}
    for same, item in items.items():
        refs = tuple(sorted(touched[same], key=place.__getitem__))
        name = free(item.id, taken)
        taken.add(name)
        yield item.model_copy(update={"id": name, "stage_refs": refs if len(refs) < len(every) else None})


def gaps(
    sources: Sequence[Source], names: Mapping[str, Names], stages: Stages, limits: doc.Boundary
) -> tuple[doc.Gap, ...]:
    """Gaps, each once; the nodes that are missing are counted anew from the limits of all.

    What is missing in one disclosure may be here in another: a gap of no stage says whose it is, unless all have it.
    """
    components = {
        stage.id: {part.id for part in (stage.energy.components if stage.energy else None) or ()}
        for stage in stages.listed
    }
    owners = {segment.id: stage.id for stage in stages.listed for segment in stage.segments or ()}
    holders: dict[doc.Gap, list[Source]] = {}
    for source in sources:
        for gap in _staying(source, stages, limits):
            item = renamed(gap, names[source.digest])
            if item.component_ref and item.component_ref not in components.get(item.stage_ref or "", ()):
                item = item.model_copy(update={"component_ref": None})
            owner = owners.get(item.segment_ref or "")
            if owner is None or item.stage_ref not in {None, owner}:
                item = item.model_copy(update={"segment_ref": None})  # only an entry that gave way lists it there
            holders.setdefault(item, []).append(source)
    of_all = {gap for gap, where in holders.items() if gap.stage_ref or len(where) == len(sources)}
    told = {gap: gap.reason if gap in of_all else told_by(where, gap.reason) for gap, where in holders.items()}
    return (*(gap.model_copy(update={"reason": reason}) for gap, reason in told.items()), *missing_nodes(limits))


def _staying(source: Source, stages: Stages, limits: doc.Boundary) -> Iterator[doc.Gap]:
    """The gaps without those of entries that gave way, which are told of what stands for them, and of nodes."""
    nodes = set(missing_nodes(source.document.boundary)) if limits.nodes_expected else set()
    for gap in source.document.gaps:
        if gap not in nodes and (source.digest, gap.stage_ref) not in stages.given_way:
            yield gap


def told_by(where: Sequence[Source], reason: str) -> str:
    """The reason with whose it is; what came from a merged disclosure may say so already."""
    if HOLDS in reason:
        return reason
    ids = [source.document.document.id for source in where]
    more = f" and {len(ids) - MOST_NAMED} more" if len(ids) > MOST_NAMED else ""
    holds = f" ({HOLDS} {', '.join(ids[:MOST_NAMED])}{more})"
    return reason[: LONGEST_TEXT - len(holds)] + holds


def joined(texts: Iterable[str | None]) -> str | None:
    """All texts, each once; None where there are none."""
    return cut(" ".join(dict.fromkeys(text for text in texts if text))) or None


def cut(text: str) -> str:
    """The text, or as much of it as one may hold."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 3] + "..."


def extensions(sources: Sequence[Source]) -> dict[str, dict[str, Any]] | None:
    """Extensions: equal ones once, others of one name side by side, each with the digits of its disclosure's digest.

    Nobody but their owner knows how to read them, so nothing in them is added up, chosen or renamed.
    """
    told = [(name, value, source) for source in sources for name, value in (source.document.extensions or {}).items()]
    contents: dict[str, set[str]] = {}  # by digest: in Python 1 and true are equal
    for name, value, _ in told:
        contents.setdefault(name, set()).add(digest(value))
    found: dict[str, dict[str, Any]] = {}
    for name, value, source in told:
        digits = source.digest.removeprefix("sha256:")[:DIGITS]
        found.setdefault(name if len(contents[name]) == 1 else f"{name}.merged-{digits}", value)
    return found or None
