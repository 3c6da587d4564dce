"""The valid documents of the conformance corpus. tests.standard.write_corpus writes them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.standard.attesting import signed
from tests.standard.authoring import (
    FACTORS,
    LOG_SD,
    Amount,
    Json,
    counter,
    total,
)
from tests.standard.by_hand import BY_HAND
from tests.standard.everything import EXAMPLES
from tests.standard.metered import METERED
from tests.standard.passes import PASSES
from tests.standard.recorded import RECORDS
from tests.standard.richer import RICHER, without
from tests.standard.stages import (
    Execution,
    Host,
    Watch,
    at,
    cached,
    declared_minimal,
    disclosure,
    drivers,
    name_uuid,
)
from tests.standard.vocabulary import VOCABULARY
from tests.standard.working import WORKING

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parents[2] / "schema" / "1.0" / "conformance"
SWEDEN, FRANCE, UNKNOWN_PUE = Host(1), Host(2, "FR", "f-fra", "f-pue-2"), Host(3, "FR", "f-fra", None)
NAMES = ("prepare", "featurize", "train", "evaluate")
PHASES = ("data-preparation", "data-preparation", "training", "validation")


def counted() -> Json:
    """One stage on one host with a counter and a PUE."""
    return disclosure("counted", [Execution("train", "training", [Watch(SWEDEN, 0, 600, 0.02)])])


def pipeline() -> Json:
    """Four stages by power models alone, no PUE known, each with a series."""
    host = Host(1, pue=None)
    executions = []
    for index, (name, phase) in enumerate(zip(NAMES, PHASES, strict=True)):
        start = 100.0 * index
        needs = (f"s-{NAMES[index - 1]}",) if index else ()
        execution = Execution(name, phase, [Watch(host, start, start + 20.5 + index)], needs)
        execution.more["series"] = execution.series(5.0)
        executions.append(execution)
    return disclosure("pipeline", executions)


def two_places() -> Json:
    """One execution on two hosts in two countries with two PUEs."""
    watches = [Watch(SWEDEN, 0, 900, 0.03), Watch(FRANCE, 3, 905, 0.02)]
    train = Execution("train", "training", watches)
    return disclosure(
        "two-places", [train, Execution("evaluate", "validation", [Watch(FRANCE, 950, 980)], ("s-train",))]
    )


def one_place_without_pue() -> Json:
    """One execution on two hosts, one of them without a known PUE: no facility energy."""
    return disclosure(
        "mixed", [Execution("train", "training", [Watch(SWEDEN, 0, 900, 0.03), Watch(UNKNOWN_PUE, 0, 900, 0.02)])]
    )


def reused() -> Json:
    """A cached stage with the numbers of the execution it reused, and one that ran."""
    earlier = Execution("prepare", "data-preparation", [Watch(SWEDEN, -7200, -7000, 0.004)])
    train = Execution("train", "training", [Watch(SWEDEN, 0, 600, 0.02)], ("s-prepare",))
    document = disclosure("reused", [train], [(cached(earlier, "prepare"), earlier)])
    document["totals"]["headline"] = "including_reused"
    return _with_drivers(document)


def hourly() -> Json:
    """A stage over two hours, each with its own grid factor, and a series on whole hours."""
    train = Execution(
        "train", "training", [Watch(SWEDEN, 1800, 9000, 0.2)], lines=[(0.25, "f-hour-9"), (0.75, "f-hour-10")]
    )
    train.more["series"] = {
        "start": at(0),
        "step_s": 3600.0,
        "it_energy_j": [train.it.value * 3.6e6 * x for x in (0.2, 0.5, 0.3)],
    }
    return disclosure("hourly", [train])


def retried() -> Json:
    """A failed attempt, a resumed second one whose clock was set back, and the gap that says so."""
    first = Execution("train", "training", [Watch(SWEDEN, 0, 60, 0.002)], status="failed")
    parts = [Watch(SWEDEN, 100, 400, 0.01), Watch(SWEDEN, 500, 800, 0.012, step_s=-5.0)]
    second = Execution("train", "training", [parts[0]], attempt=2)
    third = Execution("evaluate", "validation", [parts[1]], ("s-train-2",))
    document = disclosure("retried", [first, second, third])
    document["stages"][0]["superseded_by"] = "s-train-2"
    document["gaps"] = [{"what": "clock", "reason": "the clock was set back", "stage_ref": "s-evaluate"}]
    return document


def nested() -> Json:
    """A recorder inside another: listed, not summed."""
    document = counted()
    stage = document["stages"][0]
    inner = without(stage["segments"][0], "energy_it_kwh", "factor_ref", "pue_ref")
    span = {"start": at(10), "end": at(500), "monotonic_s": 490.0}
    ids = {"id": name_uuid("inner"), "execution_id": name_uuid("inner run"), "within": stage["execution_id"]}
    stage["segments"].append({**inner, **ids, **span, "scope": "process", "digest": "sha256:" + "cd" * 32})
    return document


def _blocks(document: Json) -> list[Json]:
    """Every object of sums in the totals."""
    totals = document["totals"]
    return [totals["new"], totals["including_reused"], *totals["by_phase"]]


def _with_market(document: Json, owner: Json, blocks: list[Json], contract: Json) -> None:
    """Adds a market-based number on a residual factor, and two instruments."""
    lines = owner["emissions"]["operational_location"]["lines"]
    facility = owner["energy"]["facility_total"]
    kwh, factor = facility["value"], FACTORS["f-residual"]
    fraction = {"measured_fraction": facility["measured_fraction"]}
    number = {
        "value": kwh * factor["value"],
        "unit": "g",
        "method": "modelled",
        **fraction,
        "factor_refs": ["f-residual"],
    }
    line = {**lines[0], "factor_ref": "f-residual", **contract}
    owner["emissions"]["operational_market"] = {**number, "lines": [line]}
    for block in blocks:
        block["operational_market"] = number
    document["factors"].append(factor)
    credit = {"id": "i2", "type": "credit", "mass_g": 1000.0}
    document["instruments"] = [{"id": "i1", "type": "ppa", "energy_kwh": 1.0, "supplier": "Example Energy"}, credit]


def market() -> Json:
    """Location- and market-based side by side, and an offset that changes nothing."""
    document = counted()
    _with_market(document, document["stages"][0], _blocks(document), {})
    return document


GPU = {"kind": "gpu", "resource_ref": "gpu1", "sensor": "nvml", "reads": "energy", "device_s": 4800.0, "coverage": 1.0}


def _embodied(document: Json) -> Amount:
    """Embodied emissions of the CPU host over ten minutes of four years."""
    resource = document["resources"][0]
    resource["embodied"] = {"total_g": 1.2e6, "lifespan_s": 126144000.0, "total_units": 32.0, "factor_ref": "f-server"}
    mass = Amount(1.2e6 * 600 / 126144000 * 8 / 32, "g", "estimated", 0.0).with_source("embodied-component@f-server")
    document["factors"].append(FACTORS["f-server"])
    document["uncertainty"]["sources"].append(_source("embodied-component@f-server"))
    return mass


def _source(name: str) -> Json:
    kind = name.split("@", 1)[0]
    return {"id": name, "class": kind, "log_sd": LOG_SD[kind]}


def site_and_plants() -> Json:
    """Water by two kinds of factor, each of which takes all of the energy, and its error with it."""
    train = Execution("train", "training", [Watch(SWEDEN, 0, 600, 0.02)])
    document = disclosure("site-and-plants", [train])
    drawn = train.it.times("f-pue", "kWh")
    water = total([train.it.times("f-wue", "L"), drawn.times("f-plants", "L")])
    document["factors"] += [FACTORS["f-wue"], FACTORS["f-plants"]]
    energies = ((train.it, "it", "f-wue"), (drawn, "facility", "f-plants"))
    lines = [{"energy_kwh": kwh.value, "energy_basis": basis, "factor_ref": name} for kwh, basis, name in energies]
    document["stages"][0]["water"] = water.document(lines=lines)
    for block in _blocks(document):
        block["water"] = water.document()
    return document


def whole() -> Json:
    """Every group of members: GPUs, embodied, water, compute, rates, evidence, extensions."""
    gpu = (copy.deepcopy(GPU), counter(0.8, "nvml-energy-counter@gpu1"))
    train = Execution("train", "training", [Watch(SWEDEN, 0, 600, 0.02)], extra_components=[gpu])
    document = disclosure("whole", [train])
    place = {"host_ref": SWEDEN.ref, "location_ref": "l1"}
    document["resources"].append(
        {"id": "gpu1", "kind": "gpu", "count": 8, "tdp_w": 700, "device_ref": "aa" * 6, **place}
    )
    stage, blocks = document["stages"][0], _blocks(document)
    _with_market(document, stage, blocks, {"instrument_ref": "i1"})
    stage["time"]["accelerator_s"] = 4800.0
    _add_products(document, stage, train, blocks)
    _add_facts(document)
    return document


def _add_products(document: Json, stage: Json, train: Execution, blocks: list[Json]) -> None:
    """Adds embodied emissions, water, compute and rates."""
    mass, water = _embodied(document), train.it.times("f-wue", "L")
    document["factors"].append(FACTORS["f-wue"])
    use = {"resource_ref": "cpu1", "reserved_s": 600.0, "reserved_units": 8.0}
    stage["emissions"]["embodied"] = mass.document(lines=[use])
    line = {"energy_kwh": train.it.value, "energy_basis": "it", "factor_ref": "f-wue"}
    stage["water"] = water.document(lines=[line])
    stage["compute"] = {"value": 3.1e18, "unit": "FLOP", "method": "declared"}
    for block in blocks:
        block |= {"embodied": mass.document(), "water": water.document(), "compute": stage["compute"]}
        block["operational_and_embodied"] = total(
            [train.location, Amount(mass.value, "g", "estimated", 0.0, mass.adds)]
        ).document()
        block["operational_and_embodied"].pop("factor_refs", None)
    document["boundary"]["lifecycle_included"].append("embodied")
    count = 250_000.0
    rate = Amount(train.location.value / count, "g", "modelled", train.location.measured / count)
    rate.adds = {name: amount / count for name, amount in train.location.adds.items()}
    unit = {"id": "u1", "name": "training image", "quantity": count, "unit": "image", "basis": "gross"}
    document["functional_units"] = [unit]
    document["totals"]["per_functional_unit"] = [{"functional_unit_ref": "u1", "operational_location": rate.document()}]


def _add_facts(document: Json) -> None:
    """Adds all that says what the document is, and who stands behind it."""
    facts = {
        "publisher": "Example Institute",
        "audience": "public",
        "license": "CC-BY-4.0",
        "contact": "https://example.org",
    }
    document["document"] |= {**facts, "status": "final", "title": "Energy and carbon of digits"}
    metric = {"name": "accuracy", "value": 0.97, "split": "test", "stage_ref": "s-train"}
    model = {"parameter_count": 7_000_000, "architecture": "convolutional network", "precision": "fp32"}
    document["subject"] |= {"model": model, "quality_metrics": [metric], "digests": ["sha256:" + "ef" * 32]}
    document["evidence"] = [{"id": "e1", "role": "segment", "digest": "sha256:" + "01" * 32, "stage_ref": "s-train"}]
    document["extensions"] = {"org.example": {"anything": [1, {"goes": None}]}}
    document["methodology"] = "Counters for CPU and GPU, a power model for memory."


def attested() -> Json:
    """A statement by someone other than the publisher, whose signature verifies with a published test key."""
    document = counted()
    document["document"]["publisher"] = "Example Institute"
    told = {"type": "third_party", "by": "Example Assurance", "date": "2026-11-22", "statement": "Numbers recompute."}
    return {**document, "attestations": [signed(told, document)]}


def attested_and_changed() -> Json:
    """A document that was changed after somebody had signed a statement on it."""
    document = attested()
    return {**document, "methodology": "Told otherwise afterwards."}


def all_reused() -> Json:
    """Nothing ran: both stages were cached."""
    earlier = Execution("prepare", "data-preparation", [Watch(SWEDEN, -7200, -7000, 0.004)])
    document = disclosure("reused", [earlier], [(cached(earlier, "prepare"), earlier)])
    document["stages"] = document["stages"][:1]
    totals = document["totals"]
    totals["including_reused"] = {**totals["including_reused"], **_of_phase(totals["by_phase"][0])}
    totals["including_reused"]["energy_facility"] = document["stages"][0]["reused_from"]["energy"]["facility_total"]
    none: Json = {"method": "not_available", "reason": "nothing ran anew"}
    empty = {"energy_it": {**none, "unit": "kWh"}, "energy_facility": {**none, "unit": "kWh"}}
    totals |= {"new": {**empty, "operational_location": {**none, "unit": "g"}}, "by_phase": []}
    totals["headline"] = "including_reused"
    document["boundary"] = without(document["boundary"], "period", "nodes_seen", "coverage_fraction")
    document["factors"] = [item for item in document["factors"] if item["id"] != "f-mem"]
    return _with_drivers(document)


def _with_drivers(document: Json) -> Json:
    """The document with the drivers of its headline."""
    totals = document["totals"]
    document["uncertainty"]["drivers"] = drivers(totals[totals["headline"]]["operational_location"])
    return document


def _of_phase(row: Json) -> Json:
    return {key: value for key, value in row.items() if key != "phase"}


VALID: dict[str, Callable[[], Any]] = {
    "declared-minimal": declared_minimal,
    "counted": counted,
    "pipeline-without-pue": pipeline,
    "two-places": two_places,
    "one-place-without-pue": one_place_without_pue,
    "reused": reused,
    "all-reused": all_reused,
    "hourly-factors": hourly,
    "retried": retried,
    "nested-recorder": nested,
    "market-based": market,
    "site-and-plants": site_and_plants,
    "whole": whole,
    "attested": attested,
    "attested-and-changed": attested_and_changed,
    **RICHER,
    **BY_HAND,
    **WORKING,
    **METERED,
    **PASSES,
    **VOCABULARY,
    **EXAMPLES,
    **RECORDS,
}


def as_text(document: Any) -> str:
    """The text of a document as the corpus keeps it."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


__all__ = ["FOLDER", "VALID", "as_text"]
