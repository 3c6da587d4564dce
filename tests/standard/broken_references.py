"""Documents whose ids, references, places and times do not fit (R01, R02, R12, R18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.standard import by_hand, corpus, recorded, richer
from tests.standard.authoring import Amount
from tests.standard.change import GONE, bare, broken, everywhere
from tests.standard.executions import at, name_uuid
from tests.standard.overlapping import gpu_twice, more_than_the_node, whole_node_twice
from tests.standard.plain import grid, measured

if TYPE_CHECKING:
    from tests.standard.authoring import Json

S = "/stages/0"
CPU = f"{S}/energy/components/0"
EMITTED = f"{S}/emissions/operational_location"
LINE = f"{EMITTED}/lines/0"
MARKET_LINE = f"{S}/emissions/operational_market/lines/0"
ONE, PHASES, MADE, CONTRACTS = by_hand.one_stage, by_hand.two_phases, by_hand.embodied, by_hand.market
OWN_NAME = corpus.counted()["document"]["id"]
OTHER_NAME = f"urn:uuid:{name_uuid('another document')}"
DIGEST = "sha256:" + "0a" * 32
DECLARED_WIDTHS: Json = {"method": "declared", "coverage": 0.9, "sources": []}
COMPUTED_WIDTHS: Json = {**DECLARED_WIDTHS, "method": "lognormal-moments"}
ESTIMATE: Json = Amount(0.02, "kWh", "estimated", 0.0, {"nobody": 0.005}).document()


def _gap(**more: str) -> Json:
    return {"/gaps/0": {"what": "rapl:package-0", "reason": "the counter was reset", **more}}


def _origins(*names: str) -> Json:
    return {"/document/derived_from": [{"id": name, "digest": DIGEST} for name in names]}


REFERENCES = (
    broken("R01-t01-fail-unknown-resource", corpus.counted, {f"{CPU}/resource_ref": "cpu9"}),
    broken(
        "R01-t02-fail-unknown-factor",
        bare(corpus.counted),
        {f"{LINE}/factor_ref": "f-nowhere", f"{EMITTED}/factor_refs": ["f-nowhere"]}
        | everywhere("operational_location/factor_refs", ["f-nowhere"])
        | {"/totals/by_phase/0/operational_location/factor_refs": ["f-nowhere"]},
    ),
    broken("R01-t03-fail-id-twice", corpus.two_places, {"/resources/1/id": "cpu1"}),
    broken("R01-t04-fail-ring", richer.side_by_side, {f"{S}/depends_on": ["s-b"], "/stages/1/depends_on": ["s-a"]}),
    broken("R01-t05-fail-stage-depends-on-itself", corpus.counted, {f"{S}/depends_on": ["s-train"]}),
    broken("R01-t06-fail-within-another-execution", corpus.nested, {f"{S}/segments/1/within": name_uuid("x")}),
    broken(
        "R01-t07-fail-hardware-elsewhere",
        bare(corpus.counted),
        {"/resources/0/host_ref": "000000000009", "/resources/1/host_ref": GONE},
        f"{CPU}/resource_ref",
    ),
    broken("R01-t08-fail-host-not-named", corpus.counted, {"/resources/0/host_ref": GONE}, "/resources/0"),
    broken(
        "R01-t09-fail-unknown-source-of-uncertainty",
        ONE,
        {"/factors/2/uncertainty_refs": ["grid-country-lifecycle@grid"], "/uncertainty": DECLARED_WIDTHS},
        "/factors/2/uncertainty_refs/0",
    ),
    broken(
        "R01-t10-fail-unknown-functional-unit",
        by_hand.per_token,
        {"/totals/per_functional_unit/0/functional_unit_ref": "page"},
    ),
    broken("R01-t11-fail-unknown-stage", PHASES, {"/stages/1/depends_on": ["fetch"]}, "/stages/1/depends_on/0"),
    broken("R01-t12-fail-unknown-location", ONE, {"/resources/0/location_ref": "l9"}),
    broken("R01-t13-fail-unknown-instrument", CONTRACTS, {f"{MARKET_LINE}/instrument_ref": "ppa9"}),
    broken(
        "R01-t14-fail-unknown-evidence",
        CONTRACTS,
        {"/instruments/0/evidence_refs": ["invoice"]},
        "/instruments/0/evidence_refs/0",
    ),
    broken("R01-t15-fail-factor-that-nothing-uses", ONE, {"/factors/3": grid("spare", 20.0)}, "/factors/3/id"),
    broken("R01-t16-fail-component-of-another-kind", ONE, {f"{CPU}/kind": "disk"}),
    broken(
        "R01-t17-fail-gap-of-no-component",
        PHASES,
        _gap(stage_ref="train", component_ref="gpu"),
        "/gaps/0/component_ref",
    ),
    broken("R01-t18-fail-gap-of-a-component-of-no-stage", PHASES, _gap(component_ref="cpu"), "/gaps/0/component_ref"),
    broken(
        "R01-t19-fail-gap-of-a-segment-of-another-stage",
        corpus.two_places,
        _gap(stage_ref="s-evaluate", segment_ref=name_uuid("s-train/0")),
        "/gaps/0/segment_ref",
    ),
    broken(
        "R01-t20-fail-gap-on-another-host",
        corpus.two_places,
        _gap(segment_ref=name_uuid("s-train/0"), host_ref="000000000002"),
        "/gaps/0/host_ref",
    ),
    broken("R01-t21-fail-replaced-by-another-stage", PHASES, {f"{S}/superseded_by": "train"}),
    broken(
        "R01-t22-fail-replaced-by-an-earlier-one",
        corpus.retried,
        {"/stages/1/superseded_by": "s-train", f"{S}/superseded_by": GONE},
    ),
    broken("R01-t23-fail-replaced-by-itself", PHASES, {f"{S}/superseded_by": "prepare"}),
    broken(
        "R01-t24-fail-supersedes-itself", corpus.counted, {"/document/supersedes": [OWN_NAME]}, "/document/supersedes/0"
    ),
    broken("R01-t25-fail-derived-from-itself", corpus.counted, _origins(OWN_NAME), "/document/derived_from/0/id"),
    broken(
        "R01-t26-fail-derived-twice-from-one",
        corpus.counted,
        _origins(OTHER_NAME, OTHER_NAME),
        "/document/derived_from/1/id",
    ),
    broken(
        "R01-t27-fail-line-at-another-place",
        ONE,
        {f"{LINE}/location_ref": "l2", "/locations/1": {"id": "l2", "country": "PL", "precision": "country"}},
    ),
    broken(
        "R01-t28-fail-assumption-of-no-factor",
        ONE,
        {"/assumptions/0": {"id": "a", "statement": "The PUE of 2025.", "default": True, "factor_ref": "pue-2025"}},
        "/assumptions/0/factor_ref",
    ),
    broken(
        "R01-t29-fail-metric-of-no-stage",
        ONE,
        {"/subject/quality_metrics": [{"name": "accuracy", "value": 0.9, "stage_ref": "evaluate"}]},
        "/subject/quality_metrics/0/stage_ref",
    ),
    broken("R01-t30-fail-component-id-twice", ONE, {f"{S}/energy/components/1/id": "cpu"}),
    broken(
        "R01-t31-fail-driver-of-no-source",
        ONE,
        {"/uncertainty": {**DECLARED_WIDTHS, "drivers": [{"source_ref": "grid", "variance_share": 0.9}]}},
        "/uncertainty/drivers/0/source_ref",
    ),
    broken("R01-t32-fail-unknown-embodied-factor", MADE, {"/resources/0/embodied/factor_ref": "rack"}),
    broken("R01-t33-fail-gap-of-no-stage", ONE, _gap(stage_ref="evaluate"), "/gaps/0/stage_ref"),
    broken("R01-t34-fail-replaced-by-nothing", PHASES, {f"{S}/superseded_by": "prepare-2"}),
    broken(
        "R01-t35-fail-segment-of-another-execution", corpus.counted, {f"{S}/segments/0/execution_id": name_uuid("x")}
    ),
    broken(
        "R01-t36-fail-evidence-of-no-stage",
        ONE,
        {"/evidence": [{"role": "invoice", "digest": DIGEST, "stage_ref": "x"}]},
        "/evidence/0/stage_ref",
    ),
    broken(
        "R01-t37-fail-estimate-of-a-gap-from-no-source",
        ONE,
        {"/gaps/0": {"what": "nvml", "reason": "reset", "estimate": ESTIMATE}, "/uncertainty": COMPUTED_WIDTHS},
        "/gaps/0/estimate/interval/contributions/0/source_ref",
    ),
)

TIMES = (
    broken(
        "R02-t01-fail-segment-end-moved",
        corpus.counted,
        {f"{S}/segments/0/end": at(602)},
        f"{S}/segments/0/clock_step_s",
    ),
    broken("R02-t02-fail-stage-start-moved", corpus.counted, {f"{S}/time/start": at(-2)}),
    broken("R02-t03-fail-wall-time", corpus.counted, {f"{S}/time/wall_s": 598}),
    broken("R02-t04-fail-monotonic-sum", corpus.two_places, {f"{S}/time/monotonic_s": 900}),
    broken("R02-t05-fail-period-end", corpus.counted, {"/boundary/period/end": at(700)}),
    broken(
        "R02-t06-fail-clock-moved-without-gap",
        corpus.retried,
        {"/gaps/0/what": "rapl"},
        "/stages/2/segments/0/clock_step_s",
    ),
    broken("R02-t07-fail-no-such-day", corpus.counted, {"/document/created": "2026-02-30T00:00:00Z"}),
    broken("R02-t08-fail-series-too-long", corpus.hourly, {f"{S}/series/it_energy_j/3": 0}, f"{S}/series/step_s"),
    broken("R02-t09-fail-factor-ends-before-start", corpus.counted, {"/factors/2/valid/end": "2024-12-31"}),
    broken("R02-t10-fail-end-before-start", richer.clock_set_back, {"/gaps/0/what": "rapl"}, f"{S}/time/end"),
    broken("R02-t11-fail-one-step-too-long", richer.short, {f"{S}/series/step_s": 3.0}),
    broken("R02-t12-fail-attestation-expired-when-made", corpus.attested, {"/attestations/0/expires": "2026-11-21"}),
    broken("R02-t13-fail-attested-before-it-was-made", corpus.attested, {"/attestations/0/date": "2026-11-01"}),
    broken(
        "R02-t14-fail-vintage-ends-before-start",
        CONTRACTS,
        {"/instruments/0/vintage": {"start": "2026-01-01", "end": "2025-12-31"}},
        "/instruments/0/vintage/end",
    ),
    broken("R02-t15-fail-factor-of-no-day", ONE, {"/factors/2/valid/end": "2026-11-31"}),
    broken("R02-t16-fail-accelerator-seconds", by_hand.gpus, {f"{S}/time/accelerator_s": 36000.0}),
    broken("R02-t17-fail-no-monotonic-time", corpus.counted, {f"{S}/time/monotonic_s": GONE}, f"{S}/time"),
    broken("R02-t18-fail-no-period", ONE, {"/boundary/period": GONE}, "/boundary"),
    broken("R02-t19-fail-power-of-too-few-steps", by_hand.hours, {f"{S}/series/min_w": [2000.0]}),
    broken(
        "R02-t20-fail-least-power-above-greatest",
        by_hand.hours,
        {f"{S}/series/min_w": [2000.0, 4000.0], f"{S}/series/max_w": [3000.0, 3900.0]},
        f"{S}/series/min_w/1",
    ),
    broken("R02-t21-fail-series-starts-later", by_hand.hours, {f"{S}/series/start": at(1)}),
    broken("R02-t23-fail-period-start", PHASES, {"/boundary/period/start": at(3600)}),
    broken("R02-t24-fail-hours-for-seconds", ONE, {f"{S}/time/wall_s": 1.0}),
    broken("R02-t25-fail-segment-clocks", recorded.segment_activity, {"/monotonic_s": 9.0}, "/clock_step_s"),
    broken(
        "R02-t26-fail-segment-clock-moved-without-gap", recorded.segment_interrupted, {"/gaps": []}, "/clock_step_s"
    ),
    broken("R02-t27-fail-segment-of-no-day", recorded.segment_activity, {"/end": "2026-06-31T09:00:10Z"}),
    broken("R02-t28-fail-segment-series-of-two-lengths", recorded.segment_counter, {"/series/cpu_s": [8.0]}),
    broken("R02-t29-fail-segment-series-too-short", recorded.segment_counter, {"/series/step_s": 4.0}),
    broken("R02-t22-fail-record-with-a-wrong-segment", recorded.record, {"/segments/0/clock_step_s": 0.5}),
)

CLAIMS = (
    broken("R12-t01-fail-execution-twice", corpus.two_places, {"/stages/1/execution_id": name_uuid("s-train")}),
    broken("R12-t02-fail-segment-twice", corpus.two_places, {f"{S}/segments/1/id": name_uuid("s-train/0")}),
    broken("R12-t03-fail-node-claimed-twice", whole_node_twice, {}, "/stages/1/energy/components/0"),
    broken("R12-t04-fail-more-than-the-node", more_than_the_node, {}, "/stages/1/energy/components/0"),
    broken(
        "R12-t05-fail-one-counter-twice",
        ONE,
        {f"{S}/energy/components/2": {**measured("cpu", 0.2), "id": "cpu-again"}, f"{CPU}/energy/value": 0.2},
        f"{S}/energy/components/2/resource_ref",
    ),
    broken("R12-t06-fail-device-claimed-twice", gpu_twice, {}, "/stages/1/energy/components/0"),
    broken(
        "R12-t07-fail-reused-execution-that-also-ran",
        by_hand.reused,
        {f"{S}/reused_from/execution_id": name_uuid("train")},
    ),
)

PLACES = (
    broken("R18-t01-fail-country-missing", ONE, {"/locations/0/country": GONE}, "/locations/0/precision"),
    broken(
        "R18-t02-fail-region-told-beside-country", ONE, {"/locations/0/region": "eu-north-1"}, "/locations/0/precision"
    ),
    broken(
        "R18-t03-fail-subdivision-of-another-country",
        ONE,
        {"/locations/0/subdivision": "US-CA", "/locations/0/precision": "subdivision"},
    ),
    broken("R18-t04-fail-zone-missing", ONE, {"/locations/0/precision": "zone"}),
    broken("R18-t05-fail-country-of-an-unknown-place", ONE, {"/locations/0/precision": "unknown"}),
    broken("R18-t06-fail-region-missing", ONE, {"/locations/0/precision": "region"}),
    broken("R18-t07-fail-subdivision-missing", ONE, {"/locations/0/precision": "subdivision"}),
)
