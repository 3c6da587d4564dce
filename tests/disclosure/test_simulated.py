"""Whole disclosures against simulated truth: from what each component, line and factor says alone, how things were."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import assume, given
from tests.disclosure.histories import History, histories
from tests.disclosure.test_any_disclosure import assembled

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS = 2000


class Worlds:
    """In each, every source of error of a document took one value, the same wherever it is at work."""

    def __init__(self, document: dict[str, Any]) -> None:
        chance = np.random.default_rng(20261121)
        self.log_sds = {each["id"]: each["log_sd"] for each in document["uncertainty"]["sources"]}
        self.errors = {
            name: np.exp(log_sd * chance.standard_normal(DRAWS) - log_sd**2 / 2)
            for name, log_sd in self.log_sds.items()
        }
        self.factors = {each["id"]: each for each in document["factors"]}

    def emitted_g(self, document: dict[str, Any]) -> NDArray[np.float64]:
        """What all stages that ran emitted."""
        total: NDArray[np.float64] = np.zeros(DRAWS)
        for stage in document["stages"]:
            total = total + (self._emitted(stage) if "energy" in stage else 0.0)
        return total

    def _emitted(self, stage: dict[str, Any]) -> NDArray[np.float64]:
        """IT energy of the components, times the PUE of the stage's one line, times its grid factor."""
        (line,) = stage["emissions"]["operational_location"]["lines"]
        energy = sum((self._drawn(each["energy"]) for each in stage["energy"]["components"]), np.zeros(DRAWS))
        applied = [line["factor_ref"], *([line["pue_ref"]] if line["energy_basis"] == "facility" else [])]
        for name in applied:
            energy = energy * self._true(self.factors[name])
        return energy

    def _drawn(self, energy: dict[str, Any]) -> NDArray[np.float64]:
        """The energy of a component; a source may be at work in a part of it alone."""
        drawn: NDArray[np.float64] = np.full(DRAWS, energy.get("value", 0.0))
        for each in energy.get("interval", {}).get("contributions", ()):
            part = each["amount"] / (energy["value"] * math.sqrt(math.expm1(self.log_sds[each["source_ref"]] ** 2)))
            drawn = drawn * (1 - part + part * self.errors[each["source_ref"]])
        return drawn

    def _true(self, factor: dict[str, Any]) -> NDArray[np.float64]:
        true: NDArray[np.float64] = np.full(DRAWS, factor["value"])
        for name in factor.get("uncertainty_refs", ()):
            true = true * self.errors[name]
        return true


def has_one_place_a_stage(document: dict[str, Any]) -> bool:
    """Whether each stage that ran has emissions of one line, so that it is plain what energy is in it."""
    ran = [stage for stage in document["stages"] if "energy" in stage]
    lines = [stage["emissions"]["operational_location"].get("lines", ()) for stage in ran]
    named = [line for found in lines for line in found if line["energy_basis"] == "it" or "pue_ref" in line]
    return bool(ran) and len(named) == len(ran) and all(len(found) == 1 for found in lines)


@given(history=histories())
def test_the_total_of_any_disclosure_holds_the_truth(history: History) -> None:
    """In at least 85 % of worlds, and its value is their mean to what chance leaves open."""
    made = assembled(history)
    document: dict[str, Any] = json.loads(made.to_json()) if made else {"stages": []}
    assume(has_one_place_a_stage(document))
    total, truth = document["totals"]["new"]["operational_location"], Worlds(document).emitted_g(document)
    ends = total["interval"]
    assert np.mean((truth >= ends["lower"]) & (truth <= ends["upper"])) >= 0.85
    assert abs(truth.mean() - total["value"]) <= 6 * truth.std() / math.sqrt(DRAWS) + 1e-9 * total["value"]
