"""What must be said of the valid documents, by the standard's own words and not by asking the validator."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.standard.authoring import Json

# Numbers that somebody gives by hand, or that nobody can recompute since nothing ran.
DECLARED = {
    "declared-minimal",
    "all-reused",
    "every-sensor",
    "every-phase",
    "every-grain",
    "every-reason",
    "left-out-and-withdrawn",
    "meter-declared",
    "R03-t92-pass-declared-facility",
    "R04-t10-pass-at-2500",
    "R04-t11-pass-no-emissions",
    "R06-t40-pass-declared-interval",
    "R08-t21-pass-double-beyond-2-53",
    "R18-t25-pass-place-of-no-hardware",
}
# Segments, digests, intervals, and all that is left out told: whatever is put together of executions.
TRACED = {
    "counted",
    "pipeline-without-pue",
    "two-places",
    "one-place-without-pue",
    "reused",
    "hourly-factors",
    "retried",
    "nested-recorder",
    "epochs",
    "market-based",
    "site-and-plants",
    "whole",
    "gpu-slices",
    "several-hosts",
    "counters-alone",
    "direct",
    "profile-fallback",
    "interrupted",
    "blind-host",
    "clock-set-back",
    "short",
    "reused-without-pue",
    "side-by-side",
    "R13-t20-pass-node-missing-with-gap",
    "attested-and-changed",
}
ATTESTED = {"attested"}
UNLIKELY = {
    "R05-t01-warn-beyond-design-power": "/stages/0/energy/components/0/energy/value",
    "R16-t01-warn-factor-of-another-year": "/factors/2/valid",
    "R16-t03-warn-contract-of-another-year": "/instruments/0/vintage",
    "R17-t01-warn-read-before-it-was-written": "/stages/0/depends_on/0",
    "R17-t02-warn-made-before-its-period": "/document/created",
}


def verdict_on(name: str, document: Json) -> Json:
    """The kind of a document; of a disclosure its level, and what is only unlikely in it."""
    if "totals" not in document:
        return {"kind": "segment" if "schema" in document else "stage-record"}
    warned = [{"rule": name.partition("-")[0], "pointer": UNLIKELY[name]}] if name in UNLIKELY else []
    return {"kind": "disclosure", "level": _level(name), **({"warnings": warned} if warned else {})}


def _level(name: str) -> str:
    """L1 where nothing else is said: components, places and factors with their versions, and no segments.

    The documents on parsing are all the one whose numbers are declared.
    """
    if name.startswith("parse"):
        return "L0"
    levels = {"L0": DECLARED, "L2": TRACED, "L3": ATTESTED}
    return next((level for level, names in levels.items() if name in names), "L1")
