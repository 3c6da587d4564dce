"""Every joule belongs to exactly one execution."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.disclosure.conftest import a_segment

from joulecard.disclosure.executions import executions
from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.capture.segment import Segment

    Maker = Callable[..., Segment]

ABSENT = str(UUID(int=99, version=4))


def test_ranks_hosts_and_resumes_of_one_attempt_are_one_execution(segment: Maker) -> None:
    """Equal group, stage and attempt make one execution, whatever the host."""
    found = executions([segment(1), segment(2, host_ref="ba9876543210"), segment(3, from_s=20, until_s=30)])
    assert [len(execution.counted) for execution in found] == [3]


def test_a_retry_is_an_execution_of_its_own(segment: Maker) -> None:
    """The second attempt is not added to the first."""
    found = executions([segment(1, status="failed"), segment(2, attempt=2, from_s=20, until_s=30)])
    assert [(execution.first.attempt, execution.status) for execution in found] == [(1, "failed"), (2, "completed")]


def test_a_segment_given_twice_counts_once(segment: Maker) -> None:
    """A stage record and the loose file beside it hold the same segment."""
    assert [len(execution.counted) for execution in executions([segment(1), segment(1)])] == [1]


def test_one_id_with_two_contents_is_refused_and_both_are_described(segment: Maker) -> None:
    """Nobody can tell which of the two is true."""
    with pytest.raises(InvalidInputError, match=r"'train' of host 0123456789ab .*'evaluate' of host ba9876543210"):
        executions([segment(1), segment(1, stage="evaluate", host_ref="ba9876543210")])


def test_a_segment_within_a_present_execution_is_listed_there_and_not_counted(segment: Maker) -> None:
    """The outer recorder's counters saw the same energy."""
    outer = segment(1)
    inner = segment(2, stage="fit", within=outer.execution_id, from_s=2, until_s=8)
    (found,) = executions([inner, outer])
    assert (found.counted, found.inside, found.orphaned) == ((outer,), (inner,), False)


def test_a_segment_within_a_missing_execution_is_the_total(segment: Maker) -> None:
    """Where the outer record was lost, the inner one is what is left."""
    inner = segment(2, within=ABSENT)
    (found,) = executions([inner])
    assert (found.counted, found.orphaned) == ((inner,), True)


def test_nested_recorders_count_the_outermost_alone(segment: Maker) -> None:
    """A recorder in a recorder in a recorder."""
    outer = segment(1)
    middle = segment(2, stage="fit", within=outer.execution_id)
    inner = segment(3, stage="epoch", within=middle.execution_id)
    (found,) = executions([inner, middle, outer])
    assert (found.counted, set(found.inside)) == ((outer,), {middle, inner})


def test_with_the_outermost_missing_the_next_one_counts(segment: Maker) -> None:
    """The chain is cut at the first record that is not here."""
    middle = segment(2, stage="fit", within=ABSENT)
    inner = segment(3, stage="epoch", within=middle.execution_id)
    (found,) = executions([inner, middle])
    assert (found.counted, found.inside) == ((middle,), (inner,))


def test_what_a_recorded_command_watched_is_not_added_to_it(segment: Maker) -> None:
    """A recorder between them was killed and its record is missing: the command counted what epoch counted."""
    command = segment(1, stage="python")
    epoch = segment(2, stage="epoch", scope="process", from_s=2, until_s=4, within=ABSENT)
    (found,) = executions([epoch, command])
    assert (found.counted, found.inside, found.orphaned) == ((command,), (epoch,), False)


@pytest.mark.parametrize(
    "elsewhere",
    [{"group": str(UUID(int=7, version=4))}, {"host_ref": "ba9876543210"}, {"from_s": 20, "until_s": 30}],
)
def test_what_no_recorded_command_watched_is_added(segment: Maker, elsewhere: dict[str, object]) -> None:
    """Another job, another host or another time: the command did not see it."""
    found = executions([segment(1, stage="python"), segment(2, stage="epoch", within=ABSENT, **elsewhere)])
    assert [len(execution.counted) for execution in found] == [1, 1]


@st.composite
def nests(draw: st.DrawFn) -> tuple[list[Segment], frozenset[int]]:
    """Recorders inside a command, one after the other in each, and those whose record is a journal still.

    Where the command's own recorder was killed, the others were not.
    """
    made: list[Segment] = []

    def put(from_s: int, until_s: int, within: str | None, depth: int) -> None:
        number = len(made) + 1
        scope = draw(st.sampled_from(["node", "process"])) if depth else "node"
        own = a_segment(number, stage=f"s{number}", from_s=from_s, until_s=until_s, within=within, scope=scope)
        made.append(own)
        while depth < 4 and until_s - from_s > 2 and draw(st.booleans()):
            ends = draw(st.integers(from_s + 1, until_s))
            put(from_s, ends, own.execution_id, depth + 1)
            from_s = ends

    put(0, 40, None, 0)
    inner = st.frozensets(st.integers(1, len(made) - 1)) if len(made) > 1 else st.just(frozenset[int]())
    return made, draw(st.just(frozenset({0})) | inner)


@given(nests())
def test_recovering_never_takes_anything_from_the_total(nest: tuple[list[Segment], frozenset[int]]) -> None:
    """Assembled before what was killed is recovered, the stages give no more than after, and nothing is lost."""
    made, killed = nest
    before = [each for number, each in enumerate(made) if number not in killed]
    found = executions(before)
    assert _counted_s(before) <= _counted_s(made) == made[0].monotonic_s
    assert sorted(each.id for execution in found for each in execution.segments) == sorted(each.id for each in before)


def _counted_s(segments: list[Segment]) -> float:
    """Seconds that are summed, as of a machine that always draws the same."""
    return sum(each.monotonic_s for execution in executions(segments) for each in execution.counted)


def test_executions_within_one_another_end_with_one_of_them_counted(segment: Maker) -> None:
    """Records that contradict one another neither loop for ever nor vanish."""
    first, second = segment(1, stage="a"), segment(2, stage="b")
    ring = [segment(1, stage="a", within=second.execution_id), segment(2, stage="b", within=first.execution_id)]
    (found,) = executions(ring)
    assert set(found.segments) == set(ring)
    assert len(found.counted) == 1


def test_a_deep_chain_is_followed_in_linear_time(segment: Maker) -> None:
    """Five thousand recorders inside one another."""
    chain = [segment(1, stage="0")]
    for number in range(1, 5000):
        chain.append(segment(number + 1, stage=str(number), within=chain[-1].execution_id))
    (found,) = executions(reversed(chain))
    assert (len(found.counted), len(found.inside)) == (1, 4999)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (("completed", "completed"), "completed"),
        (("completed", "interrupted"), "interrupted"),
        (("interrupted", "failed"), "failed"),
    ],
)
def test_an_execution_is_as_good_as_its_worst_segment(segment: Maker, statuses: tuple[str, str], status: str) -> None:
    """Failed outweighs interrupted, which outweighs completed."""
    pair = [segment(number, status=each) for number, each in enumerate(statuses, 1)]
    assert executions(pair)[0].status == status
