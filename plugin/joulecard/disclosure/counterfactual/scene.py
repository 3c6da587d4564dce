"""On what terms the rows of a what-if stand: which energy, which kind of factor, whose PUE."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard.disclosure.counterfactual.actual import evidence_of
from joulecard.disclosure.counterfactual.row import Intensity, Pue, apart
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from joulecard.disclosure.counterfactual.actual import Actual, Basis
    from joulecard.disclosure.counterfactual.asked import Asked
    from joulecard.factors import Factor, Uncertainty
    from joulecard.factors.grid import Profile
    from joulecard.surroundings.place import Evidence


@dataclass(frozen=True, slots=True)
class Scene:
    """The disclosed headline, what is asked, and on what terms all rows stand."""

    actual: Actual
    asked: Asked
    basis: Basis
    profile: Profile
    zoned: frozenset[str]

    def grid(self, evidence: Evidence | None) -> Callable[[int], Intensity]:
        """The intensity at a place by year."""

        def at(year: int) -> Intensity:
            found = self.asked.edition.grid(evidence, year, self.profile, zoned=self.zoned)
            return Intensity(found.value, found.uncertainty, found)

        return at

    def pue(self, evidence: Evidence | None) -> Pue | None:
        """The PUE of another place: the premise, the user's own, the cloud's; else the energy stays as disclosed."""
        if self.basis == "it":
            return None
        if self.asked.pue is not None:
            return Pue(self.asked.edition.declared_pue(self.asked.pue).value, "premise")
        return self.own_pue(evidence) or self._fleet_pue(evidence) or Pue(self.actual.pue, "disclosed")

    def own_pue(self, evidence: Evidence | None) -> Pue | None:
        """The user's own PUE of a place, where no other is a premise; None where they give none."""
        if evidence is None or self.asked.pue is not None or self.basis == "it" or not self.actual.knows_it:
            return None
        own = self.asked.edition.own_pue(evidence, self.actual.years[-1])
        return Pue(own.value, "own", own.uncertainty, own.assumes) if own else None

    def fits(self, factors: Iterable[Factor]) -> bool:
        """Whether none of them stands in for a factor of the profile: sums on two bases cannot be ranked."""
        return all(factor.basis and factor.basis["scope"] == self.profile for factor in factors)

    def _fleet_pue(self, evidence: Evidence | None) -> Pue | None:
        if evidence is None or not self.actual.knows_it:
            return None
        fleet = self.asked.edition.pue(evidence.provider, evidence.region)
        return Pue(fleet.value, "fleet", self._fleet_sources(fleet, evidence), fleet.assumes) if fleet else None

    def _fleet_sources(self, fleet: Factor, evidence: Evidence) -> tuple[Uncertainty, ...]:
        """One cause with the disclosed PUE in the disclosed region alone."""
        here = {(location.provider, location.region) for location in self.actual.locations}
        is_here = (evidence.provider, evidence.region) in here
        return fleet.uncertainty if is_here else apart(fleet.uncertainty, evidence.region or "")


def scene_of(actual: Actual, asked: Asked) -> Scene:
    """On what terms the rows stand; raises InvalidInputError for a PUE without an IT energy."""
    if asked.pue is not None and not actual.knows_it:
        told = "it does not tell all of its IT energy, so another PUE cannot be applied"
        raise InvalidInputError(told, mend="leave out --pue")
    is_facility = asked.pue is not None or not actual.knows_it or (actual.basis == "facility" and actual.knows_facility)
    evidence = [each.evidence for each in (*asked.places, *asked.others)]
    evidence += [evidence_of(location) for location in actual.locations]
    zoned = frozenset(country for each in evidence if (country := asked.edition.zoned_country(each)))
    return Scene(actual, asked, "facility" if is_facility else "it", asked.profile or actual.scope, zoned)
