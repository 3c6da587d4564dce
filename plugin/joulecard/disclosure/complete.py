"""Executions with what is told of them beside energy and location-based emissions: water, contracts, hardware."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from joulecard.disclosure import market
from joulecard.disclosure.beside import Beside
from joulecard.disclosure.embodied import embodied_of
from joulecard.disclosure.water import water_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.disclosure.tallied import Factors, Tallied


def completed(joined: Iterable[Tallied], by: Factors) -> list[Tallied]:
    """The executions in the same order; contracts cover them in this order, until nothing of them is left.

    Raises InvalidInputError where a user's own factors cannot be added to one another.
    """
    contracts = market.Contracts(by) if market.are_given(by) else None
    return [_completed(each, by, contracts) for each in joined]


def _completed(joined: Tallied, by: Factors, contracts: market.Contracts | None) -> Tallied:
    beside = Beside(
        water=water_of(joined, by.edition),
        market=contracts.emissions_of(joined) if contracts else None,
        embodied=embodied_of(joined, by.edition, by.hardware) if by.hardware else None,
    )
    return replace(joined, total=beside.known_to(joined.total), beside=beside)
