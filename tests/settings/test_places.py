"""How a declared place is written."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import joulecard
from joulecard.settings.places import COUNTRIES, PROVIDERS, place_parts, region_name


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("aws/eu-north-1", {"provider": "aws", "region": "eu-north-1"}),
        (" AWS/EU-North-1 ", {"provider": "aws", "region": "eu-north-1"}),
        ("aws/eu-north-1a", {"provider": "aws", "region": "eu-north-1"}),
        ("gcp/us-central1-a", {"provider": "gcp", "region": "us-central1"}),
        ("azure/Sweden Central", {"provider": "azure", "region": "swedencentral"}),
        ("ovh/gra", {"provider": "ovh", "region": "GRA"}),
        ("FR", {"country": "FR"}),
        ("fr", {"country": "FR"}),
        ("US-CA", {"country": "US", "subdivision": "US-CA"}),
        ("GB-LND", {"country": "GB", "subdivision": "GB-LND"}),
        ("IT-25", {"country": "IT", "subdivision": "IT-25"}),
    ],
)
def test_a_place_is_a_cloud_region_a_country_or_a_part_of_one(text: str, parts: dict[str, str]) -> None:
    """Three forms, in the spelling of their registries."""
    assert place_parts(text) == parts


@pytest.mark.parametrize(
    "text", ["", "/", "aws/", "/eu-north-1", "aws/a/b", "FRA", "France", "US-", "US-CALI", "XX", "59.3,18.1"]
)
def test_anything_else_is_refused(text: str) -> None:
    """Names of towns, coordinates, three letters and unknown codes are no place."""
    with pytest.raises(ValueError, match=r"such as|before the slash"):
        place_parts(text)


@given(st.sampled_from(sorted(COUNTRIES)), st.sampled_from(["", "-1", "-A", "-ZZZ"]))
def test_every_country_and_its_parts_are_known(country: str, rest: str) -> None:
    """A subdivision keeps its country."""
    subdivision = {"subdivision": country + rest} if rest else {}
    assert place_parts(country + rest) == {"country": country, **subdivision}


@given(st.sampled_from(["aws", "azure", "ovh"]), st.text(max_size=50))
def test_a_region_name_is_short_plain_text_or_nothing(provider: str, text: str) -> None:
    """Whatever a variable holds, no blank, path or address goes through."""
    name = region_name(provider, text)
    assert name is None or (name.replace("-", "").isalnum() and name.isascii() and 2 <= len(name) <= 40)


def test_every_region_of_the_factor_tables_can_be_declared() -> None:
    """The clouds known here are those that the tables know, and their regions keep the tables' spelling."""
    for table in Path(joulecard.__file__).parent.glob("factors/tables/*/cloud_regions.csv"):
        rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
        assert {row["provider"] for row in rows} == set(PROVIDERS)
        for row in rows:
            declared = f"{row['provider']}/{row['region']}"
            assert place_parts(declared) == {"provider": row["provider"], "region": row["region"]}
