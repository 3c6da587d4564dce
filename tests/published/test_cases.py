"""Published figures recomputed from published inputs by the named methods, through the public functions."""

from __future__ import annotations

from typing import Any

import pytest
from tests.published.conftest import UNSUPPORTED
from tests.published.recipes import Unsupported, recomputed

EXACT = 1e-6  # relative; and absolute where the value is zero


def test_every_output_equals_what_its_inputs_make(case: dict[str, Any]) -> None:
    """Each output of a case follows from its inputs by a public method, to a millionth."""
    for output, value in case["recomputed"].items():
        assert _of(case, output) == pytest.approx(value, rel=EXACT, abs=0 if value else EXACT)


def test_the_published_value_is_met_where_it_follows(following: dict[str, Any]) -> None:
    """Where the source's figure follows from its inputs, the method's result is within the tolerance of the print."""
    for output, stated in following["outputs"].items():
        tolerance, value = stated["rel_tolerance"], stated["value"]
        assert _of(following, output) == pytest.approx(value, rel=tolerance, abs=0 if value else tolerance)


def _of(case: dict[str, Any], output: str) -> float:
    try:
        return recomputed(case, output)
    except Unsupported as finding:
        pytest.fail(f"{UNSUPPORTED}{finding}", pytrace=False)
