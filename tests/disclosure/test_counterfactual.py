"""A what-if: the disclosed energy on other grids, compared like with like, with what is shared cancelled."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.disclosure.conftest import PLAIN, a_disclosure, a_segment

from joulecard.disclosure.counterfactual.actual import Actual, actual_of
from joulecard.disclosure.counterfactual.asked import Asked, Elsewhere, places_named, regions_of
from joulecard.disclosure.counterfactual.ranking import Counterfactual, counterfactual
from joulecard.errors import InvalidInputError, UsageError
from joulecard.factors import edition
from joulecard.factors.own.values import Own, OwnFactor, Where
from joulecard.surroundings.place import Evidence, Place

if TYPE_CHECKING:
    from joulecard.disclosure.counterfactual.row import Row
    from joulecard.disclosure.document import Disclosure

TABLES = edition()
STOCKHOLM = Place((Evidence("setting", "high", provider="aws", region="eu-north-1"),))
SWEDEN = Place((Evidence("setting", "high", country="SE"),))


def asked(*names: str, **options: Any) -> Asked:
    """What is asked for, of the tables alone."""
    return Asked(TABLES, places_named(names, TABLES), **options)


def asked_of(disclosure: Disclosure, *names: str, **options: Any) -> Counterfactual:
    """The what-if of a disclosure at these places."""
    return counterfactual(actual_of(disclosure), asked(*names, **options))


def the_row(found: Counterfactual, name: str) -> Row:
    """The row of this kind or name."""
    return next(row for row in found.rows if name in (row.kind, row.name))


def test_emissions_elsewhere_are_energy_times_intensity() -> None:
    """Facility energy as disclosed times the intensity of the other grid, for who follows it by hand."""
    disclosure = a_disclosure([a_segment()])
    drawn_kwh = disclosure.totals.new.energy_facility.value
    assert drawn_kwh
    poland = TABLES.grid(Evidence("setting", "high", country="PL"), 2026).value
    assert the_row(asked_of(disclosure, "PL"), "PL").co2e.known == pytest.approx(drawn_kwh * poland, rel=1e-12)


def test_the_least_emissions_come_first_and_the_disclosed_ones_and_the_reference_are_among_them() -> None:
    """Every table can be read against the world's mean."""
    found = asked_of(a_disclosure([a_segment()]), "IN", "PL", "NO")
    masses = [row.co2e.known for row in found.rows]
    assert masses == sorted(masses)
    assert {row.kind for row in found.rows} == {"disclosed", "place", "reference"}
    assert found.base is found.disclosed
    assert the_row(found, "disclosed").ratio
    assert the_row(found, "disclosed").ratio.value == 1  # type: ignore[union-attr]


def test_a_ratio_is_that_of_the_emissions() -> None:
    """The one over the other, as they stand in the table."""
    found = asked_of(a_disclosure([a_segment()]), "PL")
    poland, actual = the_row(found, "PL"), the_row(found, "disclosed")
    assert poland.ratio
    assert poland.ratio.value == pytest.approx(poland.co2e.known / actual.co2e.known, rel=1e-12)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.floats(0, 0.7), max_size=4))
def test_how_well_the_energy_is_known_does_not_change_a_ratio(widths: dict[str, float]) -> None:
    """The energy is the same in both rows, so its error cancels whatever it is."""
    actual = actual_of(a_disclosure([a_segment()]))
    one = the_row(counterfactual(actual, asked("PL")), "PL").ratio
    other = the_row(counterfactual(_wider(actual, widths), asked("PL")), "PL").ratio
    assert one
    assert other
    assert (other.lower, other.upper) == pytest.approx((one.lower, one.upper), rel=1e-9)


def _wider(actual: Actual, widths: dict[str, float]) -> Actual:
    """The same with more sources of error in its energy, and in the emissions made of it."""

    def wide(quantity: Any) -> Any:
        added = ((f"more@{name}", quantity.known * math.sqrt(math.expm1(sd * sd))) for name, sd in widths.items())
        return replace(quantity, contributions=(*quantity.contributions, *added))

    drawn = tuple(replace(each, it=wide(each.it), facility=wide(each.facility)) for each in actual.drawn)
    return replace(actual, drawn=drawn, emissions=wide(actual.emissions))


def test_ranges_of_ratio_and_mass_hold_nine_truths_of_ten() -> None:
    """Simulated: energy, PUE and both grids err by lognormal factors of mean 1; the energy errs alike in both rows."""
    actual = actual_of(a_disclosure([a_segment()]))
    found = counterfactual(actual, asked("PL"))
    poland, here = the_row(found, "PL"), the_row(found, "disclosed")
    drawn = random.Random(6)  # noqa: S311 - the same at each run
    shared = {name: amount / actual.energy.known for name, amount in actual.energy.contributions}
    grids = [[math.expm1(source.log_sd**2) ** 0.5 for source in factor.uncertainty] for factor in poland.factors]
    own = [amount / here.co2e.known for name, amount in here.co2e.contributions if name not in shared]
    hits = {"mass": 0, "ratio": 0}
    for _ in range(3000):
        energy = math.prod(_error(drawn, part) for part in shared.values())
        mass = poland.co2e.known * energy * math.prod(_error(drawn, part) for part in grids[0])
        actual_mass = here.co2e.known * energy * math.prod(_error(drawn, part) for part in own)
        lower, upper = poland.co2e.interval()
        hits["mass"] += lower <= mass <= upper
        assert poland.ratio
        hits["ratio"] += poland.ratio.lower <= mass / actual_mass <= poland.ratio.upper
    assert 0.88 <= hits["mass"] / 3000 <= 0.93
    assert 0.88 <= hits["ratio"] / 3000 <= 0.93


def _error(drawn: random.Random, relative: float) -> float:
    """A lognormal factor of mean 1 with this relative standard deviation."""
    log_sd = math.sqrt(math.log1p(relative**2))
    return drawn.lognormvariate(-(log_sd**2) / 2, log_sd)


def test_the_same_grid_is_not_told_apart_from_itself() -> None:
    """A grid factor that both rows share cancels wholly: the ratio is exactly 1."""
    found = asked_of(a_disclosure([a_segment()]), "SE")
    sweden = the_row(found, "SE").ratio
    assert sweden
    assert (sweden.value, sweden.lower, sweden.upper) == pytest.approx((1, 1, 1))


def test_the_disclosed_country_by_another_source_is_told() -> None:
    """A region beside it brings zones by Electricity Maps, and the country then is of that source too."""
    disclosure = a_disclosure([a_segment(place=SWEDEN)])
    alone, beside = (asked_of(disclosure, *names).notes for names in (("SE",), ("SE", "aws/eu-north-1")))
    (told,) = set(beside) - set(alone)
    assert told.startswith("Sweden is disclosed by Yearly electricity data")
    assert "ranked by Electricity Maps yearly zone data 2025" in told


def test_a_cloud_brings_its_own_pue() -> None:
    """IT energy times the fleet mean of the other cloud, which is an assumption, and said."""
    disclosure = a_disclosure([a_segment()])
    found = asked_of(disclosure, "gcp/europe-west1")
    row = the_row(found, "gcp/europe-west1")
    pue = TABLES.pue("gcp", "europe-west1")
    assert pue
    assert row.pue
    assert (row.pue.value, row.pue.origin) == (pue.value, "fleet")
    assert row.energy.known == pytest.approx(disclosure.totals.new.energy_it.value * pue.value)  # type: ignore[operator]
    assert pue.assumes in row.assumes


def test_a_place_without_a_pue_keeps_the_disclosed_energy() -> None:
    """Nothing is guessed: the overhead of the disclosure stays in it."""
    disclosure = a_disclosure([a_segment()])
    row = the_row(asked_of(disclosure, "PL"), "PL")
    assert row.pue
    assert row.pue.origin == "disclosed"
    assert row.energy.known == pytest.approx(disclosure.totals.new.energy_facility.value)


def test_regions_of_one_fleet_err_apart_in_their_pue() -> None:
    """How far one region is from the fleet mean says nothing of another; of the same region it cancels."""
    disclosure = a_disclosure([a_segment(place=STOCKHOLM)])
    found = asked_of(disclosure, "aws/eu-north-1", "aws/eu-west-3")
    same, other = (the_row(found, name).ratio for name in ("aws/eu-north-1", "aws/eu-west-3"))
    assert same
    assert other
    assert same.log_sds == ()
    assert sum(name.startswith("pue-fleet-default") for name, _ in other.log_sds) == 2


def test_without_a_disclosed_pue_all_rows_are_on_it_energy() -> None:
    """A cloud's PUE is not set against a place of which none is known."""
    disclosure = a_disclosure([a_segment(place=SWEDEN)])
    found = asked_of(disclosure, "aws/eu-west-3", "FR")
    assert found.basis == "it"
    assert {row.energy.known for row in found.rows} == {disclosure.totals.new.energy_it.value}
    assert "All rows are on IT energy, since no PUE is disclosed" in found.notes


def test_another_pue_is_a_premise_for_every_row_but_the_disclosed_one() -> None:
    """Here and elsewhere, and over the fleet mean of a cloud."""
    disclosure = a_disclosure([a_segment()])
    found = asked_of(disclosure, "aws/eu-west-3", pue=1.5)
    it_kwh = disclosure.totals.new.energy_it.value
    assert it_kwh
    others = [row for row in found.rows if row.kind != "disclosed"]
    assert {row.kind for row in others} == {"same-place", "place", "reference"}
    assert all(row.energy.known == pytest.approx(1.5 * it_kwh) for row in others)
    here = the_row(found, "same-place").ratio
    assert here
    assert here.value == pytest.approx(1.5 / 1.2)
    assert [name.partition("@")[0] for name, _ in here.log_sds] == ["pue-declared"]


def test_a_pue_where_none_is_disclosed_is_compared_with_the_same_place() -> None:
    """Emissions of IT energy are not set against those of facility energy."""
    found = asked_of(a_disclosure([a_segment(place=SWEDEN)]), "PL", pue=1.5)
    assert found.base
    assert found.base.kind == "same-place"
    assert "disclosed" not in {row.kind for row in found.rows}
    assert any("they are on IT energy, the rows on facility energy" in note for note in found.notes)


def test_each_year_is_drawn_on_the_grid_of_that_year() -> None:
    """A pipeline that ran over New Year has two intensities in every row."""
    earlier = a_segment(1, start="2024-06-01T09:00:00.000Z", end="2024-06-01T09:00:10.000Z", series=None)
    later = a_segment(2, stage="evaluate")
    disclosure = a_disclosure([earlier, later])
    evidence = Evidence("setting", "high", country="PL")
    expected = math.fsum(
        TABLES.grid(evidence, int(stage.time.end[:4])).value * stage.energy.facility_total.value  # type: ignore[union-attr,operator]
        for stage in disclosure.stages
    )
    row = the_row(asked_of(disclosure, "PL"), "PL")
    assert len(row.factors) == 2
    assert row.co2e.known == pytest.approx(expected)


def test_the_reference_grid_is_nobodys_own() -> None:
    """A user's factor for any place changes no common reference, whose intensity counts as exact."""
    source = {"name": "own"}
    own = Own((OwnFactor("grid_intensity", "mine", 1.0, "g/kWh", source, "line 1", place="any", where=Where()),))
    found = counterfactual(actual_of(a_disclosure([a_segment()])), Asked(edition(TABLES.name, own)))
    reference = the_row(found, "reference")
    assert reference.intensity_g_per_kwh == pytest.approx(TABLES.grid(None, 2026).value)
    assert not any(name.startswith("grid") for name, _ in reference.co2e.contributions)


def test_own_factors_come_before_those_of_the_tables() -> None:
    """Grid and PUE, of another place and, where other factors are asked for, of the same."""
    source, where = {"name": "own"}, Where(country="SE")
    basis = {"scope": "lifecycle", "accounting": "location", "attribution": "average"}
    grid = OwnFactor("grid_intensity", "mine", 10.0, "g/kWh", source, "line 1", place="SE", where=where, basis=basis)
    pue = OwnFactor("pue", "mine", 1.05, "1", source, "line 9", place="SE", where=where)
    tables = edition(TABLES.name, Own((grid, pue)))
    disclosure = a_disclosure([a_segment()])
    found = counterfactual(actual_of(disclosure), Asked(tables, places_named(["SE"], tables), other_factors=True))
    expected = pytest.approx(disclosure.totals.new.energy_it.value * 1.05 * 10.0)  # type: ignore[operator]
    assert the_row(found, "SE").co2e.known == expected
    assert the_row(found, "same-place").co2e.known == expected


def test_the_same_place_with_the_same_factors_is_no_second_row() -> None:
    """Asking for the edition that the disclosure was made with changes nothing, and shows nothing new."""
    found = asked_of(a_disclosure([a_segment()]), other_factors=True)
    assert [row.kind for row in found.rows if row.kind != "reference"] == ["disclosed"]


def test_a_place_without_a_factor_of_the_profile_is_refused_by_name() -> None:
    """A lifecycle factor is not ranked among direct ones."""
    with pytest.raises(InvalidInputError, match="has no direct factor for PL"):
        asked_of(a_disclosure([a_segment()]), "PL", profile="direct")


def test_regions_that_nobody_named_are_left_out_and_told() -> None:
    """Their names stand in a note, and nothing ranks in their stead."""
    regions = (Elsewhere("GB", Evidence("setting", "high", country="GB")),)
    poland = (Elsewhere("PL", Evidence("setting", "high", country="PL")),)
    found = asked_of(a_disclosure([a_segment()]), profile="direct", others=(*regions, *poland))
    assert [row.name for row in found.rows] == ["GB"]
    assert "Left out, since the edition has no direct factor for them: PL" in found.notes


def test_disclosed_emissions_of_another_profile_are_no_row() -> None:
    """They are told apart from the rows, with the reason."""
    found = asked_of(a_disclosure([a_segment()]), "GB", profile="direct")
    assert "disclosed" not in {row.kind for row in found.rows}
    assert any("made with lifecycle factors, the rows with direct" in note for note in found.notes)
    assert all(row.ratio is None for row in found.rows)


def test_of_two_places_there_is_one_disclosed_row_and_no_same_place(pair: tuple[Disclosure, Disclosure]) -> None:
    """The disclosed emissions are their sum; other factors for both are what recomputing gives."""
    segments = [a_segment(1), a_segment(2, stage="evaluate", host_ref="ba9876543210", from_s=20, until_s=30)]
    elsewhere = replace(segments[1], place=Place((Evidence("setting", "high", country="FR"),), pue=1.4))
    found = asked_of(a_disclosure([segments[0], elsewhere]), "PL", other_factors=True)
    assert {row.kind for row in found.rows} == {"disclosed", "place", "reference"}
    single = asked_of(pair[0], "PL")
    assert the_row(found, "disclosed").co2e.known > the_row(single, "disclosed").co2e.known


def test_a_disclosure_without_energy_cannot_be_drawn_elsewhere() -> None:
    """The reason of the disclosure is passed on."""
    disclosure = a_disclosure([a_segment(energy=(), activity=replace(PLAIN.activity, coverage=0.0), series=None)])
    with pytest.raises(InvalidInputError, match="tells no energy that could be drawn elsewhere: "):
        actual_of(disclosure)


def test_another_pue_needs_the_it_energy() -> None:
    """Facility energy alone cannot be taken apart."""
    actual = actual_of(a_disclosure([a_segment()]))
    unknown = replace(actual.drawn[0].it, value=None, method="not_available", reason="not told")
    alone = replace(actual, drawn=(replace(actual.drawn[0], it=unknown),))
    with pytest.raises(InvalidInputError, match="all of its IT energy"):
        counterfactual(alone, asked(pue=1.1))
    assert the_row(counterfactual(alone, asked("aws/eu-west-3")), "aws/eu-west-3").energy == alone.energy


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Paris", "is no place"),
        ("aws/eu-nowhere-9", "has no region eu-nowhere-9"),
        ("AQ", "no factor for Antarctica"),
        ("UK", "is no place"),
    ],
)
def test_an_unknown_place_is_refused_in_one_sentence(name: str, told: str) -> None:
    """Nothing stands in for it, the world's mean least of all."""
    with pytest.raises(UsageError, match=told) as caught:
        places_named([name], TABLES)
    assert str(caught.value).startswith("--in: ")
    assert "\n" not in str(caught.value)


def test_a_place_named_twice_is_one() -> None:
    """In any spelling."""
    assert [each.name for each in places_named(["fr", "FR", "aws/eu-west-3", "aws/eu-west-3a"], TABLES)] == [
        "FR",
        "aws/eu-west-3",
    ]


def test_all_regions_of_a_cloud_can_be_asked_for() -> None:
    """Each once, in the tables' order; an unknown cloud is refused with those that are known."""
    names = [each.name for each in regions_of(["AWS", "gcp", "aws"], TABLES)]
    assert len(names) == len(set(names))
    assert {name.partition("/")[0] for name in names} == {"aws", "gcp"}
    with pytest.raises(UsageError, match=r"known are .*aws"):
        regions_of(["amazon"], TABLES)
