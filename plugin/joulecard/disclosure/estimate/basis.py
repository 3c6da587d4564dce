"""What a number rests on: factors, sources of uncertainty and assumptions, gathered while it is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.disclosure.tally import Assumption
from joulecard.factors.factor import Factor

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from joulecard.disclosure.estimate.facts import Publication
    from joulecard.factors import Edition, Uncertainty
    from joulecard.factors.factor import FactorKind
    from joulecard.factors.grid import Profile


@dataclass(frozen=True, slots=True)
class Basis:
    """Factors that were applied, sources beside those of the factors, and what was taken for true."""

    factors: tuple[Factor, ...] = ()
    sources: tuple[Uncertainty, ...] = ()
    assumptions: tuple[Assumption, ...] = ()

    def __add__(self, other: Basis) -> Basis:
        """Both together."""
        return Basis(
            (*self.factors, *other.factors), (*self.sources, *other.sources), (*self.assumptions, *other.assumptions)
        )

    @property
    def widths(self) -> tuple[Uncertainty, ...]:
        """All sources of uncertainty, those of the factors first."""
        return (*(source for factor in self.factors for source in factor.uncertainty), *self.sources)


class Stated(NamedTuple):
    """A figure that authors state: of what, how pages call it, and how wide its class is."""

    kind: FactorKind
    thing: str  # what its id begins with
    name: str
    value: float
    unit: str
    class_name: str


@dataclass(frozen=True, slots=True)
class Means:
    """With what facts become figures."""

    edition: Edition
    cited: Publication
    run: str  # what tells this run from others: two runs do not err together
    created: datetime
    profile: Profile = "lifecycle"
    zoned: frozenset[str] = frozenset()

    def stated(self, figure: Stated, **members: Any) -> Factor:
        """A factor that the authors state, with their publication as its source."""
        own_id = f"{figure.thing}:{figure.value!r}"
        return Factor(
            id=own_id,
            kind=figure.kind,
            name=figure.name,
            value=figure.value,
            unit=figure.unit,
            uncertainty=(self.edition.uncertainty(figure.class_name, own_id),),
            source=self.source,
            **members,
        )

    def own(self, class_name: str, stage_id: str) -> Uncertainty:
        """The error of what is stated of one stage of this run alone."""
        return self.edition.uncertainty(class_name, f"{self.run}:{stage_id}")

    @property
    def source(self) -> dict[str, str]:
        """The publication as the source of a factor; what is not known of it is left out."""
        told = {name: getattr(self.cited, name) for name in ("name", "publisher", "version", "uri", "license")}
        return {name: text for name, text in told.items() if text}


def of_factors(factors: Iterable[Factor]) -> Basis:
    """The basis that factors bring, with what is assumed by using each."""
    listed = tuple(factors)
    assumed = (
        Assumption(factor.assumes, factor.is_default, factor.value, factor.unit, factor.id)
        for factor in listed
        if factor.assumes
    )
    return Basis(listed, (), tuple(assumed))


def taken(statement: str, *, default: bool) -> Basis:
    """An assumption alone: a default where nobody told it, else what follows from what was told."""
    return Basis(assumptions=(Assumption(statement, default=default),))


def slug(name: str | None) -> str:
    """A name as a part of an id."""
    return "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in (name or "device").lower())
