"""The fuzzers would notice: planted faults break a promise, and a change to a document is a change."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.fuzz.engine import timed
from tests.fuzz.mutation import CHANGES, mutated, places_of
from tests.fuzz.promises import check_answer, check_printed
from tests.fuzz.targets import TARGETS

from joulecard.validation import Verdict, Violation, validate

if TYPE_CHECKING:
    from tests.fuzz.mutation import Change

WRONG = Violation("/stages/0", "R03", "is wrong", ("/stages",))
GIVEN: dict[str, Any] = {"stages": [{}]}
FAULTS = {
    "a place that is not there": replace(WRONG, pointer="/stages/1"),
    "a place below a text": replace(WRONG, pointer="/stages/0/id"),
    "a place that is no pointer": replace(WRONG, pointer="stages"),
    "a rule that nobody knows": replace(WRONG, rule="R99"),
    "nothing said": replace(WRONG, message=""),
    "two lines": replace(WRONG, message="is\nwrong"),
    "a sign that steers the terminal": replace(WRONG, message="\x1b[31mis wrong"),
    "half of a character": replace(WRONG, message="\ud800 is wrong"),
    "a megabyte of it": replace(WRONG, message="x" * 1_000_000),
    "half a million places": replace(WRONG, related=("/stages",) * 500_000),
}


def test_a_plain_answer_keeps_the_promises() -> None:
    """Rule, sentence and a place that is there."""
    check_answer(Verdict((WRONG,), document=GIVEN, kind="disclosure"), GIVEN)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_noticed(fault: str) -> None:
    """Each fault of a violation breaks a promise."""
    with pytest.raises(AssertionError):
        check_answer(Verdict((FAULTS[fault],), document=GIVEN, kind="disclosure"), GIVEN)


def test_a_level_without_a_valid_disclosure_is_noticed() -> None:
    """Only what is valid has a level, and what is valid has one."""
    for verdict in (Verdict((WRONG,), "L1", GIVEN, kind="disclosure"), Verdict((), None, GIVEN, kind="disclosure")):
        with pytest.raises(AssertionError):
            check_answer(verdict, GIVEN)


@pytest.mark.parametrize("text", ["\x1b[2J", "\u0085", "\u202etxt.exe", "Traceback (most recent call last):\n"])
def test_what_no_command_may_print_is_noticed(text: str) -> None:
    """Control signs of foreign text, and tracebacks."""
    with pytest.raises(AssertionError):
        check_printed(text)


def test_what_takes_too_long_is_noticed() -> None:
    """A second, and 0.3 s a MB: the clock is the process's own, here one that has run for an hour."""
    readings = iter([0.0, 3600.0])
    with pytest.raises(AssertionError, match=r"3600\.00 CPU s for 2 bytes"):
        timed(lambda _: None, lambda: next(readings))(b"{}")


@pytest.mark.parametrize("target", [name for name, target in TARGETS.items() if target.is_document])
def test_changes_are_repeatable_and_stay_json(target: str) -> None:
    """The same seed makes the same change, most seeds make one, and none makes a text longer than allowed."""
    data = TARGETS[target].begin()[0]
    made = [mutated(data, seed, 100_000) for seed in range(200)]
    assert made == [mutated(data, seed, 100_000) for seed in range(200)]
    assert sum(json.loads(each) != json.loads(data) for each in made) > 150
    assert all(len(mutated(data, seed, len(data))) <= len(data) for seed in range(200))


def test_bytes_that_are_no_document_stay_as_they_are() -> None:
    """Only libFuzzer changes them."""
    for data in (b"", b"{", b"\xff\xfe", b"[" * 100_000):
        assert mutated(data, 1, 1_000_000) == data


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_makes_an_invalid_document_of_a_valid_one(change: Change) -> None:
    """None of them is idle."""
    data = TARGETS["disclosure"].begin()[0]
    assert validate(data).valid
    found = set()
    for seed in range(60):
        document = json.loads(data)
        chance = random.Random(seed)  # noqa: S311 - the same seed makes the same change
        change(list(places_of(document)), chance)
        found.add(validate(json.dumps(document).encode("utf-8", "surrogatepass")).valid)
    assert False in found
