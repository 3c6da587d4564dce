"""The published runs that ship: each gives the published figures from the published inputs, or says why not."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.disclosure.estimate.estimating import NOW

from joulecard.disclosure.estimate.reading import read_facts
from joulecard.disclosure.estimate.whole import Estimate, estimate
from joulecard.factors import edition
from joulecard.shipped import shipped
from joulecard.validation import validate_disclosure

FOLDER = Path(str(shipped("examples").joinpath("published")))
README = FOLDER / "README.md"
ROW = re.compile(r"^\| `(.+)\.toml`(?:, (\w+))? \| [\d.]+ t \| ([\d.]+) t \|", re.MULTILINE)


class Published(NamedTuple):
    """Energy and emissions as printed, each with the relative tolerance that rounding of print and inputs gives."""

    energy_mwh: tuple[float, float] | None
    co2e_t: tuple[float, float]


FOLLOWING = {
    "gpt-3": Published((1287, 0.0005), (552.1, 0.0005)),
    "t5": Published((85.7, 0.006), (46.7, 0.016)),
    "meena": Published((232, 0.005), (96.4, 0.016)),
    "gshard": Published((24.1, 0.01), (4.8, 0.016)),
    "switch": Published((179, 0.006), (72.2, 0.016)),
    "bloom": Published((689.842, 1e-5), (39.3, 0.003)),
    "llama-2": Published(None, (539.00, 0.0005)),
}
# What the authors' own equation gives; the tonnes that they print do not follow from it.
NOT_FOLLOWING = {"olmo-2": Published(None, (62.5488 + 90.41760, 1e-6))}


@functools.cache
def estimate_of(name: str) -> Estimate:
    """The estimate of a run that ships."""
    return estimate(read_facts((FOLDER / f"{name}.toml").read_text("utf-8"), name), edition(), NOW)


def test_all_of_them_are_tested() -> None:
    """None ships that nobody recomputes."""
    assert {path.stem for path in FOLDER.glob("*.toml")} == {*FOLLOWING, *NOT_FOLLOWING}


@pytest.mark.parametrize("name", [*FOLLOWING, *NOT_FOLLOWING])
def test_each_gives_the_published_figure(name: str) -> None:
    """Energy as published, with the PUE where the paper has it in, and location-based emissions."""
    totals = estimate_of(name).disclosure.totals.new
    published = {**FOLLOWING, **NOT_FOLLOWING}[name]
    energy = totals.energy_facility if totals.energy_facility.value is not None else totals.energy_it
    if published.energy_mwh:
        expected, tolerance = published.energy_mwh
        assert energy.value == pytest.approx(expected * 1e3, rel=tolerance)
    expected, tolerance = published.co2e_t
    assert totals.operational_location.value == pytest.approx(expected * 1e6, rel=tolerance)


@pytest.mark.parametrize("name", [*FOLLOWING, *NOT_FOLLOWING])
def test_each_is_valid_and_no_more_than_recomputable(name: str) -> None:
    """Nobody recorded them, so none is traced."""
    verdict = validate_disclosure(estimate_of(name).disclosure.to_json())
    assert verdict.violations == ()
    assert verdict.level == ("L0" if name == "olmo-2" else "L1")


@pytest.mark.parametrize("name", FOLLOWING)
def test_those_that_follow_are_not_accused(name: str) -> None:
    """Every printed figure is compared, and none is called a contradiction."""
    compared = estimate_of(name).compared
    assert compared.contradictions == ()
    assert compared.agreements


def test_olmo_2_is_told_where_the_pue_went() -> None:
    """The table leaves it out for one run and applies it twice for the other."""
    seven, thirteen = estimate_of("olmo-2").compared.contradictions
    assert "may not have been applied" in seven
    assert "applied twice" in thirteen


def test_blooms_hardware_follows_the_rule_with_utilisation() -> None:
    """11.2 t: 462.5 kg a GPU over 85 % of six years."""
    found = estimate_of("bloom").disclosure.totals.new
    assert found.embodied is not None
    assert found.embodied.value == pytest.approx(11.2e6, rel=0.002)
    assert found.operational_and_embodied is not None
    assert found.operational_and_embodied.value == pytest.approx(50.5e6, rel=0.001)


def test_the_readme_tells_what_comes_out() -> None:
    """The table beside the files holds the tonnes that they give, a row for each."""
    rows = re.findall(
        r"^\| `(.+)\.toml`(?:, (\w+))? \| [\d.]+ t \| ([\d.]+) t \|", README.read_text("utf-8"), re.MULTILINE
    )
    assert {name for name, _, _ in rows} == {*FOLLOWING, *NOT_FOLLOWING}
    for name, stage_name, tonnes in rows:
        stages = [stage for stage in estimate_of(name).disclosure.stages if stage.name.endswith(stage_name)]
        given = [stage.emissions.operational_location.value or 0.0 for stage in stages if stage.emissions]
        assert f"{sum(given) / 1e6:.1f}" == tonnes
