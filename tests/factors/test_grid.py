"""Which grid intensity stands for a place and a year, and what the look-up says about it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.errors import InvalidInputError
from joulecard.factors import edition
from joulecard.factors.grid import PROFILES
from joulecard.factors.tables import Tables
from joulecard.surroundings.place import Evidence

FACTORS = edition("2026.11")


def setting(**members: str) -> Evidence:
    """What the user said about the place."""
    return Evidence("setting", "high", **members)


@pytest.mark.parametrize(
    ("evidence", "factor_id", "value", "level"),
    [
        (setting(country="FR"), "grid:FRA:2025", 41.2, "country"),
        (setting(country="SE"), "grid:SWE:2025", 35.4, "country"),
        (setting(provider="aws", region="eu-north-1", country="SE"), "grid:SE-SE3:2025", 20, "zone"),
        (setting(provider="gcp", region="us-central1", country="US"), "grid:US-MIDW-MISO:2025", 501, "zone"),
        (setting(provider="azure", region="westeurope", country="NL"), "grid:NL:2025", 253, "country"),
        (setting(provider="aws", region="eu-west-2"), "grid:GB:2025", 176, "country"),
        (setting(country="CA", subdivision="CA-QC"), "grid:CA-QC:2025", 41, "zone"),
        (setting(country="AU", subdivision="AU-VIC"), "grid:AU-VIC:2025", 474, "zone"),
        (setting(country="US", subdivision="US-CAL-CISO"), "grid:US-CAL-CISO:2025", 208, "zone"),
        (setting(country="US", subdivision="US-CA"), "grid:USA:2025", 384.4, "country"),
        (setting(country="XK"), "grid:XKX:2025", 905.5, "country"),
        (None, "grid:WLD:2025", 460.1, "world"),
    ],
)
def test_the_lifecycle_profile_takes_the_zone_else_the_country(
    evidence: Evidence | None, factor_id: str, value: float, level: str
) -> None:
    """Zone of the region or subdivision, else the country, else the world; published figures of 2025."""
    factor = FACTORS.grid(evidence, 2025)
    assert (factor.id, factor.value, factor.unit, factor.fallback_level) == (factor_id, value, "g/kWh", level)
    assert factor.basis is not None
    assert (factor.basis["scope"], factor.basis["attribution"], factor.basis["accounting"]) == (
        "lifecycle",
        "average",
        "location",
    )


@pytest.mark.parametrize(
    ("evidence", "factor_id", "value", "level"),
    [
        (setting(provider="aws", region="us-east-1"), "grid:EGRID-SRVC:2023~2025:direct", 270.5, "zone"),
        (setting(provider="azure", region="chinanorth2"), "grid:CN-BJ:2023~2025:direct", None, "subdivision"),
        (setting(country="US", subdivision="US-CA"), "grid:US-CA:2023~2025:direct", 179.06, "subdivision"),
        (setting(country="AU", subdivision="AU-VIC"), "grid:AU-VIC:2024~2025:direct", 770, "subdivision"),
        (setting(country="US"), "grid:EGRID-US:2023~2025:direct", 349.67, "country"),
        (setting(country="GB"), "grid:GBR-DESNZ:2025:direct", 177, "country"),
        (setting(provider="aws", region="eu-west-2"), "grid:GBR-DESNZ:2025:direct", 177, "country"),
        (setting(country="IN"), "grid:IND-CEA:2024~2025:direct", 711.7, "country"),
        (setting(country="FR"), "grid:FRA:2025", 41.2, "country"),
    ],
)
def test_the_direct_profile_takes_official_factors(
    evidence: Evidence, factor_id: str, value: float | None, level: str
) -> None:
    """Grid subregion, subdivision or national figure; a country without one falls back to its lifecycle value."""
    factor = FACTORS.grid(evidence, 2025, "direct")
    assert (factor.id, factor.fallback_level) == (factor_id, level)
    assert value is None or factor.value == pytest.approx(value, abs=0.05)
    assert factor.basis is not None
    assert factor.basis["scope"] == ("direct" if factor_id.endswith(":direct") else "lifecycle")


def test_a_direct_profile_without_a_direct_factor_says_so() -> None:
    """The lifecycle value that stands in is named as such."""
    assert FACTORS.grid(setting(country="FR"), 2025, "direct").assumes == (
        "Grid intensity of France: no direct factor, hence a lifecycle one"
    )


def test_the_world_under_a_direct_profile_says_that_it_is_no_direct_factor() -> None:
    """There is no direct factor of the world."""
    assert FACTORS.grid(None, 2025, "direct").assumes == (
        "Grid intensity of World: the place is unknown; no direct factor, hence a lifecycle one"
    )


def test_a_named_place_without_a_factor_is_named_when_it_is_refused() -> None:
    """The sentence says which place it is that has none."""
    with pytest.raises(InvalidInputError, match="no factor for Antarctica, and strict allows no world average"):
        FACTORS.grid(setting(country="AQ"), 2025, strict=True)


def test_a_province_is_not_the_zone_that_happens_to_have_its_code() -> None:
    """IT-SO is Sondrio in ISO 3166-2 and the south of Italy for Electricity Maps: the country's value stands."""
    sondrio = FACTORS.grid(setting(country="IT", subdivision="IT-SO"), 2025)
    assert (sondrio.id, sondrio.fallback_level) == ("grid:ITA:2025", "country")
    assert FACTORS.zoned_country(setting(country="IT", subdivision="it-so")) is None
    assert FACTORS.grid(setting(country="IT", subdivision="IT-NO"), 2025).id == "grid:IT-NO:2025"


def test_an_unknown_place_is_the_world_and_a_default() -> None:
    """World factor, wide, marked as a default; with strict it is refused."""
    factor = FACTORS.grid(None, 2025)
    assert (factor.is_default, factor.assumes) == (True, "Grid intensity of World: the place is unknown")
    assert [(source.class_name, source.log_sd) for source in factor.uncertainty] == [("grid-world-for-unknown", 0.65)]
    with pytest.raises(InvalidInputError, match=r"the place is unknown.*JOULECARD_PLACE"):
        FACTORS.grid(None, 2025, strict=True)


def test_a_wrong_region_of_the_users_setting_is_an_error_with_near_names() -> None:
    """The sentence names regions of that provider; an unknown provider, the providers."""
    with pytest.raises(InvalidInputError, match=r"aws has no region eu-nort-1 .*near names: eu-north-1,"):
        FACTORS.grid(setting(provider="aws", region="eu-nort-1"), 2025)
    with pytest.raises(InvalidInputError, match="aws has no region xx-nowhere-9"):
        FACTORS.grid(setting(provider="aws", region="xx-nowhere-9"), 2025)
    with pytest.raises(InvalidInputError, match="cloud provider acme is not known; known are aws, gcp, azure"):
        FACTORS.grid(setting(provider="acme", region="moon-1"), 2025)
    with pytest.raises(InvalidInputError, match="QQ is no country code"):
        FACTORS.grid(setting(country="QQ"), 2025)


@pytest.mark.parametrize(
    ("evidence", "zone", "because"),
    [
        (Evidence("environment", "low", provider="aws", region="xx-nowhere-9"), "WLD", "no factor for xx-nowhere-9"),
        (
            Evidence("cloud-init", "high", provider="aws", region="xx-new-1", country="SE"),
            "SWE",
            "no factor for xx-new-1",
        ),
        (Evidence("time-zone", "low", country="QQ"), "WLD", "no factor for QQ"),
        (setting(country="VA"), "WLD", "no factor for Vatican City"),
    ],
)
def test_evidence_that_the_tables_do_not_know_falls_back_and_says_so(
    evidence: Evidence, zone: str, because: str
) -> None:
    """What the machine reported is no error: country, else world, with the reason."""
    factor = FACTORS.grid(evidence, 2025)
    assert factor.zone == zone
    assert because in (factor.assumes or "")


@pytest.mark.parametrize(("year", "factor_year"), [(2023, 2024), (2024, 2024), (2025, 2025), (2027, 2025)])
def test_the_year_is_the_newest_not_after_else_the_nearest(year: int, factor_year: int) -> None:
    """A factor of another year says for which it stands and adds 0.19 times the root of the distance."""
    factor = FACTORS.grid(setting(country="FR"), year)
    assert factor.year == factor_year
    shifts = [source for source in factor.uncertainty if source.class_name == "grid-year-shift"]
    if year == factor_year:
        assert (shifts, factor.assumes) == ([], None)
        return
    assert factor.assumes == f"Grid intensity of France: value of {factor_year} used for {year}"
    assert [shift.id for shift in shifts] == [f"grid-year-shift@grid:FRA:{factor_year}-{year}"]
    assert shifts[0].log_sd == pytest.approx(0.19 * abs(year - factor_year) ** 0.5)


def test_a_country_of_many_grids_is_wider_than_one_of_one() -> None:
    """Only the United States' row adds the spread of its zones; Sweden has four of them, France one."""

    def classes(country: str) -> dict[str, float]:
        sources = FACTORS.grid(setting(country=country), 2025).uncertainty
        return {source.class_name: source.log_sd for source in sources}

    assert classes("FR") == {"grid-country-lifecycle": 0.32}
    assert classes("US") == {"grid-country-lifecycle": 0.32, "grid-subnational-by-country": 0.82}
    assert classes("SE") == {"grid-country-lifecycle": 0.32, "grid-subnational-by-country": 0.38}


def test_two_years_of_one_grid_err_together() -> None:
    """The source of the definition's error is named by the zone, not by the year."""
    older, newer = (FACTORS.grid(setting(country="FR"), year) for year in (2024, 2025))
    assert older.id != newer.id
    assert older.uncertainty[0].id == newer.uncertainty[0].id == "grid-country-lifecycle@grid:FRA"


def test_a_factor_that_stands_in_for_another_year_has_an_id_of_its_own() -> None:
    """It errs more than in its own year, and the zone's own error stays one source."""
    own, later = (FACTORS.grid(setting(country="SE"), year) for year in (2025, 2026))
    assert (own.id, later.id) == ("grid:SWE:2025", "grid:SWE:2025~2026")
    assert own.value == later.value
    assert later.uncertainty[: len(own.uncertainty)] == own.uncertainty


PLACES: list[dict[str, Any]] = [
    *(
        {"provider": row["provider"], "region": row["region"], "country": row["iso3166_2"][:2] or None}
        for row in Tables("2026.11").every("cloud_regions")
    ),
    *({"country": row["alpha2"]} for row in Tables("2026.11").every("iso3166")),
    *({"subdivision": row["zone"]} for row in Tables("2026.11").every("grid_intensity") if row["zone"][2:3] == "-"),
    *({"subdivision": row["zone"]} for row in Tables("2026.11").every("odbl/grid_intensity_electricitymaps")),
]


def _documents() -> dict[str, list[dict[str, object]]]:
    """Every factor that any place leads to in any year, by id."""
    found: dict[str, list[dict[str, object]]] = {}
    for members in PLACES:
        evidence = Evidence("cloud-init", "high", **members)
        for year in (2024, 2025, 2027):
            for profile in PROFILES:
                for zoned in (frozenset[str](), frozenset({"USA", "SWE", "DEU", "ITA"})):
                    factor = FACTORS.grid(evidence, year, profile, zoned=zoned)
                    found.setdefault(factor.id, []).append(factor.to_document())
    return found


def test_an_id_tells_all_that_a_factor_is() -> None:
    """Whatever place, year and profile led there: equal ids have equal values, levels and sources of error."""
    for documents in _documents().values():
        assert all(document == documents[0] for document in documents), documents[0]["id"]


def test_a_document_holds_one_source_a_country() -> None:
    """Where some place in a country has a zone, its country value comes from the table of zones too."""
    region, country = setting(provider="aws", region="us-east-1"), setting(country="US")
    zoned = frozenset(filter(None, map(FACTORS.zoned_country, (region, country))))
    assert zoned == {"USA"}
    factor = FACTORS.grid(country, 2025, zoned=zoned)
    assert (factor.id, factor.value, factor.source["publisher"]) == ("grid:US:2025", 414, "Electricity Maps")


def test_a_factor_can_be_cited() -> None:
    """Name, publisher, edition, address and licence of the source; the ODbL's notice where it is due."""
    factor = FACTORS.grid(setting(country="FR"), 2025)
    assert dict(factor.source) == {
        "name": "Yearly electricity data, October 2026 release",
        "publisher": "Ember",
        "version": "factors 2026.11",
        "uri": "https://ember-energy.org/data/yearly-electricity-data/",
        "license": "CC-BY-4.0",
    }
    zone = FACTORS.grid(setting(country="CA", subdivision="CA-QC"), 2025)
    assert zone.note == "contains data from Electricity Maps, available under the ODbL"


def test_the_document_form_is_that_of_the_standard() -> None:
    """All members that are known, dates and references included."""
    document = FACTORS.grid(setting(country="SE"), 2025).to_document()
    assert document["valid"] == {"start": "2025-01-01", "end": "2025-12-31"}
    assert document["uncertainty_refs"] == ["grid-country-lifecycle@grid:SWE", "grid-subnational-by-country@grid:SWE"]
    assert (document["kind"], document["granularity"], document["zone"]) == ("grid_intensity", "yearly", "SWE")
    assert "note" not in document


def test_doubts_of_the_table_reach_the_reader() -> None:
    """A value on which two editions of its source differ carries the other one."""
    assert FACTORS.grid(setting(country="KG"), 2025).note == "another edition of the same source gives 152.73 g/kWh"


def test_every_row_of_the_tables_has_an_id_of_its_own() -> None:
    """Every average intensity that a place can lead to has an id that no other value has."""
    tables = Tables("2026.11")
    seen: dict[str, float] = {}
    for year in (2022, 2023, 2024, 2025):
        places = [setting(provider=row["provider"], region=row["region"]) for row in tables.every("cloud_regions")]
        places += [setting(country=row["alpha2"]) for row in tables.every("iso3166")]
        places += [
            setting(subdivision=row["zone"]) for row in tables.every("grid_intensity") if row["zone"][2:3] == "-"
        ]
        for place in places:
            for factor in (FACTORS.grid(place, year), FACTORS.grid(place, year, "direct")):
                assert seen.setdefault(factor.id, factor.value) == factor.value


def test_only_two_profiles_exist() -> None:
    """Another word is refused with the two that are allowed."""
    with pytest.raises(InvalidInputError, match="marginal is no profile; use lifecycle or direct"):
        FACTORS.grid(None, 2025, "marginal")  # type: ignore[arg-type]


@given(text=st.text(max_size=12), year=st.integers(1990, 2100))
def test_whatever_a_machine_reports_gives_a_factor(text: str, year: int) -> None:
    """Odd text in evidence never raises and never finds a wrong row."""
    evidence = Evidence("cloud-init", "high", provider=text, region=text, country=text, subdivision=text)
    assert FACTORS.grid(evidence, year).value > 0
