"""One changed time, number or reference anywhere in a valid disclosure makes it invalid, and the place is named."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.standard.corpus import VALID
from tests.standard.stages import EPOCH, at

from joulecard.validation import validate_document

if TYPE_CHECKING:
    from collections.abc import Iterator

DISCLOSURES = {name: make for name, make in VALID.items() if "totals" in make()}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
TIME_MEMBERS = frozenset({"wall_s", "monotonic_s", "clock_step_s", "accelerator_s", "device_s"})
ENERGY_OR_TOTAL = re.compile(
    r"/(stages|totals)/.*/(value|lower|upper|amount|energy_it_kwh|energy_kwh|node_kwh|node_share|idle_kwh|dynamic_kwh"
    r"|measured_fraction|reserved_s|reserved_units|it_energy_j/\d+)$|^/factors/\d+/value$"
    r"|^/resources/\d+/embodied/(total_g|lifespan_s|total_units)$|^/functional_units/\d+/quantity$"
)
LITTLE = 1.1e-4


def _leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every text and number of a document with its path."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for step, inner in pairs:
            yield from _leaves(inner, (*path, step))
    elif not isinstance(value, bool):
        yield path, value


def _pointer(path: tuple[str | int, ...]) -> str:
    return "".join(f"/{step}" for step in path)


def _unnoticed(document: Any, path: tuple[str | int, ...], changed: Any) -> str | None:
    """Why the change of one leaf would pass; None where the verdict names the place, or the list or object it is in."""
    owner = document
    for step in path[:-1]:
        owner = owner[step]
    before, owner[path[-1]] = owner[path[-1]], changed
    verdict = validate_document(document, "disclosure")
    owner[path[-1]] = before
    named = {place for violation in verdict.violations for place in (violation.pointer, *violation.related)}
    if verdict.violations and named & {_pointer(path), _pointer(path[:-1])}:
        return None
    rules = sorted({violation.rule for violation in verdict.violations})
    return f"{_pointer(path)}: {before!r} -> {changed!r} (found by {rules})"


def _moved(instant: str, seconds: int) -> str:
    moment = EPOCH.fromisoformat(instant)
    return at((moment - EPOCH).total_seconds() + seconds)


@pytest.mark.parametrize("name", DISCLOSURES)
def test_any_time_moved_by_two_seconds_is_found(name: str) -> None:
    """Period, stages, segments and series: every instant and duration, two seconds more or less."""
    document = json.loads(json.dumps(DISCLOSURES[name]()))
    missed = []
    for path, value in list(_leaves(document)):
        inside = path[0] == "stages" or path[:2] == ("boundary", "period")
        if inside and isinstance(value, str) and INSTANT.match(value):
            missed += [_unnoticed(document, path, _moved(value, seconds)) for seconds in (2, -2)]
        elif inside and path[-1] in TIME_MEMBERS:
            missed += [_unnoticed(document, path, value + seconds) for seconds in (2, -2)]
    assert len(missed) >= 8 or name in {"declared-minimal", "all-reused"}
    assert list(filter(None, missed)) == []


@pytest.mark.parametrize("name", DISCLOSURES)
def test_any_number_changed_by_little_is_found(name: str) -> None:
    """Every energy, emission, total, interval, contribution, series step and factor, 1.1e-4 of it more or less."""
    document = json.loads(json.dumps(DISCLOSURES[name]()))
    missed = []
    for path, value in list(_leaves(document)):
        if isinstance(value, int | float) and ENERGY_OR_TOTAL.search(_pointer(path)) and "compute" not in path:
            changes = (value * (1 + LITTLE), value * (1 - LITTLE)) if value else (1e-3,)
            missed += [_unnoticed(document, path, changed) for changed in changes]
    assert len(missed) >= 10
    assert list(filter(None, missed)) == []


def _ids(document: Any, member: str) -> list[str]:
    """What a reference of that name could point at."""
    among: dict[str, list[Any]] = {
        "factor": document["factors"],
        "pue": document["factors"],
        "source": document.get("uncertainty", {}).get("sources", []),
        "uncertainty": document.get("uncertainty", {}).get("sources", []),
        "functional_unit": document.get("functional_units", []),
    }
    return [item["id"] for item in among.get(member.partition("_ref")[0], [])]


@pytest.mark.parametrize("name", DISCLOSURES)
def test_any_reference_changed_is_found(name: str) -> None:
    """Every reference to a factor, source or unit, to each other one that exists and to one that does not."""
    document = json.loads(json.dumps(DISCLOSURES[name]()))
    missed = []
    for path, value in list(_leaves(document)):
        member = next((str(step) for step in reversed(path) if isinstance(step, str)), "")
        computed = path[0] in {"stages", "totals", "factors", "resources"}
        if computed and member.endswith(("_ref", "_refs")) and _ids(document, member):
            others = [other for other in _ids(document, member) if other != value]
            missed += [_unnoticed(document, path, changed) for changed in [*others, "nothing-of-this-name"]]
    assert list(filter(None, missed)) == []
