"""What is told of an execution beside its energy and location-based emissions: water, contracts, hardware."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.accounting.quantity import Quantity
    from joulecard.disclosure.tally import Assumption, SegmentTally
    from joulecard.factors import Factor, Uncertainty
    from joulecard.factors.embodied import Made


@dataclass(frozen=True, slots=True)
class Worked:
    """A quantity with the lines that give it, as members of the document, and with all that it rests on."""

    total: Quantity
    lines: tuple[Mapping[str, object], ...] = ()
    left_out: str = ""  # what the sum does not hold, in words
    factors: tuple[Factor, ...] = ()
    sources: tuple[Uncertainty, ...] = ()  # beyond those of the factors
    assumptions: tuple[Assumption, ...] = ()  # beyond those of the factors
    stand_ins: tuple[str, ...] = ()  # grids whose mean stands for a residual mix that nobody gave
    made: tuple[tuple[str, Made, float], ...] = ()  # resources, what making each emitted, units each is shared in

    @property
    def members(self) -> dict[str, object]:
        """The quantity as members of the document."""
        document = self.total.to_document()
        if self.total.value is None:
            return document
        said = {"reason": self.left_out[:2000]} if self.left_out else {}
        return {**document, **said, "lines": self.lines}


@dataclass(frozen=True, slots=True)
class Beside:
    """The three of them; None where nothing was asked for or given."""

    water: Worked | None = None
    market: Worked | None = None
    embodied: Worked | None = None

    def known_to(self, total: SegmentTally) -> SegmentTally:
        """The tally of the execution, resting on these factors, sources and assumptions too."""
        worked = [each for each in (self.water, self.market, self.embodied) if each]
        factors = [*total.factors, *(factor for each in worked for factor in each.factors)]
        sources = [*total.sources, *(source for factor in factors for source in factor.uncertainty)]
        sources += [source for each in worked for source in each.sources]
        told = [*total.assumptions, *(item for each in worked for item in each.assumptions)]
        return replace(
            total,
            factors=tuple({factor.id: factor for factor in factors}.values()),
            sources=tuple({source.id: source for source in sources}.values()),
            assumptions=tuple(dict.fromkeys(told)),
        )


NOTHING = Beside()
