"""What a reader may ask the authors of a valid disclosure: declared figures that look like a slip."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from tests.standard.corpus import VALID

from joulecard.cli import main
from joulecard.validation import validate_document
from joulecard.validation.advice import advice

if TYPE_CHECKING:
    from pathlib import Path

DISCLOSURES = {name: made for name, made in VALID.items() if "totals" in made()}
BEYOND_GRIDS = "R04-t10-pass-at-2500"  # declared: 2500 g/kWh, which rule R04 still allows


@pytest.mark.parametrize("name", DISCLOSURES)
def test_right_disclosures_are_asked_nothing(name: str) -> None:
    """Of the whole corpus, only where the declared emissions are more than any grid's is there a question."""
    asked = advice(DISCLOSURES[name]())
    assert bool(asked) == (name == BEYOND_GRIDS)


def declared(grams: float) -> dict[str, Any]:
    """A valid disclosure of 12.5 kWh with so many grams declared."""
    document: dict[str, Any] = deepcopy(VALID["declared-minimal"]())
    for owner in (
        document["stages"][0]["emissions"],
        document["totals"]["new"],
        document["totals"]["including_reused"],
    ):
        owner["operational_location"]["value"] = grams
    for phase in document["totals"].get("by_phase", ()):
        phase["operational_location"]["value"] = grams
    assert validate_document(document, "disclosure").violations == ()
    return document


def test_kilograms_in_the_field_of_grams_are_asked_about() -> None:
    """4.1 for 12.5 kWh is valid and is no grid's."""
    (asked,) = advice(declared(4.1))
    assert asked.pointer == "/stages/0/emissions/operational_location/value"
    assert asked.message.endswith("kilograms may stand in a field of grams")


def test_a_grid_factor_in_another_unit_is_asked_about() -> None:
    """0.0354 where g/kWh were meant; a contract's factor may be as small."""
    document = deepcopy(VALID["counted"]())
    place, factor = next(
        (place, each) for place, each in enumerate(document["factors"]) if each["kind"] == "grid_intensity"
    )
    factor["value"] /= 1000
    (asked,) = advice(document)
    assert asked.pointer == f"/factors/{place}/value"
    assert "kilograms may stand in a field of grams" in asked.message
    factor["basis"]["accounting"] = "market"
    assert advice(document) == ()


def test_a_declared_energy_that_is_a_power_is_asked_about() -> None:
    """As many kWh as the device draws kW, in far more than an hour; a counter that tells as much is believed."""
    document = deepcopy(VALID["every-sensor"]())
    stage = document["stages"][0]
    component = next(each for each in stage["energy"]["components"] if each["energy"]["method"] == "declared")
    resource = next(each for each in document["resources"] if each["id"] == component["resource_ref"])
    stage["time"]["wall_s"] = 400 * 3600
    component["energy"]["value"] = 0.35
    resource.update(tdp_w=350, count=1)
    place = stage["energy"]["components"].index(component)
    (asked,) = advice(document)
    assert asked.pointer == f"/stages/0/energy/components/{place}/energy/value"
    assert asked.message.endswith("a power, 0.35 kW, may stand in the place of the energy")
    component["energy"]["method"] = "measured"
    assert advice(document) == ()


def test_validate_tells_its_advice_and_stays_with_its_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line with its place, a notice on GitHub, a list in JSON; valid, without a warning, exit status 0."""
    path = tmp_path / "declared.json"
    path.write_text(json.dumps(declared(4.1), indent=2), encoding="utf-8")
    assert main(["validate", str(path)]) == 0
    first, sentence, last, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{path}:")
    assert first.endswith(": advice #/stages/0/emissions/operational_location/value")
    assert sentence.strip().startswith("4.1 g CO2e with 12.5 kWh imply 0.328 g/kWh")
    assert last == f"{path}: valid disclosure, level L0 declared"
    assert main(["validate", "--json", str(path)]) == 0
    (told,) = json.loads(capsys.readouterr().out)["files"]
    assert (told["valid"], told["warnings"], len(told["advice"])) == (True, [], 1)
    assert told["advice"][0].keys() == {"pointer", "line", "message"}
    assert main(["validate", "--format", "github", str(path)]) == 0
    assert capsys.readouterr().out.startswith("::notice file=")
    page = tmp_path / "summary.md"
    assert main(["validate", "--summary", str(page), str(path)]) == 0
    assert "| Line | Where | Rule | To ask its authors |" in page.read_text(encoding="utf-8")
