"""`joulecard assemble`: what stands beside the emissions where somebody asks for it or has contracts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.test_assemble import a_segment, put

from joulecard.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]

OWN = """
[[factor]]
kind = "water_intensity"
place = "SE"
value = 3
unit = "L/kWh"
source = { name = "the plants" }

[[instrument]]
id = "wind"
type = "ppa"
zone = "SE"
year = 2026
factor = { value = 12, unit = "g/kWh", source = { name = "contract" } }
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one segment, and the working directory in it."""
    put(tmp_path / "carbon" / "segments" / "one.json", a_segment())
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def totals(folder: Path) -> dict[str, Any]:
    """Those of what ran, in the disclosure that was written."""
    found: dict[str, Any] = json.loads((folder / "d.json").read_text(encoding="utf-8"))["totals"]["new"]
    return found


def test_hardware_is_told_where_it_is_asked_for(project: Path, capsys: Captured) -> None:
    """In totals and in the one line that the command says."""
    assert main(["assemble", "-o", "d.json"]) == 0
    assert "embodied" not in capsys.readouterr().out
    assert totals(project)["embodied"]["method"] == "not_available"
    assert main(["assemble", "-o", "d.json", "--embodied"]) == 0
    assert "; embodied 0.10 g CO2e (" in capsys.readouterr().out.replace("\u202f", " ").replace("\u2082", "2")
    found = totals(project)
    whole = found["operational_location"]["value"] + found["embodied"]["value"]
    assert found["operational_and_embodied"]["value"] == pytest.approx(whole)


def test_a_setting_asks_for_it_too(project: Path) -> None:
    """Wherever disclosures are made in the project."""
    (project / "joulecard.toml").write_text("embodied = true\n", encoding="utf-8")
    assert main(["assemble", "-o", "d.json"]) == 0
    assert "value" in totals(project)["embodied"]


def test_the_share_of_its_life_in_use_is_named(project: Path, capsys: Captured) -> None:
    """It asks for embodied carbon by itself; nothing and more than all are no shares."""
    assert main(["assemble", "-o", "d.json", "--embodied"]) == 0
    all_of_it = totals(project)["embodied"]["value"]
    assert main(["assemble", "-o", "d.json", "--in-use", "0.5"]) == 0
    assert totals(project)["embodied"]["value"] == pytest.approx(2 * all_of_it)
    for wrong in ("0", "1.2"):
        capsys.readouterr()
        assert main(["assemble", "-o", "d.json", "--in-use", wrong]) == 2
        assert "--in-use" in capsys.readouterr().err


def test_contracts_and_water_come_with_own_factors(project: Path, capsys: Captured) -> None:
    """Nothing but the file is needed; the location-based number stays the first."""
    (project / "own.toml").write_text(OWN, encoding="utf-8")
    assert main(["assemble", "-o", "d.json", "--own-factors", "own.toml"]) == 0
    found = totals(project)
    assert found["operational_market"]["value"] == pytest.approx(12 * found["energy_facility"]["value"])
    assert found["water"]["value"] == pytest.approx(3 * found["energy_facility"]["value"])
    assert "; market-based " in capsys.readouterr().out
