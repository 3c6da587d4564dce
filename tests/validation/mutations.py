"""Single changes of a valid disclosure, and the rules that own what they change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.standard.stages import EPOCH, at

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]

LITTLE = 1.1e-4
OTHERS = 3
NOTHING = "nothing-of-this-name"
METHODS = ("measured", "modelled", "estimated", "declared")
STATUSES = ("completed", "failed", "interrupted")
TOLD = ("cloud_api", "declared")  # whose numbers are declared
COMPUTED = ("rapl", "power_model")
NOT_COUNTERS = ("power_model", *TOLD)
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
TIME_MEMBERS = frozenset({"wall_s", "monotonic_s", "clock_step_s", "accelerator_s", "device_s"})
NUMBER = re.compile(
    r"/(stages|totals)/.*/(value|lower|upper|amount|energy_it_kwh|energy_kwh|node_kwh|node_share|idle_kwh|dynamic_kwh"
    r"|count|measured_fraction|reserved_s|reserved_units|it_energy_j/\d+)$|^/factors/\d+/value$"
    r"|^/resources/\d+/embodied/(total_g|lifespan_s|total_units)$|^/functional_units/\d+/quantity$"
    r"|/variance_share$|^/boundary/coverage_fraction$|^/assumptions/\d+/value$"
)
# What is changed, and the rules of which one must name the place. The first row that fits decides.
OWNERS = tuple(
    (re.compile(pattern), frozenset(rules.split()))
    for pattern, rules in (
        (r"/(start|end|step_s|wall_s|monotonic_s|clock_step_s|accelerator_s|device_s)$", "R02"),
        (r"^/attestations/\d+/(date|expires)$", "R02"),
        (r"^/uncertainty/drivers/", "R06"),
        (r"/activity/\d+/amount$", "R03"),
        (r"/work_done/\d+/(count|.*/value)$", "R07"),
        (r"/(lower|upper|amount|measured_fraction|method|sensor|source_ref|uncertainty_refs/\d+)$", "R06"),
        (r"^/totals/.*/(value|factor_refs/\d+|functional_unit_ref|phase)$|^/functional_units/\d+/quantity$", "R07"),
        (r"^/boundary/(coverage_fraction|scope_level|runs_counted|nodes_seen)|/status$", "R13"),
        (r"^/boundary/(equipment_included/\d+|exclusions/\d+/part)$", "R15"),
        (r"^/locations/\d+/", "R18"),
        (r"/(depends_on/\d+|superseded_by|component_ref|segment_ref|location_ref|kind|execution_id)$", "R01"),
        (r"/components/\d+/resource_ref$", "R01 R03 R12"),
        (r"/operational_market/lines/\d+/(factor_ref|instrument_ref)$", "R03 R09"),
        (r"/water/lines/\d+/factor_ref$|/(factor_ref|pue_ref|resource_ref)$|/factor_refs/\d+$", "R03"),
        (r"/(value|energy_it_kwh|energy_kwh|energy_basis|node_kwh|node_share|idle_kwh|dynamic_kwh|reserved_s)$", "R03"),
        (r"/(reserved_units|total_g|lifespan_s|total_units|it_energy_j/\d+)$", "R03"),
    )
)


class Change(NamedTuple):
    """Other values at one or more places of a document."""

    values: dict[Path, Any]

    @property
    def owners(self) -> frozenset[str]:
        """The rules of which one must name what was changed."""
        if NOTHING in self.values.values():
            return frozenset({"R01"})
        place = pointer(next(iter(self.values)))
        return next((rules for pattern, rules in OWNERS if pattern.search(place)), frozenset())


def pointer(path: Path) -> str:
    """The JSON pointer of a path."""
    return "".join(f"/{step}" for step in path)


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every text and number of a document with its path."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for step, inner in pairs:
            yield from leaves(inner, (*path, step))
    elif not isinstance(value, bool):
        yield path, value


def at_path(document: Any, path: Path) -> Any:
    """What lies at a path."""
    for step in path:
        document = document[step]
    return document


def _each(path: Path, others: list[Any]) -> Iterator[Change]:
    return (Change({path: other}) for other in others)


def times(document: Any) -> Iterator[Change]:
    """Every instant and duration two seconds more and less, and the two ends of every span exchanged."""
    for path, value in leaves(document):
        inside = (path[0] == "stages" or path[:2] == ("boundary", "period")) and not _is_loose(document, path)
        if inside and isinstance(value, str) and INSTANT.match(value):
            yield from _each(path, [_moved(value, seconds) for seconds in (2, -2)])
        elif inside and path[-1] in TIME_MEMBERS:
            yield from _each(path, [value + seconds for seconds in (2, -2)])
        if path[-1] == "start" and (*path[:-1], "end") != path:
            end = (*path[:-1], "end")
            if "end" in at_path(document, path[:-1]) and at_path(document, end) != value:
                yield Change({path: at_path(document, end), end: value})


def _is_nested(document: Any, path: Path) -> bool:
    """Whether a place is in a part of a stage that lies in another part: nothing recomputes it."""
    return path[2:3] == ("parts",) and "part_of" in at_path(document, path[:4])


def _is_loose(document: Any, path: Path) -> bool:
    """Whether a time is that of a part of a stage that lists no segments: it may be anywhere in the stage."""
    return path[2:3] == ("parts",) and "segments" not in at_path(document, path[:2])


def _moved(instant: str, seconds: int) -> str:
    moment = EPOCH.fromisoformat(instant)
    return at((moment - EPOCH).total_seconds() + seconds)


def numbers(document: Any) -> Iterator[Change]:
    """Every derived number, and every factor, 1.1e-4 of it more and less."""
    for path, value in leaves(document):
        counts = isinstance(value, int | float) and NUMBER.search(pointer(path)) and "compute" not in path
        if counts and not _is_free(document, path):
            yield from _each(path, [value * (1 + LITTLE), value * (1 - LITTLE)] if value else [1e-3])


def _is_free(document: Any, path: Path) -> bool:
    """Whether a number follows from nothing: one given by hand, an end of a declared range, a factor of no energy.

    The measured part of a part of a stage, and what a part within a part drew, follow from nothing either.
    """
    owner = at_path(document, path[:-1])
    if path[2:3] == ("parts",) and "work_done" not in path:
        return path[-1] == "measured_fraction" or (path[-1] in {"value", "amount"} and _is_nested(document, path))
    if path[-1] == "count":
        return not owner.keys() & {"energy_it", "operational_location"}
    if path[-1] in {"lower", "upper"}:
        return bool(owner["kind"] == "declared")
    if path[0] == "stages" and path[-1] == "value" and owner["method"] == "declared":
        return True
    drawn = [stage["energy"]["it_total"].get("value") for stage in document["stages"] if "energy" in stage]
    reused = any("reused_from" in stage for stage in document["stages"])
    return path[0] == "factors" and not reused and not any(drawn)


def orders(document: Any) -> Iterator[Change]:
    """Two drivers, two phases or the two ends of an interval exchanged."""
    drivers = document.get("uncertainty", {}).get("drivers", [])
    for index in range(1, len(drivers)):
        if drivers[index - 1]["variance_share"] > drivers[index]["variance_share"] + 2e-6:
            places = [("uncertainty", "drivers", index - 1), ("uncertainty", "drivers", index)]
            yield Change(
                {
                    (*places[0], "variance_share"): drivers[index]["variance_share"],
                    (*places[0], "source_ref"): drivers[index]["source_ref"],
                    (*places[1], "variance_share"): drivers[index - 1]["variance_share"],
                    (*places[1], "source_ref"): drivers[index - 1]["source_ref"],
                }
            )
    blocks = document["totals"].get("by_phase", [])
    for index in range(1, len(blocks)):
        first, second = (("totals", "by_phase", place, "phase") for place in (index - 1, index))
        if blocks[index - 1]["energy_it"] != blocks[index]["energy_it"]:
            yield Change({first: blocks[index]["phase"], second: blocks[index - 1]["phase"]})
    for path, value in leaves(document):
        upper = (*path[:-1], "upper")
        if path[-1] == "lower" and at_path(document, upper) != value:
            yield Change({path: at_path(document, upper), upper: value})


def references(document: Any) -> Iterator[Change]:
    """Every reference to the next few things of its kind and to nothing; every edge to the stage itself."""
    for path, value in leaves(document):
        member = next(str(step) for step in reversed(path) if isinstance(step, str))
        computed = path[0] in {"stages", "totals", "factors", "resources", "uncertainty"}
        known = _ids(document, member) if computed and member.endswith(("_ref", "_refs")) else []
        known = [] if _is_nested(document, path) else known
        turn = known.index(value) if value in known else 0
        others = [other for other in [*known[turn:], *known[:turn]] if other != value]
        yield from _each(path, [*others[:OTHERS], NOTHING] if known else [])
        if member in {"depends_on", "superseded_by"}:
            yield from _each(path, [at_path(document, path[:2])["id"], NOTHING])


def _ids(document: Any, member: str) -> list[str]:
    """What a reference of that name could point at."""
    sources = document.get("uncertainty", {}).get("sources", [])
    among: dict[str, list[Any]] = {
        "factor": document["factors"],
        "pue": document["factors"],
        "source": sources,
        "uncertainty": sources,
        "functional_unit": document.get("functional_units", []),
        "resource": document["resources"],
    }
    return [item["id"] for item in among.get(member.partition("_ref")[0], [])]


def words(document: Any) -> Iterator[Change]:
    """Each other method, basis, status, kind of sensor, scope, part of the equipment and precision."""
    for path, value in leaves(document):
        member = next(str(step) for step in reversed(path) if isinstance(step, str))
        yield from _each(
            path, [other for other in _other_words(document, path, value).get(member, ()) if other != value]
        )


def _other_words(document: Any, path: Path, value: Any) -> dict[str, tuple[str, ...]]:
    """What a word of that member may be changed to, where it follows from something else."""
    ran = "stages" in path and _decides(document, path)
    whole = any("energy" in stage or "reused_from" in stage for stage in document["stages"])
    parts = ("cpu", "memory", "accelerators", "storage", "network", "cooling")
    shown = all(stage["energy"].get("components") for stage in document["stages"] if "energy" in stage)
    return {
        "energy_basis": ("it", "facility"),
        "sensor": {"power_model": ("rapl", *TOLD), "cloud_api": COMPUTED, "declared": COMPUTED}.get(
            value, NOT_COUNTERS
        ),
        "status": STATUSES if path[0] == "stages" and ran else (),
        "method": METHODS if _computed(path) and value != "not_available" else (),
        "scope_level": ("facility",) if value == "node" and whole else ("node",) if value == "facility" else (),
        "equipment_included": parts if shown and "host" not in str(document["resources"]) else (),
        "precision": ("region", "subdivision", "unknown") if value == "country" else (),
    }


def _computed(path: Path) -> bool:
    """Whether a quantity is computed from others, not given by hand."""
    of_part = "parts" in path and "work_done" not in path
    return path[0] in {"totals", "stages"} and not {"compute", "embodied"} & set(path) and not of_part


def _decides(document: Any, path: Path) -> bool:
    """Whether a status is that of a stage that ran, or of the one segment that the stage's follows from."""
    stage = document["stages"][path[1]]
    counted = [segment for segment in stage.get("segments", ()) if "within" not in segment]
    return len(counted) == 1 and ("segments" not in path or path[3] == 0)
