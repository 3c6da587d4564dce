"""The one view that every template sees: a valid disclosure in words and rounded numbers, frozen.

All members are text, truth values, counts or tuples of views; a template needs no arithmetic and no document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard import numbers
from joulecard.rendering import inside, meter_words, words
from joulecard.rendering.beside import BesideLine, beside
from joulecard.rendering.caveats import caveats
from joulecard.rendering.declared import declared
from joulecard.rendering.energy_check import Draw, energy_check
from joulecard.rendering.figures import FactorRow, Figure, applied, columns, credits_of, factor_row, shown
from joulecard.rendering.findings import Finding, weakest_input
from joulecard.rendering.hugging_face import HuggingFace, hugging_face
from joulecard.rendering.inside import Units
from joulecard.rendering.recomputation import Recomputation, recomputation
from joulecard.rendering.rolled_up import rolled_up_rows
from joulecard.rendering.stage_rows import Row, lasted, missing_rows, stage_rows, total_rows, with_known_times
from joulecard.rendering.stage_shares import UNFINISHED
from joulecard.rendering.unrecorded import missing_stage, share, unrecorded, why
from joulecard.rendering.unseen import unseen
from joulecard.validation.levels import STEPS, level_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MOST_LINES = 12


@dataclass(frozen=True, slots=True)
class Lines:
    """At most so many statements, and how many there are beside them."""

    shown: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class View:
    """A disclosure as it is shown; `energy` (IT), `facility` and `carbon` are those of the headline."""

    subject: str
    opening: str  # e.g. "Running the pipeline"
    document_id: str
    generator: str
    edition: str
    level: str  # the conformance level that validation computes, e.g. "L2 (traced)"
    period: str  # "on 21 November 2026"; empty where it is not stated
    executions: str  # "4 stages"; "1 stage, 2 executions"; "4 of 7 stages"
    partial: str  # "4 of 7 stages" where others are not recorded, else empty
    caveat: str  # what the numbers are only a part of, in sentences without the last full stop
    duration: str  # how long anything ran, each moment counted once; empty where nothing tells it
    hardware: str
    place: str
    sensors: str
    reused_only: bool  # nothing ran anew: the headline is what the reused results had cost
    is_least: bool  # a part of the time was not seen: all figures are lower bounds
    energy: Figure
    facility: Figure
    pue: str  # "PUE 1.14": what makes facility energy of IT energy; empty where none was applied
    carbon: Figure
    carbon_basis: str
    beside: tuple[BesideLine, ...]  # market-based emissions, hardware, water, as far as they are known
    rows: tuple[Row, ...]  # each stage, and below it its parts
    declared: str  # quality and computation, as the programs of the stages declare them
    work: Units  # what one unit of what the stages counted cost
    new: Row
    rolled_up: tuple[Row, ...]  # what of it failed, was interrupted or replaced; none where all are results
    including_reused: Row | None  # None where nothing was reused
    draws: tuple[Draw, ...]  # hours times power behind the energy; none where it was got otherwise
    recomputation: Recomputation | None
    finding: Finding | None
    scope: str
    attribution: str
    runs: str
    observed: str  # how much of the time was observed, on how many nodes
    factors: tuple[FactorRow, ...]
    credits: tuple[str, ...]  # each source with its licence
    left_out: str  # what is excluded, in one phrase
    exclusions: Lines
    assumptions: Lines
    gaps: Lines
    hugging_face: HuggingFace


def view(document: dict[str, Any]) -> View:
    """The view of a disclosure that validation has accepted."""
    totals, boundary = document["totals"], document["boundary"]
    headline = totals[totals["headline"]]
    units = columns((totals["new"], totals["including_reused"]))
    stages = with_known_times(document)
    ran = [stage for stage in stages if "energy" in stage]
    lacking = unrecorded(document)
    part = share(document, ran, lacking)
    new, including_reused = total_rows(document, ran, part, units)
    return View(
        subject=document["subject"]["name"],
        opening=words.OPENINGS[document["subject"]["type"]],
        document_id=document["document"]["id"],
        generator=document["generator"]["name"],
        edition=document["generator"].get("factor_edition", ""),
        level=_level(document),
        executions=_executions(ran, part),
        partial=part,
        caveat=caveats(document, lacking),
        duration=lasted(ran),
        hardware=words.hardware(document["resources"]),
        place=words.place(document["locations"]),
        sensors=_sensors(ran),
        reused_only=not ran,
        is_least=unseen(document["stages"]) is not None,
        energy=units.energy_of(headline["energy_it"]),
        facility=units.energy_of(headline["energy_facility"]),
        pue=_pue(document, headline["energy_facility"]),
        carbon=units.mass_of(headline["operational_location"]),
        beside=beside(document),
        carbon_basis=_carbon_basis(document, headline["operational_location"]),
        rows=(*stage_rows(stages, units, with_parts=True), *missing_rows(lacking)),
        declared=declared(document),
        work=inside.units(document),
        new=new,
        rolled_up=rolled_up_rows(document, units),
        including_reused=including_reused,
        draws=energy_check(document),
        recomputation=recomputation(document),
        finding=weakest_input(document),
        **_reach(boundary, part),
        factors=_factors(document),
        credits=credits_of(document["factors"]),
        left_out="; ".join(item["what"] for item in boundary["exclusions"][:MOST_LINES]),
        exclusions=_lines(f"{item['what']}: {item['reason']}" for item in boundary["exclusions"]),
        assumptions=_lines(_assumption(item) for item in document["assumptions"]),
        gaps=_gaps(document),
        hugging_face=hugging_face(document, [stage for stage in document["stages"] if "energy" in stage]),
    )


def _reach(boundary: dict[str, Any], part: str) -> dict[str, str]:
    """Members of the view: when, how far and whose part the numbers reach, and how much of it was observed."""
    attribution, scope = words.reach(boundary)
    return {
        "period": words.days(**boundary["period"]) if "period" in boundary else "",
        "scope": scope,
        "attribution": attribution,
        "runs": words.RUNS[boundary["runs_counted"]],
        "observed": _observed(boundary, part),
    }


def _factors(document: dict[str, Any]) -> tuple[FactorRow, ...]:
    """The first factors that were applied."""
    log_sds = {source["id"]: source["log_sd"] for source in document.get("uncertainty", {}).get("sources", ())}
    return tuple(factor_row(factor, log_sds) for factor in document["factors"][:MOST_LINES])


def _level(document: dict[str, Any]) -> str:
    level, _ = level_of(document)
    return f"{level} ({next(step.name for step in STEPS if step.level == level)})"


def _executions(ran: Sequence[dict[str, Any]], part: str) -> str:
    """How many stages ran, of how many where that is not all, and how often where that is not once each."""
    stages = len({stage["name"] for stage in ran})
    told = part or f"{stages} {'stage' if stages == 1 else 'stages'}"
    counted = told if stages == len(ran) else f"{told}, {len(ran)} executions"
    return ", ".join((counted, *_unfinished(ran)))


def _unfinished(ran: Sequence[dict[str, Any]]) -> Iterator[str]:
    """How many executions did not come to their end: "1 of them failed"; "interrupted" where it was the only one."""
    for status in UNFINISHED:
        count = sum(stage["status"] == status for stage in ran)
        if count:
            yield status if len(ran) == 1 else f"{count} of them {status}"


def _sensors(ran: Iterable[dict[str, Any]]) -> str:
    components = (component for stage in ran for component in stage["energy"].get("components", ()))
    return words.listed(dict.fromkeys(meter_words.sensor(part) for part in components))


def _carbon_basis(document: dict[str, Any], carbon: dict[str, Any]) -> str:
    """What the emissions are by their grid factors."""
    applied = set(carbon.get("factor_refs") or ())
    grids = [factor for factor in document["factors"] if factor["id"] in applied and factor["kind"] == "grid_intensity"]
    is_known = any(place["precision"] != "unknown" for place in document["locations"])
    names = words.listed(dict.fromkeys(_grid(factor, is_known=is_known) for factor in grids))
    scopes = {words.GRID_SCOPES[factor["basis"]["scope"]] for factor in grids}
    scope = scopes.pop() if len(scopes) == 1 else "electricity on mixed bases" if scopes else ""
    return ", ".join(part for part in ("location-based", scope, names) if part)


def _pue(document: dict[str, Any], facility: dict[str, Any]) -> str:
    """Which PUEs the facility energy rests on."""
    applied = set(facility.get("factor_refs") or ())
    values = (factor["value"] for factor in document["factors"] if factor["id"] in applied and factor["kind"] == "pue")
    listed = words.listed(dict.fromkeys(f"{value:.6g}" for value in values))
    return f"PUE {listed}" if listed else ""


def _grid(factor: dict[str, Any], *, is_known: bool) -> str:
    if factor.get("fallback_level") == "world":
        lacking = "a factor for the place" if is_known else "a known place"
        return f"mean grid of the world for want of {lacking}"
    return f"grid of {factor['name']}"


def _observed(boundary: dict[str, Any], part: str) -> str:
    """How much was observed, and of how many stages where that is not all."""
    parts = []
    if boundary.get("coverage_fraction") is not None:
        time = f"the recorded time of {part}" if part else "the recorded time"
        parts.append(f"{numbers.percent(boundary['coverage_fraction'])} of {time} was observed")
    seen, expected = boundary.get("nodes_seen"), boundary.get("nodes_expected")
    if seen:
        nodes = f"{seen} {'node' if seen == 1 else 'nodes'}"
        parts.append(f"on {nodes} of {expected} expected" if expected else f"on {nodes}")
    return " ".join(parts)


def _assumption(item: dict[str, Any]) -> str:
    number, unit = shown(item.get("value", 0.0), item.get("unit", "1"))
    value = applied(number) + (numbers.THIN_SPACE + unit if unit else "") if "value" in item else ""
    told = ", ".join(part for part in (value, "taken by default" if item["default"] else "") if part)
    return f"{item['statement']} ({told})" if told else str(item["statement"])


def _gaps(document: dict[str, Any]) -> Lines:
    names = {stage["id"]: stage["name"] for stage in document["stages"]}
    return _lines(_gap(gap, names) for gap in document["gaps"])


def _gap(gap: dict[str, Any], names: dict[str, str]) -> str:
    if missing_stage(gap):
        return f"{missing_stage(gap)}: not recorded: {why(gap)}"
    where = f"{names[gap['stage_ref']]}, " if "stage_ref" in gap else ""
    length = f" ({words.duration(gap['seconds'])})" if "seconds" in gap else ""
    return f"{where}{gap['what']}: {gap['reason']}{length}"


def _lines(statements: Iterable[str]) -> Lines:
    """The statements, equal ones once."""
    found = list(dict.fromkeys(statements))
    return Lines(tuple(found[:MOST_LINES]), max(0, len(found) - MOST_LINES))
