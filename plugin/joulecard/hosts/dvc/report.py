"""The disclosure of the version that dvc.lock names: every record that belongs to it, and what is missing."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from joulecard.capture.files import write_atomically
from joulecard.disclosure import document as doc
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.declared import traced
from joulecard.disclosure.embodied import hardware_by
from joulecard.disclosure.lineage import Artifact, Lineage, StageLineage
from joulecard.disclosure.tallied import Factors
from joulecard.errors import InvalidInputError, NothingToDoError, UsageError
from joulecard.factors import opened
from joulecard.hosts.dvc.left_out import left_out
from joulecard.hosts.dvc.naming import address_of, names_of
from joulecard.hosts.dvc.placing import require_places
from joulecard.hosts.dvc.unrecorded import NO_RECORD, NOT_RECORDED, NOT_RUN, nothing_recorded, ways_back
from joulecard.validation import validate_disclosure
from joulecard.validation.records import load_segments

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from joulecard.capture.segment import Segment
    from joulecard.hosts.dvc.lock import Lock, LockedStage
    from joulecard.settings import Settings


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in the project, sorted by whether dvc.lock names it."""

    lock: Lock
    named: tuple[Segment, ...]
    others: tuple[Segment, ...]
    unrecorded: dict[str, str]  # by stage why there are no figures
    unreadable: tuple[str, ...]  # segment files that were passed over, each with the reason

    @property
    def stages(self) -> tuple[str, ...]:
        """All stages of the pipeline, in the order in which they run."""
        return (*(stage.address for stage in self.lock.stages), *self.lock.waiting)


@dataclass(frozen=True, slots=True)
class Written:
    """The disclosure and where it was written."""

    document: dict[str, Any]
    disclosure_path: str
    model_card_path: str
    is_new: bool  # False: nothing had changed, the files stay as they were


def find(lock: Lock) -> Found:
    """Reads the records that dvc.lock names and the segments that it does not."""
    named: list[Segment] = []
    unrecorded = dict.fromkeys(lock.waiting, NOT_RUN)
    for stage in lock.stages:
        segments, reason = _recorded(stage)
        named += segments
        if reason:
            unrecorded[stage.address] = reason
    loose, refused = load_segments(list(_segment_files(lock)))
    ids = {segment.id for segment in named}
    rest = [segment for segment in loose if segment.id not in ids]
    inside, others = _parted(rest, named)
    unreadable = tuple(f"{os.path.relpath(path, lock.root)}: {violation.message}" for path, violation in refused)
    return Found(lock, (*named, *inside), tuple(others), unrecorded, unreadable)


def disclose(found: Found, name: str, settings: Settings, *, all_runs: bool) -> doc.Disclosure:
    """The disclosure of what was found; raises NothingToDoError where no stage left a record."""
    segments = [*found.named, *(found.others if all_runs else ())]
    if not segments:
        raise NothingToDoError("\n".join([nothing_recorded(found.unrecorded), *ways_back(found.lock)]))
    require_places(segments)
    names = names_of(found.stages, found.named)
    disclosure = assemble(
        names.applied(segments),
        subject=doc.Subject(type="pipeline", name=name),
        factors=Factors(
            opened(settings.own_factors),
            settings.profile,
            strict=settings.strict,
            hardware=hardware_by(settings.embodied),
        ),
        created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        lineage=_lineage(found, names.disclosed),
    )
    disclosure = traced(disclosure, segments)
    passed_over = () if all_runs else tuple(left_out(found.others, found.unrecorded))
    gone = tuple(_removed(found.lock))
    boundary = disclosure.boundary
    exclusions = (*boundary.exclusions, *passed_over, *gone)
    return disclosure.model_copy(update={"boundary": boundary.model_copy(update={"exclusions": exclusions})})


def name_in(folder: str) -> str:
    """The name that the disclosure in the folder was given; empty where there is none."""
    subject = (_read(os.path.join(folder, "disclosure.json")) or {}).get("subject")
    name = subject.get("name") if isinstance(subject, dict) else None
    return name if isinstance(name, str) else ""


def write(disclosure: doc.Disclosure, folder: str, *, restated: bool = False) -> Written:
    """Checks the disclosure and writes it with its model card, unless only the time of its making would change.

    What is there then stays: signed, and final where it was called so, unless its status is `restated`. Raises
    InvalidInputError where it breaks the standard: then nothing is written. Raises UsageError where the files cannot
    be written.
    """
    from joulecard.rendering.model_card import model_card

    path = os.path.join(folder, "disclosure.json")
    data = disclosure.to_json()
    verdict = validate_disclosure(data)
    if verdict.violations:
        first = verdict.violations[0]
        raise InvalidInputError(f"the disclosure breaks rule {first.rule}: {first.message}", where=first.pointer)
    document = json.loads(data)
    before = _read(path)
    is_new = before is None or _substance(before, restated=restated) != _substance(document, restated=restated)
    kept = document if is_new or before is None else before
    card_path = os.path.join(folder, "model_card.md")
    if is_new:
        replace(path, data)
    replace(card_path, model_card(kept).encode())
    return Written(kept, path, card_path, is_new)


def _recorded(stage: LockedStage) -> tuple[list[Segment], str]:
    """The segments of the record that dvc.lock names, or why there are none."""
    if stage.record_md5 is None:
        return [], NO_RECORD
    try:
        with open(stage.record, "rb") as file:
            data = file.read()
    except OSError as error:
        return [], f"its record cannot be read: {error.strerror}"
    if hashlib.md5(data, usedforsecurity=False).hexdigest() != stage.record_md5:
        return [], "its record is not the one that dvc.lock names: it was changed, or belongs to another version"
    refusal = _refusal(data)
    if refusal:
        return [], f"{NOT_RECORDED}: {refusal}"
    segments, refused = load_segments([stage.record])
    if refused or not segments:
        said = refused[0][1].message if refused else "it holds no segment"
        return [], f"its record cannot be used: {said}"
    return segments, ""


def _refusal(data: bytes) -> str:
    """Why the record holds no figures, in its own words; empty where it holds some or is none of ours."""
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        return ""
    if isinstance(record, dict) and record.get("recorded") is False:
        return str(record.get("reason") or "no reason given")[:500]
    return ""


def _segment_files(lock: Lock) -> Iterator[str]:
    for folder in lock.folders:
        below = os.path.join(folder, "carbon", "segments")
        names = sorted(os.listdir(below)) if os.path.isdir(below) else []
        yield from (os.path.join(below, name) for name in names if name.endswith(".json") and name[0] != ".")


def _parted(rest: Sequence[Segment], named: Sequence[Segment]) -> tuple[list[Segment], list[Segment]]:
    """The rest as those recorded inside an execution that is named, at any depth, and the others."""
    known = {segment.execution_id for segment in named}
    others = list(rest)
    while more := [segment for segment in others if segment.within in known]:
        others = [segment for segment in others if segment.within not in known]
        known |= {segment.execution_id for segment in more}
    left = {segment.id for segment in others}
    return [segment for segment in rest if segment.id not in left], others


def _lineage(found: Found, names: Mapping[str, str]) -> Lineage:
    """What dvc.lock says of the stages, under their names in the disclosure.

    The commit is the one that a stage ran on: today's would change with every commit of the disclosure itself.
    """
    lock = found.lock
    first: dict[str, Segment] = {}
    named: dict[str, set[str]] = {}
    for segment in found.named:
        address = address_of(segment)
        first.setdefault(address, segment)
        named.setdefault(address, set()).add(segment.execution_id)
    stages = [
        StageLineage(
            name=names[stage.address],
            depends_on=tuple(names[other] for other in lock.depends_on(stage)),
            inputs=tuple(Artifact(file.path, file.digest) for file in stage.deps),
            outputs=tuple(Artifact(file.path, file.digest) for file in stage.outs),
            refs=tuple(_refs(stage, first.get(stage.address))),
            execution_ids=frozenset(named.get(stage.address, ())),
            unrecorded=found.unrecorded.get(stage.address, ""),
        )
        for stage in lock.stages
    ]
    return Lineage((*stages, *(StageLineage(name=names[address], unrecorded=NOT_RUN) for address in lock.waiting)))


def _refs(stage: LockedStage, segment: Segment | None) -> Iterator[tuple[str, str]]:
    yield "dvc_stage", stage.address
    yield "dvc_lock", stage.digest
    if segment and segment.software.git_commit:
        yield "git_commit", segment.software.git_commit


def _removed(lock: Lock) -> Iterator[doc.Exclusion]:
    if lock.left_over:
        yield doc.Exclusion(
            part="stages",
            what=f"stages no longer in dvc.yaml: {', '.join(lock.left_over)}"[:500],
            reason="dvc.lock still names them, the pipeline does not",
        )


def _substance(document: dict[str, Any], *, restated: bool) -> dict[str, Any]:
    """What a report of the same version says again: not the time of its making, nor what was said of it since."""
    later = {"created"} if restated else {"created", "status"}
    facts = document.get("document")
    rest = {name: value for name, value in facts.items() if name not in later} if isinstance(facts, dict) else facts
    return {**{name: value for name, value in document.items() if name != "attestations"}, "document": rest}


def _read(path: str) -> dict[str, Any] | None:
    try:
        with open(path, "rb") as file:
            found = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def replace(path: str, data: bytes) -> None:
    """Writes the file in one step, and not at all where it already reads so; raises UsageError."""
    try:
        with open(path, "rb") as file:
            if file.read() == data:
                return
    except OSError:
        pass
    try:
        write_atomically(path, data)
    except OSError as error:
        raise UsageError(
            f"it cannot be written: {error.strerror}", where=os.path.relpath(path), mend="make its folder writable"
        ) from error
