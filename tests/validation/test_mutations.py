"""One changed time, number, method or reference anywhere in a valid disclosure is found, at the place of the change."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from tests.standard.corpus import VALID
from tests.standard.stages import EPOCH, at

from joulecard.validation import validate_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Path = tuple[str | int, ...]
    Changes = Callable[[Any, Path, Any], list[Any]]

DISCLOSURES = {name: make for name, make in VALID.items() if "totals" in make()}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
TIME_MEMBERS = frozenset({"wall_s", "monotonic_s", "clock_step_s", "accelerator_s", "device_s"})
NUMBER = re.compile(
    r"/(stages|totals)/.*/(value|lower|upper|amount|energy_it_kwh|energy_kwh|node_kwh|node_share|idle_kwh|dynamic_kwh"
    r"|measured_fraction|reserved_s|reserved_units|it_energy_j/\d+)$|^/factors/\d+/value$"
    r"|^/resources/\d+/embodied/(total_g|lifespan_s|total_units)$|^/functional_units/\d+/quantity$"
    r"|/variance_share$|^/boundary/coverage_fraction$|^/assumptions/\d+/value$"
)
LITTLE = 1.1e-4
OTHERS = 3
METHODS = ("measured", "modelled", "estimated", "declared")
STATUSES = ("completed", "failed", "interrupted")
NOT_COUNTERS = ("power_model", "cloud_api", "declared")


@cache
def _document(name: str) -> Any:
    return json.loads(json.dumps(DISCLOSURES[name]()))


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every text and number of a document with its path."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for step, inner in pairs:
            yield from _leaves(inner, (*path, step))
    elif not isinstance(value, bool):
        yield path, value


def _pointer(path: Path) -> str:
    return "".join(f"/{step}" for step in path)


def _member(path: Path) -> str:
    """The name of the member that a value belongs to, or the list it is in."""
    return next(str(step) for step in reversed(path) if isinstance(step, str))


def _unnoticed(document: Any, path: Path, changed: Any) -> str | None:
    """Why the change of one leaf would pass; None where the verdict names exactly its place."""
    owner = document
    for step in path[:-1]:
        owner = owner[step]
    before, owner[path[-1]] = owner[path[-1]], changed
    verdict = validate_document(document, "disclosure")
    owner[path[-1]] = before
    if any(_pointer(path) in {violation.pointer, *violation.related} for violation in verdict.violations):
        return None
    found = sorted({f"{violation.rule} {violation.pointer}" for violation in verdict.violations})
    return f"{_pointer(path)}: {before!r} -> {changed!r} (found by {found[:4]})"


def _missed(name: str, changes: Changes) -> tuple[int, list[str]]:
    """How many changes were tried, and those that would pass."""
    document = _document(name)
    tried = [
        _unnoticed(document, path, changed)
        for path, value in list(_leaves(document))
        for changed in changes(document, path, value)
    ]
    return len(tried), [missed for missed in tried if missed]


def _moved(instant: str, seconds: int) -> str:
    moment = EPOCH.fromisoformat(instant)
    return at((moment - EPOCH).total_seconds() + seconds)


def _times(_document: Any, path: Path, value: Any) -> list[Any]:
    """Two seconds more and less."""
    inside = path[0] == "stages" or path[:2] == ("boundary", "period")
    if inside and isinstance(value, str) and INSTANT.match(value):
        return [_moved(value, seconds) for seconds in (2, -2)]
    return [value + seconds for seconds in (2, -2)] if inside and path[-1] in TIME_MEMBERS else []


@pytest.mark.parametrize("name", DISCLOSURES)
def test_any_time_moved_by_two_seconds_is_found(name: str) -> None:
    """Period, stages, segments and series: every instant and duration, two seconds more or less."""
    tried, missed = _missed(name, _times)
    assert tried >= 8 or name in {"declared-minimal", "all-reused"}
    assert missed == []


def _numbers(_document: Any, path: Path, value: Any) -> list[Any]:
    """1.1e-4 of it more and less."""
    counts = isinstance(value, int | float) and NUMBER.search(_pointer(path)) and "compute" not in path
    return [value * (1 + LITTLE), value * (1 - LITTLE)] if counts and value else [1e-3] if counts else []


@pytest.mark.parametrize("name", DISCLOSURES)
def test_any_number_changed_by_little_is_found(name: str) -> None:
    """Every energy, emission, total, interval, contribution, driver, series step and factor."""
    tried, missed = _missed(name, _numbers)
    assert tried >= 10
    assert missed == []


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


def _references(document: Any, path: Path, value: Any) -> list[Any]:
    """The next few things of the kind in the document, and nothing at all."""
    member = _member(path)
    computed = path[0] in {"stages", "totals", "factors", "resources", "uncertainty"}
    known = _ids(document, member) if computed and member.endswith(("_ref", "_refs")) else []
    turn = known.index(value) if value in known else 0
    others = [other for other in [*known[turn:], *known[:turn]] if other != value]
    return [*others[:OTHERS], "nothing-of-this-name"] if known else []


@pytest.mark.parametrize("name", DISCLOSURES)
def test_any_reference_changed_is_found(name: str) -> None:
    """Every reference to a factor, source, unit or resource, to others that exist and to one that does not."""
    assert _missed(name, _references)[1] == []


def _words(document: Any, path: Path, value: Any) -> list[Any]:
    """Each other method, basis, status and kind of sensor."""
    counter = value not in NOT_COUNTERS
    sets: dict[str, tuple[str, ...]] = {
        "energy_basis": ("it", "facility"),
        "sensor": NOT_COUNTERS if counter else ("rapl", *NOT_COUNTERS),
        "status": STATUSES if path[0] == "stages" and _decides(document, path) else (),
        "method": METHODS if _computed(path) and value != "not_available" else (),
    }
    return [other for other in sets.get(_member(path), ()) if other != value]


def _computed(path: Path) -> bool:
    """Whether a quantity is computed from others, not given by hand."""
    return path[0] in {"totals", "stages"} and not {"compute", "embodied"} & set(path)


def _decides(document: Any, path: Path) -> bool:
    """Whether a status is that of a stage that ran, or of the one segment that the stage's follows from."""
    stage = document["stages"][path[1]]
    counted = [segment for segment in stage.get("segments", ()) if "within" not in segment]
    return len(counted) == 1 and ("segments" not in path or path[3] == 0)


@pytest.mark.parametrize("name", [name for name in DISCLOSURES if name != "declared-minimal"])
def test_any_method_basis_status_or_sensor_changed_is_found(name: str) -> None:
    """A method stronger or weaker, the other energy, another end, a counter called a model and a model a counter."""
    tried, missed = _missed(name, _words)
    assert tried >= 10
    assert missed == []
