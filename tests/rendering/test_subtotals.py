"""A line for several executions sums what they are, and claims no range that it cannot know."""

from __future__ import annotations

from typing import Any

import pytest

from joulecard.accounting.intervals import interval
from joulecard.rendering.subtotals import subtotal


def a_part(value: float, source: str = "rapl@h/cpu", **changes: Any) -> dict[str, Any]:
    """A measured energy whose whole error has one source."""
    lower, upper = interval(value, [value / 10])
    range_ = {"lower": lower, "upper": upper, "coverage": 0.9, "kind": "lognormal"}
    contributions = [{"source_ref": source, "amount": value / 10}]
    made = {
        "value": value,
        "unit": "kWh",
        "method": "measured",
        "interval": {**range_, "contributions": contributions},
    }
    return {**made, **changes}


def test_errors_of_one_source_add_up_and_those_of_two_do_not() -> None:
    """The range is that of the accounting, not the sum of the ends."""
    alike, unlike = subtotal([a_part(1), a_part(1)]), subtotal([a_part(1), a_part(1, "rapl@g/cpu")])
    assert alike["value"] == unlike["value"] == 2
    assert alike["interval"]["upper"] == pytest.approx(interval(2, [0.2])[1])
    assert unlike["interval"]["upper"] == pytest.approx(interval(2, [0.1, 0.1])[1])


def test_a_declared_range_leaves_the_sum_without_one() -> None:
    """Nobody knows how two declared ranges go together."""
    declared = {"lower": 0.5, "upper": 1.5, "coverage": 0.9, "kind": "declared"}
    found = subtotal([a_part(1), a_part(1, method="declared", interval=declared)])
    assert (found["value"], found["method"], "interval" in found) == (2, "declared", False)


def test_what_is_unknown_is_left_out_and_said() -> None:
    """Never taken for zero without a word."""
    unknown = {"unit": "kWh", "method": "not_available", "reason": "nothing saw it"}
    assert subtotal([a_part(1), unknown])["reason"] == "without 1 of 2, of which nothing is known"
    assert "value" not in subtotal([unknown, unknown])
    assert subtotal([unknown, unknown])["reason"] == "nothing saw it"
