"""A verdict says where, what is found and what is allowed; a newer standard is not called invalid."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.standard.corpus import VALID
from tests.standard.stages import Execution, Host, Watch, disclosure

from joulecard.errors import MissingPartError
from joulecard.validation import (
    validate,
    validate_disclosure,
    validate_document,
    validate_segment,
    validate_stage_record,
)
from joulecard.validation.levels import level_of

if TYPE_CHECKING:
    from collections.abc import Callable


def _counted() -> dict[str, Any]:
    document: dict[str, Any] = copy.deepcopy(VALID["counted"]())
    return document


def _messages(document: Any) -> dict[str, str]:
    return {item.pointer: item.message for item in validate(json.dumps(document).encode()).violations}


def test_each_place_gets_one_sentence_with_what_is_allowed() -> None:
    """Missing, unknown, mistyped and misspelt members."""
    document = _counted()
    del document["document"]["created"]
    document["subject"] = {"type": "cat", "nmae": "x", "name": "a\tb"}
    document["resources"][0]["count"] = "one"
    document["stages"][0]["refs"] = {"dvc stage": "train"}
    document["stages"][0]["time"]["start"] = "yesterday"
    told = _messages(document)
    assert told["/document"] == 'the member "created" is missing'
    assert told["/subject/type"] == 'is "cat"; allowed: "model", "pipeline", "run", "service"'
    assert told["/subject/nmae"].endswith('did you mean "name"?')
    assert told["/stages/0/refs/dvc stage"].startswith("is no name that may stand here; allowed: a text that matches ^")
    assert "without line breaks" in told["/subject/name"]
    assert told["/resources/0/count"] == 'is "one", a text in quotes; allowed: a whole number'
    assert "RFC 3339 in UTC, always with Z" in told["/stages/0/time/start"]


def test_a_condition_is_told_with_the_error_that_depends_on_it() -> None:
    """A value beside not_available, and a missing reason."""
    document = _counted()
    document["totals"]["new"]["water"] = {"unit": "L", "method": "not_available", "value": 0}
    told = _messages(document)
    assert told["/totals/new/water/value"] == "must not be given where `method` is not_available"
    assert told["/totals/new/water"] == 'the member "reason" is missing where `method` is not_available'


def test_what_follows_from_another_error_of_the_schema_is_not_told() -> None:
    """A word that `status` does not know makes no member forbidden, and one list of allowed words is enough."""
    document = _counted()
    document["stages"][0]["status"] = "done"
    grid = next(index for index, factor in enumerate(document["factors"]) if factor["kind"] == "grid_intensity")
    document["factors"][grid] |= {"unit": "kg/kWh", "value": "1"}
    told = _messages(document)
    assert told[f"/factors/{grid}/unit"] == 'is "kg/kWh"; allowed: "g/kWh" where `kind` is grid_intensity'
    assert told[f"/factors/{grid}/value"] == 'is "1", a text in quotes; allowed: a number'
    assert [place for place in told if place.startswith("/stages")] == ["/stages/0/status"]


def test_a_form_is_told_with_an_example() -> None:
    """An instant in local time, and a null."""
    document = _counted()
    document["document"] |= {"created": "2026-11-21T10:00:00+01:00", "title": None}
    told = _messages(document)
    assert told["/document/created"].endswith(', such as "2026-11-21T09:00:00.000Z"')
    assert told["/document/title"] == "is null, and what has nothing to say is left out; allowed: text in double quotes"


def test_a_ring_of_stages_is_told_stage_by_stage() -> None:
    """With the stages that are in it, not those that read from it."""
    document: dict[str, Any] = copy.deepcopy(VALID["every-phase"]())
    first, second, third = document["stages"][:3]
    for stage, needs in ((first, third), (second, first), (third, first)):
        stage["depends_on"] = [needs["id"]]
    told = _messages(document)
    ring = f"depends on itself: {first['id']} reads {third['id']}, which reads {first['id']}"
    assert told["/stages/0/depends_on"] == ring


def test_things_that_come_twice_are_both_named() -> None:
    """Each item with the number of the other."""
    document = _counted()
    refs = document["stages"][0]["energy"]["facility_total"]["factor_refs"]
    refs += ["f-mem", "f-pue"]
    told, place = _messages(document), "/stages/0/energy/facility_total/factor_refs"
    assert told[f"{place}/0"] == "comes again as item 2; allowed: each item once"
    assert told[f"{place}/2"] == "is item 0 again; allowed: each item once"


def test_a_condition_names_the_member_it_depends_on() -> None:
    """A sensor that needs the name of its model."""
    document = _counted()
    document["stages"][0]["energy"]["components"][0]["sensor"] = "power_model"
    (violation,) = validate(json.dumps(document).encode()).violations
    assert violation.message == 'the member "model" is missing where `sensor` is power_model'
    assert violation.related == ("/stages/0/energy/components/0/sensor",)


def test_a_short_segment_may_end_before_it_starts_where_the_clock_was_stepped_a_little() -> None:
    """A tenth of a second, the clock half a second back: no gap is needed, and the record is good."""
    document = copy.deepcopy(VALID["segment-activity"]())
    document |= {"monotonic_s": 0.1, "clock_step_s": -0.5, "end": "2026-11-21T08:59:59.600Z"}
    assert validate_document(document, "segment").valid


@pytest.mark.parametrize("named", ["urn:joulecard:mlcd:1.0.0:disclosure", "urn:joulecard:mlcd:2.3.0-draft:disclosure"])
def test_a_newer_version_cannot_be_judged(named: str) -> None:
    """The sentence says which joulecard is needed; it is not a violation."""
    with pytest.raises(MissingPartError, match="needs joulecard >"):
        validate(json.dumps({**_counted(), "schema": named}).encode())


@pytest.mark.parametrize("named", ["urn:joulecard:mlcd:0.9.0:disclosure", "urn:other:1.0.0:disclosure", 7, None, []])
def test_a_foreign_or_older_schema_is_invalid(named: Any) -> None:
    """The violation stands at the member `schema` and names the one that is known."""
    (violation,) = validate(json.dumps({**_counted(), "schema": named}).encode()).violations
    assert (violation.pointer, violation.rule) == ("/schema", "schema")
    assert "urn:joulecard:mlcd:1.0.0-draft:disclosure" in violation.message


def test_a_kind_can_be_demanded() -> None:
    """A segment is no disclosure, and the other way round."""
    segment, whole = (json.dumps(VALID[name]()).encode() for name in ("segment-counter", "counted"))
    record = json.dumps(VALID["record"]()).encode()
    assert [validate_segment(segment).valid, validate_segment(whole).valid] == [True, False]
    assert [validate_disclosure(whole).valid, validate_disclosure(segment).valid] == [True, False]
    assert [validate_stage_record(record).valid, validate_stage_record(whole).valid] == [True, False]


def test_a_stage_record_checks_its_segments() -> None:
    """A broken segment inside a record is found at its place there."""
    document = copy.deepcopy(VALID["record"]())
    document["segments"][0]["clock_step_s"] = 3.0
    assert "/segments/0/clock_step_s" in _messages(document)
    document["segments"][0]["schema"] = "urn:joulecard:mlcd:2.0.0:segment"
    with pytest.raises(MissingPartError):
        validate(json.dumps(document).encode())


def test_beyond_design_power_is_a_warning_only() -> None:
    """R05 leaves the document valid."""
    document = _counted()
    document["resources"][0]["tdp_w"] = 10
    verdict = validate_document(document, "disclosure")
    assert verdict.valid
    assert [(item.rule, item.pointer) for item in verdict.warnings] == [
        ("R05", "/stages/0/energy/components/0/energy/value")
    ]


def test_one_device_claimed_whole_by_two_stages_at_once_is_found() -> None:
    """R12, and not when one ends before the other begins."""
    document = copy.deepcopy(VALID["whole"]())
    stage = document["stages"][0]
    other = {**copy.deepcopy(stage), "id": "s-other", "depends_on": []}
    document["stages"].append(other)
    claims = [
        item
        for item in validate_document(document, "disclosure").violations
        if "claims the whole device" in item.message
    ]
    assert [item.pointer for item in claims] == ["/stages/1/energy/components/2"]
    for span in (other["time"], *other["segments"]):
        span |= {"start": "2026-11-21T10:00:00.000Z", "end": "2026-11-21T10:10:00.000Z"}
    assert not [item for item in validate_document(document, "disclosure").violations if "claims" in item.message]


@pytest.mark.parametrize(
    ("name", "level", "lack"),
    [
        ("declared-minimal", "L0", "/resources"),
        ("all-reused", "L0", "/stages"),
        ("counted", "L2", "/document"),
        ("whole", "L2", "/attestations"),
        ("attested", "L3", None),
    ],
)
def test_levels_say_what_the_next_one_needs(name: str, level: str, lack: str | None) -> None:
    """The level and the first place that keeps the document from the next."""
    reached, lacks = level_of(VALID[name]())
    assert (reached, lacks[0].pointer if lacks else None) == (level, lack)


def test_levels_fall_with_what_is_left_out() -> None:
    """Without digests L1, without a versioned factor L0, a self-made statement is no L3."""
    document = copy.deepcopy(VALID["attested"]())
    document["attestations"][0]["by"] = " example institute "
    assert level_of(document)[0] == "L2"
    del document["stages"][0]["inputs"][0]["digest"]
    assert level_of(document)[0] == "L1"
    for factor in document["factors"]:
        factor["source"].pop("version", None)
    assert level_of(document)[0] == "L0"


def test_work_grows_in_proportion_to_stages(calls: Callable[[Callable[[], object]], int]) -> None:
    """Ten times the stages take hardly more than ten times the function calls; benchmarks/scaling.py tells seconds."""

    def work(count: int) -> int:
        stages = [
            Execution(f"t{index}", "training", [Watch(Host(1), index, index + 1, 1e-5)]) for index in range(count)
        ]
        data = json.dumps(disclosure("many", stages)).encode()
        return calls(lambda: validate(data))

    work(3)  # compiles the schema
    assert work(300) < 11 * work(30)
