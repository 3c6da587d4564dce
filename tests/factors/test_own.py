"""A user's own factors: what a file may say, what is refused in one sentence, and which one holds where."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from joulecard.errors import InvalidInputError, JoulecardError, UsageError
from joulecard.factors import Edition, edition, opened
from joulecard.factors.own.entry import KEYS, Entry, factor_of
from joulecard.factors.own.file import read_own
from joulecard.factors.own.kinds import KINDS
from joulecard.shipped import shipped
from joulecard.surroundings.place import parse_place

if TYPE_CHECKING:
    from pathlib import Path

YEAR = 2026
SOURCE = 'source = { name = "Grid statement", publisher = "Example Grid", license = "CC-BY-4.0" }'
GRID = f'[[factor]]\nkind = "grid_intensity"\nplace = "SE"\nvalue = 21.5\nunit = "g/kWh"\nyear = 2026\n{SOURCE}\n'
PUE = f'[[factor]]\nkind = "pue"\nplace = "any"\nvalue = 1.21\n{SOURCE}\n'


def tables(folder: Path, *texts: str, name: str = "own.toml") -> Edition:
    """The current edition behind a file of own factors."""
    (folder / name).write_text("\n".join(texts), encoding="utf-8")
    return opened(str(folder / name))


def test_an_own_factor_goes_before_that_of_the_tables_and_is_cited(tmp_path: Path) -> None:
    """With its source, basis, place and year; no other place is touched."""
    found = tables(tmp_path, GRID).grid(parse_place("SE"), YEAR)
    assert (found.id, found.value, found.unit, found.zone) == ("own:grid:SE:2026", 21.5, "g/kWh", "SE")
    assert found.source == {"name": "Grid statement", "publisher": "Example Grid", "license": "CC-BY-4.0"}
    assert found.basis == {"attribution": "average", "accounting": "location", "scope": "lifecycle", "gases": "CO2e"}
    assert (found.fallback_level, found.assumes) == ("country", None)
    assert tables(tmp_path, GRID).grid(parse_place("FR"), YEAR).id == edition().grid(parse_place("FR"), YEAR).id


def test_the_factor_of_a_country_holds_for_its_regions_and_says_so(tmp_path: Path) -> None:
    """As an assumption that names the region; the finer place goes first where both are given."""
    of_country = tables(tmp_path, GRID).grid(parse_place("aws/eu-north-1"), YEAR)
    assert of_country.assumes == "Own factor Grid statement (SE): that of SE used for eu-north-1"
    finer = GRID.replace('"SE"', '"aws/eu-north-1"').replace("21.5", "9")
    both = tables(tmp_path, GRID, finer)
    assert both.grid(parse_place("aws/eu-north-1"), YEAR).value == 9
    assert both.grid(parse_place("SE"), YEAR).value == 21.5


@pytest.mark.parametrize(("year", "value"), [(2024, 10), (2025, 10), (2026, 21.5), (2030, 21.5)])
def test_another_year_is_said_and_makes_the_factor_less_sure(tmp_path: Path, year: int, value: float) -> None:
    """The newest not after the year, else the nearest, as in the tables."""
    own = tables(tmp_path, GRID, GRID.replace("2026", "2025").replace("21.5", "10"))
    found = own.grid(parse_place("SE"), year)
    assert found.value == value
    stands_in = year not in (2025, 2026)
    assert (found.id.count("~"), len(found.uncertainty)) == (int(stands_in), 1 + stands_in)
    assert bool(found.assumes) == stands_in


def test_profile_and_accounting_are_kept_apart(tmp_path: Path) -> None:
    """A direct factor answers the direct profile alone, a residual mix nothing that is location-based."""
    direct = GRID.replace("year", 'scope = "direct"\nyear')
    residual = GRID.replace("year", 'accounting = "residual"\nyear').replace("21.5", "62.5")
    own, place = tables(tmp_path, direct, residual), parse_place("SE")
    assert own.grid(place, YEAR).id == edition().grid(place, YEAR).id
    assert own.grid(place, YEAR, "direct").id == "own:grid:SE:2026:direct"
    mix = own.residual(place, YEAR, "lifecycle")
    assert mix is not None
    assert (mix.id, mix.value) == ("own:grid:SE:2026:residual", 62.5)
    assert own.contract(place, YEAR, "lifecycle") is None


def test_pue_and_water_of_any_place(tmp_path: Path) -> None:
    """`any` is said by the user and stands among the assumptions."""
    wue = PUE.replace('"pue"', '"wue"\nunit = "L/kWh"').replace("1.21", "0.2")
    own = tables(tmp_path, PUE, wue)
    pue = own.own_pue(None, YEAR)
    water = own.wue(None, YEAR, None)
    assert pue is not None
    assert water is not None
    assert (pue.value, pue.unit, pue.assumes) == (1.21, "1", "Own factor Grid statement (any): given for any place")
    assert (water.value, water.unit) == (0.2, "L/kWh")
    assert edition().own_pue(None, YEAR) is None


def test_devices_are_found_without_vendor_and_marks(tmp_path: Path) -> None:
    """Their power goes before that of the data sheet, and embodied carbon is told with its years."""
    power = f'[[factor]]\nkind = "power_model"\ndevice = "H100 SXM5 80GB"\nvalue = 0.5\nunit = "kW"\n{SOURCE}\n'
    made = f'[[factor]]\nkind = "embodied"\ndevice = "host"\nvalue = 1.5\nunit = "t"\nlifespan_years = 5\n{SOURCE}\n'
    own = tables(tmp_path, power, made)
    rating = own.accelerator("NVIDIA H100 SXM5 80GB")
    assert rating.factor is not None
    assert (rating.factor.value, rating.factor.unit, rating.kind) == (500, "W", "gpu")
    assert read_own(str(tmp_path / "own.toml")).factors[1].value == 1.5e6


@pytest.mark.parametrize(
    ("value", "unit", "in_g_per_kwh"),
    [("35", "kg/MWh", 35), ("0.035", "kg/kWh", 35), ("0.5", "t/MWh", 500), ("100", "lb/MWh", 45.359237)],
)
def test_units_are_converted_exactly(tmp_path: Path, value: str, unit: str, in_g_per_kwh: float) -> None:
    """Each accepted unit comes out as g/kWh."""
    text = GRID.replace("21.5", value).replace("g/kWh", unit)
    assert tables(tmp_path, text).grid(parse_place("SE"), YEAR).value == pytest.approx(in_g_per_kwh, rel=1e-15)


def test_widths_are_those_stated_else_those_of_the_class(tmp_path: Path) -> None:
    """No width is made up: a stated one says who stated it."""
    stated = tables(tmp_path, f"{GRID}log_sd = 0.1").grid(parse_place("SE"), YEAR).uncertainty[0]
    assert (stated.class_name, stated.log_sd) == ("own-factor", 0.1)
    assert "stated" in stated.derivation
    assert tables(tmp_path, GRID).grid(parse_place("SE"), YEAR).uncertainty[0].class_name == "grid-zone-lifecycle"


def test_a_csv_says_the_same_as_toml(tmp_path: Path) -> None:
    """One line a factor; the columns source_* and valid_* are its tables."""
    header = "kind,place,value,unit,valid_start,valid_end,source_name,source_publisher,source_license"
    line = "grid_intensity,SE,21.5,g/kWh,2026-01-01,2026-12-31,Grid statement,Example Grid,CC-BY-4.0"
    from_csv = tables(tmp_path, header, line, "", name="own.csv").grid(parse_place("SE"), YEAR)
    from_toml = tables(tmp_path, GRID).grid(parse_place("SE"), YEAR)
    assert from_csv.to_document() == from_toml.to_document()


def test_contracts_come_with_their_factors(tmp_path: Path) -> None:
    """What a contract delivers is a market-based factor of its own id; an offset has a mass and no factor."""
    ppa = (
        '[[instrument]]\ntype = "ppa"\nenergy_kwh = 20\nyear = 2026\nzone = "SE"\nsupplier = "Example Energy"\n'
        'factor = { value = 0, unit = "g/kWh" }\n'
    )
    offset = '[[instrument]]\nid = "credit"\ntype = "credit"\nmass_g = 1000\n'
    one, other = tables(tmp_path, ppa, offset).instruments()
    assert (one.id, one.energy_kwh, one.zone) == ("instrument-1", 20, "SE")
    assert one.vintage == {"start": "2026-01-01", "end": "2026-12-31"}
    assert one.factor is not None
    assert (one.factor.id, one.factor.value) == ("own:contract:instrument-1", 0)
    assert (one.factor.basis or {})["accounting"] == "market"
    assert one.factor.source == {"name": "ppa of Example Energy"}
    assert (other.type, other.mass_g, other.factor) == ("credit", 1000, None)


WRONG = [
    (GRID.replace('"SE"', '"ZZ"'), 'own.toml:1: "ZZ" is no place'),
    (GRID.replace("21.5", "-3"), "own.toml:1: value is -3; it may be 0 to 1e+15"),
    (GRID.replace("21.5", '"low"'), "own.toml:1: value is not a number"),
    (GRID.replace("21.5", "0.035"), "own.toml:1: 0.035 g/kWh is less than any grid has; if the number is in kg/kWh"),
    (GRID.replace("21.5", "35000"), "own.toml:1: a grid_intensity of 35000 g/kWh is not possible"),
    (GRID.replace('"g/kWh"', '"L/kWh"'), "own.toml:1: L/kWh is no unit of a factor of kind grid_intensity; give it in"),
    (GRID.replace('unit = "g/kWh"\n', ""), "own.toml:1: the unit is missing"),
    (GRID.replace("year = 2026\n", ""), "own.toml:1: the year is missing; say for which"),
    (GRID.replace("year = 2026", 'valid = { start = "2026-02-30", end = "2026-12-31" }'), "is no span of days"),
    (GRID.replace(SOURCE, ""), "own.toml:1: the factor has no source; a factor is cited"),
    (GRID.replace("year", "yaer"), "own.toml:1: yaer is no key of a factor"),
    (GRID.replace("year", 'attribution = "marginal"\nyear'), "own.toml:1: attribution is marginal; it may be average"),
    (GRID + GRID, "own.toml:8: a factor of SE for the same year stands already at own.toml:1"),
    (PUE.replace("1.21", "0.9"), "own.toml:1: a pue of 0.9 is not possible; it lies between 1 and 10"),
    (PUE.replace("value", 'scope = "direct"\nvalue'), "own.toml:1: scope says nothing of a factor of kind pue"),
    (PUE.replace('place = "any"', 'device = "H100"'), "own.toml:1: a factor of kind pue holds for a place"),
    (PUE.replace('place = "any"\n', ""), "own.toml:1: the place is missing; say where it holds"),
    (PUE.replace('"pue"', '"power"'), "own.toml:1: power is no kind of factor; known are grid_intensity, pue"),
    ('[[instrument]]\ntype = "credit"\nenergy_kwh = 3\n', "own.toml:1: an offset delivers no energy"),
    ('[[instrument]]\ntype = "green"\n', "own.toml:1: the type of the instrument is missing or unknown"),
    ("[[factor]\n", "own.toml: is not valid TOML"),
    ("pue = 1.2\n", "own.toml: pue is no table of own factors"),
    ("", "own.toml: there are no factors in it"),
]


@pytest.mark.parametrize(("text", "sentence"), WRONG, ids=[sentence[:48] for _, sentence in WRONG])
def test_what_is_wrong_is_one_sentence_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    """Nothing is guessed and nothing is left out in silence."""
    with pytest.raises(InvalidInputError) as caught:
        tables(tmp_path, text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("kind,place\npue\n", "own.csv:2: has 1 cells, and the first line names 2 columns"),
        ('kind,place,source_name,value\npue,any,x,"1,2"\n', "own.csv:2: value is not a number"),
        ('kind,place\npue,"any\n', "own.csv:2: is not valid CSV"),
    ],
)
def test_a_wrong_line_of_a_csv_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    """A decimal comma among them."""
    with pytest.raises(InvalidInputError) as caught:
        tables(tmp_path, text, name="own.csv")
    assert str(caught.value).startswith(sentence)


def test_a_file_that_cannot_be_opened_is_a_matter_of_usage(tmp_path: Path) -> None:
    """Exit status 2, as of any other file."""
    with pytest.raises(UsageError, match="own factors cannot be opened"):
        opened(str(tmp_path / "none.toml"))


@given(text=st.text(max_size=200), name=st.sampled_from(["own.toml", "own.csv"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_file_does_more_than_be_refused(tmp_path: Path, text: str, name: str) -> None:
    """Whatever stands in it, it is read or one of our errors says what is wrong."""
    (tmp_path / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    with suppress(JoulecardError):
        assert read_own(str(tmp_path / name)).factors


@given(values=st.dictionaries(st.sampled_from(KEYS), st.one_of(st.text(max_size=12), st.integers(), st.floats(),
       st.booleans(), st.dictionaries(st.text(max_size=6), st.text(max_size=12), max_size=3), st.none())))  # fmt: skip
def test_no_entry_does_more_than_be_refused(values: dict[str, object]) -> None:
    """Any value below any key."""
    whole = {
        "kind": "grid_intensity",
        "place": "SE",
        "value": 20,
        "unit": "g/kWh",
        "year": 2026,
        "source": {"name": "x"},
    }
    with suppress(InvalidInputError):
        factor_of(Entry({**whole, **values}, "own.toml:1"))


def test_the_shipped_example_says_one_of_each(tmp_path: Path) -> None:
    """Every kind that a file may hold, and a disclosure can be made with it."""
    example = tmp_path / "own_factors.toml"
    example.write_bytes((shipped("examples") / "own_factors.toml").read_bytes())
    own = read_own(str(example))
    assert {factor.kind for factor in own.factors} == KINDS.keys()
    assert [contract.instrument.type for contract in own.contracts] == ["ppa", "credit"]
