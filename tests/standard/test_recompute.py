"""Seventy lines of JavaScript recompute every number, so that a mistake which assembler and rules share cannot pass."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.disclosure.conftest import a_disclosure, a_segment
from tests.standard.corpus import FOLDER

from joulecard.disclosure.embodied import Hardware
from joulecard.disclosure.lineage import Lineage, StageLineage
from joulecard.disclosure.tallied import Factors
from joulecard.factors import CURRENT, edition
from joulecard.factors.own.file import read_own
from joulecard.surroundings.place import Evidence, Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.disclosure.document import Disclosure

SCRIPT = FOLDER / "recompute.mjs"
OWN = Path(__file__).parents[1] / "disclosure" / "own.toml"
EVERYTHING = Factors(edition(CURRENT, read_own(str(OWN))), hardware=Hardware(0.8))
ABROAD = Place((Evidence("setting", "high", country="FR"),), pue=1.35)
NO_PUE = Place((Evidence("setting", "high", country="DE"),))
# What R03 and R07 ask beyond sums and products: that factors fit and are named, and that nothing is left unsaid.
BEYOND_NUMBERS = {
    "R03-t59-fail-emissions-of-it-energy-beside-a-pue",
    "R03-t60-fail-site-water-of-facility-energy",
    "R03-t61-fail-water-of-power-plants-without-cooling",
    "R03-t09-fail-cpu-watts-for-memory",
    "R03-t12-fail-no-components",
    "R03-t14-fail-no-pue-named",
    "R03-t17-fail-factor-of-other-hosts",
    "R03-t18-fail-equal-factor",
    "R03-t19-fail-segment-without-pue",
    "R03-t20-fail-assumed-otherwise",
    "R03-t21-fail-assumed-unit",
    "R03-t22-fail-blind-unsaid",
    "R03-t28-fail-hardware-of-the-other-host",
    "R03-t29-fail-node-without-share",
    "R03-t30-fail-idle-without-dynamic",
    "R03-t31-fail-other-factors-named",
    "R03-t32-fail-embodied-of-other-factor",
    "R03-t33-fail-embodied-of-nothing",
    "R03-t34-fail-more-units-than-there-are",
    "R03-t37-fail-lines-on-two-bases",
    "R03-t39-fail-facility-below-it",
    "R03-t46-fail-part-without-value-unsaid",
    "R03-t47-fail-facility-without-every-pue",
    "R03-t51-fail-segment-without-factor",
    "R03-t57-fail-embodied-names-other-factors",
    "R03-t58-fail-idle-segment-without-factor",
    "R03-t63-fail-more-than-the-slices",
    "R03-t64-fail-whole-device-in-part",
    "R03-t96-fail-unattributed-left-out",
    "R03-t97-fail-unattributed-unknown",
    "R03-t98-fail-parts-of-a-part-drew-more",
    "R03-t99-fail-part-of-an-unknown-one",
    "R07-t88-fail-unit-unknown-beside-a-known-stage",
    "R07-t89-fail-part-did-more-than-its-stage",
    "R07-t90-fail-work-of-a-part-left-out",
    "R07-t02-fail-phase-missing",
    "R07-t06-fail-lost-record-unsaid",
    "R07-t07-fail-phase-twice",
    "R07-t11-fail-market-left-out",
    "R07-t16-fail-total-names-other-factors",
    "R07-t17-fail-known-total-called-unknown",
    "R07-t20-fail-compute-left-out",
    "R07-t23-fail-water-of-one-stage-alone-unsaid",
}

# A word, reference or member that is wrong: what is found is a sum over it.
BY_ITS_CONSEQUENCES = {
    "R03-t08-fail-factor-for-other-use",
    "R03-t38-fail-pue-of-a-grid",
    "R03-t45-fail-no-value-beside-known-parts",
    "R03-t48-fail-grid-factor-for-water",
    "R03-t49-fail-pue-ref-of-no-pue",
    "R03-t50-fail-two-lines-of-one-factor",
    "R03-t56-fail-unknown-beside-known-segments",
    "R07-t08-fail-phase-of-no-stage",
    "R07-t15-fail-rate-without-total",
    "R07-t87-fail-emissions-of-a-part",
}

pytestmark = pytest.mark.needs("node")


def _wrong(paths: Iterable[Path]) -> dict[str, list[str]]:
    """What does not recompute in each file, by its name without ending."""
    names = [str(path) for path in paths]
    answer = subprocess.run(["node", str(SCRIPT), *names], capture_output=True, check=True, encoding="utf-8").stdout
    lines = [json.loads(line) for line in answer.splitlines()]
    assert [line["file"] for line in lines] == names
    return {
        name.rpartition("/")[2].removesuffix(".json"): line["wrong"] for name, line in zip(names, lines, strict=True)
    }


def _disclosures(folder: str, pattern: str = "*.json") -> list[Path]:
    """The disclosures of a folder of the corpus."""
    paths = sorted((FOLDER / folder).glob(pattern))
    return [path for path in paths if path.name != "expected.json" and '"totals"' in path.read_text(encoding="utf-8")]


def test_the_script_is_short_and_needs_nothing() -> None:
    """Seventy lines that a person can check, with nothing to install."""
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 70
    assert [line for line in text.splitlines() if "import" in line] == ['import { readFileSync } from "node:fs";']


def test_every_valid_disclosure_recomputes() -> None:
    """The whole valid corpus, in one process."""
    found = _wrong(_disclosures("valid"))
    assert len(found) > 60
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_every_wrong_number_is_found_and_nothing_else() -> None:
    """Of all documents that break a rule, exactly those in which a sum or product is wrong, at the expected place."""
    found = _wrong(_disclosures("invalid", "R*.json"))
    expected = json.loads((FOLDER / "invalid" / "expected.json").read_text(encoding="utf-8"))
    numeric = {name for name in found if name.startswith(("R03", "R07"))} - BEYOND_NUMBERS
    assert {name for name, wrong in found.items() if wrong} == numeric
    assert found.keys() >= BEYOND_NUMBERS
    elsewhere = {name for name in numeric if expected[f"{name}.json"]["pointer"] not in found[name]}
    assert elsewhere == BY_ITS_CONSEQUENCES


def _assembled() -> dict[str, Disclosure]:
    """Disclosures of several shapes, fresh from the assembler."""
    one, other = a_segment(1), a_segment(2, host_ref="ba9876543210", rank=1)
    blind = replace(a_segment(3, stage="blind"), energy=(), series=None)
    early, late = a_segment(4, stage="prepare"), a_segment(5, from_s=20, until_s=30)
    lineage = Lineage((StageLineage("prepare", cached=True), StageLineage("train", depends_on=("prepare",))))
    return {
        "one": a_disclosure([one]),
        "two-hosts": a_disclosure([one, other]),
        "two-places": a_disclosure([one, replace(other, place=ABROAD)]),
        "without-pue": a_disclosure([replace(one, place=NO_PUE), replace(other, place=NO_PUE)]),
        "pue-of-one": a_disclosure([one, replace(other, place=NO_PUE)]),
        "models-alone": a_disclosure([one, blind]),
        "retried": a_disclosure([replace(one, status="failed"), a_segment(6, attempt=2, from_s=40, until_s=70)]),
        "reused": a_disclosure([early, late], lineage=lineage),
        "beside": a_disclosure([one, replace(other, place=ABROAD), early], lineage=lineage, factors=EVERYTHING),
    }


def test_what_the_product_assembles_recomputes(tmp_path: Path) -> None:
    """Several hosts, places, attempts, models, PUEs and reused results; water, contracts and hardware."""
    paths = [tmp_path / f"{name}.json" for name in _assembled()]
    for path, disclosure in zip(paths, _assembled().values(), strict=True):
        path.write_bytes(disclosure.to_json())
    assert _wrong(paths) == {path.stem: [] for path in paths}
