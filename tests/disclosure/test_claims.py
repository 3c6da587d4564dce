"""No joule is claimed by two records."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joulecard.capture.segment import Gap, Reading, Segment
from joulecard.disclosure.claims import refuse_double_claims
from joulecard.disclosure.executions import executions
from joulecard.disclosure.instants import instant
from joulecard.disclosure.tallied import Factors, tallied
from joulecard.errors import InvalidInputError
from joulecard.factors import edition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from joulecard.disclosure.document import Disclosure

    Maker = Callable[..., Segment]
    Assembled = Callable[..., Disclosure]


def counted(node_j: float, share_j: float) -> tuple[Reading, ...]:
    """What the package counter of a node gave, and the part of it that is claimed."""
    return (Reading("cpu", "rapl", "package-0", node_j, share_j, 1.0),)


def test_two_stages_that_both_take_the_node_whole_are_refused(segment: Maker, assembled: Assembled) -> None:
    """The sentence names both and says what to do."""
    pair = [
        segment(1, energy=counted(2880, 2880), attribution="machine"),
        segment(2, stage="evaluate", from_s=5, until_s=15, energy=counted(2880, 2880), attribution="machine"),
    ]
    with pytest.raises(InvalidInputError, match=r"'train'.*'evaluate'.*attribution = \"allocated\", or .* apart"):
        assembled(pair)
    for alone in pair:
        assembled([alone])


def test_a_part_of_a_node_whose_meter_is_counted_whole_is_refused(segment: Maker, assembled: Assembled) -> None:
    """The CPU's energy is in that of the node; where the node is taken in part, or later, it is not."""
    meter = Reading("host", "hwmon", "power_meter-acpi-0", 6000, 6000, 1.0, reads="power", includes=("cpu", "dram"))
    beside = segment(2, stage="evaluate", from_s=2, until_s=8, energy=counted(1000, 500))
    node = segment(1, energy=(meter,), series=None)
    with pytest.raises(
        InvalidInputError, match=r"'train'.*'evaluate'.*both count the same energy of host@0123456789ab"
    ):
        assembled([node, beside])
    assembled([node, segment(2, stage="evaluate", from_s=10, until_s=20, energy=counted(1000, 500))])
    assembled([segment(1, energy=(replace(meter, share_j=3000),), series=None), beside])


def test_ranks_of_one_stage_that_both_take_the_node_whole_are_refused(segment: Maker, assembled: Assembled) -> None:
    """Two recorders of one execution on one host saw the same counter."""
    ranks = [segment(n, rank=n, energy=counted(2880, 2880), attribution="machine") for n in (1, 2)]
    with pytest.raises(InvalidInputError, match="both count the same energy of cpu@0123456789ab"):
        assembled(ranks)


def test_a_stage_within_the_time_of_another_cannot_have_more_than_is_left(segment: Maker, assembled: Assembled) -> None:
    """Two thirds and two thirds are more than there was."""
    outer = segment(1, energy=counted(3000, 2000))
    inner = segment(2, stage="evaluate", from_s=2, until_s=8, energy=counted(1800, 1100))
    with pytest.raises(InvalidInputError, match="count the same energy"):
        assembled([outer, inner])
    assembled([outer, replace(inner, energy=counted(1800, 1000))])


def test_shares_on_other_hosts_at_other_times_or_of_other_spans_are_let_pass(
    segment: Maker, assembled: Assembled
) -> None:
    """One after the other, side by side on two hosts, or overlapping in part with shares of unlike times."""
    whole = segment(1, energy=counted(2880, 2880))
    assembled([whole, segment(2, stage="evaluate", from_s=10, until_s=20, energy=counted(2880, 2880))])
    assembled([whole, segment(2, host_ref="ba9876543210", energy=counted(2880, 2880))])
    assembled([whole, segment(2, stage="evaluate", from_s=5, until_s=15, energy=counted(2880, 1440))])


def test_an_overlap_that_a_moved_clock_explains_is_let_pass(segment: Maker, assembled: Assembled) -> None:
    """One second between two records, unseen by either; and any time at all where a clock is known to have moved."""
    whole = segment(1, energy=counted(2880, 2880))
    assembled([whole, segment(2, stage="evaluate", from_s=9, until_s=19, energy=counted(2880, 2880))])
    moved = segment(2, stage="evaluate", energy=counted(2880, 2880), gaps=(Gap("clock", "it was set back"),))
    assembled([whole, moved])


def test_records_of_less_than_a_millisecond_lie_in_the_time_of_no_other(segment: Maker, assembled: Assembled) -> None:
    """The clock cannot tell whether the first was over when the second began: 0.3 ms, and 0.3 ms after it."""
    first = segment(1, until_s=0, monotonic_s=0.0, series=None, energy=counted(0.02, 0.02))
    start, end = "2026-11-21T09:00:00.000Z", "2026-11-21T09:00:00.001Z"
    second = replace(
        segment(2, stage="evaluate", energy=counted(0.02, 0.02)), start=start, end=end, monotonic_s=0.001, series=None
    )
    assembled([first, second])


def test_a_record_within_another_recorders_claims_nothing(segment: Maker, assembled: Assembled) -> None:
    """It is listed and not summed."""
    outer = segment(1, energy=counted(2880, 2880))
    assembled([outer, segment(2, stage="fit", within=outer.execution_id, energy=counted(2880, 2880))])


spans = st.tuples(st.integers(0, 8), st.integers(0, 5), st.sampled_from([1.0, 2.0, 4.0]), st.integers(0, 8))


def clash(one: Segment, other: Segment) -> bool:
    """The definition, pair by pair."""
    (first,), (second,) = one.energy, other.energy
    starts, ends = [instant(each.start) for each in (one, other)], [instant(each.end) for each in (one, other)]
    if starts[0] == ends[0] or starts[1] == ends[1]:
        return False
    shared_s = (min(ends) - max(starts)).total_seconds()
    is_seen = shared_s > min(1.0, one.monotonic_s / 2, other.monotonic_s / 2)
    if is_seen and all(part.share_j >= 0.999 * part.node_j for part in (first, second)):
        return True
    both_j = first.share_j + second.share_j
    is_outer = starts[0] <= starts[1] and ends[1] <= ends[0]
    is_inner = starts[1] <= starts[0] and ends[0] <= ends[1]
    return (is_outer and both_j > 1.01 * first.node_j) or (is_inner and both_j > 1.01 * second.node_j)


def refused(segments: Iterable[Segment]) -> bool:
    """Whether the segments cannot be summed."""
    joined, _ = tallied(executions(segments), Factors(edition()))
    try:
        refuse_double_claims(joined)
    except InvalidInputError:
        return True
    return False


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(drawn=st.lists(spans, min_size=2, max_size=7))
def test_every_pair_is_looked_at(segment: Maker, drawn: list[tuple[int, int, float, int]]) -> None:
    """The sweep over all records finds a clash exactly where some pair has one."""
    segments = [
        segment(n, from_s=from_s, until_s=from_s + length_s, series=None, energy=counted(node_j, node_j * eighths / 8))
        for n, (from_s, length_s, node_j, eighths) in enumerate(drawn, 1)
    ]
    assert refused(segments) == any(clash(*pair) for pair in combinations(segments, 2))
