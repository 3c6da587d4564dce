"""Whatever was recorded, in whatever parts it was disclosed: merged it is what it would have been at once."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from hypothesis import event, given, settings
from hypothesis import strategies as st
from tests.disclosure.histories import History, histories

from joulecard.canonical import digest
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.document import Disclosure, Subject
from joulecard.disclosure.executions import key_of
from joulecard.disclosure.lineage import Lineage, StageLineage
from joulecard.disclosure.merge import Merged, Source, merge
from joulecard.disclosure.tallied import Factors
from joulecard.errors import InvalidInputError
from joulecard.factors import edition
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.capture.segment import Segment

EDITION = edition()
CREATED = "2026-11-21T10:00:00Z"
SUMS = ("energy_it", "energy_facility", "operational_location")


def assembled(segments: Iterable[Segment], history: History, lineage: Lineage | None = None) -> Disclosure:
    """The disclosure of some of the segments."""
    return assemble(
        segments,
        subject=Subject(type="pipeline", name="any"),
        factors=Factors(EDITION, history.profile),
        created=CREATED,
        lineage=lineage,
    )


def source(disclosure: Disclosure) -> Source:
    """The disclosure as it is read from a file."""
    data = disclosure.to_json()
    return Source(disclosure.document.id, Disclosure.model_validate_json(data), digest(json.loads(data)))


def merged(*disclosures: Disclosure) -> Merged:
    """The disclosures in one, which is valid and the same for any order of them."""
    sources = [source(each) for each in disclosures]
    found = merge(sources, created=CREATED)
    assert merge(reversed(sources), created=CREATED).disclosure == found.disclosure
    return found


def broken(disclosure: Disclosure) -> list[str]:
    """What is wrong with it, a line each."""
    return [
        f"{each.rule} {each.pointer}: {each.message}" for each in validate_disclosure(disclosure.to_json()).violations
    ]


def numbers(disclosure: Disclosure) -> dict[str, Any]:
    """The totals with their methods and ranges, and those by phase."""
    found: dict[str, Any] = {}
    totals = disclosure.totals
    named = [
        ("new", totals.new),
        ("all", totals.including_reused),
        *((each.phase, each) for each in totals.by_phase or ()),
    ]
    for name, block in named:
        for key in SUMS:
            quantity = getattr(block, key)
            ends = (quantity.interval.lower, quantity.interval.upper) if quantity.interval else ()
            found[f"{name} {key}"] = (quantity.method, quantity.value, *ends)
    return found


def different(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The numbers that are not the same but for the last digits."""
    return [
        f"{key}: {one.get(key)} {other.get(key)}" for key in one | other if not _alike(one.get(key), other.get(key))
    ]


def _alike(mine: Any, theirs: Any) -> bool:
    if mine is None or theirs is None or len(mine) != len(theirs):
        return False
    return mine[0] == theirs[0] and all(map(_near, mine[1:], theirs[1:]))


def _near(one: float | None, other: float | None) -> bool:
    return one is other or (one is not None and other is not None and math.isclose(one, other, rel_tol=1e-9))


def grids(disclosure: Disclosure) -> set[str]:
    """The grid factors that it applied."""
    return {factor.id for factor in disclosure.factors if factor.kind == "grid_intensity"}


def parts_of(history: History, draw: st.DataObject) -> list[list[Segment]]:
    """The segments in two parts, each execution with all of its records in one of them."""
    keys = sorted({key_of(segment) for segment in history.segments})
    first = set(draw.draw(st.lists(st.sampled_from(keys), unique=True)))
    parts = ([s for s in history.segments if (key_of(s) in first) is wanted] for wanted in (True, False))
    return [part for part in parts if part]


REFUSED = (
    "count the same energy",
    "counts the same energy",
    "already counted",
    "must not be added up",
    "describe it, or where",
)


def merged_if_possible(*disclosures: Disclosure) -> Disclosure | None:
    """The disclosures in one; None where they are refused with a sentence, or told to claim the same energy."""
    try:
        found = merged(*disclosures).disclosure
    except InvalidInputError as error:
        event(next(words for words in REFUSED if words in str(error)))
        return None
    wrong = broken(found)
    assert all(line.startswith("R12") for line in wrong), wrong
    event("claimed twice" if wrong else "merged")
    return None if wrong else found


@given(history=histories(), draw=st.data())
def test_disclosed_in_parts_and_merged_is_as_if_disclosed_at_once(history: History, draw: st.DataObject) -> None:
    """Energy to the last digit, emissions where the same grid factors were found; or it is refused with a sentence."""
    try:
        whole = assembled(history.segments, history)
        parts = [assembled(part, history) for part in parts_of(history, draw)]
    except InvalidInputError:
        return  # two records may have counted the same energy: nothing to compare with
    found = merged_if_possible(*parts)
    if found is None:
        return
    mine, theirs = numbers(found), numbers(whole)
    if grids(found) != grids(whole):  # a zone that one part knows decides what a country's factor is in the whole
        mine, theirs = ({key: value for key, value in each.items() if "energy" in key} for each in (mine, theirs))
    assert not (told := different(mine, theirs)), told
    assert {stage.execution_id for stage in found.stages} == {stage.execution_id for stage in whole.stages}


@given(history=histories())
@settings(max_examples=30)
def test_a_disclosure_merged_with_itself_has_the_same_totals(history: History) -> None:
    """Lineage, cached results and lost records included."""
    try:
        whole = assembled(history.segments, history, history.lineage)
    except InvalidInputError:
        return
    found = merged(whole, whole).disclosure
    assert broken(found) == []
    assert different(numbers(found), numbers(whole)) == []


@given(history=histories(), draw=st.data())
def test_a_disclosure_merged_with_a_part_of_it_has_the_same_totals(history: History, draw: st.DataObject) -> None:
    """What both hold counts once, also where the part lacks the record that its own lie within."""
    try:
        whole = assembled(history.segments, history)
        parts = [assembled(part, history) for part in parts_of(history, draw)]
    except InvalidInputError:
        return
    for part in parts:
        if not grids(part) <= grids(whole):
            continue  # a zone that only the whole knows decides its country's factor: other numbers, which are refused
        found = merged_if_possible(whole, part)
        assert found is None or different(numbers(found), numbers(whole)) == []


@given(history=histories())
@settings(max_examples=30)
def test_a_result_that_was_taken_over_gives_way_to_the_execution_itself(history: History) -> None:
    """The pipeline of today restored what that of yesterday had run: together they cost what yesterday cost."""
    cached = Lineage(tuple(StageLineage(name, cached=True) for name in sorted({s.stage for s in history.segments})))
    try:
        whole, today = assembled(history.segments, history), assembled(history.segments, history, cached)
    except InvalidInputError:
        return
    found = merged_if_possible(whole, today)
    taken_over = [stage.reused_from for stage in found.stages if stage.reused_from] if found else []
    assert all(each.execution_id is None for each in taken_over)
    assert found is None or different(numbers(found), numbers(whole)) == []
