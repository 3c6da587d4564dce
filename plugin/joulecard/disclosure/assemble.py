"""Segments become one disclosure: each joule counted once, each number with the facts it rests on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from joulecard import __version__
from joulecard.accounting.intervals import COVERAGE
from joulecard.disclosure import document as doc
from joulecard.disclosure import identity, inventory, limits, sums
from joulecard.disclosure.claims import refuse_double_claims
from joulecard.disclosure.complete import completed
from joulecard.disclosure.document.refusal import refusals_told
from joulecard.disclosure.executions import executions
from joulecard.disclosure.lineage import Lineage, StageLineage
from joulecard.disclosure.quality import with_quality
from joulecard.disclosure.stage_entry import cached_stage, executed_stage, unseen_stage
from joulecard.disclosure.stage_gaps import Placed
from joulecard.disclosure.tallied import Factors, Tallied, tallied
from joulecard.errors import NothingToDoError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.capture.segment import Segment


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of `stages`: what is known of the stage, and the execution behind it where there is a record."""

    id: str
    name: str
    joined: Tallied | None
    known: StageLineage | None

    @property
    def cached(self) -> bool:
        """Whether the execution is an earlier one."""
        return self.known is not None and self.known.cached


@refusals_told()
def assemble(
    segments: Iterable[Segment],
    *,
    subject: doc.Subject,
    factors: Factors,
    created: str,
    lineage: Lineage | None = None,
    document_id: str | None = None,
) -> doc.Disclosure:
    """The disclosure of these segments, with carbon by these factors.

    Raises NothingToDoError where there is no segment, InvalidInputError where one id stands for two records, where two
    records count the same energy, where a name or path cannot stand in a disclosure or, under `strict`, where a place
    is unknown.
    """
    found = executions(segments)
    if not found:
        raise NothingToDoError("there is no record to assemble", mend="record a stage: joulecard run -- COMMAND")
    joined, without_direct = tallied(found, factors)
    entries = _completed(_entries(joined, lineage or Lineage()), factors)
    ran = [entry.joined for entry in entries if entry.joined and not entry.cached]
    refuse_double_claims(ran)
    reused = [entry.joined for entry in entries if entry.joined and entry.cached]
    unseen = [entry.name for entry in entries if entry.joined is None]
    applied = inventory.factors(ran, reused)
    placed = [Placed(entry.id, entry.joined, entry.cached) for entry in entries if entry.joined]
    locations = inventory.Locations()
    stages = _linked([_stage(entry) for entry in entries], entries)
    resources = inventory.resources([*ran, *reused], locations, factors.hardware)
    around = limits.boundary(ran, reused, lineage, _kinds(stages))
    subject = with_quality(subject, ((each.stage_id, each.joined) for each in placed))
    return doc.Disclosure(
        document=doc.Document(
            id=document_id or _document_id(stages, subject, factors), created=created, status="draft"
        ),
        subject=subject,
        boundary=around,
        resources=resources,
        locations=locations.listed(),
        factors=applied,
        uncertainty=_uncertainty(ran, reused),
        stages=stages,
        instruments=inventory.instruments(factors.edition, applied) or None,
        totals=sums.totals(ran, reused, unseen),
        assumptions=limits.assumptions(placed, applied, without_direct),
        gaps=limits.gaps(placed, lineage, around),
        generator=_generator(factors),
    )


def _generator(factors: Factors) -> doc.Generator:
    """What wrote the document, and with which tables."""
    return doc.Generator(
        name="joulecard", version=__version__, factor_edition=factors.edition.name, profile=factors.profile
    )


def _entries(joined: Sequence[Tallied], lineage: Lineage) -> list[_Entry]:
    """The stages in pipeline order, then in order of their start; of a cached stage only the execution reused."""
    known = lineage.named()
    order = {name: place for place, name in enumerate(known)}
    by_name: dict[str, list[Tallied]] = {name: [] for name in known}
    for each in joined:
        by_name.setdefault(each.execution.first.stage, []).append(each)
    listed: list[tuple[str, Tallied | None]] = []
    for name in sorted(by_name, key=lambda name: order.get(name, len(order))):
        stage = known.get(name)
        listed += [(name, each) for each in _shown(by_name[name], stage)]
        if stage and stage.cached and not by_name[name]:
            listed.append((name, None))
    made = {name: _maker(by_name[name], stage) for name, stage in known.items()}
    return [
        _Entry(f"s{n}", name, each, known.get(name) if each is made.get(name) else None)
        for n, (name, each) in enumerate(listed, 1)
    ]


def _completed(entries: Sequence[_Entry], by: Factors) -> list[_Entry]:
    """The entries with what is told beside energy and emissions; what ran comes before what was reused."""
    known = sorted((entry for entry in entries if entry.joined), key=lambda entry: entry.cached)
    whole = completed((entry.joined for entry in known if entry.joined), by)
    found = {entry.id: each for entry, each in zip(known, whole, strict=True)}
    return [replace(entry, joined=found.get(entry.id)) for entry in entries]


def _maker(joined: Sequence[Tallied], stage: StageLineage) -> Tallied | None:
    """The one execution that the tool's lineage is about: the one it names, else the last that was completed.

    What failed or was superseded read and wrote other files, of which nothing is known.
    """
    if stage.execution_ids is not None:
        joined = [each for each in joined if each.execution.first.execution_id in stage.execution_ids]
    shown = _shown(joined, stage)
    completed = [each for each in shown if each.execution.status == "completed" or stage.cached]
    return completed[-1] if completed else None


def _shown(joined: Sequence[Tallied], stage: StageLineage | None) -> Sequence[Tallied]:
    """All executions of a stage that ran; of a cached one the last that was completed, or else the last."""
    if stage is None or not stage.cached or not joined:
        return joined
    completed = [each for each in joined if each.execution.status == "completed"]
    return (completed or joined)[-1:]


def _stage(entry: _Entry) -> doc.Stage:
    if entry.known and entry.cached:
        return (
            cached_stage(entry.id, entry.joined, entry.known) if entry.joined else unseen_stage(entry.id, entry.known)
        )
    assert entry.joined  # noqa: S101  only a cached stage may lack a record
    return executed_stage(entry.id, entry.joined, entry.known)


def _linked(stages: Sequence[doc.Stage], entries: Sequence[_Entry]) -> tuple[doc.Stage, ...]:
    """The stages with edges to the execution of each stage they depend on, and to the attempt that came after.

    Where several executions of that stage are here it is the one whose files are known, else the last.
    """
    last = {entry.name: entry.id for entry in sorted(entries, key=lambda entry: entry.known is not None)}
    later: dict[tuple[str | None, str], str] = {}
    linked = []
    for stage, entry in reversed(list(zip(stages, entries, strict=True))):
        edges = tuple(last[name] for name in entry.known.depends_on if name in last) if entry.known else None
        after = later.get((stage.group, stage.name)) if stage.group else None
        later[stage.group, stage.name] = stage.id
        linked.append(stage.model_copy(update={"depends_on": edges, "superseded_by": after}))
    return tuple(reversed(linked))


def _kinds(stages: Sequence[doc.Stage]) -> set[str]:
    """The kinds of hardware that the stages' energy is told of."""
    energies = [stage.energy for stage in stages if stage.energy]
    components = [component for energy in energies for component in energy.components or ()]
    return {kind for component in components for kind in limits.kinds_of(component)}


def _uncertainty(ran: Sequence[Tallied], reused: Sequence[Tallied]) -> doc.Uncertainty:
    """The sources of uncertainty, and which of them make the headline as wide as it is."""
    sources = inventory.sources([*ran, *reused])
    classes = {source.id: source.class_ for source in sources}
    headline = sums.headline_emissions(ran or reused)
    return doc.Uncertainty(
        method="lognormal-moments", coverage=COVERAGE, sources=sources, drivers=sums.drivers(headline, classes)
    )


def _document_id(stages: Sequence[doc.Stage], subject: doc.Subject, factors: Factors) -> str:
    """A name that the same records, factors and subject always get."""
    content = {
        "subject": subject.model_dump(exclude_none=True),
        "edition": factors.edition.name,
        "profile": factors.profile,
        "stages": [stage.model_dump(mode="json", exclude_none=True, exclude={"series"}) for stage in stages],
    }
    return identity.document_id(content)
