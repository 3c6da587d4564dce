"""The first page: the headline with its interval, four key figures, who emitted what share, and what this is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard import numbers
from joulecard.rendering import charts
from joulecard.rendering.figures import NOT_STATED
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.sections.key_figures import KeyFigure, key_figures
from joulecard.rendering.sections.pictures import Picture, picture
from joulecard.rendering.sections.shares import Share, shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joulecard.rendering.view import View

LONGEST_HARDWARE = 160
LONGEST_SUBJECT = 70
LONGEST_PLACE = 80
LONGEST_BASIS = 200
LONGEST_NAME = 48  # of publisher and generator
MOST_BELOW = 420  # letters below the headline, before it moves up
MOST_ABOVE = (300, 220)  # letters above it, before these are set smaller; the second where it has moved up
SIZES_OF_TITLES = ((48, "large"), (110, "medium"))  # up to so many characters
SIZES_OF_NUMBERS = ((5, "large"), (8, "medium"))
STATUSES = {"draft": "Draft", "final": "Final", "corrected": "Corrected", "withdrawn": "Withdrawn"}


@dataclass(frozen=True, slots=True)
class Cover:
    """What the first page shows."""

    subject: str  # name and version, shortened
    title: str
    title_size: str  # large, medium or small: a style class
    is_dense: bool  # whether the texts above the headline need more than the usual room
    is_full: bool  # whether those below it do
    status: str
    publisher: str
    generator: str
    scope: str  # what ran, when and on what; followed by the place, which is kept on one line
    place: str
    basis: str  # how the headline was got
    caveat: str  # a sentence where the numbers are a part of the whole
    number: str  # "0.23"; in words where there is none
    unit: str  # empty where there is no number
    number_size: str
    unknown: str  # why there is no number, or that its range is not stated
    interval: Picture | None
    key_figures: tuple[KeyFigure, ...]
    strip: Picture | None
    shares: tuple[Share, ...]


def cover(document: dict[str, Any], card: View) -> Cover:
    """The first page of a disclosure that validation has accepted."""
    about = document["subject"]
    subject = " ".join(part for part in (plain(about["name"]), plain(about.get("version", ""))) if part)
    title = f"{card.opening} {subject}"
    scope, place = _scope(card), "" if card.reused_only else f"in {plain(card.place, LONGEST_PLACE)}."
    parts, figures, basis = shares(document), key_figures(document, card), _basis(card)
    is_full = _is_full(basis, *(each.text for each in figures), *(each.name for each in parts))
    number, unit = _split(card.carbon.text) if card.carbon.known else (card.carbon.text, "")
    carbon = document["totals"][document["totals"]["headline"]]["operational_location"]
    return Cover(
        subject=plain(subject, LONGEST_SUBJECT),
        title=title,
        title_size=_size(title, SIZES_OF_TITLES),
        is_full=is_full,
        is_dense=len(f"{title}{scope}{place}{card.caveat}") > MOST_ABOVE[is_full],
        status=STATUSES[document["document"]["status"]],
        publisher=plain(document["document"].get("publisher", ""), LONGEST_NAME),
        generator=plain(card.generator, LONGEST_NAME),
        scope=scope,
        place=place,
        basis=basis,
        caveat=f"{card.caveat}." if card.caveat else "",
        number=number,
        unit=unit,
        number_size=_size(number, SIZES_OF_NUMBERS),
        unknown=_unknown(card),
        interval=_interval(carbon, unit) if carbon.get("interval") else None,
        key_figures=figures,
        strip=_strip(parts),
        shares=parts,
    )


def _size(text: str, sizes: Sequence[tuple[int, str]]) -> str:
    """The style class for a text of that length."""
    return next((size for most, size in sizes if len(text) <= most), "small")


def _split(text: str) -> tuple[str, str]:
    """A mass as number and unit."""
    *digits, unit, gas = text.split(numbers.THIN_SPACE)
    return numbers.THIN_SPACE.join(digits), f"{unit}{numbers.THIN_SPACE}{gas}"


def _scope(card: View) -> str:
    """What ran, when, on what and where."""
    if card.reused_only:
        return "Nothing ran anew: all results were reused. The figures are what making them had cost."
    counted = f"{card.executions}," if ", " in card.executions else card.executions
    when = " ".join(part for part in (counted, card.duration and f"in {card.duration}", card.period) if part)
    hardware = f", on {plain(card.hardware, LONGEST_HARDWARE)}" if card.hardware else ""
    return f"{when}{hardware},"


def _is_full(*texts: str) -> bool:
    return sum(map(len, texts)) > MOST_BELOW


def _basis(card: View) -> str:
    """How the headline was got: its method, and by which grid factors."""
    told = f"{card.carbon.method}; {card.carbon_basis}" if card.carbon.known else card.carbon_basis
    return plain(told[:1].upper() + told[1:], LONGEST_BASIS)


def _unknown(card: View) -> str:
    """Why there is no number, or that it has no range; empty where both are there."""
    if not card.carbon.known:
        return card.carbon.reason
    return "The range of this number is not stated." if card.carbon.interval == NOT_STATED else ""


def _interval(carbon: dict[str, Any], unit: str) -> Picture:
    """The headline on a line, with the ends of its interval."""
    ends = carbon["interval"]
    step = unit.partition(numbers.THIN_SPACE)[0]
    scale = dict(numbers.MASS_STEPS)[step]
    printed = numbers.mass(carbon["value"], (ends["lower"], ends["upper"]), step)
    drawn = charts.Interval(
        value=carbon["value"] / scale,
        lower=ends["lower"] / scale,
        upper=ends["upper"] / scale,
        lower_label=printed.lower,
        upper_label=printed.upper,
        unit=unit,
        caption=f"location-based, {numbers.percent(ends['coverage'])} interval",
    )
    return picture(lambda width_pt: charts.interval_bar(drawn, width_pt=width_pt, title="Emissions and their interval"))


def _strip(parts: Sequence[Share]) -> Picture | None:
    """One bar of all shares; None where nothing is known to share."""
    if not parts:
        return None
    drawn = [charts.StripPart(label=part.name, fraction=part.fraction, tone=part.tone) for part in parts]
    return picture(lambda width_pt: charts.share_strip(drawn, width_pt=width_pt, title="Emissions by stage"))
