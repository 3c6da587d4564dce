"""Counters as they were met in the wild: what is reported is what was used, or less with a reason (REL-R13)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.capture.traced import played, traces

if TYPE_CHECKING:
    from pathlib import Path

    from tests.capture.traced import Seen

TRACES = traces()
LEAST = 40
every_trace = pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace["name"])


def test_there_are_enough() -> None:
    """Forty at least, each with a name of its own."""
    assert len({trace["name"] for trace in TRACES}) == len(TRACES) >= LEAST


@every_trace
def test_a_trace(trace: dict[str, Any], tmp_path: Path) -> None:
    """What is expected is reported, to the microjoule; a gap stands where something is missing, and nowhere else."""
    [seen] = played(trace, tmp_path / "sys")
    reported = {domain: each.energy_j for domain, each in seen.items() if each.energy_j > 0}
    assert reported == pytest.approx(trace["expect_j"], abs=2e-6)
    assert {domain for domain, each in seen.items() if each.reason} == set(trace["gap"])
    for domain, words in trace["gap"].items():
        assert words in seen[domain].reason
    assert_honest(trace, seen)


def assert_honest(trace: dict[str, Any], seen: dict[str, Seen]) -> None:
    """Never more than was used, never below 0, never longer than it lasted; what is missing has a reason."""
    duration_s = trace["steps"][-1][0] - trace["steps"][0][0]
    assert seen.keys() == trace["true_j"].keys()
    for domain, each in seen.items():
        true_j = trace["true_j"][domain]
        assert 0.0 <= each.energy_j <= true_j + 1e-6 or each.reason.startswith("counts the same")
        assert 0.0 <= each.seen_s <= duration_s + 1e-9
        if each.energy_j < true_j - 1e-6:
            assert each.reason


@every_trace
def test_stages_add_up(trace: dict[str, Any], tmp_path: Path) -> None:
    """A border at any look: two stages give together what the whole gave, or less with a reason; never more."""
    [whole] = played(trace, tmp_path / "whole")
    last = len(trace["steps"]) - 1
    for border in {1, last // 2 + 1, last - 1} & set(range(1, last)) - set(trace.get("misread", ())):
        stages = played(trace, tmp_path / f"sys-{border}", border)
        for domain, each in whole.items():
            parts = [stage[domain] for stage in stages if domain in stage]
            together_j = sum(part.energy_j for part in parts)
            assert together_j <= each.energy_j + 1e-6
            if together_j < each.energy_j - 1e-6:
                assert any(part.reason for part in parts) or len(parts) < len(stages)
