"""Findings are true of the numbers they are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.disclosure.sums import ADVICE
from joulecard.factors import edition
from joulecard.rendering.findings import (
    FAMILIES,
    quality_finding,
    stages_finding,
    strip_finding,
    weakest_input,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def a_document(**shares: float) -> dict[str, Any]:
    """As much of a disclosure as the drivers need: classes with their shares of the variance."""
    classes = {name.replace("_", "-"): share for name, share in shares.items()}
    return {
        "uncertainty": {
            "sources": [{"id": f"{name}@x", "class": name} for name in classes],
            "drivers": [
                {"source_ref": f"{name}@x", "variance_share": share, "advice": f"a better {name}"}
                for name, share in classes.items()
            ],
        }
    }


def test_the_widest_input_is_named_with_what_would_narrow_it() -> None:
    """Two sources of the grid factor count together; the advice is that of the wider one."""
    found = weakest_input(a_document(cpu_tdp_model=0.4, grid_year_shift=0.2, grid_country_lifecycle=0.4))
    assert found is not None
    assert found.title == "The weakest input is the grid factor"
    assert found.detail.startswith("60\u202f% of the variance")
    assert found.detail.endswith("narrow the interval most: a better grid-country-lifecycle.")


def test_a_tie_names_both() -> None:
    """Nothing is ranked that lies within five points."""
    found = weakest_input(a_document(cpu_vcpu_unknown=0.49, grid_country_lifecycle=0.51))
    assert found is not None
    assert found.title == "The grid factor and the CPU power model widen the interval about equally"


def test_a_measured_input_can_be_the_widest() -> None:
    """Where all else is known better, even a counter is what is left to improve."""
    found = weakest_input(a_document(rapl_package=1.0))
    assert found is not None
    assert found.title == "The weakest input is the CPU's energy counters"


@pytest.mark.parametrize("document", [{}, {"uncertainty": {"sources": []}}, {"uncertainty": {"drivers": []}}])
def test_without_drivers_there_is_no_finding(document: dict[str, Any]) -> None:
    """A neutral page rather than a false finding."""
    assert weakest_input(document) is None


def test_every_class_of_the_edition_has_a_family_and_advice() -> None:
    """A new class in the table needs words before it reaches a page."""
    grid = edition().grid(None, 2026)
    known = {source.class_name for source in grid.uncertainty}
    assert known <= ADVICE.keys()
    assert {name.partition("-")[0] for name in ADVICE} <= FAMILIES.keys()


def ran(*grams: float | None, names: str = "abcdefghijklmnopqrstuvwxyz", status: str = "completed") -> dict[str, Any]:
    """As much of a disclosure as its stages need: each with its emissions in g, None where they are not known."""
    stages = [
        {
            "name": name,
            "status": status,
            "energy": {},
            "emissions": {"operational_location": {"method": "not_available"} if value is None else {"value": value}},
        }
        for name, value in zip(names, grams, strict=False)
    ]
    return {"stages": stages, "gaps": [], "totals": {"headline": "new"}}


def partial(document: dict[str, Any]) -> dict[str, Any]:
    """The same with one more stage of which there is no record."""
    gap = {"what": "stage:publish", "reason": "publish: not recorded: it has not run"}
    return {**document, "gaps": [gap]}


def reused(document: dict[str, Any]) -> dict[str, Any]:
    """The same where nothing ran, and every result is an earlier one."""
    stages = [
        {"name": each["name"], "status": "cached", "reused_from": {"emissions": each["emissions"]}}
        for each in document["stages"]
    ]
    return {**document, "stages": stages, "totals": {"headline": "including_reused"}}


def said(text: str) -> str:
    """The text with ordinary spaces."""
    return text.replace("\u202f", " ")


@pytest.mark.parametrize(
    ("grams", "told"),
    [
        ((76, 16, 8), "One stage carries three quarters of the footprint"),
        ((66, 21, 13), "One stage carries two thirds of the footprint"),
        ((58, 22, 20), "One stage carries 58 % of the footprint"),
        ((90, 10), "One stage carries nine tenths of the footprint"),
        ((99, 1), "One stage carries nearly all of the footprint"),
        ((7,), "One stage makes up the whole footprint"),
        ((7, 0, 0), "One stage makes up the whole footprint"),
        ((50, 50), "Two stages share the footprint about equally"),
        ((55, 45), "Two stages share the footprint"),
        ((45, 35, 10, 10), "Two stages carry 80 % of the footprint"),
        ((30, 30, 30, 10), "Three stages carry nine tenths of the footprint"),
        ((25, 25, 25, 25), "No single stage dominates the footprint"),
        ((40, 30, 30), "No single stage dominates the footprint"),
        (tuple(range(1, 21)), "No single stage dominates the footprint"),
        ((0, 0), "Emissions by stage"),
        ((5, None), "Emissions by stage, as far as they are known"),
    ],
)
def test_the_strip_is_summed_up_in_a_line(grams: tuple[float | None, ...], told: str) -> None:
    """In words where a share is close to a round one; nothing is ranked that lies close together."""
    assert said(strip_finding(ran(*grams))) == told


def test_a_part_of_the_pipeline_is_not_called_the_whole() -> None:
    """With a stage of which there is no record, the shares are those of what is on record."""
    assert strip_finding(partial(ran(76, 16, 8))) == "One stage carries three quarters of the footprint on record"
    found = stages_finding(partial(ran(76, 16, 8)))
    assert found.title == "Of what is on record, a dominates; b comes second"
    assert "Only 3 of 4 stages are on record" in found.detail


def test_reused_results_are_not_called_the_footprint_of_this_run() -> None:
    """Where nothing ran the shares are those of what the reused results had cost."""
    assert (
        strip_finding(reused(ran(76, 16, 8))) == "One stage carries three quarters of what the reused results had cost"
    )
    assert stages_finding(reused(ran(76, 24))).title == "Nothing ran anew: these are the emissions of reused results"


@pytest.mark.parametrize(
    ("grams", "title"),
    [
        ((76, 16, 8), "A dominates; b comes second"),
        ((76, 13, 11), "A dominates; the others lie close together"),
        ((92, 5, 3), "A dominates; all else is small"),
        ((55, 42, 3), "A weighs most, then b"),
        ((40, 30, 30), "A weighs most"),
        ((50, 48, 2), "A and b weigh about the same"),
        ((34, 33, 33), "No stage stands out"),
        ((5,), "All emissions come from a"),
        ((5, 0), "All emissions come from a"),
        ((0, 0), "Where the emissions arose"),
        ((5, None), "Where the emissions arose"),
        ((), "Where the emissions arose"),
    ],
)
def test_the_stages_are_ranked_only_where_they_lie_apart(grams: tuple[float | None, ...], title: str) -> None:
    """Neither a tie nor an unknown stage makes a winner."""
    assert stages_finding(ran(*grams)).title == title


def test_the_detail_gives_the_shares() -> None:
    """The two greatest by name and the others together; three stages each by its name."""
    assert (
        said(stages_finding(ran(70, 20, 6, 4)).detail)
        == "Share of the emissions: a 70 %, b 20 % and the other 2 stages 10 %."
    )
    assert said(stages_finding(ran(70, 20, 10)).detail) == "Share of the emissions: a 70 %, b 20 % and c 10 %."
    assert stages_finding(ran(70)).detail == "It is the only stage on record."
    assert stages_finding(ran(5, None)).detail == "The emissions of 1 of 2 stages are not known in full."


def test_executions_of_one_stage_count_together_and_failed_ones_are_told() -> None:
    """A sweep is one stage, and what its failed runs cost is said."""
    document = ran(30, 30, 30, 10, names="ttte")
    document["stages"][0]["status"] = "failed"
    document["stages"][1]["status"] = "interrupted"
    found = stages_finding(document)
    assert found.title == "T dominates; e comes second"
    assert said(found.detail).endswith("Executions that failed or were interrupted account for 60 %.")


def test_a_name_that_is_no_plain_word_keeps_its_letters() -> None:
    """A capital would make another name of it."""
    document = ran(90, 10)
    document["stages"][0]["name"] = "mlpTrain"
    assert stages_finding(document).title.startswith("mlpTrain dominates")


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=12))
def test_no_title_claims_what_the_shares_do_not_bear(grams: list[float]) -> None:
    """Who dominates has at least half and half as much again as the next; two that weigh the same do so within 5 %."""
    title, line = stages_finding(ran(*grams)).title, strip_finding(ran(*grams))
    ranked = [*sorted((each / (sum(grams) or 1) for each in grams), reverse=True), 0.0, 0.0]
    assert ("dominates" not in title) or (ranked[0] >= 0.5 and ranked[0] >= 1.49 * ranked[1])
    assert ("about the same" not in title) or ranked[0] - ranked[1] < 0.051
    assert ("weighs most" not in title) or ranked[0] - ranked[1] > 0.049
    assert ("half" not in line) or abs(sum(ranked[: {"One": 1, "Two": 2, "Thr": 3}[line[:3]]]) - 0.5) < 0.02
    assert not line.startswith("One stage carries") or ranked[0] >= 0.5


def measured(energy: dict[str, Any], **shares: float) -> dict[str, Any]:
    """As much of a disclosure as the heading on quality needs."""
    totals = {"headline": "new", "new": {"energy_it": energy}}
    return {**a_document(**shares), "stages": [], "gaps": [], "totals": totals}


@pytest.mark.parametrize(
    ("energy", "how"),
    [
        ({"value": 1, "method": "measured", "measured_fraction": 1.0}, "Energy is measured"),
        ({"value": 1, "method": "modelled", "measured_fraction": 0.707}, "71 % of the energy is measured"),
        ({"value": 1, "method": "modelled", "measured_fraction": 0.9999}, "> 99.9 % of the energy is measured"),
        ({"value": 1, "method": "modelled", "measured_fraction": 0.0}, "Energy is modelled"),
        ({"value": 1, "method": "estimated"}, "Energy is estimated"),
        ({"value": 1, "method": "declared"}, "Energy is declared"),
    ],
)
def test_the_heading_on_quality_says_how_the_energy_was_got(energy: dict[str, Any], how: str) -> None:
    """And names the weakest input; of two that lie close together both; none where none is told."""
    assert said(quality_finding(measured(energy))) == how
    weakest = quality_finding(measured(energy, grid_country_lifecycle=0.8, pue_fleet_default=0.2))
    assert said(weakest) == f"{how}; the grid factor is the weakest input"
    both = quality_finding(measured(energy, grid_country_lifecycle=0.51, pue_fleet_default=0.49))
    assert said(both) == f"{how}; the grid factor and the PUE are the weakest inputs"


def test_the_heading_on_quality_keeps_to_what_is_on_record() -> None:
    """Of a partial pipeline only the recorded energy is known to be measured; without energy nothing is."""
    energy = {"value": 1, "method": "measured"}
    assert quality_finding(partial(measured(energy))) == "Recorded energy is measured"
    assert quality_finding(measured({"method": "not_available"}, rapl_package=1.0)) == "Energy is not known"


def test_real_records_have_true_headings(document: Callable[[str], dict[str, Any]], record: str) -> None:
    """Every record of this folder has a short heading for each part, which names no number as 0 or 100 in vain."""
    found = document(record)
    stages = stages_finding(found)
    for heading in (strip_finding(found), stages.title, quality_finding(found)):
        assert heading[:1].isupper() or heading[:1].isdigit()
        assert not heading.endswith(".")
        assert len(heading) <= 120
    assert stages.detail.endswith(".")
