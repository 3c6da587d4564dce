"""The invalid documents of the conformance corpus: a valid one with one thing wrong, and what must be said of it."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from tests.standard.corpus import VALID, as_text
from tests.standard.richer import WRONG
from tests.standard.stages import at, name_uuid

GONE: Any = object()


class Broken(NamedTuple):
    """A document of the corpus: what it is made from, the one change, and the violation that must be found."""

    name: str
    base: str
    path: str
    value: Any
    rule: str
    pointer: str = ""  # where another place than the changed one is named

    @property
    def expected(self) -> dict[str, str]:
        """The violation that every implementation must report."""
        return {"rule": self.rule, "pointer": self.pointer or self.path}

    def text(self) -> str:
        """The document with its change."""
        document = json.loads(as_text({**VALID, **WRONG}[self.base]()))
        if not self.path:
            return as_text(document)
        *steps, last = self.path.split("/")[1:]
        owner = document
        for step in steps:
            owner = owner[int(step)] if isinstance(owner, list) else owner[step]
        _change(owner, last, self.value)
        return as_text(document)


def _change(owner: Any, last: str, value: Any) -> None:
    """Sets, adds or removes one member or item."""
    if value is GONE:
        owner.pop(int(last) if isinstance(owner, list) else last)
    elif isinstance(owner, list):
        owner[int(last) :] = [value, *owner[int(last) + 1 :]]
    else:
        owner[last] = value


TRAIN = "/stages/0"
CPU = f"{TRAIN}/energy/components/0"
LINE = f"{TRAIN}/emissions/operational_location/lines/0"
REUSED = f"{TRAIN}/reused_from"
EMITTED = f"{TRAIN}/emissions/operational_location"
RESIDUAL = "/stages/0/emissions/operational_market/lines/0"

BROKEN = (
    Broken("schema-t01-fail-missing-subject", "counted", "/subject", GONE, "schema", "/"),
    Broken("schema-t02-fail-unknown-member", "counted", "/subject/nmae", "digits", "schema"),
    Broken("schema-t03-fail-negative-energy", "counted", f"{TRAIN}/energy/it_total/value", -5, "schema"),
    Broken("schema-t04-fail-true-for-number", "counted", "/resources/0/count", value=True, rule="schema"),
    Broken("schema-t05-fail-silent-zero", "counted", "/totals/new/water/value", 0, "schema"),
    Broken("schema-t06-fail-no-reason", "counted", "/totals/new/water/reason", GONE, "schema", "/totals/new/water"),
    Broken(
        "schema-t07-fail-no-value",
        "counted",
        f"{TRAIN}/energy/it_total/value",
        GONE,
        "schema",
        f"{TRAIN}/energy/it_total",
    ),
    Broken("schema-t08-fail-time-without-zone", "counted", f"{TRAIN}/time/start", "2026-11-21 09:00:00", "schema"),
    Broken("schema-t09-fail-line-break-in-name", "counted", "/subject/name", "digits\nand more", "schema"),
    Broken("schema-t10-fail-direction-override", "counted", "/subject/name", "digits\u202egnp", "schema"),
    Broken("schema-t11-fail-unknown-phase", "counted", f"{TRAIN}/phase", "trainig", "schema"),
    Broken("schema-t12-fail-energy-in-mwh", "counted", f"{TRAIN}/energy/it_total/unit", "MWh", "schema"),
    Broken("schema-t13-fail-foreign-schema", "counted", "/schema", "https://example.org/other.json", "schema"),
    Broken("schema-t14-fail-cached-with-energy", "reused", f"{TRAIN}/energy", {}, "schema"),
    Broken("schema-t15-fail-pue-below-one", "counted", "/factors/1/value", 0.8, "schema"),
    Broken("schema-t16-fail-intensity-of-no-grid", "counted", "/factors/2/value", 78_050_000, "schema"),
    Broken("schema-t17-fail-extension-without-domain", "whole", "/extensions/mine", {}, "schema"),
    Broken(
        "schema-t18-fail-within-with-energy", "nested-recorder", f"{TRAIN}/segments/1/energy_it_kwh", 0.001, "schema"
    ),
    Broken("schema-t19-fail-unknown-sensor", "counted", f"{CPU}/sensor", "guess", "schema"),
    Broken("schema-t20-fail-model-without-name", "pipeline-without-pue", f"{CPU}/model", GONE, "schema", CPU),
    Broken("schema-t21-fail-name-of-no-model", "counted", f"{CPU}/model", "cpu-tdp", "schema"),
    Broken("schema-t22-fail-counter-unknown", "segment-counter", "/energy/0/sensor", "cpu-tdp", "schema"),
    Broken("schema-t26-fail-reads-neither", "segment-gpu", "/energy/0/reads", "utilisation", "schema"),
    Broken("schema-t23-fail-factor-of-no-energy", "blind-host", f"{TRAIN}/segments/1/factor_ref", "f-swe", "schema"),
    Broken("schema-t24-fail-reused-from-nowhere", "reused", f"{REUSED}/execution_id", GONE, "schema", REUSED),
    Broken(
        "schema-t25-fail-factor-named-twice",
        "counted",
        f"{TRAIN}/energy/facility_total/factor_refs",
        ["f-pue", "f-pue"],
        "schema",
        f"{TRAIN}/energy/facility_total/factor_refs/1",
    ),
    Broken("R01-t01-fail-unknown-resource", "counted", f"{CPU}/resource_ref", "cpu9", "R01"),
    Broken("R01-t02-fail-unknown-factor", "counted", f"{LINE}/factor_ref", "f-nowhere", "R01"),
    Broken("R01-t03-fail-id-twice", "two-places", "/resources/1/id", "cpu1", "R01"),
    Broken("R01-t04-fail-ring", "pipeline-without-pue", "/stages/0/depends_on", ["s-evaluate"], "R01"),
    Broken("R01-t05-fail-stage-depends-on-itself", "counted", f"{TRAIN}/depends_on", ["s-train"], "R01"),
    Broken(
        "R01-t06-fail-within-another-execution", "nested-recorder", f"{TRAIN}/segments/1/within", name_uuid("x"), "R01"
    ),
    Broken(
        "R01-t07-fail-hardware-elsewhere",
        "counted",
        "/resources/0/host_ref",
        "0" * 11 + "9",
        "R01",
        f"{CPU}/resource_ref",
    ),
    Broken("R01-t08-fail-host-not-named", "counted", "/resources/0/host_ref", GONE, "R01", "/resources/0"),
    Broken(
        "R02-t01-fail-segment-end-moved",
        "counted",
        f"{TRAIN}/segments/0/end",
        at(602),
        "R02",
        f"{TRAIN}/segments/0/clock_step_s",
    ),
    Broken("R02-t02-fail-stage-start-moved", "counted", f"{TRAIN}/time/start", at(-2), "R02"),
    Broken("R02-t03-fail-wall-time", "counted", f"{TRAIN}/time/wall_s", 598, "R02"),
    Broken("R02-t04-fail-monotonic-sum", "two-places", f"{TRAIN}/time/monotonic_s", 900, "R02"),
    Broken("R02-t05-fail-period", "counted", "/boundary/period/end", at(700), "R02"),
    Broken(
        "R02-t06-fail-clock-moved-without-gap",
        "retried",
        "/gaps/0/what",
        "rapl",
        "R02",
        "/stages/2/segments/0/clock_step_s",
    ),
    Broken("R02-t07-fail-no-such-day", "counted", "/document/created", "2026-02-30T00:00:00Z", "R02"),
    Broken(
        "R02-t08-fail-series-too-long",
        "hourly-factors",
        f"{TRAIN}/series/it_energy_j/3",
        0,
        "R02",
        f"{TRAIN}/series/step_s",
    ),
    Broken("R02-t09-fail-factor-ends-before-start", "counted", "/factors/2/valid/end", "2024-12-31", "R02"),
    Broken("R02-t10-fail-end-before-start", "clock-set-back", "/gaps/0/what", "rapl", "R02", f"{TRAIN}/time/end"),
    Broken("R02-t11-fail-one-step-too-long", "short", f"{TRAIN}/series/step_s", 3.0, "R02"),
    Broken("R03-t01-fail-it-total", "counted", f"{TRAIN}/energy/it_total/value", 0.04, "R03"),
    Broken(
        "R03-t02-fail-activity", "pipeline-without-pue", f"{CPU}/activity/0/amount", 1.0, "R03", f"{CPU}/energy/value"
    ),
    Broken("R03-t03-fail-node-share", "counted", f"{CPU}/node_share", 0.5, "R03", f"{CPU}/energy/value"),
    Broken("R03-t04-fail-idle-and-dynamic", "counted", f"{CPU}/idle_kwh", 0.01, "R03", f"{CPU}/energy/value"),
    Broken("R03-t05-fail-pue-applied-twice", "counted", f"{LINE}/energy_kwh", 0.0478, "R03"),
    Broken("R03-t06-fail-basis", "counted", f"{LINE}/energy_basis", "it", "R03", f"{LINE}/energy_kwh"),
    Broken("R03-t07-fail-power-of-ten", "counted", f"{TRAIN}/emissions/operational_location/value", 14.47, "R03"),
    Broken("R03-t08-fail-factor-for-other-use", "counted", f"{LINE}/factor_ref", "f-pue", "R03"),
    Broken(
        "R03-t09-fail-watts-per-gb-for-cpus", "pipeline-without-pue", f"{CPU}/activity/0/factor_ref", "f-mem", "R03"
    ),
    Broken(
        "R03-t10-fail-segment-energy",
        "two-places",
        f"{TRAIN}/segments/0/energy_it_kwh",
        0.5,
        "R03",
        f"{TRAIN}/energy/it_total/value",
    ),
    Broken(
        "R03-t11-fail-series",
        "hourly-factors",
        f"{TRAIN}/series/it_energy_j/0",
        5.0,
        "R03",
        f"{TRAIN}/energy/it_total/value",
    ),
    Broken("R03-t12-fail-no-components", "counted", f"{TRAIN}/energy/components", GONE, "R03", f"{TRAIN}/energy"),
    Broken(
        "R03-t13-fail-embodied-lifespan",
        "whole",
        "/resources/0/embodied/lifespan_s",
        63072000,
        "R03",
        f"{TRAIN}/emissions/embodied/value",
    ),
    Broken(
        "R03-t14-fail-no-pue-named",
        "counted",
        f"{TRAIN}/energy/facility_total/factor_refs",
        [],
        "R03",
        f"{TRAIN}/energy/facility_total",
    ),
    Broken("R03-t15-fail-share-above-node", "segment-counter", "/energy/0/share_j", 3000, "R03"),
    Broken("R03-t16-fail-flat-number", "record", "/energy_wh", 0.8, "R03"),
    Broken(
        "R03-t17-fail-factor-of-other-hosts",
        "several-hosts",
        f"{TRAIN}/segments/0/factor_ref",
        "f-swe-2024",
        "R03",
        f"{EMITTED}/lines/1/energy_kwh",
    ),
    Broken(
        "R03-t18-fail-equal-factor",
        "several-hosts",
        f"{EMITTED}/lines/1/factor_ref",
        "f-swe",
        "R03",
        f"{EMITTED}/lines/0/energy_kwh",
    ),
    Broken(
        "R03-t19-fail-segment-without-pue",
        "two-places",
        f"{TRAIN}/segments/0/pue_ref",
        GONE,
        "R03",
        f"{TRAIN}/segments/0",
    ),
    Broken("R03-t20-fail-assumed-otherwise", "profile-fallback", "/assumptions/2/value", 1.5, "R03"),
    Broken("R03-t21-fail-assumed-unit", "profile-fallback", "/assumptions/2/unit", "W", "R03"),
    Broken(
        "R03-t22-fail-blind-unsaid",
        "blind-host",
        f"{TRAIN}/energy/it_total/reason",
        GONE,
        "R03",
        f"{TRAIN}/energy/it_total",
    ),
    Broken(
        "R03-t28-fail-hardware-of-the-other-host",
        "two-places",
        f"{CPU}/resource_ref",
        "cpu2",
        "R03",
        f"{TRAIN}/energy/components",
    ),
    Broken("R06-t15-fail-computed-called-declared", "counted", "/uncertainty/method", "declared", "R06"),
    Broken(
        "R06-t16-fail-product-called-declared", "two-places", f"{TRAIN}/energy/facility_total/method", "declared", "R06"
    ),
    Broken("R03-t23-fail-record-duration", "record-measured", "/duration_s", 20.0, "R03"),
    Broken(
        "R03-t24-fail-record-counters",
        "record-measured",
        "/segments/0/energy/0/share_j",
        900.0,
        "R03",
        "/tally/0/energy_wh/value",
    ),
    Broken("R03-t25-fail-record-without-number", "record", "/energy_wh", GONE, "R03", "/"),
    Broken("R03-t26-fail-record-number-of-none", "record-without-place", "/co2e_g", 0.0, "R03"),
    Broken(
        "R03-t27-fail-record-without-intensity", "record", "/tally/0/grid_intensity_g_per_kwh", GONE, "R03", "/tally/0"
    ),
    Broken(
        "R04-t01-fail-tonnes-for-grams",
        "declared-minimal",
        f"{TRAIN}/emissions/operational_location/value",
        31_220_000,
        "R04",
    ),
    Broken(
        "R06-t01-fail-interval-beside-value",
        "counted",
        f"{TRAIN}/energy/it_total/interval/upper",
        0.0201,
        "R06",
        f"{TRAIN}/energy/it_total/interval",
    ),
    Broken(
        "R06-t02-fail-source-width",
        "counted",
        "/uncertainty/sources/0/log_sd",
        0.1,
        "R06",
        f"{TRAIN}/emissions/operational_location/interval/contributions/3/amount",
    ),
    Broken("R06-t03-fail-method-of-sum", "counted", f"{TRAIN}/energy/it_total/method", "measured", "R06"),
    Broken("R06-t04-fail-measured-model", "counted", f"{TRAIN}/energy/components/1/energy/method", "measured", "R06"),
    Broken("R06-t05-fail-measured-fraction", "counted", f"{TRAIN}/energy/it_total/measured_fraction", 0.5, "R06"),
    Broken(
        "R06-t06-fail-unknown-source",
        "counted",
        "/uncertainty/sources/0/id",
        "other",
        "R01",
        "/factors/2/uncertainty_refs/0",
    ),
    Broken("R06-t07-fail-counter-not-measured", "counted", f"{CPU}/energy/method", "declared", "R06"),
    Broken("R06-t08-fail-product-measured", "counters-alone", f"{EMITTED}/method", "measured", "R06"),
    Broken(
        "R06-t09-fail-source-left-out",
        "counted",
        f"{EMITTED}/interval/contributions/3",
        GONE,
        "R06",
        f"{EMITTED}/interval/contributions",
    ),
    Broken("R06-t10-fail-driver-share", "counted", "/uncertainty/drivers/0/variance_share", 0.5, "R06"),
    Broken(
        "R06-t11-fail-driver-left-out",
        "counted",
        "/uncertainty/drivers/0",
        GONE,
        "R06",
        "/uncertainty/drivers/0/variance_share",
    ),
    Broken("R06-t12-fail-measured-in-part", "reused", f"{REUSED}/energy/it_total/method", "measured", "R06"),
    Broken(
        "R06-t13-fail-record-interval",
        "record-measured",
        "/tally/0/co2e_g/interval/upper",
        9.0,
        "R06",
        "/tally/0/co2e_g/interval",
    ),
    Broken("R06-t14-fail-record-measured-emissions", "record", "/tally/0/co2e_g/method", "measured", "R06"),
    Broken("R07-t01-fail-total", "pipeline-without-pue", "/totals/new/energy_it/value", 1.0, "R07"),
    Broken("R07-t02-fail-phase-missing", "pipeline-without-pue", "/totals/by_phase/1", GONE, "R07", "/totals/by_phase"),
    Broken(
        "R07-t03-fail-rate",
        "whole",
        "/functional_units/0/quantity",
        1000,
        "R07",
        "/totals/per_functional_unit/0/operational_location/value",
    ),
    Broken("R07-t04-fail-reused-left-out", "reused", "/totals/including_reused/energy_it/value", 0.0478, "R07"),
    Broken(
        "R07-t05-fail-nothing-is-zero",
        "all-reused",
        "/totals/new/energy_it",
        {"value": 0, "unit": "kWh", "method": "measured"},
        "R07",
        "/totals/new/energy_it/value",
    ),
    Broken(
        "R07-t06-fail-lost-record-unsaid",
        "record-lost",
        "/totals/including_reused/energy_it/reason",
        GONE,
        "R07",
        "/totals/including_reused/energy_it",
    ),
    Broken(
        "R09-t01-fail-market-on-grid-factor",
        "market-based",
        "/factors/3/basis/accounting",
        "location",
        "R09",
        f"{RESIDUAL}/factor_ref",
    ),
    Broken("R10-t01-fail-offset-in-line", "market-based", f"{RESIDUAL}/instrument_ref", "i2", "R10"),
    Broken("R12-t01-fail-execution-twice", "two-places", "/stages/1/execution_id", name_uuid("s-train"), "R12"),
    Broken("R12-t02-fail-segment-twice", "two-places", f"{TRAIN}/segments/1/id", name_uuid("s-train/0"), "R12"),
    Broken("R12-t03-fail-node-claimed-twice", "whole-node-twice", "", None, "R12", "/stages/1/energy/components/0"),
    Broken("R12-t04-fail-more-than-the-node", "more-than-the-node", "", None, "R12", "/stages/1/energy/components/0"),
    Broken("R13-t01-fail-facility-without-pue", "pipeline-without-pue", "/boundary/scope_level", "facility", "R13"),
    Broken("R13-t02-fail-nodes-seen", "two-places", "/boundary/nodes_seen", 1, "R13"),
    Broken("R13-t03-fail-embodied-not-named", "whole", "/boundary/lifecycle_included", ["operation"], "R13"),
    Broken("R13-t04-fail-coverage", "interrupted", "/boundary/coverage_fraction", 1.0, "R13"),
    Broken("R13-t05-fail-blind-without-gap", "blind-host", "/gaps", [], "R13", f"{TRAIN}/segments/1"),
    Broken("R13-t06-fail-status", "retried", f"{TRAIN}/status", "completed", "R13"),
    Broken("R13-t07-fail-node-with-facility", "reused-without-pue", "/boundary/scope_level", "node", "R13"),
    Broken("R14-t01-fail-two-scopes", "direct", "/factors/2/basis/scope", "lifecycle", "R14"),
    Broken("R14-t02-fail-gases-not-told", "counted", "/factors/2/basis/gases", GONE, "R14", "/factors/2/basis"),
    Broken("R14-t03-fail-profile", "direct", "/generator/profile", "lifecycle", "R14"),
    Broken("R14-t04-fail-marginal", "counted", "/factors/2/basis/attribution", "marginal", "R14"),
    Broken(
        "R14-t05-fail-fallback-not-told", "profile-fallback", "/assumptions/1/id", "a3", "R14", "/generator/profile"
    ),
)

PARSE = {
    "parse-t01-fail-truncated": (b'{"schema": "urn:joulecard', "parse"),
    "parse-t02-fail-empty": (b"", "parse"),
    "parse-t03-fail-duplicate-member": (b'{"schema": 1, "schema": 2}', "parse"),
    "parse-t04-fail-lone-surrogate": (b'{"schema": "\\ud800"}', "parse"),
    "parse-t05-fail-depth-65": (b"[" * 65 + b"]" * 65, "parse"),
    "parse-t06-fail-byte-order-mark": (b"\xef\xbb\xbf{}", "parse"),
    "parse-t07-fail-utf-16": ('{"a": 1}'.encode("utf-16"), "parse"),
    "parse-t08-fail-latin-1": ('{"a": "é"}'.encode("latin-1"), "parse"),
    "parse-t09-fail-trailing-comma": (b'{"a": 1,}', "parse"),
    "parse-t10-fail-two-documents": (b"{}\n{}", "parse"),
    "parse-t11-fail-line-break-in-string": (b'{"a": "b\nc"}', "parse"),
    "parse-t12-fail-not-an-object": (b"[]", "schema"),
    "R08-t01-fail-nan": (b'{"value": NaN}', "R08"),
    "R08-t02-fail-infinity": (b'{"value": -Infinity}', "R08"),
    "R08-t03-fail-overflow": (b'{"value": 1e400}', "R08"),
    "R08-t04-fail-integer-beyond-2-53": (b'{"value": 9007199254740993}', "R08"),
    "R08-t05-fail-integer-of-4301-digits": (b'{"value": ' + b"7" * 4301 + b"}", "R08"),
}
