"""An old disclosure by another edition's factors says what its records say when that edition is applied to them."""

from __future__ import annotations

import csv
import math
import os
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import event, given, settings
from tests.disclosure.histories import History, histories

from joulecard.canonical import digest
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.document import Disclosure, Stage, Subject
from joulecard.disclosure.merge import Source
from joulecard.disclosure.recompute import Recomputed, recompute
from joulecard.disclosure.tallied import Factors
from joulecard.errors import InvalidInputError
from joulecard.factors import CURRENT, Edition, edition, opened
from joulecard.factors.tables import ROOT
from joulecard.shipped import shipped
from joulecard.surroundings.place import Evidence, Place
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from joulecard.capture.segment import Segment

    Made = Callable[..., Any]

OLDER = "2025.05"
CHANGED = {
    "grid_intensity": ("gCO2e_per_kWh", 1.13),
    "odbl/grid_intensity_electricitymaps": ("gCO2e_per_kWh", 0.87),
    "cloud_regions": ("pue", 1.05),
}
SAID_IN_TOTALS = re.compile(r"/totals/.*/reason: ")  # of several reasons any may stand first
NOT_COMPARED = ("document", "assumptions", "factors", "generator", "boundary", "resources")


ANYWHERE = """
[[factor]]
kind = "grid_intensity"
place = "any"
value = 100
unit = "g/kWh"
year = 2026
source = { name = "Grid statement" }
[[factor]]
kind = "pue"
place = "any"
value = 1.4
source = { name = "Meter of the hall" }
[[factor]]
kind = "wue"
place = "any"
value = 0.4
unit = "L/kWh"
source = { name = "Meter of the hall" }
"""


OF_ONE_REGION = """
[[factor]]
kind = "grid_intensity"
place = "aws/us-east-1"
value = 300
unit = "g/kWh"
year = 2026
source = { name = "Grid statement" }
"""


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Edition:
    """An edition whose grids and data centres are others; the powers of hardware are the same."""
    root = tmp_path_factory.mktemp("tables")
    shutil.copytree(os.path.join(ROOT, CURRENT), root / OLDER)
    for name, (column, by) in CHANGED.items():
        path = root / OLDER / f"{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            row[column] = f"{float(row[column]) * by:.6g}" if row[column] else ""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    return Edition(OLDER, root=str(root))


def disclosed(segments: list[Segment], factors: Factors, **options: Any) -> Disclosure:
    """The disclosure of records."""
    subject = Subject(type="pipeline", name="any")
    return assemble(segments, subject=subject, factors=factors, created="2026-11-21T10:00:00Z", **options)


def again(disclosure: Disclosure, factors: Factors) -> Recomputed:
    """The same by other factors, as a valid disclosure."""
    document = disclosure.model_dump(mode="json", exclude_none=True, by_alias=True)
    found = recompute(Source("old.json", disclosure, digest(document)), factors, created="2026-11-21T11:00:00Z")
    violations = validate_disclosure(found.disclosure.to_json()).violations
    assert [f"{each.rule} {each.pointer}: {each.message}" for each in violations] == []
    return found


def grids_of(stage: Stage) -> set[tuple[str, str | None]]:
    """The grids and PUEs behind the emissions of a stage."""
    emissions = (stage.reused_from or stage).emissions
    lines = (emissions.operational_location.lines or ()) if emissions else ()
    return {(line.factor_ref, line.pue_ref) for line in lines}


def differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Where two documents differ by more than rounding."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from differences(one.get(key), other.get(key), f"{path}/{key}")
    elif path.endswith(("/factor_refs", "/uncertainty/sources")):  # whose order says nothing
        assert sorted(map(str, one or ())) == sorted(map(str, other or ())), path
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from differences(left, right, f"{path}/{number}")
    elif isinstance(one, float) and isinstance(other, float):
        if not math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-18):
            yield f"{path}: {one} and {other}"
    elif one != other:
        yield f"{path}: {one} and {other}"


def compared(disclosure: Disclosure) -> dict[str, Any]:
    """What a recomputation must get right."""
    document = disclosure.model_dump(mode="json", exclude_none=True, by_alias=True)
    told = document.get("uncertainty", {})
    told["drivers"] = sorted(told.get("drivers", []), key=lambda each: each["source_ref"])  # some are equal in rank
    return {key: value for key, value in document.items() if key not in NOT_COMPARED}


@given(history=histories())
@settings(max_examples=40)
def test_a_recomputed_disclosure_equals_the_one_from_its_records(history: History, older: Edition) -> None:
    """Energy, emissions, water, intervals and drivers of any pipeline; or one sentence where it cannot be told."""
    now = Factors(edition(), history.profile)
    try:
        old = disclosed(history.segments, Factors(older, history.profile), lineage=history.lineage)
        new = disclosed(history.segments, now, lineage=history.lineage)
    except InvalidInputError:
        event("refused by assemble")
        return
    found = again(old, now)
    if any(len(grids_of(stage)) > 2 for stage in old.stages):
        event("more than two grids in one execution")
        return
    event("changed" if found.changes else "nothing changed")
    wrong = differences(compared(found.disclosure), compared(new))
    assert [each for each in wrong if not SAID_IN_TOTALS.match(each)] == []


def corpus() -> list[tuple[str, bytes]]:
    """The valid disclosures of the standard, many of them written by hand."""
    found = [(path.name, path.read_bytes()) for path in (shipped("schema") / "1.0" / "conformance" / "valid").iterdir()]
    return [(name, data) for name, data in found if b":disclosure" in data and validate_disclosure(data).valid]


def test_the_standards_own_disclosures_stay_valid_whatever_is_applied_to_them(tmp_path: Path) -> None:
    """By the edition at hand and by own factors for any place; energy as IT equipment drew it never moves."""
    (tmp_path / "own.toml").write_text(ANYWHERE)
    for name, data in corpus():
        old = Disclosure.model_validate_json(data)
        for tables in (edition(), opened(str(tmp_path / "own.toml"))):
            new = again(old, Factors(tables)).disclosure
            before, after = (each.totals.including_reused.energy_it.value for each in (old, new))
            assert before == pytest.approx(after, rel=1e-12), name


def test_factors_of_nobodys_edition_stay_and_the_reason_is_told(segment: Made, assembled: Made) -> None:
    """A declared PUE, powers of models: each with why."""
    modelled = segment(energy=())
    found = again(assembled([modelled]), Factors(edition()))
    assert found.changes == ()
    reasons = dict(found.kept)
    assert reasons["pue:declared:1.2"] == "it is not of an edition, and no own factor stands for it"
    assert reasons["power:memory"] == "energy stays as it was recorded"


def test_one_factor_that_became_two_is_not_guessed(segment: Made, assembled: Made, tmp_path: Path) -> None:
    """Two regions that stood on one grid, of which the user now gives one its own: the records must be assembled."""
    (tmp_path / "own.toml").write_text(OF_ONE_REGION)
    places = [Place((Evidence("setting", "high", provider="aws", region=name),)) for name in ("us-east-1", "us-east-2")]
    one, other = (
        segment(number, stage=f"s{number}", place=place, host_ref=f"00000000000{number}", from_s=20 * number,
                until_s=20 * number + 10)
        for number, place in enumerate(places, 1)
    )  # fmt: skip
    old = assembled([one, other])
    with pytest.raises(InvalidInputError, match="stands for several places"):
        again(old, Factors(opened(str(tmp_path / "own.toml"))))


def test_a_source_of_error_of_one_host_follows_the_grid_of_that_host(segment: Made, older: Edition) -> None:
    """One execution on two hosts on two grids: each counter's error is multiplied by the grid that it stands on."""
    france = Place((Evidence("setting", "high", country="FR"),))
    rank = replace(segment(2), place=france, host_ref="ba9876543210", rank=1)
    both = [replace(segment(1, place=Place((Evidence("setting", "high", country="SE"),))), rank=0), rank]
    old, new = disclosed(both, Factors(older)), disclosed(both, Factors(edition()))
    assert len(old.stages) == 1
    found = again(old, Factors(edition())).disclosure
    assert list(differences(compared(found), compared(new))) == []


def test_a_host_that_moved_keeps_the_grid_of_each_stage(segment: Made, older: Edition) -> None:
    """A host is listed at its first place alone: what ran later on another grid stays on that one."""
    moved = segment(
        2, stage="evaluate", from_s=20, until_s=30, place=Place((Evidence("setting", "high", country="FR"),))
    )
    records = [segment(1), moved]
    old, new = disclosed(records, Factors(older)), disclosed(records, Factors(edition()))
    assert len({location.country for location in old.locations}) == 1
    found = again(old, Factors(edition())).disclosure
    assert {factor.zone for factor in found.factors if factor.kind == "grid_intensity"} == {"SWE", "FRA"}
    assert list(differences(compared(found), compared(new))) == []
