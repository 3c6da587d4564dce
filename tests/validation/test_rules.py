"""What each rule asks beyond arithmetic: boundaries, dates, places, contracts and links."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.standard.corpus import VALID
from tests.standard.stages import Execution, Host, Watch, disclosure

from joulecard.validation import validate_document
from joulecard.validation.levels import level_of

if TYPE_CHECKING:
    from collections.abc import Callable

ATTESTED_ON = "2026-11-22"


def _made(name: str) -> Any:
    """A document of the corpus that shares nothing with others."""
    return json.loads(json.dumps(VALID[name]()))


def _found(document: Any) -> list[tuple[str, str]]:
    return [(item.rule, item.pointer) for item in validate_document(document, "disclosure").violations]


def _warned(document: Any) -> list[tuple[str, str]]:
    verdict = validate_document(document, "disclosure")
    assert verdict.valid
    return [(item.rule, item.pointer) for item in verdict.warnings]


def _with_boundary(name: str, **members: Any) -> Any:
    document = _made(name)
    document["boundary"] |= members
    return document


def _exclusion(part: str) -> dict[str, str]:
    return {"part": part, "what": part, "reason": "not assessed"}


def test_a_part_cannot_be_included_and_left_out() -> None:
    """Equipment and life cycle alike; what has no `part` is told in words alone."""
    embodied = _made("whole")
    embodied["boundary"]["exclusions"] = [_exclusion("embodied"), {"what": "embodied", "reason": "of the network"}]
    assert _found(embodied) == [("R15", "/boundary/exclusions/0/part")]
    cpu = _with_boundary("counted", exclusions=[_exclusion("cpu")])
    cpu["boundary"].pop("equipment_included", None)
    assert _found(cpu) == [("R15", "/boundary/exclusions/0/part")]


@pytest.mark.parametrize(
    ("listed", "place"),
    [
        (["cpu", "memory", "cooling"], None),
        (["cpu", "cooling"], "/boundary/equipment_included"),
        (["cpu", "memory"], "/boundary/equipment_included"),
        (["cpu", "memory", "storage", "cooling"], "/boundary/equipment_included/2"),
    ],
)
def test_included_equipment_is_what_the_components_show(listed: list[str], place: str | None) -> None:
    """All of it and nothing else; cooling comes with the facility."""
    document = _with_boundary("counted", equipment_included=listed, exclusions=[])
    assert _found(document) == ([("R15", place)] if place else [])


def test_equipment_of_energy_without_components_is_taken_at_its_word() -> None:
    """Nobody can tell what a declared energy holds; cooling still needs facility energy."""
    assert _found(_with_boundary("declared-minimal", equipment_included=["cpu", "storage"], exclusions=[])) == []
    cooled = _with_boundary("declared-minimal", equipment_included=["cooling"], exclusions=[])
    assert _found(cooled) == [("R15", "/boundary/equipment_included/0")]


def test_a_scope_of_accelerators_holds_nothing_else() -> None:
    """The energy of a CPU makes it a node."""
    document = _with_boundary("pipeline-without-pue", scope_level="accelerator")
    assert ("R15", "/boundary/scope_level") in _found(document)


def test_left_out_runs_are_not_all_runs() -> None:
    """An exclusion of runs contradicts `all`."""
    assert _found(_with_boundary("counted", exclusions=[_exclusion("runs")], runs_counted="all")) == [
        ("R15", "/boundary/exclusions/0/part")
    ]
    assert _found(_with_boundary("counted", exclusions=[_exclusion("runs")], runs_counted="final")) == []


def test_final_runs_hold_no_failed_or_replaced_one() -> None:
    """Their energy counts, so all runs are counted."""
    assert _found(_with_boundary("retried", runs_counted="final")) == [("R13", "/boundary/runs_counted")]
    assert _found(_with_boundary("interrupted", runs_counted="final")) == [("R13", "/boundary/runs_counted")]


def test_fewer_nodes_cannot_be_expected_than_were_seen() -> None:
    """And a missing one needs a gap of its own, not one about a segment that is here."""
    assert _found(_with_boundary("two-places", nodes_expected=1)) == [("R13", "/boundary/nodes_expected")]
    missing = _with_boundary("interrupted", nodes_expected=3)
    assert _found(missing) == [("R13", "/boundary/nodes_expected")]
    missing["gaps"].append({"what": "node", "reason": "its record was lost"})
    assert _found(missing) == []


def test_a_total_that_leaves_stages_out_says_so() -> None:
    """A stage without the member is as missing as one without a value."""
    two = [Execution(name, "training", [Watch(Host(1), start, start + 60)]) for name, start in (("a", 0), ("b", 60))]
    document: Any = disclosure("two", two)
    compute = {"value": 1e15, "unit": "FLOP", "method": "declared"}
    document["stages"][0]["compute"] = compute
    for block in ("new", "including_reused"):
        document["totals"][block]["compute"] = compute
    assert set(_found(document)) == {("R07", "/totals/new/compute"), ("R07", "/totals/including_reused/compute")}
    for block in ("new", "including_reused"):
        document["totals"][block]["compute"] = {**compute, "reason": "of the stage b nobody counted it"}
    assert _found(document) == []


def test_a_statement_is_made_before_it_expires_and_after_the_document() -> None:
    """A day is let through, for days are those of the one who signs."""
    document = _made("attested")
    document["attestations"][0]["expires"] = "2026-11-20"
    assert _found(document) == [("R02", "/attestations/0/expires")]
    document["attestations"][0] |= {"expires": "2027-11-20", "date": "2026-11-20"}
    assert _found(document) == []
    document["attestations"][0]["date"] = "2026-11-19"
    assert _found(document) == [("R02", "/attestations/0/date")]


def test_a_grid_factor_of_other_days_is_a_warning_until_an_assumption_names_it() -> None:
    """One warning a factor, at the days it describes."""
    document = _made("counted")
    place = next(index for index, item in enumerate(document["factors"]) if item["kind"] == "grid_intensity")
    document["factors"][place]["valid"] = {"start": "2019-01-01", "end": "2019-12-31"}
    document["assumptions"] = []
    assert _warned(document) == [("R16", f"/factors/{place}/valid")]
    named = {"id": "a9", "statement": "2019 stands for 2026", "default": True}
    document["assumptions"] = [{**named, "factor_ref": document["factors"][place]["id"]}]
    assert _warned(document) == []


def test_times_that_are_unlikely_are_warnings() -> None:
    """A stage that ended before what it reads was begun, and a document older than what it tells of."""
    stages = [
        Execution("evaluate", "validation", [Watch(Host(1), 0, 10)], ("s-train",)),
        Execution("train", "training", [Watch(Host(1), 20, 30)]),
    ]
    document: Any = disclosure("turned", stages)
    assert _warned(document) == [("R17", "/stages/0/depends_on/0")]
    document["document"]["created"] = "2026-11-21T01:00:00Z"
    assert _warned(document)[-1] == ("R17", "/document/created")


@pytest.mark.parametrize(
    ("location", "place"),
    [
        ({"country": "US", "subdivision": "US-CA", "precision": "subdivision"}, None),
        ({"country": "US", "subdivision": "FR-75", "precision": "subdivision"}, "subdivision"),
        ({"country": "US", "precision": "region"}, "precision"),
        ({"country": "US", "region": "us-west-1", "precision": "country"}, "precision"),
        ({"precision": "country"}, "precision"),
        ({"precision": "continent"}, None),
        ({"country": "US", "precision": "unknown"}, "precision"),
    ],
)
def test_a_place_is_told_exactly_as_its_precision_says(location: dict[str, str], place: str | None) -> None:
    """Neither less nor more, and a subdivision lies in its country."""
    document = _made("counted")
    document["locations"][0] = {"id": document["locations"][0]["id"], **location}
    assert _found(document) == ([("R18", f"/locations/0/{place}")] if place else [])


def test_a_contract_stands_for_its_factor_and_no_more_energy_than_it_covers() -> None:
    """R09 on the market-based lines of a stage."""
    document = _made("whole")
    document["instruments"][0]["energy_kwh"] = 0.5
    assert _found(document) == [("R09", "/instruments/0/energy_kwh")]
    other = _made("whole")
    other["instruments"][0]["factor_ref"] = other["factors"][0]["id"]
    assert ("R09", "/stages/0/emissions/operational_market/lines/0/factor_ref") in _found(other)


def test_a_gap_names_parts_of_its_own_stage() -> None:
    """A component is found in the stage that the gap names, a segment and its host likewise."""
    document = _made("two-places")
    first, second = document["stages"]
    document["gaps"] = [{"what": "cpu", "reason": "lost", "component_ref": "c0"}]
    assert _found(document) == [("R01", "/gaps/0/component_ref")]
    document["gaps"][0] |= {"stage_ref": first["id"], "component_ref": "c99"}
    assert _found(document) == [("R01", "/gaps/0/component_ref")]
    document["gaps"][0] |= {"component_ref": "c0", "segment_ref": second["segments"][0]["id"]}
    assert _found(document) == [("R01", "/gaps/0/segment_ref")]
    document["gaps"][0] |= {"segment_ref": first["segments"][0]["id"], "host_ref": "ffffffffffff"}
    assert _found(document) == [("R01", "/gaps/0/host_ref")]


def test_an_entry_is_replaced_by_a_later_one_of_the_same_stage() -> None:
    """Not by itself, by another stage or by an earlier try."""
    document = _made("retried")
    for name in ("s-train", "s-evaluate"):
        document["stages"][0]["superseded_by"] = name
        assert _found(document) == [("R01", "/stages/0/superseded_by")]
    del document["stages"][0]["superseded_by"]
    document["stages"][1]["superseded_by"] = "s-train"
    assert ("R01", "/stages/1/superseded_by") in _found(document)


def test_a_document_is_not_made_from_itself() -> None:
    """It neither replaces itself nor is it derived from itself or twice from one."""
    document = _made("counted")
    own, digest = document["document"]["id"], "sha256:" + "ab" * 32
    document["document"]["supersedes"] = [own]
    assert _found(document) == [("R01", "/document/supersedes/0")]
    other = own[:-1] + ("0" if own[-1] != "0" else "1")
    document["document"] |= {"supersedes": [other], "derived_from": [{"id": other, "digest": digest}] * 2}
    assert _found(document) == [("R01", "/document/derived_from/1/id")]


def test_one_try_is_told_once() -> None:
    """Two entries of one group, name and attempt are one execution, whatever their ids."""
    document = _made("retried")
    document["stages"][1]["attempt"] = 1
    assert ("R12", "/stages/1/attempt") in _found(document)


def test_more_units_than_there_are_cannot_be_reserved() -> None:
    """R03, beside the emissions that no longer recompute."""
    document = _made("whole")
    document["stages"][0]["emissions"]["embodied"]["lines"][0]["reserved_units"] = 33.0
    assert ("R03", "/stages/0/emissions/embodied/lines/0/reserved_units") in _found(document)


def test_a_declared_interval_shows_no_contributions() -> None:
    """What is computed calls itself lognormal."""
    document = _made("counted")
    interval = document["stages"][0]["energy"]["components"][0]["energy"]["interval"]
    interval["kind"] = "declared"
    assert ("R06", "/stages/0/energy/components/0/energy/interval/kind") in _found(document)


def test_what_was_found_and_what_was_expected_are_both_told() -> None:
    """With as many digits as tell the two apart."""
    document = _made("counted")
    total = document["totals"]["new"]["energy_it"]
    total["value"] *= 1.001
    (message,) = {
        item.message
        for item in validate_document(document, "disclosure").violations
        if item.pointer == "/totals/new/energy_it/value"
    }
    assert message.startswith(f"is {total['value']:.9g} kWh, and its parts sum to ")


def test_a_name_that_is_nearly_right_is_told() -> None:
    """The nearest that there is."""
    document = _made("counted")
    document["stages"][0]["segments"][0]["pue_ref"] = "f-peu"
    messages = [item.message for item in validate_document(document, "disclosure").violations]
    assert any("did you mean 'f-pue'?" in message for message in messages)


@pytest.mark.parametrize("part", ["storage", "network", "cooling", "end_of_life"])
def test_level_two_wants_each_part_told(part: str) -> None:
    """Included or left out; the lack says how to tell it."""
    document = _made("pipeline-without-pue")
    assert level_of(document)[0] == "L2"
    told = document["boundary"]["exclusions"]
    document["boundary"]["exclusions"] = [item for item in told if item.get("part") != part]
    level, (lack, *_) = level_of(document)
    assert (level, lack.pointer) == ("L1", "/boundary/exclusions")
    assert f'"part": "{part}"' in lack.message


def test_every_lack_says_what_to_add() -> None:
    """A reason and, after a colon, what to do."""
    documents = [_made(name) for name in ("declared-minimal", "all-reused", "counted", "whole")]
    bare = _made("counted")
    for member in ("depends_on", "inputs", "outputs", "segments"):
        bare["stages"][0].pop(member)
    lacks = [lack for document in [*documents, bare] for lack in level_of(copy.deepcopy(document))[1]]
    assert len(lacks) >= 10
    assert [lack for lack in lacks if ": " not in lack.message] == []


@pytest.mark.parametrize("rule", ["R01", "R12"])
def test_thousands_of_findings_are_cut(rule: str, calls: Callable[[Callable[[], object]], int]) -> None:
    """At most 500 of a rule, with at most 2,500 places beside them, and no more work than the document is long."""

    def broken(count: int) -> Any:
        document = _made("counted")
        stage = document["stages"][0]
        stage["segments"] = [{**stage["segments"][0], "factor_ref": f"f{index}"} for index in range(count)]
        return document

    large, small = broken(2000), broken(200)
    found = [item for item in validate_document(large, "disclosure").violations if item.rule == rule]
    assert len(found) == 500
    assert sum(len(item.related) for item in found) <= 2500
    validate_document(small, "disclosure")
    assert calls(lambda: validate_document(large, "disclosure")) < 11 * calls(
        lambda: validate_document(small, "disclosure")
    )


def test_a_large_broken_document_costs_no_more_than_its_first_errors() -> None:
    """Half a million empty stages: the first of each list are told, and that there may be more."""
    document = _made("counted")
    document["stages"] = [{}] * 500_000
    violations = validate_document(document, "disclosure").violations
    assert 20 <= len(violations) <= 22
    assert any("more errors may follow" in item.message for item in violations)
    document["stages"] = [_made("counted")["stages"][0]] * 100 + [{}]
    document["gaps"] = [{"what": "x", "reason": "y"}] * 20_000
    assert {item.rule for item in validate_document(document, "disclosure").violations} == {"schema"}
