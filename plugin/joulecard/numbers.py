"""Numbers as people read them: rounded by their uncertainty, in a unit that fits, with spaces that do not break."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Interval = tuple[float, float]

THIN_SPACE = "\u202f"  # narrow and never broken at a line end
MINUS = "\u2212"
CO2E = "CO\u2082e"

# Unit and how many of the document's unit make one of it, smallest first. Wh and g, the units of the DVC metrics,
# are kept down to their thousandth, so that a small run reads alike everywhere.
ENERGY_STEPS = (("mWh", 1e-6), ("Wh", 1e-3), ("kWh", 1.0), ("MWh", 1e3), ("GWh", 1e6))
MASS_STEPS = (("mg", 1e-3), ("g", 1.0), ("kg", 1e3), ("t", 1e6))
VOLUME_STEPS = (("mL", 1e-3), ("L", 1.0), ("m\u00b3", 1e3))
FINE_ENERGY_STEPS = (("nWh", 1e-12), ("µWh", 1e-9), *ENERGY_STEPS)  # of one of very many
FINE_MASS_STEPS = (("ng", 1e-9), ("µg", 1e-6), *MASS_STEPS)
KEPT = {ENERGY_STEPS: "Wh", MASS_STEPS: "g"}
KEPT_DOWN_TO = 1e-3
DIGITS_WITHOUT_INTERVAL = 3
DIGITS_OF_A_FLOAT = 15


class Printed(NamedTuple):
    """A number ready to print; lower and upper are rounded to the same place and empty where there is no interval."""

    value: str
    unit: str
    lower: str = ""
    upper: str = ""

    @property
    def text(self) -> str:
        """The value with its unit."""
        return f"{self.value}{THIN_SPACE}{self.unit}"

    @property
    def range(self) -> str:
        """Both ends of the interval with the unit; empty where there is none."""
        return f"{self.lower} to {self.upper}{THIN_SPACE}{self.unit}" if self.lower else ""

    def __str__(self) -> str:
        """Value and range."""
        return f"{self.text} ({self.range})" if self.lower else self.text


def energy(value_kwh: float, interval_kwh: Interval | None = None, unit: str = "") -> Printed:
    """An energy in kWh, printed in mWh to GWh: in `unit` where one is given, else in the one that fits."""
    return _stepped(value_kwh, interval_kwh, ENERGY_STEPS, unit)


def mass(value_g: float, interval_g: Interval | None = None, unit: str = "") -> Printed:
    """A mass of CO2e in g, printed in mg to t: in `unit` where one is given, else in the one that fits."""
    printed = _stepped(value_g, interval_g, MASS_STEPS, unit)
    return printed._replace(unit=f"{printed.unit}{THIN_SPACE}{CO2E}")


def volume(value_l: float, interval_l: Interval | None = None) -> Printed:
    """A volume of water in L, printed in mL to m3."""
    return _stepped(value_l, interval_l, VOLUME_STEPS, "")


def energy_of_one(value_kwh: float, interval_kwh: Interval | None = None) -> Printed:
    """An energy in kWh of one unit of work, printed in nWh to GWh."""
    return _stepped(value_kwh, interval_kwh, FINE_ENERGY_STEPS, "")


def mass_of_one(value_g: float, interval_g: Interval | None = None) -> Printed:
    """A mass of CO2e in g of one unit of work, printed in ng to t."""
    printed = _stepped(value_g, interval_g, FINE_MASS_STEPS, "")
    return printed._replace(unit=f"{printed.unit}{THIN_SPACE}{CO2E}")


def amount(value: float, unit: str, interval: Interval | None = None) -> Printed:
    """A value in a unit that is kept, rounded by its interval, else to three digits."""
    place = _place(value, interval)
    ends = (_written(end, place) for end in interval) if interval else ()
    return Printed(_written(value, place), unit, *ends)


def percent(fraction: float) -> str:
    """A share of 1 in per cent; what is neither nothing nor all is never printed as 0 or 100."""
    value = 100 * fraction
    place = -1 if abs(value) < 10 or 99 < value < 100 else 0  # noqa: PLR2004
    digits = "0" if value == 0 else _written(value, place)
    if value > 0 and number(digits) == 0:
        return f"<{THIN_SPACE}0.1{THIN_SPACE}%"
    if value < 100 and number(digits) >= 100:  # noqa: PLR2004
        return f">{THIN_SPACE}99.9{THIN_SPACE}%"
    return f"{digits}{THIN_SPACE}%"


def plain(text: str) -> str:
    """The same text in ASCII, for terminals and files that may not show more."""
    return text.replace(THIN_SPACE, " ").replace(MINUS, "-").replace(CO2E, "CO2e")


def common_unit(values: Iterable[float], steps: tuple[tuple[str, float], ...]) -> str:
    """The unit for a whole table column: the one that fits its greatest value."""
    return _unit_for(max((abs(value) for value in values), default=0.0), steps)


def _stepped(value: float, interval: Interval | None, steps: tuple[tuple[str, float], ...], unit: str) -> Printed:
    scales = dict(steps)
    if unit:
        return _in_unit(value, interval, unit, scales[unit])
    unit = _unit_for(value, steps)
    printed = _in_unit(value, interval, unit, scales[unit])
    fitting = _unit_for(number(printed.value) * scales[unit], steps)
    # 999.97 g is rounded to 1000 g: that is 1 kg.
    return printed if fitting == unit else _in_unit(value, interval, fitting, scales[fitting])


def _in_unit(value: float, interval: Interval | None, unit: str, scale: float) -> Printed:
    ends = (interval[0] / scale, interval[1] / scale) if interval else None
    return amount(value / scale, unit, ends)


def number(text: str) -> float:
    """The number that a printed value shows."""
    return float(plain(text).replace(" ", ""))


def _unit_for(value: float, steps: tuple[tuple[str, float], ...]) -> str:
    starts = (scale * (KEPT_DOWN_TO if name == KEPT.get(steps) else 1) for name, scale in steps)
    fitting = [name for (name, _), start in zip(steps, starts, strict=True) if abs(value) >= start]
    return fitting[-1] if fitting else (steps[0][0] if value else steps[-3][0])


def _place(value: float, interval: Interval | None) -> int:
    """The power of ten to round to: by the interval's half width, but never so coarse that something becomes zero."""
    half_width = (interval[1] - interval[0]) / 2 if interval else 0.0
    if interval is None or half_width <= 0:
        digits = DIGITS_WITHOUT_INTERVAL - 1
        return _exponent(float(f"{value:.{digits}e}")) - digits if value else 0
    shown = [_exponent(part) for part in (value, *interval) if part]
    return max(min(_place_by_width(half_width), *shown), max(shown) - DIGITS_OF_A_FLOAT + 1)


def _place_by_width(half_width: float) -> int:
    """Particle Data Group, Review of Particle Physics, 5.3: leading digits 100 to 354 keep two, 355 to 949 one."""
    exponent = _exponent(half_width)
    leading = round(half_width / 10.0 ** (exponent - 2))
    if leading >= 950:  # noqa: PLR2004  rounded up to 1000, of which two digits are kept
        return exponent
    return exponent - 1 if leading <= 354 else exponent  # noqa: PLR2004


def _exponent(value: float) -> int:
    """The power of ten of the first digit."""
    return Decimal(repr(abs(value))).adjusted()


def _written(value: float, place: int) -> str:
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(place), rounding=ROUND_HALF_EVEN)
    text = f"{rounded:,f}" if place <= 0 else f"{int(rounded):,}"
    return text.replace(",", THIN_SPACE).replace("-", MINUS)
