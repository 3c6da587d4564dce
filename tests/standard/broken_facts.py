"""Documents that say of their numbers what the numbers do not bear out (R06, R09, R10, R13, R14, R15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.standard import by_hand, corpus, recorded, richer, stages
from tests.standard.authoring import Amount
from tests.standard.change import GONE, broken
from tests.standard.plain import kwh

if TYPE_CHECKING:
    from tests.standard.authoring import Json

S = "/stages/0"
CPU = f"{S}/energy/components/0"
MEMORY = f"{S}/energy/components/1"
IT, FACILITY = f"{S}/energy/it_total", f"{S}/energy/facility_total"
EMITTED = f"{S}/emissions/operational_location"
MARKET = f"{S}/emissions/operational_market"
REUSED = f"{S}/reused_from"
RATE = "/totals/per_functional_unit/0/operational_location"
PARTS = "interval/contributions"
EQUIPMENT = "/boundary/equipment_included"
ONE, CONTRACTS, NODE = by_hand.one_stage, by_hand.market, by_hand.shared_node
GUESS = {"id": "guess", "class": "guess", "log_sd": 0.5}
DECLARED_WIDTHS = {"method": "declared", "coverage": 0.9, "sources": [GUESS]}
DECLARED = {"lower": 12.0, "upper": 13.0, "coverage": 0.9, "kind": "declared"}
COMPUTED_WIDTHS = {**DECLARED_WIDTHS, "method": "lognormal-moments"}


def guess(value: float) -> Json:
    """The interval of a number that rests on one guess."""
    interval: Json = Amount(value, "", "declared", 0.0, {"guess": value * 0.5}).document()["interval"]
    return interval


WIDTHS = (
    broken("R06-t01-fail-interval-beside-value", corpus.counted, {f"{IT}/interval/upper": 0.0201}, f"{IT}/interval"),
    broken(
        "R06-t02-fail-source-width",
        corpus.counted,
        {"/uncertainty/sources/0/log_sd": 0.1},
        f"{EMITTED}/{PARTS}/3/amount",
    ),
    broken("R06-t03-fail-method-of-sum", corpus.counted, {f"{IT}/method": "measured"}),
    broken("R06-t04-fail-measured-model", corpus.counted, {f"{MEMORY}/energy/method": "measured"}),
    broken("R06-t05-fail-measured-fraction", corpus.counted, {f"{IT}/measured_fraction": 0.5}),
    broken("R06-t06-fail-counter-not-measured", corpus.counted, {f"{CPU}/energy/method": "declared"}),
    broken("R06-t07-fail-product-measured", richer.counters_alone, {f"{EMITTED}/method": "measured"}),
    broken("R06-t08-fail-source-left-out", corpus.counted, {f"{EMITTED}/{PARTS}/3": GONE}, f"{EMITTED}/{PARTS}"),
    broken("R06-t09-fail-driver-share", corpus.counted, {"/uncertainty/drivers/0/variance_share": 0.5}),
    broken(
        "R06-t10-fail-driver-left-out",
        corpus.counted,
        {"/uncertainty/drivers/0": GONE},
        "/uncertainty/drivers/0/variance_share",
    ),
    broken("R06-t11-fail-measured-in-part", corpus.reused, {f"{REUSED}/energy/it_total/method": "measured"}),
    broken(
        "R06-t12-fail-record-interval",
        recorded.record_measured,
        {"/tally/0/co2e_g/interval/upper": 9.0},
        "/tally/0/co2e_g/interval",
    ),
    broken("R06-t13-fail-record-measured-emissions", recorded.record, {"/tally/0/co2e_g/method": "measured"}),
    broken("R06-t14-fail-computed-called-declared", corpus.counted, {"/uncertainty/method": "declared"}),
    broken("R06-t15-fail-product-called-declared", corpus.two_places, {f"{FACILITY}/method": "declared"}),
    broken(
        "R06-t16-fail-source-contributes-twice",
        corpus.counted,
        {f"{EMITTED}/{PARTS}/1/source_ref": "rapl-package@cpu1"},
    ),
    broken("R06-t17-fail-other-coverage", corpus.counted, {f"{IT}/interval/coverage": 0.95}),
    broken(
        "R06-t18-fail-declared-interval-beside-value",
        stages.declared_minimal,
        {f"{IT}/interval": {**DECLARED, "lower": 12.6}, "/uncertainty": DECLARED_WIDTHS},
    ),
    broken(
        "R06-t19-fail-declared-interval-with-contributions",
        stages.declared_minimal,
        {
            f"{IT}/interval": {**DECLARED, "contributions": [{"source_ref": "guess", "amount": 0.4}]},
            "/uncertainty": DECLARED_WIDTHS,
        },
        f"{IT}/interval/kind",
    ),
    broken(
        "R06-t20-fail-counter-that-is-exact",
        corpus.counted,
        {
            f"{CPU}/energy/interval": {
                "lower": 0.02,
                "upper": 0.02,
                "coverage": 0.9,
                "kind": "lognormal",
                "contributions": [],
            }
        },
        f"{CPU}/energy/{PARTS}",
    ),
    broken(
        "R06-t21-fail-model-without-activity",
        NODE,
        {f"{CPU}/sensor": "power_model", f"{CPU}/model": "tdp", f"{CPU}/energy/method": "modelled"},
        CPU,
    ),
    broken(
        "R06-t22-fail-counter-with-activity",
        by_hand.power_model,
        {f"{CPU}/sensor": "rapl", f"{CPU}/model": GONE, f"{CPU}/energy/method": "measured"},
        CPU,
    ),
    broken(
        "R06-t23-fail-told-by-the-provider-called-measured",
        NODE,
        {f"{CPU}/sensor": "cloud_api"},
        f"{CPU}/energy/method",
    ),
    broken("R06-t24-fail-rate-of-another-method", corpus.whole, {f"{RATE}/method": "estimated"}),
    broken("R06-t25-fail-rate-measured-otherwise", corpus.whole, {f"{RATE}/measured_fraction": 0.5}),
    broken(
        "R06-t26-fail-rate-of-other-width",
        corpus.whole,
        {"/uncertainty/drivers": [], f"{RATE}/{PARTS}/0": GONE},
        f"{RATE}/{PARTS}",
    ),
    broken(
        "R06-t27-fail-driver-named-twice",
        corpus.counted,
        {"/uncertainty/drivers/1/source_ref": "grid-country-lifecycle@f-swe"},
    ),
    broken(
        "R06-t28-fail-driver-of-nothing",
        stages.declared_minimal,
        {
            "/uncertainty": {
                "method": "lognormal-moments",
                "coverage": 0.9,
                "sources": [GUESS],
                "drivers": [{"source_ref": "guess", "variance_share": 1}],
            }
        },
        "/uncertainty/drivers/0",
    ),
    broken("R06-t29-fail-sum-called-estimated", NODE, {"/totals/new/energy_it/method": "estimated"}),
    broken("R06-t30-fail-half-of-a-counter-measured", NODE, {f"{CPU}/energy/measured_fraction": 0.5}),
    broken("R06-t31-fail-product-measured-otherwise", corpus.counted, {f"{FACILITY}/measured_fraction": 0.9}),
    broken(
        "R06-t32-fail-driver-of-no-contribution",
        corpus.whole,
        {"/uncertainty/drivers/0/source_ref": "embodied-component@f-server"},
        "/uncertainty/drivers/0/variance_share",
    ),
    broken(
        "R06-t36-fail-width-of-embodied-emissions",
        corpus.whole,
        {f"{S}/emissions/embodied/{PARTS}/0/amount": 9.0},
    ),
    broken(
        "R06-t52-fail-water-of-two-kinds-errs-as-one",
        corpus.site_and_plants,
        {f"{S}/water/{PARTS}/0/amount": 0.00216},  # the counter's part in the water of the power plants alone
    ),
    broken("R06-t34-fail-width-of-a-counter", corpus.counted, {f"{CPU}/energy/{PARTS}/0/amount": 0.002}),
    broken(
        "R06-t35-fail-more-drivers-than-contributions",
        stages.declared_minimal,
        {
            f"{EMITTED}/interval": guess(4100),
            "/totals/new/operational_location/interval": guess(4100),
            "/totals/including_reused/operational_location/interval": guess(4100),
            "/uncertainty": {**COMPUTED_WIDTHS, "drivers": [{"source_ref": "guess", "variance_share": 1}] * 2},
        },
        "/uncertainty/drivers/1",
    ),
    broken(
        "R06-t33-fail-gap-estimate-interval",
        richer.blind_host,
        {"/gaps/0/estimate": kwh(0.02, "estimated", interval={**DECLARED, "kind": "lognormal", "contributions": []})},
        "/gaps/0/estimate/interval",
    ),
)

CLAIMS = (
    broken(
        "R09-t01-fail-market-on-grid-factor",
        corpus.market,
        {"/factors/3/basis/accounting": "location"},
        f"{MARKET}/lines/0/factor_ref",
    ),
    broken(
        "R09-t02-fail-residual-mix-for-the-place",
        ONE,
        {"/factors/2/basis/accounting": "residual"},
        f"{EMITTED}/lines/0/factor_ref",
    ),
    broken(
        "R09-t03-fail-contract-behind-the-place",
        CONTRACTS,
        {f"{EMITTED}/lines/0/instrument_ref": "ppa"},
    ),
    broken(
        "R09-t04-fail-contract-with-another-factor",
        CONTRACTS,
        {"/instruments/0/factor_ref": "residual"},
        f"{MARKET}/lines/0/factor_ref",
    ),
    broken("R09-t05-fail-more-than-the-contract-covers", CONTRACTS, {"/instruments/0/energy_kwh": 700.0}),
    broken("R10-t01-fail-offset-in-line", corpus.market, {f"{MARKET}/lines/0/instrument_ref": "i2"}),
    broken(
        "R10-t02-fail-credit-with-a-factor",
        CONTRACTS,
        {"/instruments/1": {"id": "credit", "type": "credit", "mass_g": 245000.0, "factor_ref": "contract"}},
        "/instruments/1/factor_ref",
    ),
    broken("R14-t01-fail-two-scopes", richer.direct, {"/factors/2/basis/scope": "lifecycle"}),
    broken("R14-t02-fail-gases-not-told", corpus.counted, {"/factors/2/basis/gases": GONE}, "/factors/2/basis"),
    broken("R14-t03-fail-profile", richer.direct, {"/generator/profile": "lifecycle"}),
    broken("R14-t04-fail-marginal", corpus.counted, {"/factors/2/basis/attribution": "marginal"}),
    broken(
        "R14-t05-fail-fallback-not-told", richer.profile_fallback, {"/assumptions/2/id": "a3"}, "/generator/profile"
    ),
    broken("R14-t06-fail-marginal-beside-average", CONTRACTS, {"/factors/3/basis/attribution": "marginal"}),
    broken("R14-t07-fail-market-of-two-scopes", CONTRACTS, {"/factors/3/basis/scope": "direct"}),
)

BOUNDARY = (
    broken(
        "R13-t01-fail-facility-without-pue",
        corpus.pipeline,
        {"/boundary/scope_level": "facility", EQUIPMENT: GONE, "/boundary/exclusions": []},
    ),
    broken("R13-t02-fail-nodes-seen", corpus.two_places, {"/boundary/nodes_seen": 1}),
    broken("R13-t03-fail-embodied-not-named", corpus.whole, {"/boundary/lifecycle_included": ["operation"]}),
    broken("R13-t04-fail-coverage", richer.interrupted, {"/boundary/coverage_fraction": 1.0}),
    broken("R13-t05-fail-blind-without-gap", richer.blind_host, {"/gaps": []}, f"{S}/segments/1"),
    broken("R13-t06-fail-status", corpus.retried, {f"{S}/status": "completed"}),
    broken("R13-t07-fail-node-with-facility", ONE, {"/boundary/scope_level": "node"}),
    broken("R13-t08-fail-node-missing-without-gap", corpus.counted, {"/boundary/nodes_expected": 2}),
    broken("R13-t09-fail-fewer-nodes-than-seen", corpus.two_places, {"/boundary/nodes_expected": 1}),
    broken("R13-t10-fail-final-runs-with-a-failed-one", corpus.retried, {"/boundary/runs_counted": "final"}),
    broken("R13-t11-fail-final-runs-with-an-interrupted-one", richer.interrupted, {"/boundary/runs_counted": "final"}),
    broken(
        "R13-t12-fail-embodied-named-without-a-number",
        ONE,
        {"/boundary/lifecycle_included": ["operation", "embodied"]},
        "/boundary/lifecycle_included",
    ),
    broken(
        "R13-t14-fail-node-missing-with-the-gap-of-a-segment",
        richer.blind_host,
        {"/boundary/nodes_expected": 3},
    ),
    broken("R13-t13-fail-gap-of-another-segment", richer.blind_host, {"/gaps/0/segment_ref": GONE}, f"{S}/segments/1"),
    broken("R15-t01-fail-memory-in-and-out", corpus.counted, {"/boundary/exclusions/0/part": "memory"}),
    broken(
        "R15-t02-fail-cooling-without-pue", corpus.pipeline, {f"{EQUIPMENT}/2": "cooling", "/boundary/exclusions": []}
    ),
    broken("R15-t03-fail-facility-without-cooling", corpus.counted, {EQUIPMENT: ["cpu", "memory"]}),
    broken(
        "R15-t04-fail-cooling-left-out-with-pue",
        ONE,
        {"/boundary/exclusions/0": {"part": "cooling", "what": "cooling", "reason": "unknown"}},
        "/boundary/exclusions/0/part",
    ),
    broken("R15-t05-fail-cpu-not-named", corpus.counted, {EQUIPMENT: ["memory", "cooling"]}),
    broken(
        "R15-t06-fail-storage-that-nothing-shows",
        ONE,
        {EQUIPMENT: ["cpu", "memory", "storage", "cooling"]},
        f"{EQUIPMENT}/2",
    ),
    broken(
        "R15-t07-fail-embodied-in-and-out",
        by_hand.embodied,
        {"/boundary/exclusions/0": {"part": "embodied", "what": "making the servers", "reason": "not known"}},
        "/boundary/exclusions/0/part",
    ),
    broken(
        "R15-t08-fail-runs-left-out-although-all-count",
        ONE,
        {"/boundary/exclusions/0": {"part": "runs", "what": "searches", "reason": "not recorded"}},
        "/boundary/exclusions/0/part",
    ),
    broken("R15-t09-fail-accelerators-alone-with-a-cpu", NODE, {"/boundary/scope_level": "accelerator"}),
    broken(
        "R15-t10-fail-cpu-left-out-although-counted",
        NODE,
        {"/boundary/exclusions/0": {"part": "cpu", "what": "processors", "reason": "no counter"}},
        "/boundary/exclusions/0/part",
    ),
    broken(
        "R15-t11-fail-cpu-in-a-scope-of-accelerators",
        stages.declared_minimal,
        {f"{EQUIPMENT}": ["cpu", "accelerators"], "/boundary/scope_level": "accelerator"},
        f"{EQUIPMENT}/0",
    ),
)
