"""Water usage effectiveness: the user's own figure, a provider's fleet mean, or unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from joulecard.factors import CURRENT, edition
from joulecard.factors.own.file import read_own
from joulecard.surroundings.place import Evidence

if TYPE_CHECKING:
    from pathlib import Path

FACTORS = edition()
STOCKHOLM = Evidence("setting", "high", "aws", "eu-north-1")


@pytest.mark.parametrize(
    ("provider", "value", "days"),
    [("aws", 0.15, ("2024-01-01", "2024-12-31")), ("azure", 0.27, ("2024-07-01", "2025-06-30"))],
)
def test_two_clouds_publish_a_fleet_mean(provider: str, value: float, days: tuple[str, str]) -> None:
    """The provider's figure for its own year, a default that stands for the region."""
    factor = FACTORS.wue(None, 2026, provider)
    assert factor is not None
    assert (factor.id, factor.kind, factor.value, factor.unit) == (f"wue:{provider}", "wue", value, "L/kWh")
    assert (factor.is_default, factor.uncertainty[0].class_name) == (True, "wue-fleet-default")
    assert factor.valid == dict(zip(("start", "end"), days, strict=True))


@pytest.mark.parametrize("provider", [None, "", "gcp", "acme", "aws_fleet,0.15"])
def test_elsewhere_it_is_unknown(provider: str | None) -> None:
    """No figure is made up."""
    assert FACTORS.wue(None, 2026, provider) is None
    assert FACTORS.water_intensity(STOCKHOLM, 2026) is None


def test_own_figures_come_first(tmp_path: Path) -> None:
    """For a region that lies in the country which they name, and nowhere else."""
    path = tmp_path / "own.toml"
    told = 'place = "SE"\nvalue = 0.5\nunit = "L/kWh"\nsource = { name = "the operator" }\n'
    path.write_text("".join(f'[[factor]]\nkind = "{kind}"\n{told}' for kind in ("wue", "water_intensity")))
    own = edition(CURRENT, read_own(str(path)))
    paris = Evidence("setting", "high", "aws", "eu-west-3")
    found = [own.wue(STOCKHOLM, 2026, "aws"), own.wue(paris, 2026, "aws"), own.water_intensity(STOCKHOLM, 2026)]
    assert [factor and factor.value for factor in found] == [0.5, 0.15, 0.5]
    assert own.water_intensity(paris, 2026) is None
