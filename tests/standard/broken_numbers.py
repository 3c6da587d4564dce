"""Documents in which a number of a stage does not follow from the others (R03)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.standard import by_hand, corpus, recorded, richer, stages
from tests.standard.change import GONE, bare, broken, everywhere
from tests.standard.executions import Execution, Host, Watch, name_uuid
from tests.standard.plain import kwh

if TYPE_CHECKING:
    from tests.standard.authoring import Json

S = "/stages/0"
CPU = f"{S}/energy/components/0"
IT, FACILITY = f"{S}/energy/it_total", f"{S}/energy/facility_total"
EMITTED = f"{S}/emissions/operational_location"
MARKET = f"{S}/emissions/operational_market"
LINE = f"{EMITTED}/lines/0"
REUSED = f"{S}/reused_from"
ALL, NEW = "/totals/including_reused", "/totals/new"


def drew(it: float) -> Json:
    """Another IT energy, in the stage and in all totals."""
    return {f"{IT}/value": it, **everywhere("energy_it/value", it)}


def reached(facility: float, factor_id: str = "grid") -> Json:
    """Another facility energy, with the line on it."""
    own = {f"{FACILITY}/value": facility, f"{LINE}/energy_kwh": facility, f"{LINE}/factor_ref": factor_id}
    return {**own, **everywhere("energy_facility/value", facility)}


def emitted(mass: float) -> Json:
    """Other emissions, in the stage and in all totals."""
    return {f"{EMITTED}/value": mass, **everywhere("operational_location/value", mass)}


def two_sensors() -> Json:
    """Two hosts, of which one has no counter: their components can be told apart by their sensors."""
    watches = [Watch(Host(1), 0, 600, 0.02), Watch(Host(2), 0, 600)]
    return stages.disclosure("two-sensors", [Execution("train", "training", watches)])


LEFT_OUT = "prepare was not seen"


def kwh_unknown() -> Json:
    """An energy that nobody knows."""
    return {"unit": "kWh", "method": "not_available", "reason": LEFT_OUT}


def unseen_gpu() -> Json:
    """A component whose counter failed."""
    return {"id": "gpu", "kind": "gpu", "resource_ref": "gpu", "sensor": "nvml", "energy": kwh_unknown()}


def facility_unknown() -> Json:
    """No facility energy in the stage and the totals, and a boundary that says so."""
    totals = everywhere("energy_facility", kwh_unknown())
    boundary = {"/boundary/scope_level": "node", "/boundary/equipment_included": ["cpu", "memory"]}
    return {FACILITY: kwh_unknown(), **totals, **boundary}


def idle_segment() -> Json:
    """A segment that saw its counters stand still, and names no factor."""
    seen = corpus.counted()["stages"][0]["segments"][0]
    return {**richer.without(seen, "factor_ref"), "id": name_uuid("idle"), "energy_it_kwh": 0}


ONE, HAND_PHASES, PLACES = by_hand.one_stage, by_hand.two_phases, by_hand.two_countries
MADE, WATER, CONTRACTS, MODEL = by_hand.embodied, by_hand.water, by_hand.market, by_hand.power_model
EARLIER, NODE = by_hand.reused, by_hand.shared_node

STAGES = (
    broken("R03-t01-fail-it-total", ONE, {**drew(0.6), **reached(0.72), **emitted(36.0)}),
    broken("R03-t02-fail-activity", MODEL, {f"{CPU}/activity/0/amount": 11520.0}, f"{CPU}/energy/value"),
    broken("R03-t03-fail-node-share", NODE, {f"{CPU}/node_share": 0.5}, f"{CPU}/energy/value"),
    broken("R03-t04-fail-idle-and-dynamic", NODE, {f"{CPU}/idle_kwh": 0.1}, f"{CPU}/energy/value"),
    broken("R03-t05-fail-pue-applied-twice", ONE, {f"{LINE}/energy_kwh": 0.72, **emitted(36.0)}),
    broken("R03-t06-fail-basis", ONE, {f"{LINE}/energy_basis": "it"}, f"{LINE}/energy_kwh"),
    broken("R03-t07-fail-power-of-ten", ONE, emitted(300.0)),
    broken(
        "R03-t08-fail-factor-for-other-use",
        HAND_PHASES,
        {f"{LINE}/factor_ref": "pue", f"{EMITTED}/factor_refs": ["grid"]},
    ),
    broken(
        "R03-t09-fail-cpu-watts-for-memory", MODEL, {f"{CPU}/activity/0/unit": "GB.s"}, f"{CPU}/activity/0/factor_ref"
    ),
    broken("R03-t10-fail-segment-energy", corpus.two_places, {f"{S}/segments/0/energy_it_kwh": 0.5}, f"{IT}/value"),
    broken("R03-t11-fail-series", corpus.hourly, {f"{S}/series/it_energy_j/0": 5.0}, f"{IT}/value"),
    broken("R03-t12-fail-no-components", HAND_PHASES, {f"{S}/energy/components": GONE}, f"{S}/energy"),
    broken(
        "R03-t13-fail-embodied-lifespan",
        MADE,
        {"/resources/0/embodied/lifespan_s": 50000000.0},
        f"{S}/emissions/embodied/value",
    ),
    broken(
        "R03-t14-fail-no-pue-named",
        HAND_PHASES,
        {f"{FACILITY}/factor_refs": [], "/totals/by_phase/0/energy_facility/factor_refs": GONE},
        FACILITY,
    ),
    broken("R03-t15-fail-share-above-node", recorded.segment_counter, {"/energy/0/share_j": 3000}),
    broken("R03-t16-fail-flat-number", recorded.record, {"/energy_wh": 0.8}),
    broken(
        "R03-t17-fail-factor-of-other-hosts",
        richer.several_hosts,
        {f"{S}/segments/0/factor_ref": "f-swe-2024"},
        f"{EMITTED}/lines/1/energy_kwh",
    ),
    broken(
        "R03-t18-fail-equal-factor",
        bare(richer.several_hosts),
        {f"{EMITTED}/lines/1/factor_ref": "f-swe"},
        f"{EMITTED}/lines/0/energy_kwh",
    ),
    broken("R03-t19-fail-segment-without-pue", corpus.two_places, {f"{S}/segments/0/pue_ref": GONE}, f"{S}/segments/0"),
    broken("R03-t20-fail-assumed-otherwise", richer.profile_fallback, {"/assumptions/3/value": 1.5}),
    broken("R03-t21-fail-assumed-unit", richer.profile_fallback, {"/assumptions/3/unit": "W"}),
    broken("R03-t22-fail-blind-unsaid", richer.blind_host, {f"{IT}/reason": GONE}, IT),
    broken("R03-t23-fail-record-duration", recorded.record_measured, {"/duration_s": 20.0}),
    broken(
        "R03-t24-fail-record-counters",
        recorded.record_measured,
        {"/segments/0/energy/0/share_j": 900.0},
        "/tally/0/energy_wh/value",
    ),
    broken("R03-t25-fail-record-without-number", recorded.record, {"/energy_wh": GONE}, ""),
    broken("R03-t26-fail-record-number-of-none", recorded.record_without_place, {"/co2e_g": 0.0}),
    broken(
        "R03-t27-fail-record-without-intensity",
        recorded.record,
        {"/tally/0/grid_intensity_g_per_kwh": GONE},
        "/tally/0",
    ),
    broken(
        "R03-t28-fail-hardware-of-the-other-host",
        bare(two_sensors),
        {f"{CPU}/resource_ref": "cpu2"},
        f"{S}/energy/components",
    ),
    broken("R03-t29-fail-node-without-share", NODE, {f"{CPU}/node_share": GONE}, f"{CPU}/node_kwh"),
    broken("R03-t30-fail-idle-without-dynamic", NODE, {f"{CPU}/dynamic_kwh": GONE}, f"{CPU}/idle_kwh"),
    broken(
        "R03-t31-fail-other-factors-named",
        PLACES,
        {f"{EMITTED}/factor_refs": ["grid-se"], **everywhere("operational_location/factor_refs", ["grid-se"])},
    ),
    broken(
        "R03-t32-fail-embodied-of-other-factor",
        MADE,
        {"/resources/0/embodied/total_g": 2000000.0, f"{S}/emissions/embodied/value": 10000.0}
        | everywhere("embodied/value", 10000.0)
        | everywhere("operational_and_embodied/value", 12000.0),
    ),
    broken(
        "R03-t33-fail-embodied-of-nothing",
        corpus.whole,
        {f"{S}/emissions/embodied/lines/0/resource_ref": "ram1"},
    ),
    broken(
        "R03-t34-fail-more-units-than-there-are",
        MADE,
        {f"{S}/emissions/embodied/lines/0/reserved_units": 64, f"{S}/emissions/embodied/value": 40000.0}
        | everywhere("embodied/value", 40000.0)
        | everywhere("operational_and_embodied/value", 42000.0),
    ),
    broken(
        "R03-t35-fail-water",
        WATER,
        {f"{S}/water/value": 18.0, **everywhere("water/value", 18.0)},
    ),
    broken(
        "R03-t36-fail-market-lines-leave-out-energy",
        CONTRACTS,
        {f"{MARKET}/lines/1/energy_kwh": 250.0, f"{MARKET}/value": 130000.0}
        | everywhere("operational_market/value", 130000.0),
        f"{MARKET}/lines/0/energy_kwh",
    ),
    broken(
        "R03-t37-fail-lines-on-two-bases",
        PLACES,
        {f"{EMITTED}/lines/1/energy_basis": "it", f"{EMITTED}/lines/1/energy_kwh": 2.0, **emitted(1244.0)},
        f"{LINE}/energy_basis",
    ),
    broken(
        "R03-t38-fail-pue-of-a-grid",
        HAND_PHASES,
        {f"{FACILITY}/factor_refs": ["grid"], f"{LINE}/pue_ref": "pue"}
        | everywhere("energy_facility/factor_refs", ["grid", "pue"])
        | {"/totals/by_phase/0/energy_facility/factor_refs": ["grid"]},
        f"{FACILITY}/factor_refs/0",
    ),
    broken(
        "R03-t39-fail-facility-below-it",
        PLACES,
        {f"{FACILITY}/value": 2.5, **everywhere("energy_facility/value", 2.5)},
    ),
    broken(
        "R03-t40-fail-pue-left-out",
        ONE,
        {**reached(0.5), **emitted(25.0)},
        f"{FACILITY}/value",
    ),
    broken(
        "R03-t41-fail-reused-emissions",
        EARLIER,
        {f"{REUSED}/emissions/operational_location/value": 25.0, f"{ALL}/operational_location/value": 115.0},
    ),
    broken(
        "R03-t42-fail-reused-facility",
        EARLIER,
        {f"{REUSED}/energy/facility_total/value": 0.75, f"{ALL}/energy_facility/value": 2.55},
    ),
    broken(
        "R03-t43-fail-joules-for-kwh",
        by_hand.hours,
        {f"{S}/series/it_energy_j": [2.5, 3.5]},
        f"{IT}/value",
    ),
    broken(
        "R03-t44-fail-megajoules-for-kwh",
        ONE,
        {**drew(1.8), **reached(2.16), **emitted(108.0)},
    ),
    broken(
        "R03-t45-fail-no-value-beside-known-parts",
        HAND_PHASES,
        {
            f"{IT}": kwh_unknown(),
            f"{NEW}/energy_it": kwh(1.75, reason=LEFT_OUT),
            f"{ALL}/energy_it": kwh(1.75, reason=LEFT_OUT),
        }
        | {"/totals/by_phase/0/energy_it": kwh_unknown()},
        f"{IT}/method",
    ),
    broken(
        "R03-t46-fail-part-without-value-unsaid",
        ONE,
        {f"{S}/energy/components/2": unseen_gpu(), "/resources/2": {"id": "gpu", "kind": "gpu", "count": 1}},
        IT,
    ),
    broken("R03-t47-fail-facility-without-every-pue", bare(corpus.counted), facility_unknown(), f"{FACILITY}/method"),
    broken("R03-t48-fail-grid-factor-for-water", WATER, {f"{S}/water/lines/0/factor_ref": "grid"}),
    broken(
        "R03-t49-fail-pue-ref-of-no-pue",
        PLACES,
        {f"{LINE}/pue_ref": "grid-se"},
    ),
    broken(
        "R03-t50-fail-two-lines-of-one-factor",
        bare(richer.several_hosts),
        {f"{EMITTED}/lines/3/factor_ref": "f-swe"},
        f"{EMITTED}/lines/2/energy_kwh",
    ),
    broken(
        "R03-t51-fail-segment-without-factor",
        bare(corpus.two_places),
        {f"{S}/segments/0/factor_ref": GONE},
        f"{LINE}/factor_ref",
    ),
    broken("R03-t52-fail-record-facility-without-pue", recorded.record, {"/tally/0/pue": GONE}, "/tally/0"),
    broken(
        "R03-t53-fail-record-emissions",
        recorded.record,
        {"/tally/0/co2e_g/value": 0.3, "/co2e_g": 0.3},
        "/tally/0/co2e_g/value",
    ),
    broken("R03-t54-fail-idle-above-share", recorded.segment_counter, {"/energy/0/idle_j": 1801.0}),
    broken(
        "R03-t55-fail-counter-twice",
        recorded.segment_counter,
        {"/energy/1": recorded.segment_counter()["energy"][0]},
        "/energy/1/domain",
    ),
    broken(
        "R03-t56-fail-unknown-beside-known-segments",
        bare(corpus.counted),
        {IT: kwh_unknown(), **everywhere("energy_it", kwh_unknown()), "/totals/by_phase/0/energy_it": kwh_unknown()},
        f"{IT}/method",
    ),
    broken(
        "R03-t58-fail-idle-segment-without-factor",
        bare(corpus.counted),
        {f"{S}/segments/1": idle_segment(), f"{S}/time/monotonic_s": 1200.0},
        f"{S}/segments/1",
    ),
    broken(
        "R03-t57-fail-embodied-names-other-factors",
        MADE,
        {f"{S}/emissions/embodied/factor_refs": ["grid"]},
    ),
)
