"""What the examples of other formats contain, or what their schemas let through, told in the words of this standard.

CycloneDX's own valid fixture pairs 0.4 kWh with 31.22 tCO2eq. SCI for AI turns 130 kg per 10^9 tokens into 0.13 g per
10^6 tokens, and 75 000 kg over 2.5x10^9 parameters into 3000 and then 30 kg per 10^9. SPDX's class page gives 0.0042
kWh as 0.042; its bindings write the string "36.5" and know the units megajoule and other. BoAmps' schema accepts
-5 kWh, a negative duration, count and intensity, the date "yesterday" and the country "Narnia". huggingface_hub accepts
`emissions: lots`. codecarbon's export to BoAmps writes the end into the field of the start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.standard import by_hand, stages
from tests.standard.broken_numbers import drew, emitted, reached
from tests.standard.change import GONE, broken
from tests.standard.executions import at
from tests.standard.plain import document, drawn, grams, grid, kwh, line, measured, stage, sums

if TYPE_CHECKING:
    from tests.standard.authoring import Json

S = "/stages/0"
IT = f"{S}/energy/it_total"
EMITTED = f"{S}/emissions/operational_location"
RATES = "/totals/per_functional_unit"
ONE, CONTRACTS = by_hand.one_stage, by_hand.market
LEAST = stages.declared_minimal


def per_parameter() -> Json:
    """75 000 kg for 2.5 x 10^9 parameters: 30 000 kg for 10^9."""
    named: Json = {"factor_refs": ["grid"]}
    energy = drawn(kwh(150000.0), [measured("cpu", 150000.0)])
    location = grams(75000000.0, **named, lines=[line(150000.0, "grid", "it")])
    unit = {"id": "billion", "name": "model parameter", "quantity": 2.5, "unit": "10^9 parameters"}
    rate = {"functional_unit_ref": "billion", "operational_location": grams(30000000.0)}
    return document(
        "per-parameter",
        (0, 10),
        [stage("train", (0, 10), energy, location)],
        sums(kwh(150000.0), grams(75000000.0, **named)),
        factors=[grid("grid", 500.0)],
        functional_units=[unit],
        totals={"per_functional_unit": [rate]},
    )


def small_energy() -> Json:
    """0.0042 kWh by one counter."""
    named: Json = {"factor_refs": ["grid"]}
    energy = drawn(kwh(0.0042), [measured("cpu", 0.0042)])
    train = stage("train", (0, 1), energy, grams(2.1, **named, lines=[line(0.0042, "grid", "it")]))
    return document(
        "small-energy", (0, 1), [train], sums(kwh(0.0042), grams(2.1, **named)), factors=[grid("grid", 500.0)]
    )


OTHERS = (
    broken("R04-t80-fail-31.22-t-with-0.4-kwh", LEAST, {**emitted(31_220_000), **drew(0.4)}, f"{EMITTED}/value"),
    broken(
        "R07-t80-fail-0.13-g-for-a-million-tokens", by_hand.per_token, {f"{RATES}/1/operational_location/value": 0.13}
    ),
    broken("R07-t81-fail-kilogram-rate-in-grams", by_hand.per_token, {f"{RATES}/0/operational_location/value": 1.3e-7}),
    broken("R07-t82-fail-75000-kg-by-2.5-is-3000", per_parameter, {f"{RATES}/0/operational_location/value": 3000000.0}),
    broken("R07-t83-fail-3000-kg-told-as-30", per_parameter, {f"{RATES}/0/operational_location/value": 30000.0}),
    broken(
        "R03-t80-fail-0.0042-kwh-told-as-0.042",
        small_energy,
        {**drew(0.042), f"{EMITTED}/lines/0/energy_kwh": 0.042, **emitted(21.0)},
    ),
    broken("R03-t81-fail-tonnes-in-grams", ONE, emitted(0.00003)),
    broken("R03-t82-fail-intensity-in-kg-per-kwh", ONE, {"/factors/2/value": 0.05}, f"{EMITTED}/value"),
    broken("R03-t83-fail-wh-for-kwh", ONE, {**drew(500.0), **reached(600.0), **emitted(30000.0)}),
    broken(
        "R02-t80-fail-end-told-as-start",
        ONE,
        {f"{S}/time/start": at(3600), "/boundary/period/start": at(3600)},
        f"{S}/time/wall_s",
    ),
    broken("schema-t80-fail-energy-of-minus-5-kwh", LEAST, {f"{IT}/value": -5}),
    broken("schema-t81-fail-negative-duration", LEAST, {f"{S}/time/wall_s": -43200}),
    broken("schema-t82-fail-minus-one-device", ONE, {"/resources/0/count": -1}),
    broken("schema-t83-fail-intensity-of-minus-100", ONE, {"/factors/2/value": -100}),
    broken("schema-t84-fail-date-yesterday", LEAST, {"/document/created": "yesterday"}),
    broken("schema-t85-fail-country-narnia", ONE, {"/locations/0/country": "Narnia"}),
    broken("schema-t86-fail-emissions-lots", LEAST, {f"{EMITTED}/value": "lots"}),
    broken("schema-t87-fail-energy-as-text", LEAST, {f"{IT}/value": "36.5"}),
    broken("schema-t88-fail-number-with-its-unit", LEAST, {f"{EMITTED}/value": "12.5 g"}),
    broken("schema-t89-fail-megajoule", LEAST, {f"{IT}/unit": "megajoule"}),
    broken("schema-t90-fail-unit-other", LEAST, {f"{IT}/unit": "other"}),
    broken("schema-t91-fail-emissions-in-tonnes", LEAST, {f"{EMITTED}/unit": "tCO2eq"}),
    broken("schema-t92-fail-factor-without-source", ONE, {"/factors/2/source": GONE}, "/factors/2"),
    broken("schema-t93-fail-no-boundary", LEAST, {"/boundary": GONE}, ""),
    broken("schema-t94-fail-no-measures", LEAST, {"/stages": []}),
    broken("schema-t95-fail-time-without-zone-and-t", LEAST, {f"{S}/time/start": "2026-11-20 08:00:00"}),
    broken("schema-t96-fail-level-claimed", LEAST, {"/document/level": "L3"}),
    broken("schema-t97-fail-quality-of-the-whole-report", LEAST, {"/quality": "high"}),
    broken(
        "schema-t98-fail-offset-beside-emissions", LEAST, {"/totals/new/co2_cost_offset": {"value": 1, "unit": "g"}}
    ),
    broken(
        "R10-t80-fail-credits-behind-the-market",
        CONTRACTS,
        {"/instruments/0": {"id": "ppa", "type": "credit", "mass_g": 245000.0}},
        f"{S}/emissions/operational_market/lines/0/instrument_ref",
    ),
)
