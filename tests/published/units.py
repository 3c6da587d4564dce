"""Units of the cases: how many of the methods' units (kWh, W, h, g, L, GB, km, ...) one of a stated unit is."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

JOULE_KWH = 1 / 3.6e6
SECOND_H = 1 / 3600
GRAMS = {"ug": 1e-6, "mg": 1e-3, "g": 1.0, "kg": 1e3, "t": 1e6, "tonne": 1e6, "tonnes": 1e6, "kt": 1e9, "Mt": 1e12}
FLOP = {"": 1.0, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21}
ONE_OF: dict[str, dict[str, float]] = {
    "kWh": {"mWh": 1e-6, "Wh": 1e-3, "kWh": 1.0, "MWh": 1e3, "GWh": 1e6, "TWh": 1e9}
    | {"J": JOULE_KWH, "kJ": 1e3 * JOULE_KWH, "MJ": 1e6 * JOULE_KWH, "GJ": 1e9 * JOULE_KWH},
    "W": {"mW": 1e-3, "W": 1.0, "kW": 1e3, "MW": 1e6, "GW": 1e9},
    "h": {"ms": 1e-3 * SECOND_H, "s": SECOND_H, "sec": SECOND_H, "min": 1 / 60, "h": 1.0, "hour": 1.0, "hours": 1.0}
    | {"d": 24.0, "day": 24.0, "days": 24.0, "week": 168.0, "weeks": 168.0, "month": 730.0, "months": 730.0}
    | {"yr": 8760.0, "year": 8760.0, "years": 8760.0, "vCPUh": 1.0, "vCPU-h": 1.0}
    | {"GPUh": 1.0, "GPU-h": 1.0, "GPU-hour": 1.0, "GPU-hours": 1.0, "chip-h": 1.0, "core-h": 1.0},
    "g": GRAMS | {"lb": 453.59237, "lbs": 453.59237},
    "L": {"mL": 1e-3, "ml": 1e-3, "L": 1.0, "l": 1.0, "kL": 1e3, "ML": 1e6, "GL": 1e9, "m3": 1e3},
    "GB": {"MB": 1e-3, "MiB": 1.048576e-3, "GB": 1.0, "GiB": 1.073741824, "TB": 1e3, "TiB": 1099.511627776, "PB": 1e6},
    "GB h": {"GBh": 1.0, "GB-h": 1.0},
    "km": {"m": 1e-3, "km": 1.0, "mi": 1.609344, "mile": 1.609344, "miles": 1.609344},
    "mm2": {"mm2": 1.0, "cm2": 100.0},
    "gallon": {"gallon": 1.0, "gallons": 1.0, "gal": 1.0},
    "money": {"USD": 1.0, "EUR": 1.0, "GBP": 1.0, "$": 1.0},
    "FLOP": {f"{prefix}FLOP{plural}": scale for prefix, scale in FLOP.items() for plural in ("", "s")},
    "FLOP/h": {f"{prefix}FLOPS": 3600 * scale for prefix, scale in FLOP.items()},
    "": {"%": 0.01, "thousand": 1e3, "k": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12},
}
KNOWN = {word: (scale, dimension) for dimension, words in ONE_OF.items() for word, scale in words.items()}
NUMBER = re.compile(r"([0-9][0-9.,]*(?:e[+-]?[0-9]+)?)([kMB]?)", re.IGNORECASE)
MANY = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9}
POWER_OF_TEN = re.compile(r"10\^([+-]?[0-9]+)")
REMARK = re.compile(r"\(.*|CO2(?:eq?)?(?![a-z])| or .*")


class Unit(NamedTuple):
    """How many of the methods' units one is, and its dimension, such as "g/kWh"; words that count are left out."""

    scale: float
    dimension: str


def unit(text: str) -> Unit:
    """The unit of a text: factors apart by blanks, divisors after slashes; what follows a bracket is a remark."""
    scale, powers = 1.0, Counter[str]()
    for position, part in enumerate(REMARK.sub("", text).strip().split("/")):
        sign = -1 if position else 1
        for word in part.split():
            size, dimension = _word(word)
            scale *= size**sign
            for name, power in _powers(dimension).items():
                powers[name] += sign * power
    return Unit(scale, _written(powers))


def _word(word: str) -> tuple[float, str]:
    if (power := POWER_OF_TEN.fullmatch(word)) is not None:
        return 10.0 ** int(power[1]), ""
    if (number := NUMBER.fullmatch(word)) is not None:
        return float(number[1].replace(",", "")) * MANY[number[2].lower()], ""
    return KNOWN.get(word, (1.0, ""))  # else a thing that is counted: token, request, flight, vCPU


def _powers(dimension: str) -> Counter[str]:
    above, _, below = dimension.partition("/")
    powers = Counter(name for name in above.split() if name != "1")
    powers.subtract(below.split())
    return powers


def _written(powers: Counter[str]) -> str:
    above = " ".join(sorted(name for name, power in powers.items() for _ in range(power)))
    below = " ".join(sorted(name for name, power in powers.items() for _ in range(-power)))
    return f"{above or 1}/{below}" if below else above
