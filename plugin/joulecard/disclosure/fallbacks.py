"""The two assumptions that the standard has names for: factors that had to do where better ones were asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.disclosure import document as doc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from joulecard.disclosure.stage_gaps import Placed

MOST_NAMED = 8  # grids in one sentence
PROFILE, MARKET = "profile-fallback", "market-fallback"


def profile_fallback(without_direct: Sequence[str]) -> Iterator[doc.Assumption]:
    """That lifecycle factors stand where direct ones were asked for and these grids have none."""
    if without_direct:
        told = (
            f"Direct grid factors were asked for and there is none for {_named(without_direct)}: all grid factors are "
            "lifecycle ones"
        )
        yield doc.Assumption(id=PROFILE, statement=told, default=True)


def market_fallback(placed: Sequence[Placed]) -> Iterator[doc.Assumption]:
    """That the mean of the grid stands for a residual mix that nobody gave; stages are named where it is not all."""
    markets = [(each.stage_id, each.joined.beside.market) for each in placed]
    touched = [(stage_id, market.stand_ins) for stage_id, market in markets if market and market.stand_ins]
    if touched:
        grids = dict.fromkeys(grid for _, stand_ins in touched for grid in stand_ins)
        told = (
            f"No residual mix was given for {_named(list(grids))}: what no contract covers takes the mean of the grid, "
            "which holds what others have contracted too, so that the market-based number may be too low"
        )
        stages = tuple(stage_id for stage_id, _ in touched) if len(touched) < len(placed) else None
        yield doc.Assumption(id=MARKET, statement=told, default=True, stage_refs=stages)


def _named(grids: Sequence[str]) -> str:
    """A few grids by name, and how many more there are."""
    more = len(grids) - MOST_NAMED
    return ", ".join(grids[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
