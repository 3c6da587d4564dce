"""What the rules look at: the parsed disclosure with its ids, stages and sums found once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from joulecard.validation.at import At
from joulecard.validation.derived import Rate, Sum, sum_of
from joulecard.validation.lines import Line, lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from joulecard.validation.at import Json

ACCELERATORS = frozenset({"gpu", "tpu", "accelerator"})
COUNTERS = frozenset({"rapl", "nvml", "amd_smi", "apple_silicon", "hwmon", "emi", "ipmi", "power_meter", "replay"})
METHODS = ("measured", "modelled", "estimated", "declared", "not_available")  # strongest first
TOTAL_PATHS = {
    "energy_it": ("energy", "it_total"),
    "energy_facility": ("energy", "facility_total"),
    "operational_location": ("emissions", "operational_location"),
    "operational_market": ("emissions", "operational_market"),
    "embodied": ("emissions", "embodied"),
    "water": ("water",),
    "compute": ("compute",),
}
WITH_HARDWARE = ("operational_location", "embodied")
RATED = {"energy_it": TOTAL_PATHS["energy_it"], "operational_location": TOTAL_PATHS["operational_location"]}
RATED_OF_PART = {"energy_it": ("energy_it",), "operational_location": ("emissions",)}  # of which a part has none


class Facts:
    """A disclosure that the schema has accepted, and what rules ask of it again and again."""

    def __init__(self, document: Json) -> None:
        self.root = At("", document)
        self._lines: dict[At, list[Line]] = {}

    def _by_id(self, name: str) -> dict[str, At]:
        return {item.value["id"]: item for item in self.root.items(name) if "id" in item.value}

    @cached_property
    def resources(self) -> dict[str, At]:
        """Resources by id."""
        return self._by_id("resources")

    @cached_property
    def factors(self) -> dict[str, At]:
        """Factors by id."""
        return self._by_id("factors")

    @cached_property
    def instruments(self) -> dict[str, At]:
        """Instruments by id."""
        return self._by_id("instruments")

    @cached_property
    def sources(self) -> dict[str, At]:
        """Sources of uncertainty by id."""
        uncertainty = self.root.member("uncertainty")
        return {source.value["id"]: source for source in uncertainty.items("sources")} if uncertainty else {}

    def lines(self, owner: At, found: At) -> list[Line]:
        """The energy lines of a quantity of a stage, each with its factors."""
        if found not in self._lines:
            self._lines[found] = lines_of(owner, found, self.factors)
        return self._lines[found]

    @cached_property
    def boundary(self) -> At:
        """The object `boundary`."""
        return At("/boundary", self.root.value["boundary"])

    @cached_property
    def stages_by_id(self) -> dict[str, At]:
        """Stages by id."""
        return {stage.value["id"]: stage for stage in self.stages}

    @cached_property
    def stages(self) -> list[At]:
        """All stages."""
        return self.root.items("stages")

    @cached_property
    def ran(self) -> list[At]:
        """The stages that ran: the only ones with energy of their own."""
        return [stage for stage in self.stages if "energy" in stage.value]

    @cached_property
    def counted(self) -> dict[At, list[At]]:
        """The segments that are summed, those within another left out, by their stage."""
        return {
            stage: [segment for segment in stage.items("segments") if "within" not in segment.value]
            for stage in self.stages
        }

    @cached_property
    def counted_on(self) -> dict[tuple[At, str], list[At]]:
        """The same segments by their stage and their host."""
        found: dict[tuple[At, str], list[At]] = {}
        for stage, segments in self.counted.items():
            for segment in segments:
                found.setdefault((stage, segment.value["host_ref"]), []).append(segment)
        return found

    @cached_property
    def components(self) -> list[tuple[At, At]]:
        """Each component with its stage."""
        energies = [(stage, energy) for stage in self.ran if (energy := stage.member("energy"))]
        return [(stage, component) for stage, energy in energies for component in energy.items("components")]

    @cached_property
    def with_clock_gap(self) -> set[str | None]:
        """Ids of the stages that a gap `clock` names; None among them where one names no stage."""
        return {gap.get("stage_ref") for gap in self.root.value["gaps"] if gap["what"] == "clock"}

    def clock_moved(self, stage: At) -> bool:
        """Whether a gap says that the wall clock was moved while the stage ran."""
        return stage.value["id"] in self.with_clock_gap or None in self.with_clock_gap

    @cached_property
    def reused(self) -> list[At]:
        """The `reused_from` objects of cached stages."""
        return [reused for stage in self.stages if (reused := stage.member("reused_from"))]

    @cached_property
    def totals(self) -> At:
        """The object `totals`."""
        return At("/totals", self.root.value["totals"])

    @cached_property
    def blocks(self) -> list[tuple[At, list[At]]]:
        """Each block of totals with the stages and reused objects that it sums."""
        new, reused = self.totals.member("new"), self.totals.member("including_reused")
        whole = [(block, stages) for block, stages in ((new, self.ran), (reused, [*self.ran, *self.reused])) if block]
        by_phase: dict[str, list[At]] = {}
        for stage in self.ran:
            by_phase.setdefault(stage.value["phase"], []).append(stage)
        return whole + [(block, by_phase.get(block.value["phase"], [])) for block in self.totals.items("by_phase")]

    @cached_property
    def sums(self) -> list[Sum]:
        """Every quantity that must be a sum: the stages' energies and all totals."""
        return [*self._stage_sums(), *(found for block in self.blocks for found in _block_sums(*block))]

    def _stage_sums(self) -> Iterator[Sum]:
        for stage in self.ran:
            energy = stage.member("energy")
            total = energy and energy.member("it_total")
            if energy and total and (components := energy.items("components")):
                yield sum_of(total, ((item, item.member("energy")) for item in components), of_totals=False)

    @cached_property
    def stage_quantities(self) -> list[At]:
        """Every quantity of the stages and of what they reused."""
        return [*_of_stages([*self.ran, *self.reused])]

    @cached_property
    def total_quantities(self) -> list[At]:
        """Every quantity of the totals."""
        return [*_of_blocks(self)]

    @cached_property
    def estimates(self) -> list[At]:
        """What gaps may have drawn."""
        return [found for gap in self.root.items("gaps") if (found := gap.member("estimate"))]

    @cached_property
    def rates(self) -> list[Rate]:
        """What one unit of the work of stages and their parts cost."""
        owners: list[tuple[At, Mapping[str, tuple[str, ...]]]] = [
            (stage, RATED) for stage in self.ran if "work_done" in stage.value
        ]
        owners += [(part, RATED_OF_PART) for stage in self.ran for part in stage.items("parts")]
        return [rate for owner, paths in owners for rate in _rates(owner, paths)]

    @cached_property
    def inner_quantities(self) -> list[At]:
        """What lies in quantities of stages: their parts' energy, what is in none of these, and rates of work."""
        parts = (part.member("energy_it") for stage in self.ran for part in stage.items("parts"))
        rest = (stage.member("unattributed") for stage in self.ran)
        return [found for found in (*parts, *rest, *(rate.found for rate in self.rates)) if found]

    @cached_property
    def quantities(self) -> list[At]:
        """Every quantity of the document."""
        return [*self.stage_quantities, *self.inner_quantities, *self.total_quantities, *self.estimates]


def quantity(owner: At, key: str) -> At | None:
    """The quantity of a stage (or of what it reused) that goes into the total of that name."""
    return _along(owner, TOTAL_PATHS[key])


def _along(owner: At, path: Iterable[str]) -> At | None:
    """The object at the end of a path of members."""
    found: At | None = owner
    for step in path:
        found = found and found.member(step)
    return found


def _rates(owner: At, paths: Mapping[str, tuple[str, ...]]) -> Iterator[Rate]:
    """The rates of a stage's or part's work, with the quantity that each divides."""
    for work in owner.items("work_done"):
        for key, path in paths.items():
            if found := work.member(key):
                yield Rate(found, work, _along(owner, path))


def _block_sums(block: At, stages: list[At]) -> Iterator[Sum]:
    for key in TOTAL_PATHS:
        if total := block.member(key):
            yield sum_of(total, ((stage, quantity(stage, key)) for stage in stages), of_totals=True)
    if total := block.member("operational_and_embodied"):
        yield sum_of(total, ((block, block.member(key)) for key in WITH_HARDWARE), of_totals=True)


def _of_stages(owners: list[At]) -> Iterator[At]:
    for owner in owners:
        yield from (found for key in TOTAL_PATHS if (found := quantity(owner, key)))
        if energy := owner.member("energy"):
            yield from (part for item in energy.items("components") if (part := item.member("energy")))


def _of_blocks(facts: Facts) -> Iterator[At]:
    blocks = [block for block, _ in facts.blocks] + facts.totals.items("per_functional_unit")
    for block in blocks:
        yield from (found for key in (*TOTAL_PATHS, "operational_and_embodied") if (found := block.member(key)))
