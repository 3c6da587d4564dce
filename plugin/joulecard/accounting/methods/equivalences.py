"""Emissions as something familiar; every figure names the edition of its factor, for editions differ by a half.

Formulas, with symbols and units:

    n = C / f                       C: g, f: g a thing
    n = E / e                       E: kWh, e: kWh a thing (smartphone charges since 2024)
    f_car = g_gallon miles / mpg / share    EPA: CO2 of the fuel over CO2's share of all greenhouse gases of a car
"""

from __future__ import annotations

from dataclasses import dataclass

from joulecard.accounting.methods.bounds import amount, divisor, share
from joulecard.accounting.methods.citation import Citation
from joulecard.errors import InvalidInputError

CITATION = Citation(
    "epa-equivalencies",
    "US EPA, Greenhouse Gas Equivalencies Calculator: Calculations and References; and factors that tools use",
    "by edition",
    "https://www.epa.gov/energy/greenhouse-gas-equivalencies-calculator-calculations-and-references",
)
WEEKS_PER_YEAR = 52.0


@dataclass(frozen=True, slots=True)
class Equivalence:
    """A thing, the edition of its factor, and the g CO2e that one of it stands for."""

    thing: str
    edition: str
    each_g: float


EQUIVALENCES = (
    Equivalence("vehicle-year", "epa-2020", 4_630_000.0),
    Equivalence("vehicle-year", "patterson-2021", 4_600_000.0),
    Equivalence("gallon of gasoline", "epa-2021", 8_887.0),
    Equivalence("railcar of coal", "epa-2021", 181_290_000.0),
    Equivalence("smartphone charge", "epa-2021", 8.22),
    Equivalence("vehicle mile", "epa-2022", 398.0),
    Equivalence("car km", "carbontracker-2020", 120.4),
    Equivalence("car km", "carbontracker-2023", 107.5),
    Equivalence("car km", "codecarbon-doc", 120.0),
    Equivalence("car mile", "codecarbon-dashboard", 409.0),
    Equivalence("car km in the EU", "green-algorithms-3", 175.0),
    Equivalence("car km in the US", "green-algorithms-3", 251.0),
    Equivalence("tree-month", "green-algorithms-3", 11_000 / 12),
)


def equivalence(thing: str, edition: str) -> Equivalence:
    """The factor of a thing in an edition; raises InvalidInputError for one that is not listed."""
    for known in EQUIVALENCES:
        if (known.thing, known.edition) == (thing, edition):
            return known
    listed = ", ".join(f"{known.thing} ({known.edition})" for known in EQUIVALENCES)
    raise InvalidInputError(f"there is no equivalence of {thing!r} in {edition!r}", mend=f"known are {listed}")


def count(amount_g: float, each_g: float) -> float:
    """How many things an amount stands for: both in g, or both in kWh."""
    return amount(amount_g, "amount") / divisor(each_g, "each")


def implied_each_g(amount_g: float, things: float) -> float:
    """What one thing stands for where a publication prints the amount in g and the number of things."""
    return amount(amount_g, "amount_g") / divisor(things, "things")


def car_g(fuel_g_per_gallon: float, miles: float, miles_per_gallon: float, co2_share: float = 1.0) -> float:
    """Greenhouse gases in g CO2e of a car's miles: CO2 of its fuel over the share that CO2 is of all."""
    fuel_g = amount(fuel_g_per_gallon, "fuel_g_per_gallon") * amount(miles, "miles")
    return fuel_g / divisor(miles_per_gallon, "miles_per_gallon") / divisor(share(co2_share, "co2_share"), "co2_share")


def per_week(per_year: float) -> float:
    """A week's part of a year of 52 weeks, in the unit of the year."""
    return amount(per_year, "per_year") / WEEKS_PER_YEAR
