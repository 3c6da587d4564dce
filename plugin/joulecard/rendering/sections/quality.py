"""The section on method and data quality: each input and how it was got, what widens the interval, what is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard import numbers
from joulecard.rendering import charts
from joulecard.rendering.figures import columns
from joulecard.rendering.findings import quality_finding
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.other_grids import scenario
from joulecard.rendering.sections.drivers import drivers
from joulecard.rendering.sections.inputs import Input, inputs
from joulecard.rendering.sections.pictures import Picture, picture

if TYPE_CHECKING:
    from joulecard.rendering.view import Lines, View

LONGEST_ADVICE = 320  # three lines of the first page
HALF_WIDTH_PT = 228.19  # of a column on A4: (170 mm - 9 mm) / 2


@dataclass(frozen=True, slots=True)
class Quality:
    """What the section shows; a chart is None where it cannot be drawn honestly."""

    finding: str
    inputs: tuple[Input, ...]
    more_inputs: int
    drivers: Picture | None
    weakest: str
    advice: str
    exclusions: Lines
    gaps: Lines
    other_grids: Picture | None


def quality(document: dict[str, Any], card: View) -> Quality:
    """The section of a disclosure that validation has accepted."""
    found, more = inputs(document)
    return Quality(
        finding=quality_finding(document),
        inputs=found,
        more_inputs=more,
        drivers=_drivers(document, card),
        weakest=f"{card.finding.title}." if card.finding else "",
        advice=plain(card.finding.detail, LONGEST_ADVICE) if card.finding else "",
        exclusions=card.exclusions,
        gaps=card.gaps,
        other_grids=_other_grids(document),
    )


def _drivers(document: dict[str, Any], card: View) -> Picture | None:
    """How far each source of uncertainty alone moves the emissions."""
    totals = document["totals"]
    unit = columns((totals["new"], totals["including_reused"])).mass
    carbon = totals[totals["headline"]]["operational_location"]
    drawn = drivers(document, carbon, dict(numbers.MASS_STEPS)[unit])
    if not drawn:
        return None
    named = f"{unit}{numbers.THIN_SPACE}{numbers.CO2E}"
    title = "Change of the emissions at each end of the input's own interval"
    return picture(
        lambda width_pt: charts.uncertainty_drivers(
            drawn, centre_label=card.carbon.text, unit=named, width_pt=width_pt, title=title
        ),
        HALF_WIDTH_PT,
    )


def _other_grids(document: dict[str, Any]) -> Picture | None:
    """The same energy on the grids of other places."""
    grids = scenario(document)
    if not grids:
        return None
    totals = document["totals"]
    unit = columns((totals["new"], totals["including_reused"])).mass
    named = f"{unit}{numbers.THIN_SPACE}{numbers.CO2E}"
    title = "The same work on other grids, a scenario"
    return picture(lambda width_pt: charts.other_grids(grids, unit=named, width_pt=width_pt, title=title))
