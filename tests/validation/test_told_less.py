"""Numbers that agree with one another and tell less than there was; and honest ones that must not be refused."""

from __future__ import annotations

import json
from typing import Any

from tests.standard.change import GONE, changed, everywhere
from tests.standard.corpus import VALID
from tests.standard.plain import kwh, line

from joulecard.validation import validate_document
from joulecard.validation.levels import level_of

S = "/stages/0"
EMITTED = f"{S}/emissions/operational_location"
MARKET = f"{S}/emissions/operational_market"


def _found(document: Any) -> list[tuple[str, str]]:
    return [(item.rule, item.pointer) for item in validate_document(document, "disclosure").violations]


def _lacks(document: Any) -> tuple[str, list[str]]:
    level, lacks = level_of(document)
    return level, [lack.pointer for lack in lacks]


def test_emissions_are_those_of_the_facility_where_its_energy_is_known() -> None:
    """IT energy on the lines leaves the cooling out, although the boundary counts it in."""
    less = {f"{EMITTED}/lines/0": line(0.5, "grid", "it"), f"{EMITTED}/value": 25.0}
    document = changed(VALID["by-hand-one-stage"], less | everywhere("operational_location/value", 25.0))
    assert _found(document) == [("R03", f"{EMITTED}/lines/0/energy_basis")]


def test_nodes_are_counted_from_the_segments_where_nobody_counted_them() -> None:
    """Leaving `nodes_seen` out does not hide that most nodes left no record."""
    document = changed(VALID["counted"], {"/boundary/nodes_expected": 64, "/boundary/nodes_seen": GONE})
    assert _found(document) == [("R13", "/boundary/nodes_expected")]
    document["gaps"] = [{"what": "nodes", "reason": "their disks were lost"}]
    assert _found(document) == []


def test_a_place_that_no_hardware_names_places_nothing() -> None:
    """L1 asks where each piece of hardware stands, or each line's energy was drawn."""
    unplaced = {"/resources/0/location_ref": GONE, "/resources/1/location_ref": GONE}
    document = changed(VALID["by-hand-one-stage"], unplaced)
    assert _lacks(document) == ("L0", ["/resources/0", "/resources/1"])
    document["stages"][0]["emissions"]["operational_location"]["lines"][0]["location_ref"] = "l1"
    assert level_of(document)[0] == "L1"


def test_facility_energy_told_by_hand_is_not_recomputable() -> None:
    """Emissions rest on it: without the PUE nobody can take the step from IT energy."""
    facility = f"{S}/energy/facility_total"
    by_hand = {f"{facility}/method": "declared", f"{facility}/factor_refs": GONE, "/factors/1": GONE}
    by_hand |= everywhere("energy_facility/method", "declared") | everywhere("energy_facility/factor_refs", GONE)
    document = changed(VALID["by-hand-one-stage"], by_hand)
    assert _found(document) == []
    assert _lacks(document) == ("L0", [facility])


def test_ranges_given_by_hand_are_not_traced() -> None:
    """L2 asks for intervals that recompute: a declared one may be as narrow as its writer likes."""
    document = VALID["counted"]()
    drawn = document["stages"][0]["energy"]["it_total"]
    drawn["interval"] = {"lower": drawn["value"], "upper": drawn["value"], "coverage": 0.9, "kind": "declared"}
    assert _lacks(document) == ("L1", [f"{S}/energy/it_total"])


def test_a_statement_on_other_bytes_attests_nothing() -> None:
    """A document that was changed after it was signed falls back to L2, and the digest is named."""
    document = json.loads(json.dumps(VALID["attested"]()))
    assert level_of(document)[0] == "L3"
    document["document"]["title"] = "Changed afterwards"
    assert _lacks(document) == ("L2", ["/attestations/0/digest"])


def test_the_grid_may_stand_in_where_no_residual_mix_is_published() -> None:
    """Only where an assumption of that name says so, as for a profile."""
    changes = {
        f"{MARKET}/lines/1/factor_ref": "grid",
        f"{MARKET}/factor_refs": ["contract", "grid"],
        f"{MARKET}/value": 165000.0,
        "/factors/3": GONE,
    }
    changes |= everywhere("operational_market/value", 165000.0)
    changes |= everywhere("operational_market/factor_refs", ["contract", "grid"])
    document = changed(VALID["by-hand-market"], changes)
    assert _found(document) == [("R09", f"{MARKET}/lines/1/factor_ref")]
    document["assumptions"] = [{"id": "market-fallback", "statement": "No residual mix exists here.", "default": False}]
    assert _found(document) == []


def test_a_provider_may_tell_the_energy_of_a_job_that_no_segment_saw() -> None:
    """Segments without counters do not sum to nothing: the number is declared, and a gap says what was not seen."""
    document = VALID["declared-minimal"]()
    segment = VALID["counted"]()["stages"][0]["segments"][0]
    blind = {name: value for name, value in segment.items() if not name.endswith("_ref") and name != "energy_it_kwh"}
    stage, span = document["stages"][0], {name: segment[name] for name in ("start", "end")}
    stage["segments"] = [{**blind, "host_ref": segment["host_ref"], "coverage": 0}]
    stage["time"] = {**span, "wall_s": segment["monotonic_s"], "monotonic_s": segment["monotonic_s"]}
    document["boundary"]["period"] = span
    document["gaps"] = [{"what": "counters", "reason": "none is readable", "segment_ref": segment["id"]}]
    assert _found(document) == []
    stage["energy"]["it_total"] = kwh(stage["energy"]["it_total"]["value"], "measured")
    assert ("R03", f"{S}/energy/it_total/value") in _found(document)
