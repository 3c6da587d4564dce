"""Valid documents that stand beside the broken ones: at a bound, with a reason, or unlikely and only warned of."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tests.standard import by_hand, stages
from tests.standard.change import GONE, changed, everywhere
from tests.standard.executions import Execution, Host, Watch, at, name_uuid
from tests.standard.overlapping import gpu_in_turn
from tests.standard.plain import document, drawn, factor, grams, hardware, kwh, line, measured, modelled, stage, sums

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.standard.authoring import Json

S = "/stages/0"
IT, FACILITY = f"{S}/energy/it_total", f"{S}/energy/facility_total"
EMITTED = f"{S}/emissions/operational_location"
ONE, PHASES, CONTRACTS, LEAST = by_hand.one_stage, by_hand.two_phases, by_hand.market, stages.declared_minimal
OTHER_NAMES = [f"urn:uuid:{name_uuid(name)}" for name in ("one", "another")]
DECLARED_WIDTHS: Json = {"method": "declared", "coverage": 0.9, "sources": []}
FLOP = {"value": 3100000000000000000, "unit": "FLOP", "method": "declared"}
STORAGE = {"part": "storage", "what": "disks", "reason": "no counter"}


def emitted(mass: float) -> Json:
    """Other emissions, given by hand."""
    return {f"{EMITTED}/value": mass, **everywhere("operational_location/value", mass)}


def declared_facility() -> Json:
    """A facility energy told by the operator, without a PUE: the lines carry it all the same."""
    facility = kwh(0.6, "declared")
    named: Json = {"factor_refs": ["grid"]}
    energy = drawn(kwh(0.5, "declared"), [], facility)
    train = stage("train", (0, 1), energy, grams(30.0, "declared", **named, lines=[line(0.6, "grid")]))
    new = sums(kwh(0.5, "declared"), grams(30.0, "declared", **named), facility)
    return document("declared-facility", (0, 1), [train], new, factors=[_grid(50.0)], resources=[])


def _grid(value: float) -> Json:
    found: Json = {**by_hand.one_stage()["factors"][2], "value": value}
    return found


def nothing_drawn() -> Json:
    """A stage too short for its counters: all numbers are zero, and known."""
    named: Json = {"factor_refs": ["grid"]}
    energy = drawn(kwh(0), [measured("cpu", 0)])
    train = stage("train", (0, 0), energy, grams(0, **named, lines=[line(0, "grid", "it")]))
    return document("nothing-drawn", (0, 0), [train], sums(kwh(0), grams(0, **named)), factors=[_grid(50.0)])


def whole_host() -> Json:
    """A power meter at the plug, which stands for CPU and memory together."""
    named: Json = {"factor_refs": ["grid"]}
    energy = drawn(kwh(2.0), [measured("plug", 2.0, "host", "power_meter")])
    train = stage("train", (0, 1), energy, grams(100.0, **named, lines=[line(2.0, "grid", "it")]))
    return document(
        "whole-host",
        (0, 1),
        [train],
        sums(kwh(2.0), grams(100.0, **named)),
        factors=[_grid(50.0)],
        resources=[hardware("plug", "host")],
        boundary={"equipment_included": ["cpu", "memory", "storage"]},
    )


def accelerators_alone() -> Json:
    """GPUs alone, and a boundary that says so."""
    return changed(
        gpu_in_turn,
        {"/boundary/scope_level": "accelerator", "/boundary/equipment_included": ["accelerators"]},
    )


def hot(power: float) -> Json:
    """A device that drew so much power for an hour, designed for 150 W."""
    named: Json = {"factor_refs": ["grid"]}
    energy = power / 1000
    train = stage("train", (0, 1), drawn(kwh(energy), [measured("cpu", energy)]), grams(energy * 50.0, **named))
    train["emissions"]["operational_location"]["lines"] = [line(energy, "grid", "it")]
    new = sums(kwh(energy), grams(energy * 50.0, **named))
    return document("hot", (0, 1), [train], new, factors=[_grid(50.0)], resources=[hardware("cpu", tdp_w=150)])


def everything_told() -> Json:
    """Storage, network, cooling and the end of life told, all with digests and intervals: traced."""
    return stages.disclosure("told", [Execution("train", "training", [Watch(Host(1), 0, 600, 0.02)])])


def fixed_power() -> Json:
    """A power model of a fixed power times time."""
    named: Json = {"factor_refs": ["grid"]}
    fan = modelled("fan", 0.1, [(36000.0, "s", "fan-power")], "other")
    train = stage(
        "train", (0, 10), drawn(kwh(0.1, "modelled"), [fan]), grams(5.0, **named, lines=[line(0.1, "grid", "it")])
    )
    return document(
        "fixed-power",
        (0, 10),
        [train],
        sums(kwh(0.1, "modelled"), grams(5.0, **named)),
        factors=[_grid(50.0), factor("fan-power", "power_model", 10.0, "W")],
        resources=[hardware("fan", "other")],
    )


def _litre(**more: str) -> Json:
    """Water that was told by hand."""
    return {"value": 1.0, "unit": "L", "method": "declared", **more}


def _place(**told: Any) -> Json:
    return {"/locations/0": {"id": "l1", **told}}


_SOON = "2026-11-21T08:59:00Z"
CHANGED: dict[str, tuple[Callable[[], Any], Json]] = {
    "R01-t40-pass-gap-of-a-component": (
        PHASES,
        {"/gaps/0": {"what": "rapl:dram", "reason": "denied", "stage_ref": "train", "component_ref": "cpu"}},
    ),
    "R01-t41-pass-line-at-its-place": (ONE, {f"{EMITTED}/lines/0/location_ref": "l1"}),
    "R01-t42-pass-merged-from-two": (
        ONE,
        {"/document/derived_from": [{"id": name, "digest": "sha256:" + "0b" * 32} for name in OTHER_NAMES]},
    ),
    "R01-t43-pass-correction-of-another": (
        ONE,
        {
            "/document/status": "corrected",
            "/document/supersedes": OTHER_NAMES[:1],
            "/document/note": "The PUE was that of another hall.",
        },
    ),
    "R02-t40-pass-within-two-milliseconds": (ONE, {f"{S}/time/wall_s": 3600.002}),
    "R03-t90-pass-within-a-millionth": (
        ONE,
        {f"{FACILITY}/value": 0.6000003, **everywhere("energy_facility/value", 0.6)},
    ),
    "R03-t91-pass-no-factor-refs": (
        ONE,
        {f"{EMITTED}/factor_refs": GONE, **everywhere("operational_location/factor_refs", GONE)},
    ),
    "R04-t10-pass-at-2500": (LEAST, emitted(31250)),
    "R04-t11-pass-no-emissions": (LEAST, emitted(0)),
    "R06-t40-pass-declared-interval": (
        LEAST,
        {
            f"{IT}/interval": {"lower": 12.0, "upper": 13.0, "coverage": 0.9, "kind": "declared"},
            "/uncertainty": DECLARED_WIDTHS,
        },
    ),
    "R06-t41-pass-estimate-of-a-gap": (
        ONE,
        {
            "/gaps/0": {
                "what": "nvml",
                "reason": "the driver was reset",
                "seconds": 60.0,
                "estimate": kwh(
                    0.02, "estimated", interval={"lower": 0.01, "upper": 0.03, "coverage": 0.9, "kind": "declared"}
                ),
            },
            "/uncertainty": DECLARED_WIDTHS,
        },
    ),
    "R07-t40-pass-within-a-millionth": (PHASES, {"/totals/new/operational_location/value": 300.0002}),
    "R07-t41-pass-no-phases": (PHASES, {"/totals/by_phase": GONE}),
    "R07-t42-pass-water-of-one-stage-alone-told": (
        PHASES,
        {f"{S}/water": _litre(), **everywhere("water", _litre(reason="train was not asked about its water"))},
    ),
    "R08-t21-pass-double-beyond-2-53": (LEAST, {f"{S}/compute": FLOP, **everywhere("compute", FLOP)}),
    "R08-t20-pass-largest-integer": (
        ONE,
        {"/subject/datasets": [{"name": "all", "size_bytes": 9007199254740991}]},
    ),
    "R09-t10-pass-contract-of-no-factor": (CONTRACTS, {"/instruments/0/factor_ref": GONE}),
    "R09-t11-pass-grid-where-no-residual-mix-is-published": (
        CONTRACTS,
        {
            f"{S}/emissions/operational_market/lines/1/factor_ref": "grid",
            f"{S}/emissions/operational_market/factor_refs": ["contract", "grid"],
            f"{S}/emissions/operational_market/value": 165000.0,
            "/factors/3": GONE,
            "/assumptions/0": {
                "id": "market-fallback",
                "statement": "Nobody publishes a residual mix.",
                "default": False,
            },
            **everywhere("operational_market/value", 165000.0),
            **everywhere("operational_market/factor_refs", ["contract", "grid"]),
        },
    ),
    "R10-t10-pass-credit-beside-the-numbers": (
        CONTRACTS,
        {"/instruments/1": {"id": "credit", "type": "credit", "mass_g": 245000.0}},
    ),
    "R12-t10-pass-one-second-of-two-clocks": (gpu_in_turn, {}),
    "R13-t20-pass-node-missing-with-gap": (
        everything_told,
        {"/boundary/nodes_expected": 2, "/gaps": [{"what": "node", "reason": "its disk was lost"}]},
    ),
    "R13-t21-pass-final-runs-alone": (ONE, {"/boundary/runs_counted": "final", "/boundary/exclusions": [STORAGE]}),
    "R14-t10-pass-market-of-another-scope": (
        CONTRACTS,
        {"/factors/2/basis/scope": "direct", "/factors/3/basis/scope": "direct"},
    ),
    "R15-t22-pass-runs-left-out": (
        ONE,
        {
            "/boundary/runs_counted": "final",
            "/boundary/exclusions": [{"part": "runs", "what": "searches", "reason": "not recorded"}],
        },
    ),
    "R16-t01-warn-factor-of-another-year": (ONE, {"/factors/2/valid": {"start": "2023-01-01", "end": "2023-12-31"}}),
    "R16-t02-pass-factor-of-another-year-told": (
        ONE,
        {
            "/factors/2/valid": {"start": "2023-01-01", "end": "2023-12-31"},
            "/assumptions/0": {"id": "a", "statement": "2023 stands for 2026.", "default": True, "factor_ref": "grid"},
        },
    ),
    "R16-t03-warn-contract-of-another-year": (
        CONTRACTS,
        {"/instruments/0/vintage": {"start": "2019-01-01", "end": "2019-12-31"}},
    ),
    "R17-t01-warn-read-before-it-was-written": (
        PHASES,
        {f"{S}/depends_on": ["train"], f"{S}/time": {"start": at(0), "end": at(3000), "wall_s": 3000}},
    ),
    "R17-t02-warn-made-before-its-period": (ONE, {"/document/created": _SOON}),
    "R17-t03-pass-read-after-it-was-written": (PHASES, {"/stages/1/depends_on": ["prepare"]}),
    "R18-t25-pass-place-of-no-hardware": (
        ONE,
        {"/resources/0/location_ref": GONE, "/resources/1/location_ref": GONE},
    ),
    "R18-t20-pass-unknown-place": (ONE, _place(precision="unknown")),
    "R18-t21-pass-subdivision": (ONE, _place(country="US", subdivision="US-CA", precision="subdivision")),
    "R18-t22-pass-region": (ONE, _place(country="SE", provider="aws", region="eu-north-1", precision="region")),
    "R18-t23-pass-zone-of-the-grid": (ONE, _place(grid_zones={"electricity_maps": "SE-SE3"}, precision="zone")),
    "R18-t24-pass-continent": (ONE, _place(precision="continent")),
}
PASSES: dict[str, Callable[[], Any]] = {
    **{name: partial(changed, base, changes) for name, (base, changes) in CHANGED.items()},
    "R03-t92-pass-declared-facility": declared_facility,
    "R03-t93-pass-nothing-drawn": nothing_drawn,
    "R03-t94-pass-fixed-power": fixed_power,
    "R05-t01-warn-beyond-design-power": partial(hot, 180.1),
    "R05-t02-pass-at-1.2-times-design-power": partial(hot, 180.0),
    "R15-t20-pass-meter-at-the-plug": whole_host,
    "R15-t21-pass-accelerators-alone": accelerators_alone,
}
