"""Numbers of a disclosure as they are printed: rounded, with unit, range and the way they were got."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from joulecard import numbers
from joulecard.accounting.intervals import COVERAGE, interval
from joulecard.accounting.intervals import contribution as contribution_of
from joulecard.rendering import words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

GRAMS_PER_KG = 1000
NOT_STATED = "range not stated"
ACCOUNTINGS = {"location": "location-based", "market": "market-based", "residual": "residual mix"}
WHAT = {
    "grid_intensity": "Grid intensity of",
    "pue": "PUE,",
    "power_model": "Power model",
    "embodied": "Embodied carbon of",
    "wue": "Water use of",
    "water_intensity": "Water intensity of",
    "gwp": "Global warming potential of",
}
LICENCES = {
    "single-fact": "none needed (a single fact)",
    "official-facts": "none stated (official figures)",
    "US-public-domain": "public domain (United States)",
}
BELOW = "<"
MOST_DECIMALS = 5  # for which a column of a table has room
BOUNDS = (("0.0001", 1e-4), ("0.001", 1e-3))
LEAST_PUE = 1.0  # IT energy is a part of facility energy
STATED = " power"  # how names of powers end that authors state
NO_LICENCE = "–"  # what an operator declares is nobody's work
SCOPES = {"lifecycle": "life cycle", "direct": "combustion only"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit, its range and how it was got; in words where there is none."""

    text: str
    range: str  # "600 to 820 mWh"; in words where it is not stated; empty where there is no number
    interval: str  # "90 % interval 600 to 820 mWh", the same otherwise
    method: str
    reason: str  # why there is no number, or what it leaves out
    known: bool


@dataclass(frozen=True, slots=True)
class Columns:
    """The units that all numbers of a table share."""

    energy: str
    mass: str

    def energy_of(self, quantity: dict[str, Any]) -> Figure:
        """An energy in the unit of its column."""
        return _figure(quantity, lambda value, ends: numbers.energy(value, ends, self.energy))

    def mass_of(self, quantity: dict[str, Any]) -> Figure:
        """A mass of CO2e in the unit of its column."""
        figure = _figure(quantity, lambda value, ends: numbers.mass(value, ends, self.mass))
        return replace(figure, method=words.carbon_method(quantity))


@dataclass(frozen=True, slots=True)
class FactorRow:
    """A factor that was applied."""

    name: str
    value: str
    range: str
    basis: str
    source: str
    licence: str
    uri: str = ""  # where it was published; empty where that is no https address


def energy_of_one(quantity: dict[str, Any]) -> Figure:
    """The energy of one unit of work, in the unit that fits it."""
    return _figure(quantity, numbers.energy_of_one)


def mass_of_one(quantity: dict[str, Any]) -> Figure:
    """The emissions of one unit of work, in the unit that fits them."""
    return replace(_figure(quantity, numbers.mass_of_one), method=words.carbon_method(quantity))


def volume_of(quantity: dict[str, Any]) -> Figure:
    """A volume of water, in the unit that fits it."""
    return replace(_figure(quantity, numbers.volume), method=words.carbon_method(quantity))


def columns(totals: Iterable[dict[str, Any]]) -> Columns:
    """The units that fit the greatest of the totals."""
    found = list(totals)
    energies = [total["energy_it"].get("value") or 0.0 for total in found]
    masses = [total["operational_location"].get("value") or 0.0 for total in found]
    return Columns(
        numbers.common_unit(energies, numbers.ENERGY_STEPS),
        numbers.common_unit(masses, numbers.MASS_STEPS),
    )


def factor_row(factor: dict[str, Any], log_sds: dict[str, float]) -> FactorRow:
    """A factor with the interval that its sources of uncertainty give it."""
    value, written = shown(factor["value"], factor["unit"])
    unit = numbers.THIN_SPACE + written if written else ""
    ends = _factor_interval(value, [log_sds[name] for name in factor.get("uncertainty_refs") or ()])
    printed = numbers.amount(value, "", ends)
    lower = _possible(printed) if factor["kind"] == "pue" and ends else printed.lower
    source = factor["source"]
    return FactorRow(
        name=_name(factor),
        value=applied(value) + unit,
        range=f"{lower} to {printed.upper}{unit}" if ends else NOT_STATED,
        basis=_basis(factor),
        source=_source(source),
        licence=NO_LICENCE if _is_declared(source) else _licence(source),
        uri=uri if (uri := source.get("uri", "")).startswith("https://") else "",
    )


def shown(value: float, unit: str) -> tuple[float, str]:
    """A factor in the unit that people read: what devices emitted in kg, plain numbers without one."""
    if unit == "g" and value >= GRAMS_PER_KG:
        return value / GRAMS_PER_KG, "kg"
    return value, "" if unit == "1" else unit


def applied(value: float) -> str:
    """A factor as it was applied, not rounded by its interval."""
    return f"{Decimal(f'{value:.6g}'):,f}".replace(",", numbers.THIN_SPACE)


def obligations_of(factors: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """What the licences of the factors' sources ask to be said beside them, each once."""
    return tuple(dict.fromkeys(told for factor in factors if (told := _obligation(factor["source"]))))


def credits_of(factors: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """Every published source of the factors with its licence and the credit that the licence asks for, each once."""
    sources = (factor["source"] for factor in factors)
    return tuple(dict.fromkeys(_credit(source) for source in sources if not _is_declared(source)))


def missing(text: str, reason: str = "", method: str = "not available") -> Figure:
    """That there is no number."""
    return Figure(text, "", "", method, reason, known=False)


def _figure(
    quantity: dict[str, Any], printed: Callable[[float, tuple[float, float] | None], numbers.Printed]
) -> Figure:
    reason = quantity.get("reason", "")
    if quantity.get("value") is None:
        return missing("not available", reason)
    ends = quantity.get("interval")
    number = printed(quantity["value"], (ends["lower"], ends["upper"]) if ends else None)
    named = f"{numbers.percent(ends['coverage'])} interval {number.range}" if ends else NOT_STATED
    usual = ends and ends["coverage"] == COVERAGE  # that of the column's head
    return Figure(number.text, number.range if usual else named, named, words.method(quantity), reason, known=True)


def bounded(figure: Figure) -> Figure:
    """The figure for the column of a table: what is tiny in its unit as a bound of value and interval ("<0.0001 g")."""
    value, _, unit = figure.text.partition(numbers.THIN_SPACE)
    if not figure.known or len(value.partition(".")[2]) <= MOST_DECIMALS:
        return figure
    upper = figure.range.partition(" to ")[2].partition(numbers.THIN_SPACE)[0] or value
    bound = next((text for text, above in BOUNDS if numbers.number(upper) < above), "")
    return replace(figure, text=f"{BELOW}{bound}{numbers.THIN_SPACE}{unit}", range="", interval="") if bound else figure


def _name(factor: dict[str, Any]) -> str:
    """What the factor is; two power models of one name are told apart by their ids."""
    name = str(factor["name"])
    if factor["kind"] == "power_model" and name.endswith(STATED):
        return f"{name.capitalize()} of {_whose(factor['id'])}"
    if factor["kind"] == "power_model" and name in factor["id"]:
        name = str(factor["id"]).removeprefix("power:")
    return f"{WHAT.get(factor['kind'], factor['kind'])} {name}"


def _whose(factor_id: str) -> str:
    """Whose power authors state, as the id tells it: power:stated:a100-sxm4-40gb:400.0."""
    return (factor_id.split(":")[1:-1] or ["device"])[-1]


def _factor_interval(value: float, log_sds: list[float]) -> tuple[float, float] | None:
    amounts = [contribution_of(value, log_sd) for log_sd in log_sds]
    return interval(value, amounts) if any(amounts) else None


def _possible(pue: numbers.Printed) -> str:
    """The lower end as it is shown: the lognormal of a PUE may reach below 1, no PUE does."""
    decimals = len(pue.lower.partition(".")[2])
    return f"{max(LEAST_PUE, numbers.number(pue.lower)):.{decimals}f}"


def _basis(factor: dict[str, Any]) -> str:
    basis = factor.get("basis")
    year = ", ".join(filter(None, (str(factor.get("valid", {}).get("start", ""))[:4], _grain(factor))))
    if not basis:
        return year
    accounting = ACCOUNTINGS[basis["accounting"]]
    parts = (basis["attribution"], SCOPES[basis["scope"]], basis.get("flow", ""), accounting, year)
    return ", ".join(part for part in parts if part)


def _grain(factor: dict[str, Any]) -> str:
    """How fine in time the factor is, where that is finer than a year."""
    return factor["granularity"] if factor.get("granularity") in {"hourly", "daily", "monthly"} else ""


def _is_declared(source: dict[str, str]) -> bool:
    """Whether the operator gave the value: then there is no publication behind it."""
    return "license" not in source and str(source["name"]).startswith("declared")


def _source(source: dict[str, str]) -> str:
    """Publisher and name; the publisher once where the name begins with it."""
    publisher, name = source.get("publisher", ""), source["name"]
    return name if name.startswith(publisher) else f"{publisher}, {name}"


def _licence(source: dict[str, str]) -> str:
    licence = source.get("license", "not stated")
    return LICENCES.get(licence, licence.replace("CC-BY-", "CC BY "))


def _credit(source: dict[str, str]) -> str:
    """A source in one line."""
    return f"{_source(source)}: {_licence(source)}. {_obligation(source)}".rstrip()


def _obligation(source: dict[str, str]) -> str:
    """The sentence that the licence asks for; empty where it asks for none."""
    licence = source.get("license", "")
    if licence.startswith("ODbL"):
        return f"Contains data from {source.get('publisher') or source['name']}, available under the ODbL."
    if licence.startswith("OGL"):
        return "Contains public sector information licensed under the Open Government Licence v3.0."
    return ""
