"""Power usage effectiveness: declared, the provider's fleet mean, or unknown."""

from __future__ import annotations

import pytest

from joulecard.errors import InvalidInputError
from joulecard.factors import edition
from joulecard.factors.geography import PROVIDERS, provider_name
from joulecard.factors.tables import Tables

FACTORS = edition("2026.11")


@pytest.mark.parametrize(
    ("provider", "value", "year"), [("aws", 1.14, 2025), ("gcp", 1.1, 2023), ("azure", 1.17, 2025)]
)
def test_large_clouds_publish_a_fleet_mean(provider: str, value: float, year: int) -> None:
    """The provider's figure, a default that stands for the region."""
    factor = FACTORS.pue(provider)
    assert factor is not None
    assert (factor.id, factor.value, factor.unit, factor.year) == (f"pue:{provider}", value, "1", year)
    assert (factor.is_default, factor.uncertainty[0].class_name) == (True, "pue-fleet-default")
    assert factor.source["publisher"] in {"Amazon Web Services", "Google", "Microsoft"}


@pytest.mark.parametrize("provider", [None, "", "oci", "hetzner", "acme", "aws,eu-north-1,Stockholm"])
def test_elsewhere_the_pue_is_unknown(provider: str | None) -> None:
    """No figure is made up: neither 1.0 nor a world mean."""
    found = FACTORS.pue(provider)
    assert found is None or found.id == "pue:aws"


def test_a_declared_pue_is_a_factor_too() -> None:
    """It carries its class and is no default."""
    factor = FACTORS.declared_pue(1.2)
    assert (factor.id, factor.value, factor.is_default) == ("pue:declared:1.2", 1.2, False)
    assert [(source.id, source.log_sd) for source in factor.uncertainty] == [("pue-declared@pue:declared:1.2", 0.02)]


@pytest.mark.parametrize("value", [0.9, 0, -1, 11, float("nan"), float("inf")])
def test_an_impossible_pue_is_refused(value: float) -> None:
    """One sentence that says what is allowed."""
    with pytest.raises(InvalidInputError, match="is not possible; give a number from 1 to 10"):
        FACTORS.declared_pue(value)


def test_every_cloud_of_the_tables_has_a_name_for_readers() -> None:
    """Reports say AWS and Google Cloud, not the words of the tables; what is unknown keeps its own word."""
    providers = {row["provider"] for row in Tables("2026.11").every("cloud_regions")}
    assert providers == set(PROVIDERS)
    assert (provider_name("AWS"), provider_name("acme")) == ("AWS", "acme")
    factor = FACTORS.pue("aws")
    assert factor is not None
    assert factor.name == "AWS fleet mean"
