"""Whatever was recorded, in whatever parts it was disclosed: merged it is what it would have been at once."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import event, given
from hypothesis import strategies as st
from tests.disclosure.histories import History, histories

from joulecard.canonical import digest
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.document import Disclosure, Subject
from joulecard.disclosure.executions import key_of
from joulecard.disclosure.merge import Merged, Source, merge
from joulecard.disclosure.tallied import Factors
from joulecard.errors import InvalidInputError
from joulecard.factors import edition
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.capture.segment import Segment
    from joulecard.disclosure.lineage import Lineage

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
    return [f"{each.rule} {each.pointer}: {each.message}" for each in validate_disclosure(disclosure.to_json()).violations]


def numbers(disclosure: Disclosure) -> dict[str, Any]:
    """The totals with their methods and ranges, and those by phase."""
    found: dict[str, Any] = {}
    totals = disclosure.totals
    named = [("new", totals.new), ("all", totals.including_reused), *((each.phase, each) for each in totals.by_phase or ())]
    for name, block in named:
        for key in SUMS:
            quantity = getattr(block, key)
            ends = (quantity.interval.lower, quantity.interval.upper) if quantity.interval else ()
            found[f"{name} {key}"] = (quantity.method, quantity.value, *ends)
    return found


def alike(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two sets of numbers are the same but for the last digits."""
    return one.keys() == other.keys() and all(
        mine[0] == theirs[0] and len(mine) == len(theirs) and all(map(_near, mine[1:], theirs[1:]))
        for mine, theirs in ((one[key], other[key]) for key in one)
    )


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


@given(history=histories(), draw=st.data())
def test_disclosed_in_parts_and_merged_is_as_if_disclosed_at_once(history: History, draw: st.DataObject) -> None:
    """Energy to the last digit, emissions where the same grid factors were found; or it is refused with a sentence."""
    try:
        parts = [assembled(part, history) for part in parts_of(history, draw)]
        found = merged(*parts).disclosure
    except InvalidInputError as error:
        event("refused")
        assert "count the same energy" in str(error) or "counts the same energy" in str(error) or "already counted" in str(
            error
        ) or "must not be added up" in str(error)
        return
    if wrong := broken(found):
        assert all(line.startswith("R12") for line in wrong), wrong
        event("contradicts itself")
        return
    event("merged")
    whole = assembled(history.segments, history)
    mine, theirs = numbers(found), numbers(whole)
    if grids(found) != grids(whole):
        event("other grids")
        mine, theirs = ({key: value for key, value in each.items() if "energy" in key} for each in (mine, theirs))
    assert alike(mine, theirs)
    assert {stage.execution_id for stage in found.stages} == {stage.execution_id for stage in whole.stages}


@given(history=histories(), draw=st.data())
def test_merging_with_itself_or_a_part_changes_no_total(history: History, draw: st.DataObject) -> None:
    """Lineage, cached results and lost records included."""
    try:
        whole = assembled(history.segments, history, history.lineage)
        parts = [assembled(part, history) for part in parts_of(history, draw)]
    except InvalidInputError:
        return
    assert alike(numbers(merged(whole, whole).disclosure), numbers(whole))
    for part in parts:
        try:
            found = merged(assembled(history.segments, history), part).disclosure
        except InvalidInputError as error:
            event(str(error)[-40:])
            continue
        assert broken(found) == []
        assert alike(numbers(found), numbers(assembled(history.segments, history)))
