"""Nothing that a counter saw is claimed by two stages; what merely touches or shares is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.standard.stages import Execution, Host, Watch, disclosure

from joulecard.validation import validate_document

if TYPE_CHECKING:
    from collections.abc import Callable

HOST = Host(1)


def _claims(*watches: Watch, gap: str | None = None) -> list[str]:
    """Where the verdict on one stage for each watch says that something is claimed twice."""
    names = [f"s{index}" for index in range(len(watches))]
    stages = [Execution(name, "training", [watch]) for name, watch in zip(names, watches, strict=True)]
    document: Any = disclosure("claims", stages)
    if gap:
        document["gaps"] = [{"what": "clock", "reason": "set back", "stage_ref": f"s-{gap}"}]
    found = validate_document(document, "disclosure").violations
    return [item.pointer for item in found if item.rule == "R12"]


def _whole(start: float, end: float, kwh: float = 0.001) -> Watch:
    return Watch(HOST, start, end, kwh, node_share=1.0)


def test_two_stages_that_each_take_the_whole_node_are_found() -> None:
    """The later one is named."""
    assert _claims(_whole(0, 100), _whole(50, 150)) == ["/stages/1/energy/components/0"]


def test_two_hosts_may_each_be_taken_whole() -> None:
    """Only one counter can be counted twice."""
    assert _claims(_whole(0, 100), Watch(Host(2), 50, 150, 0.001, node_share=1.0)) == []


@pytest.mark.parametrize("second", [_whole(100, 200), _whole(99.5, 200)], ids=["after", "by half a second"])
def test_stages_that_follow_one_another_are_left_alone(second: Watch) -> None:
    """A wall clock may be stepped by a second between two stages without anybody noticing."""
    assert _claims(_whole(0, 100), second) == []


def test_short_stages_at_the_same_time_are_found() -> None:
    """Half a second is all of a stage that lasted half a second."""
    assert set(_claims(_whole(0, 0.5, 1e-6), _whole(0, 0.5, 1e-6))) == {"/stages/1/energy/components/0"}


def test_a_stage_that_ended_in_the_millisecond_in_which_it_began_lies_in_no_other() -> None:
    """The clock cannot tell whether the one before it was over."""
    assert _claims(_whole(0, 0.5, 1e-6), Watch(HOST, 0.5, 0.5004, 1e-6, node_share=0.9)) == []
    assert _claims(_whole(0, 0.5, 1e-6), Watch(HOST, 0.2, 0.2004, 1e-6, node_share=0.9)) == []


def test_a_stage_in_the_time_of_another_may_take_what_that_one_left() -> None:
    """0.8 of 0.01 kWh leaves 0.002, and a little for reading at different instants."""
    outer = Watch(HOST, 0, 100, 0.008, node_share=0.8)
    assert _claims(outer, Watch(HOST, 10, 90, 0.002, node_share=0.25)) == []
    assert len(_claims(outer, Watch(HOST, 10, 90, 0.0022, node_share=0.25))) == 1


def test_the_tightest_of_several_spans_around_a_stage_decides() -> None:
    """One long span leaves enough, one inside it does not."""
    long, tight = Watch(HOST, 0, 1000, 0.01, node_share=0.1), Watch(HOST, 100, 300, 0.004, node_share=0.9)
    inner = Watch(HOST, 150, 250, 0.002, node_share=0.5)
    assert _claims(long, inner) == []
    assert _claims(long, tight, inner) == ["/stages/2/energy/components/0"]
    assert _claims(long, Watch(HOST, 100, 200, 0.004, node_share=0.9), inner) == []


def test_shares_of_unlike_spans_may_add_up_to_more_than_one() -> None:
    """Averages over times that only overlap prove nothing."""
    assert _claims(Watch(HOST, 0, 100, 0.008, node_share=0.8), Watch(HOST, 50, 150, 0.008, node_share=0.8)) == []


def test_where_the_clock_was_moved_spans_prove_nothing() -> None:
    """A gap `clock` on one of the two."""
    assert _claims(_whole(0, 100), _whole(50, 150), gap="s1") == []


def test_of_several_segments_on_a_host_nobody_knows_which_had_the_counter() -> None:
    """A resumed stage around another one is no claim on the time between."""
    resumed = Execution("a", "training", [_whole(0, 10), _whole(90, 100)])
    document = disclosure("resumed", [resumed, Execution("b", "training", [_whole(20, 80)])])
    assert all("whole" not in item.message for item in validate_document(document, "disclosure").violations)


def test_work_grows_in_proportion_to_stages_at_the_same_time(calls: Callable[[Callable[[], object]], int]) -> None:
    """Ten times the stages on one counter, all in the time of the first, take hardly more than ten times the work."""

    def work(count: int) -> int:
        around = Execution("all", "training", [Watch(HOST, 0, 1000, 0.001, node_share=0.5)])
        parts = [Watch(HOST, index, 999 - index / count, 1e-7, node_share=0.01) for index in range(count)]
        stages = [Execution(f"s{index}", "training", [part]) for index, part in enumerate(parts)]
        document = disclosure("many", [around, *stages])
        return calls(lambda: validate_document(document, "disclosure"))

    work(3)
    assert work(200) < 11 * work(20)
