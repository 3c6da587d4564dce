"""The shipped tables are whole: ranges, keys between them, licences, and widths that follow from them."""

from __future__ import annotations

import math
import os
import re
import statistics
from collections import defaultdict
from pathlib import Path

import pytest

import joulecard.factors
from joulecard.factors import editions
from joulecard.factors.power import cpu_name
from joulecard.factors.tables import ROOT, Row, Tables

OPEN, ZONES = "grid_intensity", "odbl/grid_intensity_electricitymaps"
PERMISSIVE = {"CC-BY-4.0", "US-public-domain", "OGL-UK-3.0", "official-facts"}
CLASSES_BY_PLACE = ("grid-subnational-by-country",)


@pytest.fixture(params=editions())
def tables(request: pytest.FixtureRequest) -> Tables:
    """The tables of each edition at hand."""
    return Tables(request.param)


def files(tables: Tables) -> list[str]:
    """All tables, as a look-up names them."""
    folder = os.path.join(ROOT, tables.edition)
    found = (os.path.relpath(os.path.join(path, name), folder) for path, _, names in os.walk(folder) for name in names)
    return sorted(name.removesuffix(".csv").replace(os.sep, "/") for name in found if name.endswith(".csv"))


def test_every_table_can_be_searched_by_line(tables: Tables) -> None:
    """No line breaks inside fields, no carriage returns, lower case of the same length, and no row without a key."""
    for name in files(tables):
        with open(os.path.join(ROOT, tables.edition, f"{name}.csv"), encoding="utf-8", newline="") as file:
            text = file.read()
        assert text.endswith("\n"), name
        assert "\r" not in text, name
        assert len(text) == len(text.lower()), name
        rows = tables.every(name)
        assert len(rows) == text.count("\n") - 1, name
        assert all(None not in row and None not in row.values() for row in rows), name


def test_every_row_names_a_source_that_is_described(tables: Tables) -> None:
    """Each source_id is a row of sources.csv, and each of these has title and licence."""
    sources = {row["id"]: row for row in tables.every("sources")}
    assert all(row["title"] and row["licence"] for row in sources.values())
    used = {
        source_id
        for name in files(tables)
        for row in tables.every(name)
        for source_id in row.get("source_id", "").split(";")
        if "source_id" in row
    }
    assert used <= sources.keys()
    assert sources.keys() <= used


@pytest.mark.parametrize(("name", "licences"), [(OPEN, PERMISSIVE), (ZONES, {"ODbL-1.0"})])
def test_grid_intensities_are_plausible_and_unique(tables: Tables, name: str, licences: set[str]) -> None:
    """0 to 1800 g/kWh, years 2018 to 2026, one row a zone, year and signal, the licences of its file."""
    rows = tables.every(name)
    assert len({(row["zone"], row["year"], row["signal"]) for row in rows}) == len(rows)
    for row in rows:
        assert 0 <= float(row["gCO2e_per_kWh"]) <= 1800, row
        assert 2018 <= int(row["year"]) <= 2026, row
        assert row["licence"] in licences, row
        assert row["boundary"] in {"lifecycle", "direct"}, row
        assert row["accounting"] in {"production", "consumption"}, row
        assert row["gases"] in {"CO2", "CO2e"}, row
        assert re.fullmatch(r"[A-Z0-9-]+", row["zone"]), row


def test_cloud_regions_point_to_zones_that_exist(tables: Tables) -> None:
    """Both zones of each region are rows of their tables; PUE and carbon-free share are within bounds."""
    open_zones, em_zones = ({row["zone"] for row in tables.every(name)} for name in (OPEN, ZONES))
    rows = tables.every("cloud_regions")
    assert len({(row["provider"], row["region"]) for row in rows}) == len(rows)
    for row in rows:
        assert row["zone"] in open_zones, row
        assert row["em_zone"] in em_zones, row
        assert 1 <= float(row["pue"] or 1) <= 2, row
        assert 0 <= float(row["cfe_share"] or 0) <= 1, row


def test_a_provider_has_one_fleet_pue(tables: Tables) -> None:
    """All regions of a provider carry the same figure, year and source."""
    figures = defaultdict(set)
    for row in tables.every("cloud_regions"):
        figures[row["provider"]].add((row["pue"], row["pue_year"]))
    assert all(len(found) == 1 for found in figures.values())


@pytest.mark.parametrize(("name", "least", "most"), [("cpu_power", 0.5, 600), ("accelerator_power", 5, 1500)])
def test_hardware_power_is_plausible_and_unique(tables: Tables, name: str, least: float, most: float) -> None:
    """Watts within bounds, every model once."""
    rows = tables.every(name)
    assert len({row["model"].lower() for row in rows}) == len(rows)
    assert all(least <= float(row["tdp_w"] or least) <= most for row in rows)


def test_an_alias_means_one_accelerator(tables: Tables) -> None:
    """No name stands for two models."""
    meant: dict[str, str] = {}
    for row in tables.every("accelerator_power"):
        for alias in (row["model"], *filter(None, row["aliases"].split(";"))):
            assert meant.setdefault(alias.lower(), row["model"]) == row["model"]


def test_cpu_names_are_in_the_form_that_is_searched(tables: Tables) -> None:
    """Normalising a name of the table gives it back, except for a few that carry what machines do not report."""
    odd = [row["model"] for row in tables.every("cpu_power") if cpu_name(row["model"]) != row["model"].lower()]
    assert all(re.search(r"\d(th|nd|rd) gen|dual-core", name.lower()) for name in odd)


def test_short_names_of_hypervisors_are_no_rows(tables: Tables) -> None:
    """A name that many CPUs share must never be found."""
    models = {row["model"].lower() for row in tables.every("cpu_power")}
    assert not models & {
        "amd epyc",
        "intel xeon",
        "amd",
        "intel",
        "intel core",
        "amd ryzen",
        "amd opteron",
        "qemu virtual",
    }


def test_vcpu_watts_rise_from_idle_to_full(tables: Tables) -> None:
    """Idle is below full load and full load below 15 W."""
    for row in tables.every("cloud_cpu_watts"):
        assert 0 < float(row["min_w_per_vcpu"]) < float(row["max_w_per_vcpu"]) < 15


def test_embodied_carbon_is_positive(tables: Tables) -> None:
    """Components have a unit; making a device is no more than its whole life."""
    assert all(float(row["kgCO2e"]) > 0 and row["unit"] for row in tables.every("embodied"))
    for row in tables.every("odbl/embodied_devices"):
        assert 0 < float(row["manufacturing_kgCO2e"]) <= float(row["total_kgCO2e"])


def test_an_electricity_mix_is_whole(tables: Tables) -> None:
    """Shares add up to 100 %."""
    for row in tables.every("electricity_mix"):
        assert sum(float(value) for name, value in row.items() if name.endswith("_pct")) == pytest.approx(100, abs=0.6)


def test_country_codes_are_complete_and_unique(tables: Tables) -> None:
    """All 249 of ISO 3166-1 and XK, each code once, and every country of the other tables among them."""
    rows = tables.every("iso3166")
    assert len(rows) == len({row["alpha2"] for row in rows}) == len({row["alpha3"] for row in rows}) == 250
    alpha2 = {row["alpha3"]: row["alpha2"] for row in rows}
    for row in tables.every(ZONES):
        assert alpha2[row["country_iso3"]] == row["zone"][:2]
    named = {row["country_iso3"] for name in (OPEN, "cloud_regions", "electricity_mix") for row in tables.every(name)}
    assert named - {""} <= alpha2.keys()


def by_zone(rows: list[Row], year: str) -> dict[str, float]:
    """Intensity in g/kWh of each zone in a year."""
    return {row["zone"]: float(row["gCO2e_per_kWh"]) for row in rows if row["year"] == year}


def width(tables: Tables, class_name: str, country: str = "") -> float:
    """The log-sd that the table states."""
    return float(tables.rows("uncertainty", f"{class_name},{country}")[0]["log_sd"])


def test_uncertainty_classes_are_stated_once(tables: Tables) -> None:
    """One row a class and country, each with a width, a derivation and a source."""
    rows = tables.every("uncertainty")
    assert len({(row["class"], row["country_iso3"]) for row in rows}) == len(rows)
    assert all(0 < float(row["log_sd"]) <= 1.5 and row["derivation"] and row["source"] for row in rows)
    assert {row["class"] for row in rows if row["country_iso3"]} == set(CLASSES_BY_PLACE)


def test_the_year_shift_follows_from_the_zones(tables: Tables) -> None:
    """The sd of ln(2025 / 2024) over all zones, to two digits."""
    rows = tables.every(ZONES)
    newer, older = by_zone(rows, "2025"), by_zone(rows, "2024")
    logs = [math.log(newer[zone] / older[zone]) for zone in newer if zone in older and newer[zone] and older[zone]]
    assert width(tables, "grid-year-shift") == pytest.approx(statistics.pstdev(logs), abs=0.006)


def test_the_widths_inside_countries_follow_from_their_zones(tables: Tables) -> None:
    """Every country of four zones or more has the sd of ln(zone / country) of 2024 as its own width."""
    countries: dict[str, dict[str, float]] = defaultdict(dict)
    for row in tables.every(ZONES):
        if row["year"] == "2024":
            countries[row["country_iso3"]][row["zone"]] = float(row["gCO2e_per_kWh"])
    computed = {}
    for country, zones in countries.items():
        whole = [value for zone, value in zones.items() if "-" not in zone]
        parts = [value for zone, value in zones.items() if "-" in zone]
        if whole and len(parts) >= 4:
            computed[country] = statistics.pstdev(math.log(value / whole[0]) for value in parts)
    stated = {country: width(tables, CLASSES_BY_PLACE[0], country) for country in computed}
    assert stated == pytest.approx(computed, abs=0.0051)
    assert width(tables, CLASSES_BY_PLACE[0]) == pytest.approx(statistics.median(computed.values()), abs=0.0051)


def test_the_width_of_an_unknown_cpu_follows_from_the_generations(tables: Tables) -> None:
    """The sd of ln(watts at half load) over the credible rows."""
    rows = [row for row in tables.every("cloud_cpu_watts") if row["flag"] != "suspect"]
    half = [math.log((float(row["min_w_per_vcpu"]) + float(row["max_w_per_vcpu"])) / 2) for row in rows]
    assert width(tables, "cpu-vcpu-unknown") == pytest.approx(statistics.pstdev(half), abs=0.01)


def test_share_alike_tables_stand_apart_with_their_notice(tables: Tables) -> None:
    """Rows under the ODbL are in odbl/ only, where the licence is named."""
    for name in files(tables):
        licences = {row["licence"] for row in tables.every(name) if "licence" in row and name != "sources"}
        assert ("ODbL-1.0" in licences) == name.startswith("odbl/"), name
        assert not {licence for licence in licences if "SA" in licence}, name
    with open(os.path.join(ROOT, tables.edition, "odbl", "README.md"), encoding="utf-8") as file:
        notice = file.read()
    assert "ODbL" in notice
    assert all(f"{name.partition('/')[2]}.csv" in notice for name in files(tables) if name.startswith("odbl/"))


def test_the_readme_counts_the_rows(tables: Tables) -> None:
    """Every table is listed with its number of rows."""
    with open(os.path.join(ROOT, tables.edition, "README.md"), encoding="utf-8") as file:
        listed = dict(re.findall(r"\| `([\w/]+)\.csv` \| (\d+) \|", file.read()))
    assert listed == {name: str(len(tables.every(name))) for name in files(tables)}


def test_warming_potentials_are_told_only_where_the_source_says_them(tables: Tables) -> None:
    """One of the reports that the standard knows, with the words in the source's own row."""
    for row in tables.every("sources"):
        assert row["gwp_set"] in {"", "SAR", "AR4", "AR5", "AR6"}
        assert row["gwp_set"] in row["note"]
    assert tables.gwp_set("ember-2026-10") == "AR5"
    assert not tables.gwp_set("no-such-source")


def test_every_width_that_a_factor_may_need_is_there(tables: Tables) -> None:
    """The classes that the code of look-ups names, own factors included, are rows of the table."""
    folder = Path(joulecard.factors.__file__).parent
    named = {name for path in folder.glob("*.py") for name in re.findall(r'"([a-z]+(?:-[a-z]+)+)"', path.read_text())}
    classes = {row["class"] for row in tables.every("uncertainty")}
    prefixes = ("grid-", "pue-", "wue-", "water-intensity-", "embodied-", "gpu-tdp", "cpu-vcpu", "lifetime-")
    looked_up = {name for name in named if name.startswith(prefixes)} - {"embodied-devices"}
    assert looked_up
    assert looked_up <= classes
