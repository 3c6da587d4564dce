"""Quantities that must follow from others: sums, and what one unit of work cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.validation.at import At


class Sum(NamedTuple):
    """A quantity that must be the sum of others, of which some may have no value."""

    total: At
    known: list[At]
    missing: list[At]  # the parts without a value, and what should have such a part and has none
    of_totals: bool


class Rate(NamedTuple):
    """What one unit of work cost, the work it is of, and the quantity that it divides, where there is one."""

    found: At
    work: At
    whole: At | None


def sum_of(total: At, parts: Iterable[tuple[At, At | None]], *, of_totals: bool) -> Sum:
    """A quantity with its parts, each beside its owner, told apart by whether they have a value."""
    known: list[At] = []
    missing: list[At] = []
    for owner, part in parts:
        if part is None:
            missing.append(owner)
        else:
            (known if "value" in part.value else missing).append(part)
    return Sum(total, known, missing, of_totals)
