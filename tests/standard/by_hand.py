"""The documents whose totals are worked by hand in totals-by-hand.md beside the corpus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.standard.executions import at, name_uuid
from tests.standard.plain import (
    document,
    drawn,
    factor,
    grams,
    grid,
    hardware,
    kwh,
    line,
    litres,
    measured,
    modelled,
    place,
    pue,
    stage,
    sums,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.standard.authoring import Json

PUE: Json = {"factor_refs": ["pue"]}
GRID: Json = {"factor_refs": ["grid"]}


def one_stage() -> Json:
    """A CPU by its counter, memory by a power model, a PUE and a grid."""
    memory = modelled("ram", 0.1, [(360000.0, "GB.s", "w-per-gb")])
    facility = kwh(0.6, "modelled", **PUE)
    location = grams(30.0, **GRID, lines=[line(0.6, "grid")])
    energy = drawn(kwh(0.5, "modelled"), [measured("cpu", 0.4), memory], facility)
    return document(
        "by-hand-one-stage",
        (0, 1),
        [stage("train", (0, 1), energy, location)],
        sums(kwh(0.5, "modelled"), grams(30.0, **GRID), facility),
        resources=[hardware("cpu"), hardware("ram", "dram", memory_gb=100.0)],
        factors=[factor("w-per-gb", "power_model", 1.0, "W/GB"), pue(1.2), grid("grid", 50.0)],
    )


def two_phases() -> Json:
    """Two stages, each a phase of its own."""
    stages, blocks = [], []
    rows = [
        ("prepare", "data-preparation", (0, 1), 0.25, 0.375, 37.5),
        ("train", "training", (1, 3), 1.75, 2.625, 262.5),
    ]
    for name, phase, hours, it, facility, mass in rows:
        drew, emitted = kwh(facility, "modelled", **PUE), grams(mass, **GRID)
        energy = drawn(kwh(it), [measured("cpu", it)], drew)
        stages.append(stage(name, hours, energy, {**emitted, "lines": [line(facility, "grid")]}, phase=phase))
        blocks.append({"phase": phase, **sums(kwh(it), emitted, drew)})
    new = sums(kwh(2.0), grams(300.0, **GRID), kwh(3.0, "modelled", **PUE))
    factors = [pue(1.5), grid("grid", 100.0)]
    return document("by-hand-two-phases", (0, 3), stages, new, factors=factors, totals={"by_phase": blocks})


def two_countries() -> Json:
    """One stage in two places, each with its own PUE and grid."""
    lines = [line(1.1, "grid-se", pue_ref="pue-se"), line(3.0, "grid-pl", pue_ref="pue-pl")]
    both: Json = {"factor_refs": ["grid-se", "grid-pl"]}
    pues: Json = {"factor_refs": ["pue-se", "pue-pl"]}
    energy = drawn(kwh(3.0), [measured("cpu-se", 1.0), measured("cpu-pl", 2.0)], kwh(4.1, "modelled", **pues))
    return document(
        "by-hand-two-countries",
        (0, 2),
        [stage("train", (0, 2), energy, grams(1844.0, **both, lines=lines))],
        sums(kwh(3.0), grams(1844.0, **both), kwh(4.1, "modelled", **pues)),
        resources=[hardware("cpu-se"), hardware("cpu-pl", place="l2")],
        locations=[place(), place("l2", "PL")],
        factors=[pue(1.1, "pue-se"), pue(1.5, "pue-pl"), grid("grid-se", 40.0), grid("grid-pl", 600.0, "PL")],
    )


def reused() -> Json:
    """A cached stage whose earlier numbers are in one of the two totals only."""
    earlier: Json = {
        "execution_id": name_uuid("earlier"),
        "energy": {"it_total": kwh(0.5), "facility_total": kwh(0.6, "modelled", **PUE)},
        "emissions": {"operational_location": grams(30.0, **GRID, lines=[line(0.6, "grid")])},
    }
    prepare = {"id": "prepare", "name": "prepare", "phase": "data-preparation", "status": "cached"}
    facility = kwh(1.8, "modelled", **PUE)
    energy = drawn(kwh(1.5), [measured("cpu", 1.5)], facility)
    train = stage("train", (0, 1), energy, grams(90.0, **GRID, lines=[line(1.8, "grid")]))
    both = sums(kwh(2.0), grams(120.0, **GRID), kwh(2.4, "modelled", **PUE))
    return document(
        "by-hand-reused",
        (0, 1),
        [{**prepare, "reused_from": earlier}, train],
        sums(kwh(1.5), grams(90.0, **GRID), facility),
        factors=[pue(1.2), grid("grid", 50.0)],
        totals={"headline": "including_reused", "including_reused": both},
    )


def per_token() -> Json:
    """130 kg for a thousand million tokens, told for one token and for a million."""
    facility = kwh(406.25, "modelled", **PUE)
    energy = drawn(kwh(325.0), [measured("cpu", 325.0)], facility)
    tokens = {"id": "token", "name": "training token", "quantity": 1000000000, "unit": "token", "basis": "gross"}
    rates = [
        {
            "functional_unit_ref": "token",
            "energy_it": kwh(0.000000325),
            "operational_location": grams(0.00013),
        },
        {"functional_unit_ref": "million", "operational_location": grams(130.0)},
    ]
    return document(
        "by-hand-per-token",
        (0, 10),
        [stage("train", (0, 10), energy, grams(130000.0, **GRID, lines=[line(406.25, "grid")]))],
        sums(kwh(325.0), grams(130000.0, **GRID), facility),
        factors=[pue(1.25), grid("grid", 320.0)],
        functional_units=[tokens, {**tokens, "id": "million", "quantity": 1000, "unit": "10^6 tokens"}],
        totals={"per_functional_unit": rates},
    )


def embodied() -> Json:
    """Two servers of which a quarter was reserved for a hundredth of their life, by SCI."""
    made = {"total_g": 1000000.0, "lifespan_s": 100000000.0, "total_units": 32, "factor_ref": "server"}
    use = {"resource_ref": "cpu", "reserved_s": 1000000.0, "reserved_units": 8}
    energy = drawn(kwh(20.0), [measured("cpu", 20.0)])
    hours = (0.0, 2500 / 9)
    location = grams(2000.0, **GRID, lines=[line(20.0, "grid", "it")])
    mass = grams(5000.0, "estimated")
    result = document(
        "by-hand-embodied",
        hours,
        [stage("train", hours, energy, location, emissions={"embodied": {**mass, "lines": [use]}})],
        sums(kwh(20.0), grams(2000.0, **GRID), embodied=mass, operational_and_embodied=grams(7000.0, "estimated")),
        resources=[{**hardware("cpu"), "count": 2, "embodied": made}],
        factors=[grid("grid", 100.0), factor("server", "embodied", 1000000.0, "g")],
        boundary={"lifecycle_included": ["operation", "embodied"]},
    )
    result["document"]["created"] = "2026-12-24T00:00:00Z"
    return result


def water() -> Json:
    """Water for cooling on IT energy, and water of the power plants on facility energy."""
    facility = kwh(12.0, "modelled", **PUE)
    used: Json = {"factor_refs": ["wue", "plants"]}
    consumed = litres(54.0, **used, lines=[line(10.0, "wue", "it"), line(12.0, "plants")])
    energy = drawn(kwh(10.0), [measured("cpu", 10.0)], facility)
    train = stage("train", (0, 5), energy, grams(600.0, **GRID, lines=[line(12.0, "grid")]), water=consumed)
    litres_of = [factor("wue", "wue", 1.8, "L/kWh"), factor("plants", "water_intensity", 3.0, "L/kWh")]
    return document(
        "by-hand-water",
        (0, 5),
        [train],
        sums(kwh(10.0), grams(600.0, **GRID), facility, water=litres(54.0, **used)),
        factors=[pue(1.2), grid("grid", 50.0), *litres_of],
    )


def market() -> Json:
    """A contract for three fifths of the energy, the residual mix for the rest, the grid of the place beside them."""
    facility = kwh(1250.0, "modelled", **PUE)
    named: Json = {"factor_refs": ["contract", "residual"]}
    lines = [line(750.0, "contract", instrument_ref="ppa"), line(500.0, "residual")]
    energy = drawn(kwh(1000.0), [measured("cpu", 1000.0)], facility)
    location = grams(375000.0, **GRID, lines=[line(1250.0, "grid")])
    bought = {"operational_market": grams(245000.0, **named, lines=lines)}
    contract, rest = {"accounting": "market"}, {"accounting": "residual"}
    ppa = {"id": "ppa", "type": "ppa", "energy_kwh": 750.0, "supplier": "Example Energy", "factor_ref": "contract"}
    return document(
        "by-hand-market",
        (0, 10),
        [stage("train", (0, 10), energy, location, emissions=bought)],
        sums(kwh(1000.0), grams(375000.0, **GRID), facility, operational_market=grams(245000.0, **named)),
        factors=[pue(1.25), grid("grid", 300.0), grid("contract", 20.0, **contract), grid("residual", 460.0, **rest)],
        instruments=[ppa],
    )


def hours() -> Json:
    """Two hours, each with the grid of its own hour."""
    by_hour = [
        {**grid(f"hour-{hour}", value), "granularity": "hourly", "valid": {"start": "2026-11-21", "end": "2026-11-21"}}
        for hour, value in ((9, 20.0), (10, 40.0))
    ]
    both: Json = {"factor_refs": ["hour-9", "hour-10"]}
    lines = [line(2.5, "hour-9", "it"), line(3.5, "hour-10", "it")]
    series = {"start": at(0), "step_s": 3600.0, "it_energy_j": [9000000.0, 12600000.0]}
    energy = drawn(kwh(6.0), [measured("cpu", 6.0)])
    train = stage("train", (0, 2), energy, grams(190.0, **both, lines=lines), series=series)
    return document("by-hand-hours", (0, 2), [train], sums(kwh(6.0), grams(190.0, **both)), factors=by_hour)


def power_model() -> Json:
    """Idle and active CPU time, each times its power, and memory."""
    terms = [(115200.0, "vCPU.s", "idle"), (28800.0, "vCPU.s", "active")]
    parts = [
        modelled("cpu", 0.08, terms, "cpu"),
        modelled("ram", 0.02, [(144000.0, "GB.s", "w-per-gb")]),
    ]
    energy = drawn(kwh(0.1, "modelled"), parts)
    return document(
        "by-hand-power-model",
        (0, 1),
        [stage("train", (0, 1), energy, grams(25.0, **GRID, lines=[line(0.1, "grid", "it")]))],
        sums(kwh(0.1, "modelled"), grams(25.0, **GRID)),
        resources=[hardware("cpu", logical_cpus=32), hardware("ram", "dram", memory_gb=40.0)],
        factors=[
            factor("idle", "power_model", 1.25, "W/vCPU"),
            factor("active", "power_model", 5.0, "W/vCPU"),
            factor("w-per-gb", "power_model", 0.5, "W/GB"),
            grid("grid", 250.0),
        ],
    )


def shared_node() -> Json:
    """A quarter of what a node drew, in an idle and a dynamic part."""
    parts: Any = {"node_kwh": 2.0, "node_share": 0.25, "idle_kwh": 0.2, "dynamic_kwh": 0.3}
    energy = drawn(kwh(0.5), [measured("cpu", 0.5, **parts)])
    return document(
        "by-hand-shared-node",
        (0, 4),
        [stage("train", (0, 4), energy, grams(200.0, **GRID, lines=[line(0.5, "grid", "it")]))],
        sums(kwh(0.5), grams(200.0, **GRID)),
        factors=[grid("grid", 400.0)],
        boundary={"attribution": "allocated"},
    )


def gpus() -> Json:
    """Eight GPUs for ten hours beside CPU and memory."""
    held: Any = {"device_s": 288000.0}
    parts = [
        measured("gpus", 40.0, "gpu", "nvml", **held),
        measured("cpu", 8.0),
        measured("ram", 2.0, "dram"),
    ]
    facility = kwh(55.0, "modelled", **PUE)
    location = grams(22000.0, **GRID, lines=[line(55.0, "grid")])
    train = stage("train", (0, 10), drawn(kwh(50.0), parts, facility), location, time={"accelerator_s": 288000.0})
    return document(
        "by-hand-gpus",
        (0, 10),
        [train],
        sums(kwh(50.0), grams(22000.0, **GRID), facility),
        resources=[{**hardware("gpus", "gpu", tdp_w=700), "count": 8}, hardware("cpu"), hardware("ram", "dram")],
        factors=[pue(1.1), grid("grid", 400.0)],
    )


BY_HAND: dict[str, Callable[[], Any]] = {
    "by-hand-one-stage": one_stage,
    "by-hand-two-phases": two_phases,
    "by-hand-two-countries": two_countries,
    "by-hand-reused": reused,
    "by-hand-per-token": per_token,
    "by-hand-embodied": embodied,
    "by-hand-water": water,
    "by-hand-market": market,
    "by-hand-hours": hours,
    "by-hand-power-model": power_model,
    "by-hand-shared-node": shared_node,
    "by-hand-gpus": gpus,
}
