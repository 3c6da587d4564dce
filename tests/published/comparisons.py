"""Ratios, savings, equivalences, costs and roll-ups of a case, by the public methods."""

from __future__ import annotations

import re

from tests.published.carbon import CO2E, emissions
from tests.published.energy import ENERGY, device_hours, energy_kwh
from tests.published.reading import Given, Missing, Reading

from joulecard.accounting.methods import equivalences, patterson, rollup, savings, strubell, time_power

BEFORE = r"before|max|old|base|baseline|high|first|^a_|_a$|from|large|big|worst|reference"
AFTER = r"after|min|new|low|second|^b_|_b$|to$|small|best|optimi[sz]ed|own"
EACH = ("factor_new|_new$", "factor|each|equivalen", "_per_")
NAMED_DIMENSION = {
    "energy": "kWh", "electricity": "kWh", "co2e": "g", "co2": "g", "carbon": "g", "emissions": "g", "power": "W",
    "time": "h", "water": "L", "cost": "money", "intensity": "g/kWh", "ci": "g/kWh", "pue": "", "distance": "km",
}  # fmt: skip


def pue_ratio(reading: Reading) -> float:
    """A total with a PUE of one's own over the same with the default one."""
    it_kwh = rollup.total(reading.all("kWh"))
    own, default = reading.one("", "pue_.*(?:override|own|new|actual|real)"), reading.one("", "^pue$|default|assumed")
    return savings.ratio(time_power.facility_kwh(it_kwh, own), time_power.facility_kwh(it_kwh, default))


def ratio(reading: Reading) -> float:
    """How many times the later figure the earlier is."""
    words = set(reading.target.split("_"))
    dimensions = [NAMED_DIMENSION[word] for word in NAMED_DIMENSION if word in words]
    for dimension in dimensions or list(dict.fromkeys(given.dimension for given in reading.given)):
        pair = [given for given in reading.given if given.dimension == dimension]
        if len(pair) == 2:
            return _ratio(reading, pair)
    raise Missing("two to compare")


def _ratio(reading: Reading, pair: list[Given]) -> float:
    first, second = pair
    if re.search(AFTER, first.name) and re.search(BEFORE, second.name):
        first, second = second, first
    reading.used |= {first.name, second.name}
    return savings.ratio(first.value, second.value)


def combined(reading: Reading) -> float:
    """The four Ms together; without the place where the ratio is one of energy."""
    names = "model|machine|mechani" if "energy" in reading.target else "model|machine|mechani|^map"
    return savings.combined(reading.all("", names, at_least=2))


def energy_ratio(reading: Reading) -> float:
    """Energy after over before, of power saved and time added."""
    return savings.energy_ratio(reading.one("", "power"), reading.one("", "time|slow"))


def after_saving(reading: Reading) -> float:
    """What a saving leaves of the baseline, in its unit."""
    for dimension in ("kWh", "g", "h", "W", "L"):
        if any(given.dimension == dimension for given in reading.given):
            before = reading.one(dimension)
            return reading.best(
                lambda r, before=before: savings.after_saving(before, r.one("", "saving|saved|reduction")),  # type: ignore[misc]
                lambda r, before=before: savings.times_less(before, r.one("", "factor|times|ratio|less")),  # type: ignore[misc]
            )
    raise Missing("a baseline")


def saved_share(reading: Reading) -> float:
    """Share saved of an earlier figure."""
    for dimension in ("kWh", "g", "W", "h", "L"):
        pair = [given for given in reading.given if given.dimension == dimension]
        if len(pair) == 2:
            before, after = reversed(pair) if re.search(AFTER, pair[0].name) else pair
            reading.used |= {before.name, after.name}
            return savings.saved_share(before.value, after.value)
    raise Missing("before and after")


def mean_power_ratio(reading: Reading) -> float:
    """Power after over before, of energy saved and time added."""
    return savings.mean_power_ratio(reading.one("", "energy"), reading.one("", "time|slow"))


def things(reading: Reading) -> float:
    """Emissions or energy as a number of things."""
    return reading.best(
        lambda r: equivalences.count(r.one("g", *CO2E), r.one("g", *EACH)),
        lambda r: equivalences.count(r.one("g", *CO2E), _each_g(r)),
        lambda r: equivalences.count(emissions(r), r.one("g", *EACH)),
        lambda r: equivalences.count(emissions(r), _each_g(r)),
        lambda r: equivalences.count(r.one("kWh", *ENERGY), r.one("kWh", *EACH)),
        lambda r: equivalences.count(energy_kwh(r), r.one("kWh", *EACH)),
        lambda r: equivalences.count(r.whole("L"), r.of_one("L")),
        lambda r: equivalences.count(r.whole("kWh"), r.of_one("kWh")),
        lambda r: equivalences.count(*_two(r, "g")),
        lambda r: equivalences.count(*_two(r, "kWh")),
    )


def _each_g(reading: Reading) -> float:
    """What one of the stated thing stands for in g: a mile, a gallon, an hour of something."""
    factors = [given for given in reading.given if re.fullmatch("g/(?:km|gallon|h)", given.dimension)]
    if len(factors) != 1:
        raise Missing("a factor of one thing")
    reading.used.add(factors[0].name)
    return factors[0].each


def _two(reading: Reading, dimension: str) -> list[float]:
    """The only two inputs there are, an amount and what one thing stands for."""
    if len(reading.given) != 2:
        raise Missing("two figures")
    return reading.all(dimension, at_least=2)


def distance_km(reading: Reading) -> float:
    """Emissions as a distance in km."""
    return equivalences.count(reading.best(lambda r: r.one("g", *CO2E), emissions), reading.one("g/km"))


def per_thing(reading: Reading) -> float:
    """What one thing stands for, in g."""
    return equivalences.implied_each_g(reading.one("g"), reading.one(""))


def car_per_km(reading: Reading) -> float:
    """Greenhouse gases in g of a car's km."""
    return _car(reading, 1.0)


def car_year(reading: Reading) -> float:
    """Greenhouse gases in g of a car's year."""
    return _car(reading, reading.one("km"))


def _car(reading: Reading, distance: float) -> float:
    share = reading.maybe(1.0, "", "share|fraction|ratio")
    return equivalences.car_g(reading.one("g/gallon"), distance, reading.one("km/gallon"), share)


def weekly(reading: Reading) -> float:
    """A week's part in g of a year's."""
    return equivalences.per_week(rollup.total(reading.all("g")))


def bill(reading: Reading) -> float:
    """What energy, or device-hours, cost."""
    return reading.best(
        lambda r: strubell.bill(energy_kwh(r), r.one("money/kWh")),
        lambda r: strubell.cloud_cost(device_hours(r), r.one("money/h")),
    )


def duration_h(reading: Reading) -> float:
    """Emissions as hours of something that emits at a rate."""
    return equivalences.count(reading.best(lambda r: r.one("g", *CO2E), emissions), reading.one("g/h"))


def restated(reading: Reading, dimension: str) -> float:
    """The only input, named alike, in another unit."""
    if len(reading.given) != 1 or not reading.given[0].words() & set(reading.target.split("_")):
        raise Missing("one figure of that name")
    return rollup.total([reading.one(dimension)])


def overhead_pue(reading: Reading) -> float:
    """PUE of an overhead above IT."""
    return patterson.pue(reading.one("", "overhead"))


def mean(reading: Reading, dimension: str) -> float:
    """The mean of all of a dimension."""
    return rollup.mean(reading.all(dimension, at_least=2))


def total(reading: Reading, dimension: str) -> float:
    """The sum of all of a dimension; where the formula keeps a stage apart, the outputs share out the rest.

    `headline` figures count pre-training (h1, h3 ...) and the stage apart, the others all stages but that one.
    """
    apart = re.search(r"(\w+)(?: \w+)? separate", reading.formula)
    if apart is None:
        return rollup.total(reading.all(dimension, at_least=2))
    if "headline" in reading.target:
        return rollup.total(reading.all(dimension, rf"^{dimension}[0-9]|{apart[1]}"))
    return rollup.total(reading.all(dimension, but=apart[1], at_least=2))


def quoted(reading: Reading, dimension: str) -> float:
    """A figure that another publication is cited for, as that one has it."""
    return rollup.total([reading.one(dimension, "^source_|_source$|cited|original")])
