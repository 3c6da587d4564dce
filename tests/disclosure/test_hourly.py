"""Hourly intensity in a disclosure: the energy-weighted mean, and the year's value where hours are missing."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.disclosure.conftest import a_disclosure, a_segment

from joulecard.capture.segment import Segment, Series
from joulecard.disclosure.hourly import Hourly, site_of, wanted
from joulecard.disclosure.hourly_mean import Site
from joulecard.disclosure.series import hours_of, joules_by_hour, share_of
from joulecard.disclosure.tallied import Factors
from joulecard.disclosure.tally import tally
from joulecard.factors import edition
from joulecard.factors.providers.gathering import Gathered, Query
from joulecard.factors.providers.hours import hour_at
from joulecard.factors.providers.known import PROVIDERS
from joulecard.factors.providers.provider import Intensity, Scope
from joulecard.surroundings.place import Evidence, Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.disclosure.document import Disclosure, Factor

NINE = hour_at("2026-11-21T09:00Z")
GERMANY = Place((Evidence("setting", "high", country="DE"),), pue=1.2)
BRITAIN = Place((Evidence("setting", "high", country="GB"),), pue=1.2)
FRANCE = Place((Evidence("setting", "high", country="FR"),), pue=1.2)
SITES = {
    "DE": Site("DE", "DEU", "Germany", 342),
    "GB": Site("GB", "GBR", "Great Britain", 176),
    "FR": Site("FR", "FRA", "France", 31),
}


def two_hours(number: int = 1, **changes: Any) -> Segment:
    """Thirty minutes around ten o'clock; after it three quarters of the counter's energy."""
    plain: dict[str, Any] = {
        "start": "2026-11-21T09:45:00.000Z",
        "end": "2026-11-21T10:15:00.000Z",
        "monotonic_s": 1800.0,
        "activity": replace(a_segment().activity, memory_gb_s=0.0),
        "series": Series("2026-11-21T09:45:00.000Z", 900.0, (450.0, 1350.0), (4.0, 4.0)),
        "place": GERMANY,
    }
    return a_segment(number, **{**plain, **changes})


def told(
    hours: Mapping[int, float], zone: str = "DE", *, provider: str = "electricity-maps", scope: Scope = "lifecycle"
) -> Hourly:
    """What a provider told of one zone."""
    query = Query(PROVIDERS[provider], scope, {zone: frozenset({NINE, NINE + 1})})
    found = {hour: Intensity(value, "2026-11-21") for hour, value in hours.items()}
    reasons = {} if len(found) == 2 else {zone: "failed (500)"}
    return Hourly(Gathered(query, {zone: found}, reasons), (SITES[zone],))


def disclosed(hourly: Hourly | None, *segments: Segment, **by: Any) -> Disclosure:
    """A disclosure that validation accepts."""
    return a_disclosure(segments or [two_hours()], factors=Factors(edition(), hourly=hourly, **by))


def grids(disclosure: Disclosure) -> list[Factor]:
    """The grid factors of a disclosure."""
    return [factor for factor in disclosure.factors if factor.kind == "grid_intensity"]


def emitted_g(disclosure: Disclosure) -> float:
    """Its headline."""
    return disclosure.totals.new.operational_location.value or 0.0


def statements(disclosure: Disclosure) -> str:
    """All that it takes for true."""
    return "\n".join(item.statement for item in disclosure.assumptions)


def test_each_hour_s_energy_is_multiplied_with_its_own_intensity() -> None:
    """A quarter at 100 and three quarters at 300 are 250 g/kWh."""
    disclosure = disclosed(told({NINE: 100.0, NINE + 1: 300.0}))
    (factor,) = grids(disclosure)
    assert factor.value == pytest.approx(250.0)
    assert emitted_g(disclosure) == pytest.approx(1800 / 3.6e6 * 1.2 * 250)
    assert (factor.granularity, factor.source.publisher) == ("hourly", "Electricity Maps")
    assert (factor.name, factor.zone) == ("Germany", "DE")
    assert factor.series_digest
    assert disclosure.stages[0].segments
    assert disclosure.stages[0].segments[0].factor_ref == factor.id


def test_missing_hours_take_the_value_of_the_year_and_their_share_is_said() -> None:
    """With three quarters of the energy at the year's value, which is one of the same source."""
    disclosure = disclosed(told({NINE: 100.0}))
    (factor,) = grids(disclosure)
    assert factor.value == pytest.approx(0.25 * 100 + 0.75 * 342)
    said = (
        "Grid intensity of DE: 1 hour of 2, with 75 % of the energy, took the value of the year 2025, 342 g/kWh, "
        "since Electricity Maps failed (500)"
    )
    assert said in statements(disclosure)
    (assumption,) = (item for item in disclosure.assumptions if item.statement == said)
    assert (assumption.default, assumption.factor_ref) == (True, factor.id)


def test_what_the_year_s_value_adds_to_the_range_grows_with_the_share_of_missing_hours() -> None:
    """Values of every hour are surer than the year's for one of them, and that than the year's for both."""

    def spread(hours: dict[int, float]) -> float:
        total = disclosed(told(hours)).totals.new.operational_location
        assert total.interval
        return total.interval.upper / total.interval.lower

    assert spread({NINE: 342.0, NINE + 1: 342.0}) < spread({NINE + 1: 342.0}) < spread({NINE: 342.0})


def test_the_width_of_a_mean_follows_from_its_parts() -> None:
    """The definition for all of it; a year's distance and a year for hours for three quarters, each worked out here."""
    disclosure = disclosed(told({NINE: 342.0}))
    assert disclosure.uncertainty
    widths = {source.class_: source.log_sd for source in disclosure.uncertainty.sources}

    def part(width: float) -> float:
        return math.sqrt(math.log1p(0.75**2 * math.expm1(width**2)))

    assert widths["grid-hourly-lifecycle"] == 0.32
    assert widths["grid-year-shift"] == pytest.approx(part(0.19))
    assert widths["grid-year-for-hours"] == pytest.approx(part(0.42))
    assert "grid-country-lifecycle" not in widths


def test_a_provider_that_tells_nothing_changes_no_number() -> None:
    """The disclosure is that of the year's value, and says why."""
    without, dead = disclosed(None), disclosed(told({}))
    assert emitted_g(dead) == emitted_g(without)
    assert grids(dead) == grids(without)
    assert dead.totals == without.totals
    assert (
        "Hourly grid intensity of DE was asked for and is not used: Electricity Maps failed (500); the value of the "
        "year stands"
    ) in statements(dead)


def test_the_factor_carries_the_provider_s_terms_and_no_hourly_value() -> None:
    """Source, licence and notice; of the series only the digest and the mean."""
    disclosure = disclosed(told({NINE: 123.25, NINE + 1: 456.75}))
    (factor,) = grids(disclosure)
    assert factor.source.license == "LicenseRef-Electricity-Maps-API-terms"
    assert "not the hourly values" in (factor.note or "")
    assert b"123.25" not in disclosure.to_json()


def test_an_estimate_of_the_provider_is_told() -> None:
    """The flag that the standard has for it, with the provider's method."""
    hourly = told({NINE: 100.0, NINE + 1: 300.0})
    estimate = {NINE: Intensity(100.0, "2026-11-21", "TIME_SLICER_AVERAGE"), NINE + 1: Intensity(300.0, "2026-11-21")}
    (factor,) = grids(disclosed(replace(hourly, gathered=replace(hourly.gathered, found={"DE": estimate}))))
    assert (factor.estimated, factor.estimation_method) == (True, "TIME_SLICER_AVERAGE")


def test_two_stages_have_factors_of_their_own() -> None:
    """Their energy lies differently over the hours, so their means differ; the error of the provider is one source."""
    late = two_hours(2, stage="evaluate", series=None, host_ref="f" * 12)
    disclosure = disclosed(told({NINE: 100.0, NINE + 1: 300.0}), two_hours(), late)
    assert sorted(factor.value for factor in grids(disclosure)) == [pytest.approx(200.0), pytest.approx(250.0)]
    assert len({factor.uncertainty_refs for factor in grids(disclosure)}) == 1


def test_ranks_of_one_stage_share_a_factor() -> None:
    """Two hosts of one execution: one mean over the energy of both."""
    other = two_hours(2, series=None, host_ref="f" * 12)
    disclosure = disclosed(told({NINE: 100.0, NINE + 1: 300.0}), two_hours(), other)
    assert [factor.value for factor in grids(disclosure)] == [pytest.approx(225.0)]


def test_direct_values_of_neso_stand_in_a_disclosure_of_direct_factors() -> None:
    """Missing hours take the official value of the year, which is direct as well."""
    hourly = told({NINE: 50.0}, "GB", provider="neso", scope="direct")
    disclosure = disclosed(hourly, two_hours(place=BRITAIN), profile="direct")
    (factor,) = grids(disclosure)
    assert factor.value == pytest.approx(0.25 * 50 + 0.75 * 177)
    assert (factor.basis and factor.basis.scope, factor.source.license) == ("direct", "CC-BY-4.0")


def test_direct_hours_are_never_filled_with_a_lifecycle_value() -> None:
    """France has no yearly direct value here: with an hour missing all stands on the lifecycle value of the year."""
    full = told({NINE: 20.0, NINE + 1: 40.0}, "FR", provider="rte", scope="direct")
    part = told({NINE: 20.0}, "FR", provider="rte", scope="direct")
    place = two_hours(place=FRANCE)
    assert grids(disclosed(full, place, profile="direct"))[0].value == pytest.approx(35.0)
    fallback = disclosed(part, place, profile="direct")
    assert emitted_g(fallback) == emitted_g(disclosed(None, place))
    said = "RTE told 1 of 2 hours by direct values, and the factors of this disclosure are lifecycle ones"
    assert said in statements(fallback)


def test_a_place_that_the_provider_does_not_cover_takes_the_year_s_value() -> None:
    """Germany beside France."""
    there = two_hours(2, place=FRANCE, stage="evaluate", host_ref="f" * 12)
    disclosure = disclosed(told({NINE: 100.0, NINE + 1: 300.0}), two_hours(), there)
    assert sorted(factor.granularity or "" for factor in grids(disclosure)) == ["hourly", "yearly"]
    assert "Hourly grid intensity of FR was asked for and is not used: " in statements(disclosure)


@pytest.mark.parametrize(
    ("evidence", "zone"),
    [
        ({"country": "DE"}, "DE"),
        ({"provider": "aws", "region": "eu-north-1"}, "SE-SE3"),
        ({"country": "US", "subdivision": "US-CA"}, "US"),
        ({"country": "IT", "subdivision": "IT-NO"}, "IT-NO"),
    ],
)
def test_a_place_is_named_as_electricity_maps_names_its_zone(evidence: dict[str, str], zone: str) -> None:
    """A country, a cloud's region, a subdivision that is a zone too."""
    found = site_of(Evidence("setting", "high", **evidence), edition(), 2026)
    assert found is not None
    assert found.zone == zone


def test_an_unknown_place_has_no_zone() -> None:
    """Neither without evidence nor with a provider alone."""
    assert site_of(None, edition(), 2026) is None
    assert site_of(Evidence("dmi", "medium", provider="aws"), edition(), 2026) is None


def test_a_zone_that_stands_for_a_finer_place_says_so() -> None:
    """California by its code alone has no factor here: the hours of the whole country stand for it."""
    place = Place((Evidence("setting", "high", country="US", subdivision="US-CA"),), pue=1.2)
    site = site_of(place.evidence[0], edition(), 2026)
    assert site is not None
    query = Query(PROVIDERS["electricity-maps"], "lifecycle", {"US": frozenset({NINE, NINE + 1})})
    found = {NINE + index: Intensity(400.0, "2026-11-21") for index in (0, 1)}
    disclosure = disclosed(Hourly(Gathered(query, {"US": found}, {}), (site,)), two_hours(place=place))
    (factor,) = grids(disclosure)
    assert (factor.zone, factor.granularity) == ("US", "hourly")
    assert "no factor for US-CA" in statements(disclosure)


def test_the_hours_wanted_are_those_that_the_segments_touched() -> None:
    """By site, each once; an unknown place wants none."""
    unknown = two_hours(3, place=Place())
    assert wanted([two_hours(), two_hours(2), unknown], edition()) == {SITES["DE"]: {NINE, NINE + 1}}


@given(
    st.integers(0, 3599),
    st.lists(st.floats(0.0, 1e6), min_size=1, max_size=40),
    st.sampled_from([1.0, 60.0, 900.0, 3600.0, 7200.0]),
)
def test_the_joules_of_the_hours_are_those_of_the_segment(second: int, counter_j: list[float], step_s: float) -> None:
    """Nothing is lost or made by cutting a segment at the hours, and every hour is one that is asked for."""
    duration_s = step_s * len(counter_j)
    segment = replace(
        two_hours(),
        start=f"2026-11-21T00:{second // 60:02}:{second % 60:02}.000Z",
        end="2026-12-31T00:00:00.000Z",
        monotonic_s=duration_s,
        energy=(replace(two_hours().energy[0], share_j=math.fsum(counter_j), node_j=1e9, idle_j=None),),
        series=Series(
            f"2026-11-21T00:{second // 60:02}:{second % 60:02}.000Z", step_s, tuple(counter_j), (1.0,) * len(counter_j)
        ),
    )
    share = share_of(segment, tally(segment, edition()))
    found = joules_by_hour(share)
    assert math.fsum(found.values()) == pytest.approx(share.total_j, rel=1e-9, abs=1e-9)
    assert found.keys() <= set(hours_of(segment))
    assert len(hours_of(segment)) == max(1, math.ceil((second + duration_s) / 3600))
