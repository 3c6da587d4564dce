"""Published figures beside what the stated inputs give: where both agree, and where they contradict each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from joulecard import numbers
from joulecard.accounting.slips import Stated, slips

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from joulecard.accounting.quantity import Quantity
    from joulecard.disclosure.estimate.facts import Facts, StageFacts
    from joulecard.disclosure.estimate.hours import Hours

ALIKE = 0.02  # printed figures are rounded, and so are the inputs they were computed from


class Figures(NamedTuple):
    """What the facts of a stage come to."""

    energy_it: Quantity
    facility: Quantity
    co2e: Quantity
    embodied_g: float | None = None
    nameplate_w: float | None = None

    @property
    def of_grid(self) -> Quantity:
        """The energy that emissions are of: that of the facility where it is known."""
        return self.facility if self.facility.value is not None else self.energy_it


class Compared(NamedTuple):
    """Sentences on published figures: those that follow from their inputs, and those that do not."""

    agreements: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()  # where values were assumed, so that the publication may be right
    contradictions: tuple[str, ...] = ()

    def __add__(self, other: object) -> Compared:
        """Both together."""
        assert isinstance(other, Compared)  # noqa: S101  of a named tuple nothing else is added
        return Compared(
            (*self.agreements, *other.agreements),
            (*self.differences, *other.differences),
            (*self.contradictions, *other.contradictions),
        )


class _Pair(NamedTuple):
    what: str
    stated: float | None
    given: float | None
    printed: Callable[[float], numbers.Printed]
    all_told: bool = True  # nothing was assumed or taken from tables for what is given

    @property
    def compares(self) -> bool:
        return self.stated is not None and self.given is not None

    @property
    def agrees(self) -> bool:
        stated, given = self.stated or 0.0, self.given or 0.0
        return abs(given - stated) <= ALIKE * max(given, stated)

    @property
    def told(self) -> str:
        stated, given = self.stated or 0.0, self.given or 0.0
        ratio = f"{stated / given:.3g} times the " if given and not self.agrees else ""
        inputs = "the inputs" if self.all_told else "the inputs and what is assumed"
        told = f"{self.what} {self.printed(stated).text} published, {ratio}{self.printed(given).text} from {inputs}"
        return numbers.plain(told)


def compared(facts: StageFacts, held: Hours, found: Figures) -> Compared:
    """The slips in what is stated of a stage, and its published figures beside those that its own inputs give."""
    of_energy = _energy_told(facts, found)
    of_carbon = of_energy and (facts.intensity_g_per_kwh is not None or facts.co2e_g is not None)
    of_hardware = facts.embodied_per_device_g is not None and facts.lifespan_years is not None
    pairs = (
        _Pair("energy", facts.stated_energy_kwh, _energy(facts, found), numbers.energy, of_energy),
        _Pair("emissions", facts.stated_co2e_g, found.co2e.value, numbers.mass, of_carbon),
        _Pair("embodied", facts.stated_embodied_g, found.embodied_g, numbers.mass, of_hardware),
    )
    return _compared(facts.name, pairs, [slip.sentence for slip in slips(_stated(facts, held, found))])


def _energy_told(facts: StageFacts, found: Figures) -> bool:
    """Whether energy and PUE come from what the authors tell alone."""
    told = facts.energy_kwh is not None or facts.device_power_w is not None or facts.host_power_w is not None
    return told and (facts.pue is not None or found.facility.value is None)


def _energy(facts: StageFacts, found: Figures) -> float | None:
    """The energy that the published one is compared with: where it is not said which, the one that is nearer."""
    basis, stated = facts.stated_energy_basis, facts.stated_energy_kwh
    it, facility = found.energy_it.value, found.of_grid.value
    if basis is not None or stated is None or it is None or facility is None:
        return it if basis == "it" else facility
    return min((it, facility), key=lambda value: abs(value - stated))


def of_whole(facts: Facts, found: Sequence[Figures]) -> Compared:
    """The same of what is stated of all stages together: sums that do not add."""
    each_told = [_energy_told(stage, figures) for stage, figures in zip(facts.stages, found, strict=True)]
    intensities = all(stage.intensity_g_per_kwh is not None or stage.co2e_g is not None for stage in facts.stages)
    energy = _sum(each.of_grid.value for each in found)
    co2e = _sum(each.co2e.value for each in found)
    pairs = (
        _Pair("energy", facts.stated_energy_kwh, energy, numbers.energy, all(each_told)),
        _Pair("emissions", facts.stated_co2e_g, co2e, numbers.mass, all(each_told) and intensities),
    )
    return _compared("all stages", pairs, [])


def _compared(name: str, pairs: Iterable[_Pair], slipped: Sequence[str]) -> Compared:
    """A slip says why a figure does not follow; without one, the difference itself is told."""
    known = [pair for pair in pairs if pair.compares]
    apart = [] if slipped else [pair for pair in known if not pair.agrees]
    told = (
        [pair.told for pair in known if pair.agrees],
        [pair.told for pair in apart if not pair.all_told],
        [*slipped, *(pair.told for pair in apart if pair.all_told)],
    )
    return Compared(*(tuple(f"{name}: {sentence}" for sentence in sentences) for sentences in told))


def _sum(values: Iterator[float | None]) -> float | None:
    known = list(values)
    return None if None in known else math.fsum(value or 0.0 for value in known)


def _stated(facts: StageFacts, held: Hours, found: Figures) -> Stated:
    """What the authors state, as the check of slips takes it."""
    energy_kwh, basis = facts.stated_energy_kwh, facts.stated_energy_basis
    if energy_kwh is None:
        energy_kwh, basis = facts.energy_kwh, facts.energy_basis
    by_power = facts.device_power_w is not None and facts.host_power_w is None
    return Stated(
        energy_kwh=energy_kwh,
        energy_basis=basis,
        co2e_g=facts.stated_co2e_g if facts.stated_co2e_g is not None else facts.co2e_g,
        intensity_g_per_kwh=facts.intensity_g_per_kwh,
        pue=facts.pue,
        device_hours=held.device_h,
        devices=facts.devices,
        hours=facts.duration_h,
        device_w=(facts.device_power_w or 0.0) * (facts.power_utilisation or 1.0) if by_power else None,
        nameplate_w=found.nameplate_w,
    )
