"""Place and PUE that are declared after the recording: in front of what the records found, and said in the document."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from joulecard.canonical import digest
from joulecard.disclosure import document as doc
from joulecard.errors import SettingsError
from joulecard.settings.values import Entry, Problems, values_of
from joulecard.surroundings.place import Place, parse_place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.capture.segment import Segment
    from joulecard.surroundings.place import Evidence


@dataclass(frozen=True, slots=True)
class Declared:
    """Segments as they stand after a declaration, and the sentence that says so."""

    segments: tuple[Segment, ...]
    statement: str  # empty where nothing was declared

    def said_in(self, disclosure: doc.Disclosure, recorded: Iterable[Segment]) -> doc.Disclosure:
        """The disclosure of these segments with the sentence among its assumptions.

        The digests of its segments become those of the records as they were `recorded`: those are what a reader finds.
        """
        if not self.statement:
            return disclosure
        assumption = doc.Assumption(id=f"a{len(disclosure.assumptions) + 1}", statement=self.statement, default=False)
        return traced(disclosure, recorded).model_copy(update={"assumptions": (*disclosure.assumptions, assumption)})


def traced(disclosure: doc.Disclosure, recorded: Iterable[Segment]) -> doc.Disclosure:
    """The disclosure with the digests of its segments as they were recorded, where it was made of changed ones."""
    digests = {segment.id: digest(segment.to_document()) for segment in recorded}
    return disclosure.model_copy(update={"stages": tuple(_traced(stage, digests) for stage in disclosure.stages)})


def declare_place(segments: Iterable[Segment], place: str | None, pue: float | None) -> Declared:
    """The segments with the declared place before all other evidence and the declared PUE; None leaves each as it is.

    A place that was set while recording is dropped: the later word replaces the earlier. Raises SettingsError.
    """
    evidence = parse_place(place) if place is not None else None
    _require_possible(pue)
    named = [f"place {place.strip()}"] if place is not None else []
    named += [f"PUE {pue:g}"] if pue is not None else []
    if not named:
        return Declared(tuple(segments), "")
    verb = "was" if len(named) == 1 else "were"
    statement = f"The {' and the '.join(named)} of all stages {verb} declared after the recording"
    return Declared(
        tuple(replace(segment, place=_with(segment.place, evidence, pue)) for segment in segments), statement
    )


def _with(place: Place, evidence: Evidence | None, pue: float | None) -> Place:
    rest = place.evidence
    if evidence is not None:
        rest = (evidence, *(item for item in rest if item.source != "setting"))
    return Place(rest, place.pue if pue is None else pue)


def _require_possible(pue: float | None) -> None:
    problems = Problems()
    values_of([Entry("pue", pue, "pue", f"{pue:g}")] if pue is not None else [], problems)
    if problems.sentences:
        raise SettingsError(problems.sentences[0])


def _traced(stage: doc.Stage, digests: dict[str, str]) -> doc.Stage:
    if not stage.segments:
        return stage
    segments: Sequence[doc.StageSegment] = stage.segments
    traced = tuple(each.model_copy(update={"digest": digests.get(each.id, each.digest)}) for each in segments)
    return stage.model_copy(update={"segments": traced})
