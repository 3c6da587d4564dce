"""What has to be true of all recordings of one node together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.capture.true_node import INSTRUMENTS, Teller, TrueNode

from joulecard.capture.meters import Counter, Gauge, UseGauge

if TYPE_CHECKING:
    from tests.capture.node_histories import History

    from joulecard.capture.joules.totals import ReadingTotal

SLACK, SLACK_J = 1 + 1e-6, 2e-2  # a count of NVML is a millijoule, lines of the journal hold nine digits


def judge(history: History) -> None:
    """Runs a history; raises AssertionError for the first thing that is wrong."""
    node = TrueNode(history.recordings, history.starts_at)
    node.run(history.steps)
    readings = {teller.number: teller.readings for teller in node.ended}
    for teller in node.ended:
        for place, reading in enumerate(readings[teller.number]):
            _bounded(teller, place, reading)
            if not node.was_reset[place]:  # one that starts anew and is soon higher than before tells nobody
                _shortfall_is_declared(teller, place, reading)
        _series_is_the_sum(teller)
    _shares_fit(node, readings)
    _stages_fit(node, readings)


def _bounded(teller: Teller, place: int, reading: ReadingTotal) -> None:
    """Nothing negative, nothing beyond the whole, no time that was not."""
    instrument = INSTRUMENTS[place]
    assert 0.0 <= reading.seen_s <= teller.lasted_s + 1e-3
    assert 0.0 <= reading.share_j <= reading.node_j * SLACK + SLACK_J
    assert reading.idle_j is None or 0.0 <= reading.idle_j <= reading.share_j * SLACK + SLACK_J
    if isinstance(instrument, Counter):
        assert reading.node_j <= teller.true[place] * SLACK + SLACK_J, instrument.name
    if isinstance(instrument, UseGauge):
        assert reading.held_s is not None
        assert reading.node_j <= reading.seen_s * SLACK + 1e-3
        assert reading.share_j <= reading.held_s * SLACK + 1e-3
        assert reading.held_s <= reading.seen_s * SLACK + 1e-3
    if instrument.share_declared and teller.recording.attribution != "machine":
        assert reading.share_j <= reading.node_j * instrument.share_declared * SLACK + SLACK_J
        assert reading.by == "slices"


def _shortfall_is_declared(teller: Teller, place: int, reading: ReadingTotal) -> None:
    """What is less than the truth has a reason and less than full coverage; what has neither is the truth."""
    assert teller.observation
    reason = teller.observation.tracks[place].gap_reason(teller.lasted_s)
    complete = reading.seen_s >= teller.lasted_s - 1e-3
    true = teller.true[place]
    if isinstance(INSTRUMENTS[place], Gauge | UseGauge) and not teller.failed[place] and not reason:
        return  # looked at too rarely to know its course, but never longer than a line may stand for
    if complete and reading.node_j > 0:
        assert reading.node_j >= true / SLACK - SLACK_J, INSTRUMENTS[place].name
    if true > SLACK_J and (not complete or reading.node_j <= 0):
        assert reason or teller.lasted_s == 0, INSTRUMENTS[place].name


def _series_is_the_sum(teller: Teller) -> None:
    assert teller.observation
    totals = teller.observation.totals()
    series = teller.observation.series.finish(0, totals.elapsed_s)
    energy_j = [reading.share_j for reading in totals.readings if reading.held_s is None]
    assert abs(sum(series.counter_j) - sum(energy_j)) <= 1e-6 * (1 + sum(energy_j))
    assert min(series.counter_j) >= 0
    assert abs(sum(series.cpu_s) - totals.cpu_s) <= 1e-6 * (1 + totals.cpu_s)


def _shares_fit(node: TrueNode, readings: dict[int, tuple[ReadingTotal, ...]]) -> None:
    """Shares of those at the top + what nobody claims = node; of those inside one + the rest of it = the one."""
    outer = {teller.number: teller.recording.within for teller in node.ended if teller.number >= 0}
    for above in {None, *outer.values()}:
        inside = [number for number, within in outer.items() if within == above]
        for place, instrument in enumerate(INSTRUMENTS):
            shares_j = sum(readings[number][place].share_j for number in inside)
            whole_j = readings[-1][place].node_j if above is None else readings[above][place].share_j
            if above is None and node.was_reset[place] and isinstance(instrument, Counter):
                whole_j = node.true[place]  # who began after a new start knows more of it than who was there before
            elif node.was_reset[place]:
                continue
            assert shares_j <= whole_j * SLACK + SLACK_J * (1 + len(inside)), (above, instrument.name)
            if isinstance(instrument, UseGauge):
                held_s = sum(readings[number][place].held_s or 0.0 for number in inside)
                assert held_s <= (readings[-1 if above is None else above][place].held_s or 0.0) * SLACK + 1e-2


def _stages_fit(node: TrueNode, readings: dict[int, tuple[ReadingTotal, ...]]) -> None:
    """What one recording of all sees is no less than what those see that followed one another."""
    turns: list[Teller] = []
    for teller in sorted(node.ended, key=lambda each: each.began_s):
        if teller.number >= 0 and (not turns or turns[-1].began_s + turns[-1].lasted_s <= teller.began_s):
            turns.append(teller)
    for place, instrument in enumerate(INSTRUMENTS):
        parts_j = sum(readings[teller.number][place].node_j for teller in turns)
        whole_j = node.true[place] if node.was_reset[place] else readings[-1][place].node_j
        assert parts_j <= whole_j * SLACK + SLACK_J * (1 + len(turns)), instrument.name
        all_seen = not any(teller.failed[place] for teller in node.ended)
        without_a_break = sum(teller.lasted_s for teller in turns) >= node.lasted_s - 1e-9
        if all_seen and without_a_break and not node.was_reset[place]:
            assert parts_j >= whole_j / SLACK - SLACK_J * (1 + len(turns)), instrument.name
