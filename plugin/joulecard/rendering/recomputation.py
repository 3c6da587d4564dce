"""The line with which a reader checks the emissions: IT energy x PUE x grid intensity, with digits that come out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

FEWEST_DIGITS = 4
MOST_DIGITS = 15
RESULT_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Product:
    """One product, each number as it is printed; `pue` is empty where the energy is not multiplied with one."""

    kwh: str
    energy: str  # IT or facility
    pue: str
    g_per_kwh: str
    g: str


@dataclass(frozen=True, slots=True)
class Recomputation:
    """The products and, where there are several, their sum."""

    products: tuple[Product, ...]
    total_g: str

    @property
    def is_sum(self) -> bool:
        """Whether there is anything to add."""
        return len(self.products) > 1


@dataclass(frozen=True, slots=True)
class _Exact:
    """One product before it is printed."""

    kwh: Decimal
    energy: str
    pue: Decimal | None
    intensity: Decimal

    @property
    def factor(self) -> Decimal:
        """What the energy is multiplied with."""
        return self.intensity * (self.pue or 1)


def recomputation(document: dict[str, Any]) -> Recomputation | None:
    """The products behind the headline's emissions; None where the document holds no emission lines."""
    values = {factor["id"]: Decimal(repr(float(factor["value"]))) for factor in document["factors"]}
    energies: dict[tuple[str, str | None, str], Decimal] = {}
    for line, pue_ref in _lines(document):
        basis = "IT" if pue_ref or line["energy_basis"] == "it" else "facility"
        key = (line["factor_ref"], pue_ref, basis)
        kwh = Decimal(repr(float(line["energy_kwh"])))
        energies[key] = energies.get(key, Decimal(0)) + (kwh / values[pue_ref] if pue_ref else kwh)
    exact = [
        _Exact(kwh, basis, values[pue] if pue else None, values[grid]) for (grid, pue, basis), kwh in energies.items()
    ]
    return _printed(exact) if exact else None


def _lines(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str | None]]:
    """The emission lines of the stages that the headline counts, each with the PUE that is in its energy."""
    headline = document["totals"]["headline"]
    for stage in document["stages"]:
        reused = stage.get("reused_from", {}) if headline == "including_reused" else {}
        part = stage if "emissions" in stage else reused
        pues = part.get("energy", {}).get("facility_total", {}).get("factor_refs") or [None]
        for line in part.get("emissions", {}).get("operational_location", {}).get("lines") or ():
            yield line, (line.get("pue_ref") or pues[0]) if line["energy_basis"] == "facility" else None


def _printed(exact: list[_Exact]) -> Recomputation:
    """The products with as few digits as let every result, and the sum, come out as printed."""
    results, total = _results([each.kwh * each.factor for each in exact])
    products = tuple(
        Product(
            kwh=f"{_energy(each, g):f}",
            energy=each.energy,
            pue=f"{each.pue.normalize():f}" if each.pue else "",
            g_per_kwh=f"{each.intensity.normalize():f}",
            g=f"{g:f}",
        )
        for each, g in zip(exact, results, strict=True)
    )
    return Recomputation(products, f"{total:f}")


def _results(grams: list[Decimal]) -> tuple[list[Decimal], Decimal]:
    """The results, rounded to the first place at which they add up to the rounded total, and their sum."""
    smallest, whole = min((each for each in grams if each), default=Decimal(0)), sum(grams, Decimal(0))
    place = _place(smallest, RESULT_DIGITS)
    while place > _place(smallest, MOST_DIGITS) and sum((_at(each, place) for each in grams), Decimal(0)) != _at(
        whole, place
    ):
        place -= 1
    results = [_at(each, place) for each in grams]
    return results, sum(results, Decimal(0))


def _energy(exact: _Exact, result: Decimal) -> Decimal:
    """The energy in the fewest digits with which the product, rounded as the result is, gives the result."""
    unit = Decimal(1).scaleb(int(result.as_tuple().exponent))
    for digits in range(FEWEST_DIGITS, MOST_DIGITS):
        shown = exact.kwh.normalize(Context(prec=digits, rounding=ROUND_HALF_EVEN))
        if (shown * exact.factor).quantize(unit, rounding=ROUND_HALF_EVEN) == result:
            return shown
    return exact.kwh


def _place(value: Decimal, digits: int) -> int:
    """The power of ten of the last of so many digits."""
    return value.adjusted() - digits + 1 if value else 0


def _at(value: Decimal, place: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(min(place, 0)), rounding=ROUND_HALF_EVEN)
