"""Energy, emissions and water of one use or of many, by the public methods."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.published.carbon import intensity
from tests.published.energy import energy_kwh, given_kwh

from joulecard.accounting.methods import (
    patterson,
    per_inference,
    rollup,
    water,
)

if TYPE_CHECKING:
    from tests.published.reading import Reading

USES = r"requests?|prompts?|quer(?:y|ies)|inferences?|tokens?|images?|calls?|answers?|uses|users?|sessions?|^n$"
OLMO = re.compile(r"pue[^;+]*\([^)]*\+|\)\s*\*\s*pue")  # PUE before, or after, a bracket that adds both waters
ON = (r"on_?site|_on$", r"wue(?!_off)")
OFF = r"off_?site|_off$|ewif|wif|grid|source"


def per_use(reading: Reading, dimension: str) -> float:
    """What one use takes, of a total and its uses, or as it is stated for some number of uses."""
    return reading.best(
        lambda r: per_inference.per_use(r.whole(dimension), r.one("", USES)),
        lambda r: per_inference.per_use(r.of_one(dimension), 1.0),
        lambda r: per_inference.per_use(rollup.total(r.all(dimension, at_least=2)), r.maybe(1.0, "", USES)),
    )


def kwh_per_use(reading: Reading) -> float:
    """Energy in kWh of one use."""
    return per_use(reading, "kWh")


def litres_per_use(reading: Reading) -> float:
    """Water in L of one use."""
    return reading.best(
        lambda r: per_use(r, "L"),
        lambda r: water.onsite_l(kwh_per_use(r), r.one("L/kWh")),
    )


def grams_per_use(reading: Reading) -> float:
    """Emissions in g of one use."""
    return reading.best(
        lambda r: per_use(r, "g"),
        lambda r: patterson.co2e_g(kwh_per_use(r), intensity(r)),
        lambda r: per_inference.per_use(patterson.co2e_g(given_kwh(r), intensity(r)), r.one("", USES)),
    )


def uses_per_kwh(reading: Reading) -> float:
    """Uses that one kWh is enough for."""
    return per_inference.uses_per_kwh(kwh_per_use(reading))


def per_hour(reading: Reading, dimension: str) -> float:
    """What uses take an hour, at so many an hour."""
    return per_inference.of_uses(reading.of_one(dimension), reading.one("1/h"))


def of_uses(reading: Reading, dimension: str) -> float:
    """What a number of uses takes together."""
    return per_inference.of_uses(reading.of_one(dimension), reading.one("", USES))


def break_even(reading: Reading) -> float:
    """Uses that equal the training, on energy or on carbon."""
    return reading.best(
        lambda r: per_inference.break_even_uses(r.all("kWh", "train|tun"), r.one("kWh", "per_|infer")),
        lambda r: per_inference.break_even_uses(r.all("kWh", "train|tun"), _one_kwh(r)),
        lambda r: per_inference.break_even_uses(r.all("g", "train|tun"), _one_gram(r)),
        lambda r: per_inference.break_even_uses(r.all("g", "train|tun"), r.one("g", "per_|infer")),
    )


def _one_kwh(reading: Reading) -> float:
    return per_inference.per_use(
        reading.one("kWh", "^energy$", "infer|use", "^(?!.*(?:train|tun))"), reading.one("", USES)
    )


def _one_gram(reading: Reading) -> float:
    grams = patterson.co2e_g(reading.one("kWh", "^energy$", "infer|use", "^(?!.*(?:train|tun))"), intensity(reading))
    return per_inference.per_use(grams, reading.maybe(1.0, "", USES))


def onsite(reading: Reading) -> float:
    """Water in L on site."""
    return water.onsite_l(reading.one("kWh"), reading.one("L/kWh", *ON))


def offsite(reading: Reading) -> float:
    """Water in L off site."""
    return water.offsite_l(reading.one("kWh"), reading.pue(), reading.one("L/kWh", OFF))


def all_water(reading: Reading) -> float:
    """Water in L on site and off, on facility energy altogether where the formula has PUE before both."""
    if OLMO.search(reading.formula):
        on = reading.one("L/kWh", *ON)
        return water.olmo_l(reading.one("kWh"), reading.pue(), on, reading.one("L/kWh", OFF))
    return reading.best(
        lambda r: water.total_l(onsite(r), offsite(r)),
        lambda r: water.offsite_l(r.one("kWh"), r.pue(), r.one("L/kWh")),
        lambda r: rollup.total(r.all("L", at_least=2)),
        lambda r: of_uses(r, "L"),
    )


def litres_per_kwh(reading: Reading) -> float:
    """Water intensity in L/kWh that water and energy imply."""
    return water.implied_l_per_kwh(reading.one("L"), energy_kwh(reading))
