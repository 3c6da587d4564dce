"""The one view that every template sees: a valid disclosure in words and rounded numbers, frozen.

All members are text, truth values, counts or tuples of views; a template needs no arithmetic and no document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from joulecard import numbers
from joulecard.rendering import words
from joulecard.rendering.figures import Columns, FactorRow, Figure, columns, factor_row, missing, notices
from joulecard.rendering.findings import Finding, weakest_input
from joulecard.rendering.hugging_face import HuggingFace, hugging_face
from joulecard.rendering.recomputation import Recomputation, recomputation
from joulecard.validation.levels import STEPS, level_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_STAGES = 8
MOST_LINES = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the stage table."""

    name: str
    status: str
    duration: str
    energy: Figure
    method: str
    carbon: Figure


NOTHING_NEW = Row("New in this run", "nothing ran", "", missing("none"), "", missing("none"))


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
    executions: str  # "4 stages"; "1 stage, 2 executions"
    duration: str  # how long anything ran, each moment counted once
    hardware: str
    place: str
    sensors: str
    reused_only: bool  # nothing ran anew: the headline is what the reused results had cost
    energy: Figure
    facility: Figure
    carbon: Figure
    carbon_basis: str
    rows: tuple[Row, ...]
    more_stages: int
    new: Row
    including_reused: Row | None  # None where nothing was reused
    recomputation: Recomputation | None
    finding: Finding | None
    scope: str
    attribution: str
    runs: str
    observed: str  # how much of the time was observed, on how many nodes
    factors: tuple[FactorRow, ...]
    notices: tuple[str, ...]
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
    ran = [stage for stage in document["stages"] if "energy" in stage]
    reused = any("reused_from" in stage for stage in document["stages"])
    shown, more = _shown(document["stages"])
    log_sds = {source["id"]: source["log_sd"] for source in document.get("uncertainty", {}).get("sources", ())}
    return View(
        subject=document["subject"]["name"],
        opening=words.OPENINGS[document["subject"]["type"]],
        document_id=document["document"]["id"],
        generator=document["generator"]["name"],
        edition=document["generator"].get("factor_edition", ""),
        level=_level(document),
        period=words.days(**boundary["period"]) if "period" in boundary else "",
        executions=_executions(ran),
        duration=words.duration(_elapsed_s(ran)) if ran else "",
        hardware=words.hardware(document["resources"]),
        place=words.place(document["locations"]),
        sensors=_sensors(ran),
        reused_only=not ran,
        energy=units.energy_of(headline["energy_it"]),
        facility=units.energy_of(headline["energy_facility"]),
        carbon=units.mass_of(headline["operational_location"]),
        carbon_basis=_carbon_basis(document, headline["operational_location"]),
        rows=tuple(_row(stage, units) for stage in shown),
        more_stages=more,
        new=_total("New in this run" if reused else "Total", totals["new"], ran, units) if ran else NOTHING_NEW,
        including_reused=_total("Including reused results", totals["including_reused"], (), units) if reused else None,
        recomputation=recomputation(document),
        finding=weakest_input(document),
        scope=words.SCOPES[boundary["scope_level"]],
        attribution=words.ATTRIBUTIONS[boundary["attribution"]],
        runs=words.RUNS[boundary["runs_counted"]],
        observed=_observed(boundary),
        factors=tuple(factor_row(factor, log_sds) for factor in document["factors"][:MOST_LINES]),
        notices=notices(document["factors"]),
        left_out="; ".join(item["what"] for item in boundary["exclusions"][:MOST_LINES]),
        exclusions=_lines(f"{item['what']}: {item['reason']}" for item in boundary["exclusions"]),
        assumptions=_lines(_assumption(item) for item in document["assumptions"]),
        gaps=_gaps(document),
        hugging_face=hugging_face(document, ran),
    )


def _level(document: dict[str, Any]) -> str:
    level, _ = level_of(document)
    return f"{level} ({next(step.name for step in STEPS if step.level == level)})"


def _shown(stages: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    """The stages that have a row, in their order: all, or else those with the greatest emissions."""
    if len(stages) <= MOST_STAGES:
        return list(stages), 0
    ranked = sorted(range(len(stages)), key=lambda place: (-_grams(stages[place]), place))
    kept = sorted(ranked[: MOST_STAGES - 1])
    return [stages[place] for place in kept], len(stages) - len(kept)


def _grams(stage: dict[str, Any]) -> float:
    return float(stage.get("emissions", {}).get("operational_location", {}).get("value") or 0.0)


def _row(stage: dict[str, Any], units: Columns) -> Row:
    attempt = stage.get("attempt", 1)
    name = stage["name"] if attempt == 1 else f"{stage['name']}, attempt {attempt}"
    part = stage if "energy" in stage else stage.get("reused_from")
    if part is None:
        return Row(name, stage["status"], "", missing("no record"), "not available", missing("no record"))
    energy, carbon = part["energy"]["it_total"], part["emissions"]["operational_location"]
    return Row(
        name,
        stage["status"] if "energy" in stage else f"{stage['status']}: what the earlier run had cost",
        words.duration(_elapsed_s([stage])) if "time" in stage else "",
        units.energy_of(energy),
        words.methods(energy, carbon),
        units.mass_of(carbon),
    )


def _total(name: str, total: dict[str, Any], ran: Sequence[dict[str, Any]], units: Columns) -> Row:
    energy, carbon = total["energy_it"], total["operational_location"]
    return Row(
        name,
        "",
        words.duration(_elapsed_s(ran)) if ran else "",
        units.energy_of(energy),
        words.methods(energy, carbon),
        units.mass_of(carbon),
    )


def _executions(ran: Sequence[dict[str, Any]]) -> str:
    """How many stages ran, and how often where that is not once each."""
    stages = len({stage["name"] for stage in ran})
    told = f"{stages} {'stage' if stages == 1 else 'stages'}"
    return told if stages == len(ran) else f"{told}, {len(ran)} executions"


def _elapsed_s(stages: Iterable[dict[str, Any]]) -> float:
    """Seconds by the wall clock in which any record ran; what ran at the same time counts once."""
    spans: list[tuple[str, str]] = []
    for stage in stages:
        parts = [part for part in stage.get("segments", ()) if "within" not in part] or [stage["time"]]
        spans += [(part["start"], part["end"]) for part in parts]
    elapsed_s, until = 0.0, ""
    for start, end in sorted(spans):
        if end > until:
            elapsed_s += words.seconds_between(max(start, until), end)
            until = end
    return elapsed_s


def _sensors(ran: Iterable[dict[str, Any]]) -> str:
    components = (component for stage in ran for component in stage["energy"].get("components", ()))
    return words.listed(dict.fromkeys(words.sensor(part["kind"], part["sensor"]) for part in components))


def _carbon_basis(document: dict[str, Any], carbon: dict[str, Any]) -> str:
    """What the emissions are by their grid factors."""
    applied = set(carbon.get("factor_refs") or ())
    grids = [factor for factor in document["factors"] if factor["id"] in applied and factor["kind"] == "grid_intensity"]
    names = words.listed(dict.fromkeys(_grid(factor) for factor in grids))
    scopes = {words.GRID_SCOPES[factor["basis"]["scope"]] for factor in grids}
    scope = scopes.pop() if len(scopes) == 1 else "electricity on mixed bases" if scopes else ""
    return ", ".join(part for part in ("location-based", scope, names) if part)


def _grid(factor: dict[str, Any]) -> str:
    if factor.get("fallback_level") == "world":
        return "mean grid of the world for want of a known place"
    return f"grid of {factor['name']}"


def _observed(boundary: dict[str, Any]) -> str:
    """How much was observed."""
    parts = []
    if boundary.get("coverage_fraction") is not None:
        parts.append(f"{numbers.percent(boundary['coverage_fraction'])} of the recorded time was observed")
    seen, expected = boundary.get("nodes_seen"), boundary.get("nodes_expected")
    if seen:
        nodes = f"{seen} {'node' if seen == 1 else 'nodes'}"
        parts.append(f"on {nodes} of {expected} expected" if expected else f"on {nodes}")
    return " ".join(parts)


def _assumption(item: dict[str, Any]) -> str:
    unit = item.get("unit", "1")
    value = f"{item['value']:.6g}{'' if unit == '1' else numbers.THIN_SPACE + unit}" if "value" in item else ""
    told = ", ".join(part for part in (value, "taken by default" if item["default"] else "") if part)
    return f"{item['statement']} ({told})" if told else str(item["statement"])


def _gaps(document: dict[str, Any]) -> Lines:
    names = {stage["id"]: stage["name"] for stage in document["stages"]}
    return _lines(_gap(gap, names) for gap in document["gaps"])


def _gap(gap: dict[str, Any], names: dict[str, str]) -> str:
    where = f"{names[gap['stage_ref']]}, " if "stage_ref" in gap else ""
    length = f" ({words.duration(gap['seconds'])})" if "seconds" in gap else ""
    return f"{where}{gap['what']}: {gap['reason']}{length}"


def _lines(statements: Iterable[str]) -> Lines:
    """The statements, equal ones once."""
    found = list(dict.fromkeys(statements))
    return Lines(tuple(found[:MOST_LINES]), max(0, len(found) - MOST_LINES))
