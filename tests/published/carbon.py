"""Emissions, intensities and what they imply, by the public methods."""

from __future__ import annotations

import re

from tests.published.energy import device_hours, energy_kwh, given_kwh, idle_kwh, power_w
from tests.published.reading import Given, Missing, Reading

from joulecard.accounting.methods import implied, luccioni, mix, per_inference, rollup, savings, time_power

CO2E = (r"^(?:co2e?|carbon|emissions?|c|total)$", r"co2e?|carbon|emission")
FACILITY = r"facility|total|with_|_with|after|incl|data_?cent"
INTENSITY = (r"^(?:ci|intensity|grid|carbon_intensity|factor)", "")


def intensity(reading: Reading) -> float:
    """Intensity in g/kWh: stated, or of the mix."""
    return reading.best(lambda r: r.one("g/kWh", *INTENSITY), mix_intensity)


def mix_intensity(reading: Reading) -> float:
    """Intensity in g/kWh of shares and the factor of each, named alike."""
    factors = [given for given in reading.given if given.dimension == "g/kWh"]
    shares = [given for given in reading.given if given.dimension == ""]
    pairs = [(share, factor) for share in shares for factor in factors if share.words() & factor.words()]
    if not pairs or len(pairs) != len(factors):
        raise Missing("a mix")
    reading.used |= {given.name for pair in pairs for given in pair}
    return mix.intensity_g_per_kwh((share.value, factor.value) for share, factor in pairs)


def emissions(reading: Reading) -> float:
    """Emissions in g of energy at an intensity, or the sum of the parts."""
    return reading.best(
        lambda r: time_power.co2e_g(energy_kwh(r), intensity(r)),
        lambda r: time_power.co2e_g(time_power.facility_kwh(given_kwh(r), r.pue()), intensity(r)),
        lambda r: time_power.co2e_g(_without_pue(r), intensity(r)),
        lambda r: luccioni.co2e_g(idle_kwh(r), intensity(r)),
        parts_g,
    )


def _without_pue(reading: Reading) -> float:
    if not re.search(r"/\s*pue", reading.formula):
        raise Missing("a PUE that divides")
    return time_power.it_kwh(given_kwh(reading), reading.one("", "pue"))


def parts_g(reading: Reading) -> float:
    """The sum in g of all parts."""
    return rollup.total(reading.all("g", at_least=2))


def facility_kwh(reading: Reading) -> float:
    """Facility energy in kWh of the IT energy that a case states."""
    return time_power.facility_kwh(given_kwh(reading), reading.pue())


def per_day_g(reading: Reading) -> float:
    """Emissions in g an hour of a stated time."""
    grams = reading.best(lambda r: time_power.co2e_g(given_kwh(r), intensity(r)), lambda r: r.one("g", *CO2E))
    return per_inference.per_use(grams, reading.one("h", "days|hours|duration|time|months|years"))


def implied_intensity(reading: Reading) -> float:
    """Intensity in g/kWh that emissions and energy imply, stated or by hours and watts."""
    return implied.intensity_g_per_kwh(
        reading.one("g", *CO2E), reading.best(given_kwh, facility_kwh, _it_kwh, _facility_kwh)
    )


def _it_kwh(reading: Reading) -> float:
    return time_power.energy_kwh(device_hours(reading), power_w(reading))


def _facility_kwh(reading: Reading) -> float:
    return time_power.energy_kwh(device_hours(reading), power_w(reading), reading.pue())


def implied_power(reading: Reading) -> float:
    """Power in W a device that emissions, or energy, imply."""
    return reading.best(
        lambda r: implied.power_w(r.one("g", *CO2E), device_hours(r), r.pue(), r.one("g/kWh", *INTENSITY)),
        lambda r: time_power.mean_power_w(given_kwh(r), device_hours(r)),
    )


def implied_pue(reading: Reading) -> float:
    """PUE that two energies imply."""
    for dimension in ("kWh", "g"):
        pair = [given for given in reading.given if given.dimension == dimension]
        if len(pair) == 2:
            with_pue, without = pair if re.search(FACILITY, pair[0].name) else reversed(pair)
            reading.used |= {given.name for given in pair}
            return implied.pue(with_pue.value, without.value)
    raise Missing("two figures, with PUE and without")


def expected_g(reading: Reading) -> float:
    """Emissions in g that hours and watts would have at a reference intensity."""
    energy = time_power.energy_kwh(device_hours(reading), power_w(reading), reading.pue())
    return time_power.co2e_g(energy, reading.one("g/kWh", "reference", ""))


def _share(reading: Reading, part: Given, dimension: str) -> float:
    totals = [g for g in reading.given if g.dimension == dimension and re.search("total|whole|project|overall", g.name)]
    whole = totals[0].value if len(totals) == 1 and totals[0] is not part else rollup.total(reading.all(dimension))
    reading.used |= {part.name, *(total.name for total in totals)}
    return rollup.share_of(part.value, whole)


def share_of_other(reading: Reading) -> float:
    """Share that emissions are of another figure."""
    return rollup.share_of(reading.one("g", *CO2E), reading.one("g", "week|year|annual|budget|total|reference"))


def on_top(reading: Reading) -> float:
    """What one part adds to another, the output naming both: development_over_training."""
    first, _, second = reading.target.partition("_over_")
    for dimension in ("g", "kWh", "h", "W"):
        if second and all(
            any(g.dimension == dimension and end in g.name for g in reading.given) for end in (first, second)
        ):
            return rollup.on_top(reading.one(dimension, first), reading.one(dimension, second))
    raise Missing("a part and the rest")


def market(reading: Reading) -> float:
    """Market-based g of energy, or of location-based g, of which a share is covered."""
    covered = reading.one("", "covered|matched|renewable|offset|instrument|clean|share")
    return reading.best(
        lambda r: time_power.market_g(energy_kwh(r), intensity(r), covered),
        lambda r: savings.after_saving(r.one("g", "location", *CO2E), covered),
    )


def component_share(reading: Reading) -> float:
    """Share of one part, named in the output, in the sum of its like."""
    for dimension in ("W", "kWh", "g", "L", "h"):
        named = [g for g in reading.given if g.dimension == dimension and g.name.split("_")[0] in reading.target]
        whole = [g for g in reading.given if g.dimension == dimension]
        if len(named) == 1 and len(whole) > 1:
            return _share(reading, named[0], dimension)
    raise Missing("a part and its whole")
