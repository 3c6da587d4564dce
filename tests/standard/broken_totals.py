"""Documents whose sums over stages do not follow from the stages, and emissions that no grid could cause (R04, R07)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.standard import by_hand, corpus, richer, stages
from tests.standard.broken_numbers import drew, emitted, kwh_unknown
from tests.standard.change import GONE, broken, everywhere
from tests.standard.plain import grams, kwh

if TYPE_CHECKING:
    from tests.standard.authoring import Json

S = "/stages/0"
EMITTED = f"{S}/emissions/operational_location"
REUSED = f"{S}/reused_from"
RATE = "/totals/per_functional_unit"
ALL, NEW = "/totals/including_reused", "/totals/new"
HAND_PHASES, TOKENS, EARLIER = by_hand.two_phases, by_hand.per_token, by_hand.reused
MADE, WATER, CONTRACTS = by_hand.embodied, by_hand.water, by_hand.market


def phase_again() -> Json:
    """The totals of a phase that has its own already."""
    block: Json = by_hand.two_phases()["totals"]["by_phase"][1]
    return block


def litre() -> Json:
    """Water that was told by hand."""
    return {"value": 1.0, "unit": "L", "method": "declared"}


def reused_by_hand() -> Json:
    """A cached stage whose numbers were given by hand."""
    document = by_hand.reused()
    earlier = document["stages"][0]["reused_from"]
    earlier["emissions"]["operational_location"] = grams(30.0, "declared")
    document["totals"]["including_reused"]["operational_location"] = grams(120.0, "declared")
    return document


def reused_rate() -> Json:
    """A rate of the headline that includes a reused execution: 2 kWh for 10 units."""
    unit = {"id": "u", "name": "image", "quantity": 10, "unit": "image"}
    document = {**by_hand.reused(), "functional_units": [unit]}
    document["totals"]["per_functional_unit"] = [{"functional_unit_ref": "u", "energy_it": kwh(0.2)}]
    return document


LIKELY = (
    broken("R04-t01-fail-tonnes-for-grams", stages.declared_minimal, emitted(31_220_000)),
    broken("R04-t02-fail-just-above-2500", stages.declared_minimal, emitted(31_250.1)),
    broken(
        "R04-t03-fail-reused-above-2500",
        reused_by_hand,
        {f"{REUSED}/emissions/operational_location/value": 1501.0, f"{ALL}/operational_location/value": 1591.0},
    ),
    broken(
        "R04-t04-fail-emissions-without-energy",
        stages.declared_minimal,
        {**drew(0), **emitted(4100)},
        f"{EMITTED}/value",
    ),
)

SUMS = (
    broken("R07-t01-fail-total", HAND_PHASES, {f"{NEW}/energy_it/value": 1.75}),
    broken("R07-t02-fail-phase-missing", HAND_PHASES, {"/totals/by_phase/1": GONE}, "/totals/by_phase"),
    broken("R07-t03-fail-rate", TOKENS, {f"{RATE}/0/energy_it/value": 0.000325}),
    broken("R07-t04-fail-reused-left-out", EARLIER, {f"{ALL}/energy_it/value": 1.5}),
    broken(
        "R07-t05-fail-nothing-is-zero",
        corpus.all_reused,
        {f"{NEW}/energy_it": {"value": 0, "unit": "kWh", "method": "measured"}},
        f"{NEW}/energy_it/value",
    ),
    broken(
        "R07-t06-fail-lost-record-unsaid", richer.record_lost, {f"{ALL}/energy_it/reason": GONE}, f"{ALL}/energy_it"
    ),
    broken("R07-t07-fail-phase-twice", HAND_PHASES, {"/totals/by_phase/2": phase_again()}, "/totals/by_phase/2/phase"),
    broken("R07-t08-fail-phase-of-no-stage", HAND_PHASES, {"/totals/by_phase/0/phase": "inference"}),
    broken("R07-t09-fail-phase-number", HAND_PHASES, {"/totals/by_phase/1/operational_location/value": 300.0}),
    broken("R07-t10-fail-reused-counted-as-new", EARLIER, {f"{NEW}/energy_it/value": 2.0}),
    broken("R07-t11-fail-market-left-out", CONTRACTS, {f"{NEW}/operational_market": GONE}, NEW),
    broken(
        "R07-t12-fail-market-subtracted",
        CONTRACTS,
        {f"{NEW}/operational_location/value": 130000.0},
    ),
    broken("R07-t13-fail-average-for-sum", HAND_PHASES, {f"{NEW}/operational_location/value": 150.0}),
    broken("R07-t14-fail-hardware-left-out-of-both", MADE, {f"{NEW}/operational_and_embodied/value": 2000.0}),
    broken("R07-t15-fail-rate-without-total", TOKENS, {f"{RATE}/1/water": litre()}),
    broken("R07-t16-fail-total-names-other-factors", HAND_PHASES, {f"{NEW}/operational_location/factor_refs": ["pue"]}),
    broken(
        "R07-t17-fail-known-total-called-unknown",
        HAND_PHASES,
        {f"{NEW}/energy_it": kwh_unknown()},
        f"{NEW}/energy_it/method",
    ),
    broken("R07-t18-fail-water-total", WATER, {f"{NEW}/water/value": 36.0}),
    broken(
        "R07-t19-fail-embodied-total",
        MADE,
        {f"{NEW}/embodied/value": 2500.0, f"{NEW}/operational_and_embodied/value": 4500.0},
    ),
    broken("R07-t20-fail-compute-left-out", corpus.whole, {f"{NEW}/compute": GONE}, NEW),
    broken("R07-t21-fail-rate-of-the-other-headline", reused_rate, {f"{RATE}/0/energy_it/value": 0.15}),
    broken("R07-t22-fail-one-part-in-ten-thousand", HAND_PHASES, {f"{NEW}/energy_facility/value": 3.0000375}),
    broken(
        "R07-t23-fail-water-of-one-stage-alone-unsaid",
        HAND_PHASES,
        {f"{S}/water": litre(), **everywhere("water", litre())},
        f"{NEW}/water",
    ),
)
