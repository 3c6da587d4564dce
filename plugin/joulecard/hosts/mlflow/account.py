"""What a run's segments come to, in the forms that MLflow takes: a disclosure, metrics, tags and points of power."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard import numbers
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.document import Identifier, Subject
from joulecard.disclosure.embodied import hardware_by
from joulecard.disclosure.imprint import imprint
from joulecard.disclosure.instants import instant, seconds_between
from joulecard.disclosure.tallied import Factors
from joulecard.errors import InvalidInputError
from joulecard.factors import opened
from joulecard.rendering import words
from joulecard.rendering.foreign_text import plain
from joulecard.units import WH_PER_KWH
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.capture.segment import Segment
    from joulecard.disclosure import document as doc
    from joulecard.settings import Settings
    from joulecard.validation import Verdict

ENERGY, CO2E, DURATION, POWER = "carbon/energy_wh", "carbon/co2e_g", "carbon/duration_s", "system/carbon_power_w"
NOWHERE = "unknown: world average"
LAST_PART = ", last part only"  # of a resumed run whose earlier segments cannot be read
_LONGEST_TAG = 250
_LEAST_OBSERVED_S = 0.01


class Point(NamedTuple):
    """The mean power in W of a short time, at its start."""

    power_w: float
    time_ms: int
    since_start_s: int


@dataclass(frozen=True, slots=True)
class Account:
    """The checked disclosure of a run, as its bytes, as parsed, and with the verdict on it."""

    run_id: str
    data: bytes
    document: dict[str, Any]
    verdict: Verdict
    segments: tuple[Segment, ...]

    @property
    def duration_s(self) -> float:
        """Seconds recorded, one segment after the other, as in DVC's metrics."""
        return math.fsum(stage["time"]["monotonic_s"] for stage in self.document["stages"] if "time" in stage)

    @property
    def metrics(self) -> dict[str, float]:
        """Wh, g and s by MLflow key; what is not known is not there."""
        energy, co2e = self._headline
        known = {DURATION: self.duration_s}
        if energy.get("value") is not None:
            known[ENERGY] = energy["value"] * WH_PER_KWH
        if co2e.get("value") is not None:
            known[CO2E] = co2e["value"]
        stages = self.document["stages"]
        known |= {f"{ENERGY}_per_{unit}": kwh * WH_PER_KWH for unit, kwh in _of_one(stages, "energy_it").items()}
        known |= {f"{CO2E}_per_{unit}": g for unit, g in _of_one(stages, "operational_location").items()}
        return known

    @property
    def tags(self) -> dict[str, str]:
        """The short words beside them."""
        energy, co2e = self._headline
        tags = {
            "carbon.energy": _told(energy),
            "carbon.co2e": _told(co2e),
            "carbon.method": str(energy["method"]).replace("_", " "),
            "carbon.place": _place(self.document["locations"]),
            "carbon.status": self._status,
            "carbon.level": str(self.verdict.level),
            "carbon.disclosure": f"sha256:{hashlib.sha256(self.data).hexdigest()}",
        }
        within = next((segment.within for segment in reversed(self.segments) if segment.within), None)
        return {**tags, "carbon.within": within} if within else tags

    @property
    def _headline(self) -> tuple[dict[str, Any], dict[str, Any]]:
        totals = self.document["totals"]["new"]
        return totals["energy_it"], totals["operational_location"]

    @property
    def _status(self) -> str:
        """That of the worst stage."""
        found = {stage["status"] for stage in self.document["stages"]}
        return next(status for status in ("failed", "interrupted", "completed") if status in found)


def account(run_id: str, segments: Sequence[Segment], settings: Settings) -> Account:
    """The account of all segments of one run.

    Raises InvalidInputError where two of them count the same energy, under `strict` where the place is unknown, and
    where what we made breaks the standard.
    """
    ordered = tuple(sorted(segments, key=lambda segment: instant(segment.start)))
    factors = Factors(
        opened(settings.own_factors), settings.profile, strict=settings.strict, hardware=hardware_by(settings.embodied)
    )
    disclosure = assemble(ordered, subject=_subject(run_id, ordered), factors=factors, created=_now())
    data = imprint(settings).put_on(disclosure).to_json()
    verdict = validate_disclosure(data)
    if verdict.violations or verdict.document is None:
        raise InvalidInputError("joulecard made a disclosure that breaks the standard")
    return Account(run_id, data, verdict.document, verdict, ordered)


def power_points(found: Account, ours: Sequence[Segment]) -> list[Point]:
    """The power over time while these segments were recorded, from the series of the stages that they are in."""
    start = min((segment.start for segment in ours), key=instant)
    return [
        point
        for stage in found.document["stages"]
        if "series" in stage
        for point in _of_series(
            stage["series"], _of_stage(found.segments, stage["name"]), _of_stage(ours, stage["name"]), start
        )
    ]


def without_total(reason: str) -> dict[str, str]:
    """The tags of a run whose segments come to no total."""
    return {"carbon.energy": f"not available: {reason}"[:_LONGEST_TAG]}


def _of_one(stages: Iterable[dict[str, Any]], member: str) -> dict[str, float]:
    """What one unit cost, by unit, over all stages that counted it; a unit of which a cost is unknown is left out."""
    cost: dict[str, list[tuple[float, float | None]]] = {}
    for work in (work for stage in stages for work in stage.get("work_done", ())):
        cost.setdefault(work["name"], []).append((work["count"], work.get(member, {}).get("value")))
    known = {unit: [(n, each) for n, each in pairs if each is not None] for unit, pairs in cost.items()}
    return {
        unit: math.fsum(n * each for n, each in pairs) / math.fsum(n for n, _ in pairs)
        for unit, pairs in known.items()
        if len(pairs) == len(cost[unit]) and any(n for n, _ in pairs)
    }


def _of_stage(segments: Iterable[Segment], name: str) -> list[Segment]:
    return [segment for segment in segments if segment.stage == name]


def _of_series(
    series: dict[str, Any], segments: Sequence[Segment], ours: Sequence[Segment], start: str
) -> Iterable[Point]:
    """Bins that one of ours lies in, from where it begins; their energy is divided by what anybody saw of them."""
    step_s, begun = series["step_s"], series["start"]
    seen, own = _spans(segments, begun), _spans(ours, begun)
    first_s, begun_ms = seconds_between(start, begun), round(instant(begun).timestamp() * 1000)
    for index, energy_j in enumerate(series["it_energy_j"]):
        until_s = (index + 1) * step_s
        pieces = _within(own, index * step_s, until_s)
        if _length_s(pieces) >= _LEAST_OBSERVED_S:
            power_w = energy_j / min(_length_s(_within(seen, index * step_s, until_s)), step_s)
            from_s = min(begin for begin, _ in pieces)  # a resumed run may begin in a bin that its first part wrote
            yield Point(power_w, begun_ms + round(from_s * 1000), max(0, round(first_s + from_s)))


def _spans(segments: Iterable[Segment], begun: str) -> list[tuple[float, float]]:
    """Start and end of each in seconds from the start of the series."""
    offsets = ((seconds_between(begun, each.start), each.monotonic_s) for each in segments)
    return [(offset_s, offset_s + length_s) for offset_s, length_s in offsets]


def _within(spans: Iterable[tuple[float, float]], from_s: float, until_s: float) -> list[tuple[float, float]]:
    """The parts of the spans between two moments."""
    cut = ((max(begin, from_s), min(end, until_s)) for begin, end in spans)
    return [(begin, end) for begin, end in cut if end > begin]


def _length_s(spans: Iterable[tuple[float, float]]) -> float:
    return math.fsum(end - begin for begin, end in spans)


def _subject(run_id: str, segments: Sequence[Segment]) -> doc.Subject:
    """The run under the name that it had last."""
    return Subject(
        type="run",
        name=plain(segments[-1].stage) or "run",
        identifiers=(Identifier(type="mlflow_run", value=run_id),),
    )


def _told(quantity: dict[str, Any]) -> str:
    """A total with its range, in plain letters and the unit once."""
    if quantity.get("value") is None:
        return f"not available: {quantity.get('reason', 'nothing was seen')}"[:_LONGEST_TAG]
    interval = quantity.get("interval")
    ends = (interval["lower"], interval["upper"]) if interval else None
    printed = (numbers.energy if quantity["unit"] == "kWh" else numbers.mass)(quantity["value"], ends)
    shown_range = f" ({printed.lower} to {printed.upper})" if printed.lower else ""  # MLflow's page cuts long values
    return numbers.plain(printed.text + shown_range)


def _place(locations: Sequence[dict[str, Any]]) -> str:
    """Where the run was."""
    known = [location for location in locations if location["precision"] != "unknown"]
    return words.place(known)[:_LONGEST_TAG] if known else NOWHERE


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
