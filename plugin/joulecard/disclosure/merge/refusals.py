"""What cannot be merged, each said in one sentence that names the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.disclosure import document as doc
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.disclosure.merge.source import Source


def refuse_unlike(sources: Sequence[Source]) -> None:
    """Raises InvalidInputError where the disclosures must not be added up, or one has taken another's place."""
    _refuse_replaced(sources)
    _refuse_other_factors(sources)
    _refuse_other_coverage(sources)


def _refuse_replaced(sources: Sequence[Source]) -> None:
    """A disclosure that its publisher took back, or that another one replaces, itself or as an origin of a third."""
    newer = {name: source for source in sources for name in source.document.document.supersedes or ()}
    for source in sources:
        document = source.document.document
        if document.status == "withdrawn":
            raise InvalidInputError("is withdrawn by its publisher", where=source.file, mend="merge without it")
        if newer.get(document.id, source) is not source:
            said = f"is replaced by {newer[document.id].file}"
            raise InvalidInputError(said, where=source.file, mend="merge without the older one")
        for name in (origin.id for origin in document.derived_from or ()):
            if newer.get(name, source) is not source:
                said = f"is made from {name}, which is replaced by {newer[name].file}"
                raise InvalidInputError(said, where=source.file, mend="make it again without the older one")


def _refuse_other_factors(sources: Sequence[Source]) -> None:
    """Grid factors of one sum that differ in what is inside them."""
    for market in (False, True):
        found = [(source, basis) for source in sources for basis in _bases(source.document, market=market)]
        for source, basis in found[1:]:
            first, expected = found[0]
            if (basis.scope, basis.attribution) != (expected.scope, expected.attribution):
                raise InvalidInputError(
                    f"the grid factors of {first.file} are {_described(expected)} and those of {source.file} "
                    f"{_described(basis)}, so that their emissions must not be added up",
                    mend="assemble one of them again with the other's --profile",
                )


def _bases(document: doc.Disclosure, *, market: bool) -> Iterator[doc.FactorBasis]:
    """What is inside the grid factors that emissions were computed with, location- or market-based."""
    known = {factor.id: factor.basis for factor in document.factors if factor.kind == "grid_intensity"}
    for stage in document.stages:
        emissions = (stage.reused_from or stage).emissions
        found = emissions and (emissions.operational_market if market else emissions.operational_location)
        for line in found.lines or () if found else ():
            basis = known.get(line.factor_ref)
            if basis:
                yield basis


def _described(basis: doc.FactorBasis) -> str:
    return f"{basis.scope}, {basis.attribution} ones"


def _refuse_other_coverage(sources: Sequence[Source]) -> None:
    """Intervals that hold the truth with different probability."""
    told = [(source, source.document.uncertainty.coverage) for source in sources if source.document.uncertainty]
    for source, coverage in told[1:]:
        first, expected = told[0]
        if coverage != expected:
            raise InvalidInputError(
                f"the intervals of {first.file} hold the true value in {expected:.4g} and those of {source.file} in "
                f"{coverage:.4g} of all cases",
                mend="state both with the same coverage",
            )
