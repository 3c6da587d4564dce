"""One of the disclosures that are merged, and what its stages are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard.canonical import digest
from joulecard.disclosure import document as doc
from joulecard.disclosure.instants import instant
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

Key = tuple[str, ...]  # what a stage is an entry of: an execution that ran, a reused one, or the entry alone

RAN, REUSED, ALONE = "ran", "reused", "alone"
PLACEMENT = frozenset({"id", "depends_on", "superseded_by"})  # what an entry says of its place among the others


@dataclass(frozen=True, slots=True)
class Source:
    """A valid disclosure, the digest over its RFC 8785 bytes, and the name of its file."""

    file: str
    document: doc.Disclosure
    digest: str

    @property
    def executions(self) -> frozenset[str]:
        """The executions that ran; where none did, those that were reused."""
        stages = self.document.stages
        return executions_in(stages, "new") or executions_in(stages, "including_reused")

    @property
    def quoted(self) -> frozenset[str]:
        """The executions that its headline counts."""
        return executions_in(self.document.stages, self.document.totals.headline)

    def keyed(self) -> Iterator[tuple[Key, doc.Stage]]:
        """The stages, each with what it is an entry of."""
        seen: dict[Key, int] = {}
        for stage in self.document.stages:
            key = _key(stage)
            seen[key] = seen.get(key, 0) + 1
            yield (*key, str(seen[key])) if key[0] == ALONE else key, stage


def executions_in(stages: Iterable[doc.Stage], block: str) -> frozenset[str]:
    """The executions that a block of totals of these stages counts."""
    counted = {RAN} if block == "new" else {RAN, REUSED}
    return frozenset(key[1] for stage in stages if (key := _key(stage))[0] in counted)


def in_order(sources: Iterable[Source]) -> list[Source]:
    """Each disclosure once, by the time of its first stage: in whatever order they were given it is the same.

    A disclosure with attestations is the same as without, and so is one made again at another time. Raises
    InvalidInputError where one id stands for two.
    """
    once: dict[str, Source] = {}
    for source in sorted(sources, key=lambda source: (-_attested(source), source.digest)):
        known = once.setdefault(source.document.document.id, source)
        if _substance(known) != _substance(source):
            raise InvalidInputError(
                f"{known.file} and {source.file} differ, and both carry the id {known.document.document.id}",
                mend="merge the one that holds; a disclosure that was changed needs an id of its own",
            )
    return sorted(once.values(), key=lambda source: (_start(source.document), source.digest))


def _attested(source: Source) -> int:
    return len(source.document.attestations or ())


def _substance(source: Source) -> doc.Disclosure:
    """What a disclosure says but for who attested it, and when it was made."""
    named = source.document.document.model_copy(update={"created": ""})
    return source.document.model_copy(update={"attestations": None, "document": named})


def _start(document: doc.Disclosure) -> datetime:
    period = document.boundary.period
    return instant(period.start if period else document.document.created)


def _key(stage: doc.Stage) -> Key:
    """The execution; of an entry whose execution nobody knows all that it says."""
    if stage.energy and stage.execution_id:
        return RAN, stage.execution_id
    if stage.reused_from and stage.reused_from.execution_id:
        return REUSED, stage.reused_from.execution_id
    return ALONE, digest(stage.model_dump(mode="json", exclude=set(PLACEMENT), exclude_none=True))
