"""Documents that the schema refuses, each for one thing: members, units, words, and what must go together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tests.standard import by_hand, corpus, recorded, richer, stages
from tests.standard.authoring import LOCATION_BASIS
from tests.standard.change import GONE, Broken, broken
from tests.standard.executions import name_uuid
from tests.standard.plain import factor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

S = "/stages/0"
CPU = f"{S}/energy/components/0"
IT, FACILITY = f"{S}/energy/it_total", f"{S}/energy/facility_total"
EMITTED = f"{S}/emissions/operational_location"
REUSED = f"{S}/reused_from"
LEAST, ONE, MADE, WATER, CONTRACTS = (
    stages.declared_minimal,
    by_hand.one_stage,
    by_hand.embodied,
    by_hand.water,
    by_hand.market,
)
EARLIER = by_hand.reused

MEMBERS = (
    broken("schema-t01-fail-missing-subject", LEAST, {"/subject": GONE}, ""),
    broken("schema-t02-fail-unknown-member", LEAST, {"/subject/nmae": "digits"}),
    broken("schema-t03-fail-negative-energy", ONE, {f"{CPU}/energy/value": -0.4}),
    broken("schema-t04-fail-true-for-number", ONE, {"/resources/0/count": True}),
    broken("schema-t05-fail-silent-zero", LEAST, {"/totals/new/energy_facility/value": 0}),
    broken("schema-t06-fail-no-reason", LEAST, {f"{FACILITY}/reason": GONE}, FACILITY),
    broken("schema-t07-fail-no-value", LEAST, {f"{IT}/value": GONE}, IT),
    broken("schema-t08-fail-time-with-an-offset", LEAST, {f"{S}/time/start": "2026-11-20T09:00:00+01:00"}),
    broken("schema-t09-fail-line-break-in-name", LEAST, {"/subject/name": "digits\nand more"}),
    broken("schema-t10-fail-direction-override", LEAST, {"/subject/name": "digits\u202egnp"}),
    broken("schema-t11-fail-unknown-phase", LEAST, {f"{S}/phase": "trainig"}),
    broken("schema-t12-fail-energy-in-mwh", LEAST, {f"{IT}/unit": "MWh"}),
    broken("schema-t13-fail-foreign-schema", LEAST, {"/schema": "https://example.org/other.json"}),
    broken("schema-t14-fail-nul-in-text", LEAST, {"/subject/description": "digits\u0000"}),
    broken("schema-t15-fail-c1-control-in-text", LEAST, {"/subject/version": "1\u0085"}),
    broken("schema-t16-fail-line-separator-in-text", LEAST, {"/subject/description": "one\u2028two"}),
    broken("schema-t17-fail-isolate-in-text", LEAST, {"/generator/name": "\u2066joulecard"}),
    broken("schema-t18-fail-name-of-300-signs", LEAST, {"/subject/name": "n" * 300}),
    broken("schema-t19-fail-fraction-for-count", ONE, {"/resources/0/count": 1.5}),
    broken("schema-t20-fail-null-for-nothing", LEAST, {"/document/title": None}),
    broken("schema-t21-fail-upper-case-uuid", LEAST, {f"{S}/execution_id": name_uuid("minimal/train").upper()}),
    broken("schema-t22-fail-id-with-a-space", LEAST, {f"{S}/id": "train 1"}),
    broken("schema-t23-fail-energy-of-10-to-400", ONE, {f"{CPU}/energy/value": 1e300}),
    broken("schema-t24-fail-extension-without-domain", corpus.whole, {"/extensions/mine": {}}),
    broken(
        "schema-t25-fail-factor-named-twice",
        ONE,
        {f"{FACILITY}/factor_refs": ["pue", "pue"]},
        f"{FACILITY}/factor_refs/1",
    ),
    broken("schema-t26-fail-unknown-sensor", ONE, {f"{CPU}/sensor": "guess"}),
    broken("schema-t27-fail-counter-unknown", recorded.segment_counter, {"/energy/0/sensor": "cpu-tdp"}),
    broken("schema-t28-fail-reads-neither", recorded.segment_gpu, {"/energy/0/reads": "utilisation"}),
    broken("schema-t29-fail-host-by-name", recorded.segment_activity, {"/host_ref": "node-17.example"}),
    broken("schema-t30-fail-list-for-a-document", LEAST, {"/subject": ["model", "digits"]}),
    broken(
        "schema-t31-fail-33-references", recorded.segment_activity, {"/refs": {f"system_{i}": "x" for i in range(33)}}
    ),
    broken("schema-t32-fail-65-extensions", LEAST, {"/extensions": {f"org.example{i}": {} for i in range(65)}}),
    broken(
        "schema-t33-fail-extension-that-is-no-object",
        LEAST,
        {"/extensions": {"org.example": 1}},
        "/extensions/org.example",
    ),
    broken(
        "schema-t35-fail-reference-to-elsewhere",
        LEAST,
        {"/generator/$ref": "http://example.org/generator.json"},
    ),
    broken("schema-t34-fail-series-of-601-steps", by_hand.hours, {f"{S}/series/it_energy_j": [1.0] * 601}),
)


class Kind(NamedTuple):
    """What a kind of factor may be, and what it may not."""

    unit: str
    above: float
    other_unit: str
    below: float = -1.0


KINDS = {
    "grid_intensity": Kind("g/kWh", 2500.5, "L/kWh"),
    "pue": Kind("1", 10.5, "W", 0.8),
    "wue": Kind("L/kWh", 1001.0, "g/kWh"),
    "water_intensity": Kind("L/kWh", 1001.0, "1"),
    "embodied": Kind("g", 2e15, "1"),
    "power_model": Kind("W", 2e6, "g/kWh"),
    "gwp": Kind("1", 2e6, "g"),
}


def _factors() -> Iterator[Broken]:
    """Each kind of factor with values that it cannot have, and with a unit of another kind."""
    at = "/factors/3"
    for number, (name, kind) in enumerate(KINDS.items()):
        good: dict[str, Any] = factor("more", name, 1.0, kind.unit)
        good |= {"basis": LOCATION_BASIS} if name == "grid_intensity" else {}
        faults: tuple[tuple[str, str, Any], ...] = (
            ("too-great", "value", kind.above),
            ("too-small", "value", kind.below),
            ("in-another-unit", "unit", kind.other_unit),
            ("that-is-a-text", "value", "1"),
        )
        for turn, (word, member, value) in enumerate(faults, 40 + 4 * number):
            full = f"schema-t{turn}-fail-{name.replace('_', '-')}-{word}"
            yield broken(full, ONE, {at: {**good, member: value}}, f"{at}/{member}")


FACTORS = (
    *_factors(),
    broken("schema-t70-fail-grid-factor-without-basis", ONE, {"/factors/2/basis": GONE}, "/factors/2"),
)

UNKNOWN = {"method": "not_available", "reason": "nobody looked"}
QUANTITIES: dict[str, tuple[Callable[[], Any], str, str]] = {
    "energy": (ONE, IT, "kWh"),
    "mass": (ONE, "/totals/new/operational_location", "g"),
    "volume": (WATER, "/totals/new/water", "L"),
    "computation": (corpus.whole, f"{S}/compute", "FLOP"),
    "location-emissions": (ONE, EMITTED, "g"),
    "market-emissions": (CONTRACTS, f"{S}/emissions/operational_market", "g"),
    "embodied-emissions": (MADE, f"{S}/emissions/embodied", "g"),
    "water": (WATER, f"{S}/water", "L"),
}
FORBIDDEN: dict[str, Any] = {
    "value": 1.0,
    "measured_fraction": 0.5,
    "factor_refs": [],
    "interval": {"lower": 0.9, "upper": 1.1, "coverage": 0.9, "kind": "declared"},
    "lines": [],
}


def _unknowns() -> tuple[Broken, ...]:
    """Each kind of quantity: known and valueless, unknown and without a reason, unknown and yet with numbers."""
    found = []
    for number, (word, (base, at, unit)) in enumerate(QUANTITIES.items()):
        lined = "lines" in _at(base(), at)
        none: dict[str, Any] = {"unit": unit, **UNKNOWN}
        numbers = {name: value for name, value in FORBIDDEN.items() if lined or name != "lines"}
        first, *others = (f"{at}/{name}" for name in numbers)
        full = {at: {**none, **numbers}}
        found += [
            broken(f"schema-t{200 + 4 * number}-fail-{word}-without-value", base, {f"{at}/value": GONE}, at),
            broken(
                f"schema-t{201 + 4 * number}-fail-unknown-{word}-without-reason",
                base,
                {at: {"unit": unit, "method": "not_available"}},
            ),
            Broken(f"schema-t{202 + 4 * number}-fail-unknown-{word}-with-numbers", base, full, first, tuple(others)),
        ]
        if lined:
            found.append(
                broken(f"schema-t{203 + 4 * number}-fail-{word}-without-lines", base, {f"{at}/lines": GONE}, at)
            )
    return tuple(found)


def _at(document: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


TOGETHER = (
    *_unknowns(),
    broken(
        "schema-t240-fail-computed-interval-without-contributions",
        ONE,
        {f"{IT}/interval": {"lower": 0.4, "upper": 0.6, "coverage": 0.9, "kind": "lognormal"}},
    ),
    broken("schema-t241-fail-cached-with-energy", EARLIER, {f"{S}/energy": {}}),
    broken(
        "schema-t242-fail-cached-with-segments", EARLIER, {f"{S}/segments": corpus.counted()["stages"][0]["segments"]}
    ),
    broken("schema-t243-fail-cached-from-nowhere", EARLIER, {REUSED: GONE}, S),
    broken("schema-t244-fail-reused-energy-of-no-execution", EARLIER, {f"{REUSED}/execution_id": GONE}, REUSED),
    broken(
        "schema-t245-fail-completed-and-reused",
        EARLIER,
        {"/stages/1/reused_from": EARLIER()["stages"][0]["reused_from"]},
    ),
    broken(
        "schema-t246-fail-skipped-with-time",
        EARLIER,
        {f"{S}/status": "skipped", f"{S}/time": EARLIER()["stages"][1]["time"], REUSED: GONE},
        f"{S}/time",
    ),
    broken("schema-t247-fail-ran-without-emissions", LEAST, {f"{S}/emissions": GONE}, S),
    broken("schema-t248-fail-within-with-energy", corpus.nested, {f"{S}/segments/1/energy_it_kwh": 0.001}),
    broken("schema-t249-fail-factor-of-no-energy", richer.blind_host, {f"{S}/segments/1/factor_ref": "f-swe"}),
    broken("schema-t250-fail-pue-of-no-energy", richer.blind_host, {f"{S}/segments/1/pue_ref": "f-pue"}),
    broken("schema-t251-fail-power-model-without-name", by_hand.power_model, {f"{CPU}/model": GONE}, CPU),
    broken("schema-t252-fail-counter-with-the-name-of-a-model", ONE, {f"{CPU}/model": "cpu-tdp"}),
    broken(
        "schema-t253-fail-signature-without-digest",
        corpus.attested,
        {"/attestations/0/digest": GONE},
        "/attestations/0",
    ),
    broken("schema-t254-fail-correction-of-nothing", LEAST, {"/document/status": "corrected"}, "/document"),
    broken("schema-t255-fail-withdrawn-without-a-word", LEAST, {"/document/status": "withdrawn"}, "/document"),
    broken("schema-t256-fail-record-of-nothing-without-reason", recorded.not_recorded, {"/reason": GONE}, ""),
    broken("schema-t257-fail-record-of-nothing-with-a-number", recorded.not_recorded, {"/energy_wh": 0.0}),
    broken("schema-t258-fail-record-with-a-reason", recorded.record, {"/reason": "none"}),
    broken("schema-t259-fail-record-without-segments", recorded.record, {"/segments": GONE}, ""),
)

IN_RECORDS = ("energy_wh", "co2e_g")


def _in_records() -> Iterator[Broken]:
    """Both quantities of a stage record: known and valueless, unknown and without a reason or with numbers."""
    for number, member in enumerate(IN_RECORDS):
        at, word = f"/tally/0/{member}", member.replace("_", "-")
        unit = recorded.record()["tally"][0][member]["unit"]
        numbers = {name: value for name, value in FORBIDDEN.items() if name != "lines"}
        first, *others = (f"{at}/{name}" for name in numbers)
        full = {at: {"unit": unit, **UNKNOWN, **numbers}}
        bare = {at: {"unit": unit, "method": "not_available"}}
        base, start = recorded.record, 262 + 3 * number
        yield Broken(f"schema-t{start}-fail-record-unknown-{word}-with-numbers", base, full, first, tuple(others))
        yield broken(f"schema-t{start + 1}-fail-record-unknown-{word}-without-reason", base, bare)
        yield broken(f"schema-t{start + 2}-fail-record-{word}-without-value", base, {f"{at}/value": GONE}, at)


INTERVAL = "/tally/0/co2e_g/interval"
RECORDS = (
    *_in_records(),
    broken(
        "schema-t270-fail-record-interval-without-contributions",
        recorded.record_measured,
        {f"{INTERVAL}/contributions": GONE},
        INTERVAL,
    ),
    Broken(
        "schema-t271-fail-record-of-nothing-with-everything",
        recorded.not_recorded,
        {f"/{name}": value for name, value in recorded.record().items()},
        "/energy_wh",
        ("/co2e_g", "/duration_s", "/tally", "/segments"),
    ),
    broken(
        "schema-t272-fail-reused-without-facility",
        EARLIER,
        {f"{REUSED}/energy/facility_total": GONE},
        f"{REUSED}/energy",
    ),
    broken("schema-t273-fail-reused-without-emissions", EARLIER, {f"{REUSED}/emissions": GONE}, REUSED),
    broken("schema-t274-fail-emissions-without-a-number", LEAST, {f"{EMITTED}": GONE}, f"{S}/emissions"),
    broken("schema-t275-fail-total-without-energy", LEAST, {"/totals/new/energy_it": GONE}, "/totals/new"),
    broken(
        "schema-t276-fail-segment-without-evidence-of-place",
        recorded.segment_activity,
        {"/place/evidence": GONE},
        "/place",
    ),
    broken("schema-t277-fail-cached-with-an-object-of-segments", EARLIER, {f"{S}/segments": {}}),
    broken("schema-t278-fail-33-references-of-a-stage", LEAST, {f"{S}/refs": {f"system_{i}": "x" for i in range(33)}}),
)
