"""Valid documents that between them use every word of the standard: sensors, kinds, phases, roles, places, statuses."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tests.standard import by_hand, recorded, stages
from tests.standard.change import changed, everywhere
from tests.standard.executions import at, name_uuid
from tests.standard.plain import document, drawn, factor, grams, grid, hardware, kwh, line, measured, stage, sums

from joulecard.validation.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.standard.authoring import Json

S = "/stages/0"
ONE, CONTRACTS, LEAST = by_hand.one_stage, by_hand.market, stages.declared_minimal
DIGEST = "sha256:" + "0c" * 32
DECLARED_WIDTHS: Json = {"method": "declared", "coverage": 0.9, "sources": []}


def _words(kind: Any, definition: str, member: str) -> list[str]:
    """The words that a member of a definition may hold."""
    found: list[str] = schema_of(kind)["$defs"][definition]["properties"][member]["enum"]
    return found


SENSORS = [
    ("rapl", "cpu"),
    ("nvml", "gpu"),
    ("amd_smi", "gpu"),
    ("apple_silicon", "cpu"),
    ("hwmon", "dram"),
    ("emi", "cpu"),
    ("ipmi", "host"),
    ("power_meter", "disk"),
    ("replay", "accelerator"),
    ("cloud_api", "tpu"),
    ("declared", "network"),
]
BY_HAND = {"cloud_api", "declared"}


def every_sensor() -> Json:
    """One component for each sensor, 1 kWh each."""
    parts = [_seen(sensor, kind) for sensor, kind in SENSORS]
    named: Json = {"factor_refs": ["grid"]}
    energy = drawn(kwh(11.0, "declared"), parts)
    location = grams(550.0, "declared", **named, lines=[line(11.0, "grid", "it")])
    return document(
        "every-sensor",
        (0, 10),
        [stage("train", (0, 10), energy, location)],
        sums(kwh(11.0, "declared"), grams(550.0, "declared", **named)),
        factors=[grid("grid", 50.0)],
        resources=[hardware(sensor, kind) for sensor, kind in SENSORS],
    )


def _seen(sensor: str, kind: str) -> Json:
    """A component that the sensor tells; some meters are read as power."""
    reads = {"reads": "power"} if sensor in {"hwmon", "ipmi"} else {}
    found = measured(sensor, 1.0, kind, sensor, **reads)
    method = "declared" if sensor in BY_HAND else "estimated" if sensor == "replay" else "measured"
    return {**found, "energy": kwh(1.0, method)}


def every_phase() -> Json:
    """A stage in each phase, 1 kWh and 50 g each, told by hand."""
    phases = schema_of("disclosure")["$defs"]["phase"]["enum"]
    energy, mass = kwh(1.0, "declared"), grams(50.0, "declared")
    ran = [stage(phase, (index, index + 1), drawn(energy, []), mass, phase=phase) for index, phase in enumerate(phases)]
    count = len(phases)
    blocks = [{"phase": phase, **sums(energy, mass)} for phase in phases]
    new = sums(kwh(1.0 * count, "declared"), grams(50.0 * count, "declared"))
    return document(
        "every-phase", (0, count), ran, new, resources=[], factors=[], locations=[], totals={"by_phase": blocks}
    )


def every_name() -> Json:
    """Each kind of name, proof, contract and sign of a place."""
    names = [{"type": kind, "value": "digits"} for kind in _words("disclosure", "identifier", "type")]
    proofs = [{"id": role, "role": role, "digest": DIGEST} for role in _words("disclosure", "evidence", "role")]
    contracts = [{"id": kind, "type": kind} for kind in _words("disclosure", "instrument", "type")]
    signs = [
        {"source": source, "confidence": confidence}
        for source in _words("disclosure", "place_evidence", "source")
        for confidence in _words("disclosure", "place_evidence", "confidence")
    ]
    statement = {"type": "second_party", "by": "Customer", "date": "2026-12-01", "statement": "Read and understood."}
    named = {"/subject/identifiers": names, "/evidence": proofs, "/instruments": contracts}
    told = {"/locations/0/evidence": signs, "/attestations": [statement], "/document/audience": "regulator"}
    return changed(ONE, {**named, **told, "/subject/type": "service", "/factors/2/fallback_level": "world"})


def left_out() -> Json:
    """Each part that can be left out of numbers given by hand, in a document that was withdrawn."""
    parts = ("cpu", "memory", "accelerators", "storage", "embodied", "runs", "stages")
    exclusions = [{"part": part, "what": part, "reason": "not known"} for part in parts]
    boundary = {
        "/boundary/exclusions": exclusions,
        "/boundary/equipment_included": ["network", "power_supply"],
        "/boundary/lifecycle_included": ["operation", "end_of_life"],
        "/boundary/attribution": "mixed",
    }
    status = {
        "/document/status": "withdrawn",
        "/document/note": "The meter was broken.",
        "/document/audience": "internal",
    }
    unit = {"id": "u", "name": "training token", "quantity": 5, "unit": "token", "basis": "effective"}
    return changed(
        LEAST,
        {**boundary, **status, "/functional_units": [unit], "/subject/type": "run", "/document/audience": "internal"},
    )


GRAINS = ("daily", "monthly", "multi-year", "constant")


def every_grain() -> Json:
    """Market-based factors of each granularity and set of warming potentials, all marginal."""
    factors = [
        {
            **grid(name, 100.0, attribution="marginal", accounting="market", flow="consumption", gwp_set=gwp_set),
            "granularity": name,
        }
        for name, gwp_set in zip(GRAINS, ("SAR", "AR4", "AR5", "AR6"), strict=True)
    ]
    named: Json = {"factor_refs": list(GRAINS)}
    lines = [line(0.125, name, "it") for name in GRAINS]
    market = grams(50.0, "declared", **named, lines=lines, interval=_declared(40.0, 60.0))
    energy = drawn(kwh(0.5, "declared"), [])
    location = grams(25.0, "declared")
    train = stage("train", (0, 1), energy, location, emissions={"operational_market": market})
    new = sums(kwh(0.5, "declared"), location, operational_market=grams(50.0, "declared", **named))
    told: Json = {"factors": factors, "resources": [], "boundary": {"attribution": "process"}}
    return document("every-grain", (0, 1), [train], new, uncertainty=DECLARED_WIDTHS, **told)


def _declared(lower: float, upper: float) -> Json:
    return {"lower": lower, "upper": upper, "coverage": 0.9, "kind": "declared"}


def every_reason() -> Json:
    """A market-based number that nobody knows, computation that somebody estimated, and a warming potential."""
    unknown = {"unit": "g", "method": "not_available", "reason": "no contract is known"}
    flop = {"value": 3e18, "unit": "FLOP", "method": "estimated", "reason": "without evaluation"}
    flop |= {"measured_fraction": 0, "factor_refs": ["methane"], "interval": _declared(2e18, 4e18)}
    methane = factor("methane", "gwp", 29.8, "1")
    changes = {f"{S}/compute": flop, "/uncertainty": DECLARED_WIDTHS, "/factors/0": methane}
    return changed(LEAST, {**changes, f"{S}/emissions/operational_market": unknown, **everywhere("compute", flop)})


def segment_of_every_sensor() -> Json:
    """A segment with a reading of each sensor, on a node that belonged to the stage alone, and that failed."""
    sensors, kinds = _words("segment", "reading", "sensor"), _words("segment", "reading", "kind")
    readings: list[Json] = [
        {"kind": kinds[index % len(kinds)], "sensor": sensor, "domain": "all"}
        | {"node_j": 100.0, "share_j": 100.0, "coverage": 1.0}
        for index, sensor in enumerate(sensors)
    ]
    ways = _words("segment", "reading", "share_by")
    readings = [reading | {"share_by": ways[index % len(ways)]} for index, reading in enumerate(readings)]
    readings[0]["includes"] = ["cpu", "dram", "gpu", "accelerator"]
    uses = [
        {"model": "Example", "sensor": sensor, "domain": "all", "busy_s": 1.0, "device_s": 2.0, "coverage": 1.0}
        for sensor in _words("segment", "accelerator_use", "sensor")
    ]
    changes = {"/energy": readings, "/attribution": "machine", "/status": "failed", "/activity/accelerators": uses}
    return changed(recorded.segment_activity, changes)


def segment_reserved_by(word: str) -> Json:
    """A segment whose share of the node comes from another source, with every sign of a place."""
    signs = [
        {"source": source, "confidence": confidence}
        for source in _words("segment", "place_evidence", "source")
        for confidence in _words("segment", "place_evidence", "confidence")
    ]
    changes = {"/activity/reserved_by": word, "/activity/cpu_source": "node", "/place/evidence": signs}
    return changed(recorded.segment_activity, {**changes, "/id": name_uuid(word), "/start": at(0)})


def record_measured_alone() -> Json:
    """A stage record that counters alone made, with an interval given by hand."""
    energy = {"value": 0.5, "unit": "Wh", "method": "measured", "interval": _declared(0.4, 0.6)}
    mass = {"value": 0.5e-3 * 1.2 * 35.4, "unit": "g", "method": "modelled", "factor_refs": ["grid", "pue"]}
    base = recorded.record_measured()
    tally = {**base["tally"][0], "energy_wh": energy, "co2e_g": mass}
    return {**base, "tally": [tally], "energy_wh": 0.5, "co2e_g": mass["value"]}


def record_estimated() -> Json:
    """A stage record with an estimated and a declared tally, of which one has no energy."""
    base = recorded.record()
    first = base["tally"][0]
    estimated = {**first["energy_wh"], "method": "estimated", "factor_refs": ["tdp"]}
    unknown = {"unit": "Wh", "method": "not_available", "reason": "nothing was seen"}
    declared = {"value": 0.1, "unit": "g", "method": "declared"}
    tally = [
        {**first, "energy_wh": estimated, "co2e_g": {**first["co2e_g"], "method": "estimated"}},
        {**first, "energy_wh": unknown, "co2e_g": declared},
    ]
    return {**base, "tally": tally, "co2e_g": first["co2e_g"]["value"] + 0.1}


VOCABULARY: dict[str, Callable[[], Any]] = {
    "every-sensor": every_sensor,
    "every-phase": every_phase,
    "every-name": every_name,
    "every-grain": every_grain,
    "every-reason": every_reason,
    "left-out-and-withdrawn": left_out,
    "segment-of-every-sensor": segment_of_every_sensor,
    **{
        f"segment-reserved-by-{word.replace('.', '-').replace('_', '-')}": partial(segment_reserved_by, word)
        for word in _words("segment", "activity", "reserved_by")
    },
    "record-measured-alone": record_measured_alone,
    "record-estimated": record_estimated,
}
