"""Pages of runs that nobody recorded: what is not told is not shown, and the energy can be recomputed from the page."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.disclosure.estimate.estimating import GPUS, estimate_of

from joulecard.rendering.energy_check import Draw, energy_check
from joulecard.rendering.html import html_report
from joulecard.rendering.latex import paper_appendix
from joulecard.rendering.model_card import model_card
from joulecard.rendering.sections.inputs import inputs
from joulecard.rendering.view import view

YEAR_ALONE = GPUS
STARTED = GPUS.replace("year = 2025", "start = 2025-03-01")
TIMED = f"{GPUS}\ndevices = 8"
STAND_INS = ("364\u202fd", r"364\,d", "0.001\u202fs", r"0.001\,s", "stage in ,", "stage, )")
BILL = 'bill = 48\nprice_per_kwh = 0.12\nenergy_basis = "it"\nyear = 2025'


def a_document(*stages: str) -> dict[str, Any]:
    """What becomes of facts, as pages read it."""
    return estimate_of(*stages).disclosure.model_dump(mode="json", by_alias=True, exclude_none=True)


def comes_out(draw: Draw) -> bool:
    """Whether the product of the printed digits gives the printed energy."""
    exact = Decimal(draw.hours) * Decimal(draw.watts) * Decimal(draw.share or 1) / 1000
    return exact.quantize(Decimal(draw.kwh), rounding=ROUND_HALF_EVEN) == Decimal(draw.kwh)


@pytest.mark.parametrize("facts", [YEAR_ALONE, STARTED])
def test_a_duration_that_nobody_tells_is_not_shown(facts: str) -> None:
    """Neither the year nor the day that stands for it is printed as a running time."""
    document = a_document(facts)
    card = view(document)
    assert [card.duration, card.new.duration, *(row.duration for row in card.rows)] == ["", "", ""]
    assert card.hugging_face.hours == "1000 h (of all accelerators together)"
    for page in (model_card(document), paper_appendix(document, b""), html_report(document, b"")):
        assert not any(stand_in in page for stand_in in STAND_INS)


def test_a_duration_that_is_told_is_shown() -> None:
    """1000 GPU-hours on 8 devices are 125 h."""
    card = view(a_document(TIMED))
    assert card.duration == card.new.duration == "5\u202fd 5\u202fh"
    assert card.hugging_face.hours == "125 h (all stages and nodes together, by the clock)"


def test_one_untold_duration_leaves_the_total_untold() -> None:
    """The sum of a known and an unknown time is unknown."""
    card = view(a_document(TIMED, YEAR_ALONE))
    assert [row.duration for row in card.rows] == ["5\u202fd 5\u202fh", ""]
    assert card.duration == card.new.duration == ""


def test_hours_that_nothing_tells_are_unknown() -> None:
    """A bill tells neither hours of devices nor how long they ran."""
    assert view(a_document(BILL)).hugging_face.hours == "unknown (nothing tells how long it took)"


@given(st.floats(1e-3, 1e8), st.floats(1, 1e5).map(lambda value: round(value, 2)), st.sampled_from([None, 0.7, 0.31]))
def test_the_printed_energy_comes_out(hours: float, watts: float, share: float | None) -> None:
    """For any hours, power and share of it."""
    used = {"utilization": share} if share else {}
    term = {"amount": hours * 3600 * (share or 1.0), "unit": "s", "factor_ref": "power"}
    factor = {"id": "power", "kind": "power_model", "value": watts, "unit": "W"}
    component = {"activity": [term], **used}
    (draw,) = energy_check({"factors": [factor], "stages": [{"energy": {"components": [component]}}]})
    assert comes_out(draw)
    assert float(draw.kwh) == pytest.approx(hours * watts * (share or 1.0) / 1000, rel=1e-5)
    assert draw.share == (str(share) if share else "")


def test_the_energy_can_be_checked_on_every_page() -> None:
    """Hours, power and product stand in the model card, the appendix of a paper and the report."""
    document = a_document(f"{GPUS}\npower_utilisation = 0.5")
    assert "**To check the energy:** 1000 h × 400 W × 0.5 = 200 kWh.\n" in model_card(document)
    assert r"\qty{1000}{h} \ensuremath{\times} \qty{400}{W}" in paper_appendix(document, b"")
    assert "Recomputing the energy" in html_report(document, b"")


def test_energy_that_is_told_has_no_product() -> None:
    """Where a part of the energy is no product of hours and power, no line claims that all of it is."""
    assert energy_check(a_document(GPUS, BILL)) == ()
    assert "To check the energy" not in model_card(a_document(GPUS, BILL))


def test_a_boundary_of_accelerators_speaks_of_no_node() -> None:
    """What leaves processors and memory out is not the whole of a node."""
    assert "node" not in view(a_document(GPUS)).attribution
    assert "node" not in view(a_document(f"{GPUS}\npue = 1.2")).scope
    assert "node" in view(a_document(BILL)).attribution


def test_powers_are_named_by_their_device() -> None:
    """Two stages with different hardware have two lines that can be told apart."""
    document = a_document(f'{GPUS}\naccelerator = "TPU v3"', f'{GPUS}\naccelerator = "V100"')
    names = [factor.name for factor in view(document).factors if " power of " in factor.name]
    assert names == ["Stated power of tpu-v3", "Stated power of v100"]


def test_operations_are_printed_without_exponents() -> None:
    """3.8e25 FLOP are 38 000 ZFLOP."""
    document = a_document("flop = 3.8e25\npeak_tflop_per_s_per_device = 989\ndevice_w = 700\nyear = 2025")
    assert view(document).declared == "38\u202f000\u202fZFLOP, declared"


def test_a_stated_pue_is_no_default() -> None:
    """What the authors state is a factor; a fleet's mean that stands in for one is a default."""
    stated, taken = a_document(f"{GPUS}\npue = 1.2"), a_document(GPUS.replace('"SE"', '"aws/eu-north-1"'))
    found = [next(line.method for line in inputs(each)[0] if line.name == "PUE") for each in (stated, taken)]
    assert found == ["factor", "default"]
