"""Files of facts: what is wrong in them is told in one sentence with its line, and nothing is guessed."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.disclosure.estimate.estimating import HEAD, NOW, facts_of

from joulecard.disclosure.estimate.keys import COMPANIONS, MEANINGS, NUMBERS, STAGE_KEYS, keys_of
from joulecard.disclosure.estimate.reading import read_facts
from joulecard.disclosure.estimate.whole import estimate
from joulecard.errors import InvalidInputError
from joulecard.factors import edition

STAGE = HEAD + '[[stage]]\nname = "train"\n'  # its first key stands on line 6

WRONG = {
    "pue = 0.9": ["facts.toml:6", "pue is 0.9, and cannot be below 1"],
    "hours = -3": ["facts.toml:6", "hours is -3, and must be above 0"],
    "gpu_hours = 0": ["gpu_hours is 0, and must be above 0"],
    'energy_kwh = "1,287 MWh"': ["energy_kwh must be a number without quotes and unit"],
    "energy_kwh = nan": ["energy_kwh must be a number that is finite"],
    "energy_kwh = inf": ["energy_kwh must be a number that is finite"],
    f"energy_kwh = 1{'0' * 400}": ["energy_kwh must be a number that is finite"],
    f"energy_kwh = {'9' * 5000}": ["is not TOML"],
    f"energy_kwh = {'[' * 5000}": ["is not TOML"],
    "energy_kwh = true": ["must be a number", "bool"],
    "energy_kwh = 1\nenergy_mwh = 2": ["facts.toml:7", "two ways to tell the same number"],
    "energy_joules = 5": ["energy_joules is in a unit that is not known", "energy_wh, energy_kwh"],
    "intensity_g_per_mwh = 5": ["in a unit that is not known", "intensity_lb_per_mwh"],
    "gpu_huors = 5": ["there is no key gpu_huors; did you mean gpu_hours?"],
    "colour = 5": ["there is no key colour"],
    "year = 2020.5": ["year is 2020.5, and must be a whole number"],
    "year = 1850": ["year is 1850, and cannot be below 1990"],
    "intensity_kg_per_kwh = 429": ["intensity_kg_per_kwh is 429, and cannot be above 2.5"],
    "power_utilisation = 70": ["power_utilisation is 70, and cannot be above 1"],
    'start = "2020"': ["start must be a date without quotes"],
    'phase = "trianing"': ['phase is "trianing"; did you mean "training"?'],
    "place = 46": ["place must be a text in quotes"],
    "price_per_kwh = 0.1": ["facts.toml:6: price_per_kwh says nothing without bill"],
    "lifespan_years = 5": ["lifespan_years says nothing without embodied_g_per_device or embodied"],
    "peak_tflop_per_s_per_device = 5": ["says nothing without flop"],
    "energy_kwh = 12 kWh": ["facts.toml:6: is not TOML"],
}


@pytest.mark.parametrize("line", WRONG, ids=lambda line: line[:30])
def test_what_is_wrong_is_told_with_its_line(line: str) -> None:
    """File, line, what is wrong and what would be right."""
    with pytest.raises(InvalidInputError) as caught:
        read_facts(STAGE + line + "\n", "facts.toml")
    assert all(part in str(caught.value) for part in WRONG[line])
    assert "\n" not in str(caught.value)


UNUSABLE = {
    'place = "XX"': "XX",
    'place = "aws/mars-1"': "mars-1",
    'place = "AQ"': "no table holds a grid intensity of AQ",
    "year = 2031": "facts.toml:.*year is 2031, which has not begun",
    "year = 2009": "no grid intensity of Sweden within 5 years of 2009",
    "energy_kwh = 5": "told by its energy and by hours and power",
    "co2e_kg = 5\nintensity_g_per_kwh = 20": "told by themselves and by an intensity",
    "start = 2020-05-01\nend = 2020-04-01": "lies before start",
    "start = 2020-05-01\nyear = 2021": "year is 2021, and the stage ran from 2020-05-01",
    "end = 2030-01-01": "yet to come",
    "water_l = 5\nwue_l_per_kwh = 1": "told by itself and by litres per kWh",
}


@pytest.mark.parametrize("lines", UNUSABLE)
def test_what_gives_no_figure_is_told_with_its_line(lines: str) -> None:
    """Unknown places, years without data and figures told in two ways are refused, not guessed."""
    usual = {"place": 'place = "SE"', "year": "year = 2025"}
    own = [line for key, line in usual.items() if not any(key in part or "start" in part for part in lines.split("\n"))]
    if "end = 2030" in lines:
        own = [usual["place"]]
    facts = facts_of("\n".join(["gpu_hours = 1000", "device_w = 400", 'covers = "accelerators"', *own, lines]))
    with pytest.raises(InvalidInputError, match=UNUSABLE[lines]) as caught:
        estimate(facts, edition(), NOW)
    assert caught.value.where.startswith("facts.toml:")


SILENT = {
    "gpu_hours = 5": "no energy without the power of a device",
    'gpu_hours = 5\naccelerator = "Abacus 9000"': "'Abacus 9000' is not known",
    'gpu_hours = 5\naccelerator = "A100"': "one of NVIDIA A100 SXM4 40GB, ",
    "device_w = 5": "nothing tells the energy",
    'gpu_hours = 5\naccelerator = "H100"\ncovers = "node"': "rated power of an accelerator is not that of its node",
    'hours = 5\ndevices = 8\ndevice_w = 5\ncovers = "node"\nhost_w = 5': "holds that of the hosts",
    "host_w = 5": "no energy without a time",
    "energy_kwh = 5": "whether the PUE is in the energy",
    'bill = 5\nenergy_basis = "it"': "without its price",
    "flop = 1e21\ndevice_w = 400": "no hours without the speed of a device",
    "flop = 1e21\nflop_per_s_per_device = 1e14\npeak_tflop_per_s_per_device = 300\ndevice_w = 1": "keep one of the two",
    'energy_kwh = 5\nenergy_basis = "it"\nembodied_kg_per_device = 3': "need the hours of the devices",
}


@pytest.mark.parametrize("lines", SILENT)
def test_what_is_missing_is_asked_for(lines: str) -> None:
    """Each sentence says which key would help."""
    with pytest.raises(InvalidInputError, match=SILENT[lines]) as caught:
        estimate(facts_of(f"year = 2025\n{lines}"), edition(), NOW)
    assert caught.value.mend


def test_without_a_year_nothing_is_estimated() -> None:
    """A grid has an intensity in a year, and a run has a time."""
    with pytest.raises(InvalidInputError, match="nothing tells when the stage ran; give year"):
        estimate(facts_of("gpu_hours = 5\ndevice_w = 400"), edition(), NOW)


def test_lifecycle_and_direct_intensities_do_not_meet() -> None:
    """One sum holds one scope."""
    stages = [
        f'gpu_hours = 5\ndevice_w = 400\nyear = 2025\nintensity_g_per_kwh = 100\nintensity_scope = "{scope}"'
        for scope in ("direct", "lifecycle")
    ]
    with pytest.raises(InvalidInputError, match="no sum may hold both"):
        estimate(facts_of(*stages), edition(), NOW)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "there is no \\[subject\\]"),
        (HEAD, "there is no \\[\\[stage\\]\\]"),
        (HEAD + "[stage]\nname = 'x'\n", "must be written \\[\\[stage\\]\\]"),
        (HEAD + "[[stage]]\nyear = 2020\n", "a stage needs a name"),
        ("[subject]\nversion = '1'\n[[stage]]\nname = 'x'\n", "\\[subject\\] has no name"),
        ("subject = 5\n", "subject must be a table"),
        (HEAD + "[[stage]]\nname = 'x'\n[stages]\n", "there is no key stages; did you mean stage"),
    ],
)
def test_a_file_that_lacks_a_part_is_refused(text: str, told: str) -> None:
    """The sentence names the table that is missing or wrong."""
    with pytest.raises(InvalidInputError, match=told):
        read_facts(text, "facts.toml")


def companions(member: str) -> str:
    """The lines of a file without which a member says nothing."""
    first = next((name for name in COMPANIONS.get(member, ()) if name != "embodied"), None)
    return f"{keys_of(first)[0]} = 1\n{companions(first)}" if first else ""


@given(st.sampled_from(sorted(NUMBERS)), st.floats(allow_nan=False))
def test_a_number_is_converted_or_refused(key: str, value: float) -> None:
    """Every key of a number takes what lies within its bounds, in one unit, and refuses the rest."""
    if key == "year":
        value = float(round(value)) if abs(value) < 1e9 else 0.0
    number = NUMBERS[key]
    scaled = value * number.per_unit if abs(value) < sys.float_info.max else math.inf
    text = f"{STAGE}{key} = {value!r}\n{companions(number.member)}"
    if number.least <= scaled <= number.most and not (number.above and scaled == number.least):
        assert getattr(read_facts(text, "facts.toml").stages[0], number.member) == scaled
    else:
        with pytest.raises(InvalidInputError, match=key):
            read_facts(text, "facts.toml")


@given(st.text(max_size=200))
def test_any_text_is_refused_with_the_name_of_the_file(text: str) -> None:
    """No text without a subject and a stage is facts, and none brings a traceback."""
    with pytest.raises(InvalidInputError, match=r"^facts\.toml"):
        read_facts(text, "facts.toml")


def test_every_key_has_a_meaning() -> None:
    """Whoever asks for the keys gets all of them explained."""
    assert {key for member in MEANINGS for key in keys_of(member)} == {*STAGE_KEYS}
