"""The setting `own_factors` and a place without a factor of its own, where stages are recorded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

OWN = """
[[factor]]
kind = "grid_intensity"
place = "SE"
value = 20
unit = "g/kWh"
year = 2026
source = { name = "Grid statement" }
"""


def run(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """`joulecard run` of a command that works for a moment."""
    command = (sys.executable, "-m", "joulecard", "run", "--", sys.executable, "-c", "sum(range(10**6))")
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environ}, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("place", ["US-CA", "DE-BY"])
def test_a_declared_part_of_a_country_without_a_factor_is_told(tmp_path: Path, place: str) -> None:
    """The country's stands for it, and the user can still name another place."""
    ended = run(tmp_path, JOULECARD_PLACE=place)
    assert ended.returncode == 0
    assert f"there is no factor for {place}, so that of" in ended.stderr
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("place", ["SE", "CA-QC", "aws/eu-north-1"])
def test_a_place_with_a_factor_is_not_spoken_of(tmp_path: Path, place: str) -> None:
    """Success prints nothing."""
    assert run(tmp_path, JOULECARD_PLACE=place).stderr == ""


def test_the_record_of_a_stage_is_made_with_own_factors(tmp_path: Path) -> None:
    """Its flat figures are those that the disclosure will have."""
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "dvc.yaml").write_text("stages:\n  fit:\n    cmd: joulecard run -- true\n")
    (tmp_path / "own.toml").write_text(OWN)
    (tmp_path / "joulecard.toml").write_text('place = "SE"\nown_factors = "own.toml"\n')
    assert run(tmp_path, DVC_STAGE="fit", DVC_ROOT=str(tmp_path)).stderr == ""
    record = json.loads((tmp_path / "carbon/stages/fit.json").read_bytes())
    assert record["tally"][0]["grid_intensity_g_per_kwh"] == 20
    assert record["co2e_g"] == pytest.approx(record["energy_wh"] / 1000 * 20, rel=1e-12)


def test_own_factors_that_are_wrong_cost_the_carbon_and_not_the_record(tmp_path: Path) -> None:
    """The command's own status stands, the segment is there, and the line of the mistake is told."""
    (tmp_path / "own.toml").write_text(OWN.replace("20\n", "-20\n"))
    ended = run(tmp_path, JOULECARD_PLACE="SE", JOULECARD_OWN_FACTORS="own.toml")
    assert ended.returncode == 0
    assert "own.toml:2: value is -20" in ended.stderr
    assert len(list((tmp_path / "carbon/segments").glob("*.json"))) == 1
