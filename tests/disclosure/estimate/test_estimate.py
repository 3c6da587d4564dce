"""What is known of a run becomes energy and emissions that anyone can recompute, with all that was assumed."""

from __future__ import annotations

import pytest
from tests.disclosure.estimate.estimating import (
    GPUS,
    HEAD,
    NOW,
    assumed,
    estimate_of,
    facts_of,
    level_of,
    only_stage,
)

from joulecard.disclosure.estimate.whole import estimate
from joulecard.errors import InvalidInputError
from joulecard.factors import edition

IT_KWH = {
    GPUS: 400.0,
    'devices = 8\nhours = 125\ndevice_w = 400\nplace = "SE"\nyear = 2025': 400.0,
    'devices = 8\ndays = 5\naccelerator = "A100-SXM4-80GB"\npower_utilisation = 0.5\nyear = 2025': 192.0,
    "gpu_hours = 1000\ndevice_w = 400\nhost_w = 500\ndevices = 10\nyear = 2025": 450.0,
    "hours = 10\nhost_kw = 91\nyear = 2025": 910.0,
    "flop = 3.6e20\nflop_per_s_per_device = 1e14\ndevice_w = 400\nyear = 2025": 400.0,
    "flop = 3.6e20\npeak_tflop_per_s_per_device = 200\nflop_utilisation = 0.5\ndevice_w = 400\nyear = 2025": 400.0,
    'energy_mwh = 0.4\nenergy_basis = "it"\nyear = 2025': 400.0,
    'energy_kwh = 400\nenergy_basis = "facility"\npue = 1.25\nyear = 2025': 320.0,
    'bill = 48\nprice_per_kwh = 0.12\ncurrency = "USD"\nenergy_basis = "it"\nyear = 2025': 400.0,
}


@pytest.mark.parametrize("stage", IT_KWH)
def test_each_way_to_know_the_energy(stage: str) -> None:
    """Hours and watts, devices and hours, FLOPs, kWh and bills all come to kWh of IT energy."""
    found = estimate_of(stage)
    assert found.disclosure.totals.new.energy_it.value == pytest.approx(IT_KWH[stage], rel=1e-12)


def test_figures_follow_by_hand() -> None:
    """1000 h x 400 W x 1.2 x 50 g/kWh."""
    stage = only_stage(estimate_of(f"{GPUS}\npue = 1.2\nintensity_g_per_kwh = 50"))
    assert stage.energy is not None
    assert stage.emissions is not None
    assert stage.energy.facility_total.value == pytest.approx(480.0, rel=1e-12)
    assert stage.emissions.operational_location.value == pytest.approx(24_000.0, rel=1e-12)


def test_estimates_are_recomputable_and_declared_energy_is_not() -> None:
    """Hours and watts reach L1; energy that somebody tells stays at L0."""
    estimated, declared = estimate_of(GPUS), estimate_of('energy_kwh = 400\nenergy_basis = "it"\nyear = 2025')
    assert [level_of(found) for found in (estimated, declared)] == ["L1", "L0"]
    assert [only_stage(found).energy.it_total.method for found in (estimated, declared)] == ["estimated", "declared"]  # type: ignore[union-attr]


def test_every_default_is_listed() -> None:
    """Power, hardware in it, day and scope that nobody told are assumptions, and nothing else is."""
    found = estimate_of(
        'devices = 8\nhours = 10\naccelerator = "A100-SXM4-80GB"\nyear = 2025\nplace = "aws/eu-north-1"\n'
        "intensity_g_per_kwh = 20"
    )
    told = assumed(found)
    assert any("70% of their rated power" in one for one in told)
    assert any("fleet mean of AWS" in one for one in told)
    assert any("taken for lifecycle emissions" in one for one in told)
    assert any("the first of 2025 stands for it" in one for one in told)


def test_what_is_told_is_no_default() -> None:
    """With everything told, nothing is assumed."""
    found = estimate_of(
        f"{GPUS.replace('year = 2025', 'start = 2025-02-01')}\ndevices = 10\npue = 1.1\n"
        'intensity_g_per_kwh = 20\nintensity_scope = "direct"'
    )
    assert found.disclosure.assumptions == ()
    assert found.disclosure.generator.profile == "direct"


def test_an_unknown_place_is_the_world_and_says_so() -> None:
    """As everywhere: the mean of the world, labelled as a default, with the widest interval."""
    found = estimate_of("gpu_hours = 1000\ndevice_w = 400\nyear = 2025")
    assert any("the place is unknown" in one for one in assumed(found))
    classes = {source.class_ for source in found.disclosure.uncertainty.sources}  # type: ignore[union-attr]
    assert "grid-world-for-unknown" in classes


def test_a_year_without_data_widens_the_interval_and_is_said() -> None:
    """The nearest year stands in, and the shift is a source of its own."""
    told = estimate_of(GPUS.replace("2025", "2021"))
    assert any("used for 2021" in item.statement for item in told.disclosure.assumptions)
    classes = {source.class_ for source in told.disclosure.uncertainty.sources}  # type: ignore[union-attr]
    assert "grid-year-shift" in classes


def test_without_a_pue_the_boundary_is_not_the_facility() -> None:
    """Accelerators alone, with a host the node, with a PUE the facility: and cooling is left out or in."""
    stages = (GPUS, f"{GPUS}\ndevices = 10\nhost_w = 100", f"{GPUS}\npue = 1.2")
    scopes = [estimate_of(stage).disclosure.boundary.scope_level for stage in stages]
    assert scopes == ["accelerator", "node", "facility"]


def test_facility_energy_without_a_pue_is_taken_as_it_is() -> None:
    """It is multiplied with the grid's intensity, and the IT energy is not available."""
    stage = only_stage(
        estimate_of('energy_kwh = 100\nenergy_basis = "facility"\nyear = 2025\nintensity_g_per_kwh = 50')
    )
    assert stage.energy is not None
    assert stage.emissions is not None
    assert (stage.energy.it_total.value, stage.energy.facility_total.value) == (None, 100.0)
    assert stage.emissions.operational_location.value == pytest.approx(5000.0)


def test_emissions_alone_are_a_disclosure() -> None:
    """A model card that tells nothing but tonnes."""
    found = estimate_of("co2e_t = 3\nyear = 2025")
    assert found.disclosure.totals.new.operational_location.value == 3e6
    assert found.disclosure.totals.new.energy_it.reason == (
        "the authors state emissions, and nothing of the energy behind them"
    )
    assert level_of(found) == "L0"


def test_hardware_and_water_where_they_are_told() -> None:
    """SCI's share of each device's life; WUE of IT energy and the plants' water of facility energy."""
    found = estimate_of(
        f"{GPUS}\ndevices = 10\npue = 1.2\nembodied_kg_per_device = 876\nlifespan_years = 5\n"
        "lifespan_utilisation = 0.8\nwue_l_per_kwh = 0.5"
    )
    totals = found.disclosure.totals.new
    assert totals.embodied is not None
    assert totals.water is not None
    assert totals.operational_and_embodied is not None
    assert totals.embodied.value == pytest.approx(876_000 * 1000 / (5 * 8760 * 0.8))
    assert totals.water.value == pytest.approx(200.0)
    assert totals.operational_and_embodied.value == pytest.approx(
        totals.operational_location.value + totals.embodied.value  # type: ignore[operator]
    )
    assert "embodied" in found.disclosure.boundary.lifecycle_included


def test_a_lifespan_that_nobody_tells_is_a_default() -> None:
    """It comes from the edition's table."""
    found = estimate_of(f"{GPUS}\nembodied_kg_per_device = 876")
    assert "The hardware is used for 4 years: nothing tells it" in assumed(found)


def test_stages_sum_and_units_divide() -> None:
    """Two stages, and what a token took."""
    head = f'{HEAD}[[functional_unit]]\nname = "tokens"\nquantity = 1e9\nunit = "token"\n\n'
    totals = estimate_of(GPUS, GPUS, head=head).disclosure.totals
    assert totals.new.energy_it.value == pytest.approx(800.0)
    assert totals.per_functional_unit is not None
    (rate,) = totals.per_functional_unit
    assert rate.energy_it is not None
    assert rate.energy_it.value == pytest.approx(8e-7)


def test_the_publication_is_the_source_of_what_it_states() -> None:
    """Whoever doubts a factor finds the page it stands on."""
    head = '[publication]\nname = "A paper"\nversion = "v2"\nuri = "https://example.org/paper"\n' + HEAD
    found = estimate_of(f"{GPUS}\npue = 1.2\nintensity_g_per_kwh = 50", head=head)
    assert {factor.source.name for factor in found.disclosure.factors} == {"A paper"}
    assert {factor.source.version for factor in found.disclosure.factors} == {"v2"}


def test_market_based_emissions_stand_beside() -> None:
    """Contracts change nothing of the location-based number."""
    with_market, without = estimate_of(f"{GPUS}\nmarket_co2e_t = 0"), estimate_of(GPUS)
    totals = with_market.disclosure.totals.new
    assert totals.operational_market is not None
    assert totals.operational_market.value == 0
    assert totals.operational_location == without.disclosure.totals.new.operational_location


def test_the_same_facts_have_the_same_name() -> None:
    """The id of the document is made from what it says."""
    first, again, other = (
        estimate(facts_of(stage), edition(), NOW).disclosure.document.id for stage in (GPUS, GPUS, f"{GPUS}\npue = 1.1")
    )
    assert first == again
    assert first != other


def test_slips_of_the_publication_are_told_and_listed() -> None:
    """Grams in the field of kilograms: said to the caller, and in the document."""
    found = estimate_of(f"{GPUS}\nintensity_g_per_kwh = 50\nstated_co2e_kg = 20000")
    (told,) = found.compared.contradictions
    assert told.startswith("train 1: ")
    assert any(told in statement for statement in assumed(found, default=False))


def test_published_figures_that_follow_are_said_to() -> None:
    """Within what rounding of the print explains."""
    compared = estimate_of(f"{GPUS}\nintensity_g_per_kwh = 50\nstated_co2e_kg = 20.1").compared
    assert compared.contradictions == ()
    assert compared.agreements == ("train 1: emissions 20.1 kg CO2e published, 20.0 kg CO2e from the inputs",)


def test_a_sum_that_does_not_add_is_told() -> None:
    """What the file states of all stages is compared with their sum."""
    head = f"stated_energy_kwh = 900\n{HEAD}"
    (told,) = estimate_of(GPUS, GPUS, head=head).compared.contradictions
    assert told.startswith("all stages: energy 900 kWh published")


def test_a_stage_that_is_still_young_ends_by_now() -> None:
    """Of this year, and so long that it cannot have begun on its first day."""
    stage = only_stage(estimate_of("gpu_hours = 1000\ndevice_w = 400\nyear = 2026\ndays = 360"))
    assert stage.time is not None
    assert stage.time.end == "2026-11-21T12:00:00Z"


def test_hardware_of_the_tables() -> None:
    """Where the authors know the model of their accelerators and not what making one emitted."""
    found = estimate_of(f'{GPUS}\naccelerator = "B200"\ndevices = 8\nembodied = "tables"')
    totals = found.disclosure.totals.new
    assert totals.embodied is not None
    assert totals.embodied.value == pytest.approx(284_200 * 1000 / (4 * 8760))


def test_what_differs_by_our_own_assumptions_is_no_contradiction() -> None:
    """Where the grid is of the tables and the power assumed, the publication may well be right."""
    stage = 'gpu_hours = 1000\naccelerator = "A100-SXM4-80GB"\nplace = "SE"\nyear = 2025\nstated_co2e_kg = 100'
    compared = estimate_of(stage).compared
    assert (compared.agreements, compared.contradictions) == ((), ())
    assert compared.differences[0].endswith("from the inputs and what is assumed")


def test_energy_of_an_untold_basis_is_compared_with_both() -> None:
    """A publication that does not say whether its energy holds the PUE may mean either."""
    for energy_kwh in (400, 480):
        stage = f"{GPUS}\npue = 1.2\nintensity_g_per_kwh = 50\nstated_energy_kwh = {energy_kwh}"
        assert estimate_of(stage).compared.contradictions == ()


def test_results_and_runs_are_told() -> None:
    """What the model achieved, and that searches and trials are in."""
    head = f'runs = "all"\n{HEAD}[[quality_metric]]\nname = "accuracy"\nvalue = 0.7\n\n'
    found = estimate_of(GPUS, head=head).disclosure
    assert found.subject.quality_metrics is not None
    assert [(each.name, each.value) for each in found.subject.quality_metrics] == [("accuracy", 0.7)]
    assert found.boundary.runs_counted == "all"
    assert "runs" not in {each.part for each in found.boundary.exclusions}


def test_two_runs_share_neither_executions_nor_errors_of_their_own() -> None:
    """What is stated of one run is no statement on another, even where it reads the same."""
    one, other = (
        estimate_of(f"{GPUS}\nintensity_g_per_kwh = 50", head=HEAD.replace("a model", name)) for name in ("a", "b")
    )
    assert only_stage(one).execution_id != only_stage(other).execution_id
    ids = [{source.id for source in each.disclosure.uncertainty.sources} for each in (one, other)]  # type: ignore[union-attr]
    assert not any(name.startswith("hours-stated") for name in ids[0] & ids[1])
    assert any(name.startswith("grid-stated") for name in ids[0] & ids[1])


@pytest.mark.parametrize("known", ["devices = 8", "hours = 125", "start = 2025-03-01\nend = 2025-03-09"])
def test_a_duration_that_nobody_tells_is_a_gap(known: str) -> None:
    """A year alone does not tell how long a stage took; devices, hours or two dates do."""
    (gap,) = estimate_of(GPUS).disclosure.gaps
    assert (gap.what, gap.stage_ref) == ("how long it took", "s1")
    assert estimate_of(f"{GPUS}\n{known}").disclosure.gaps == ()


@pytest.mark.parametrize(
    ("rate", "told"),
    [
        (
            "peak_tflop_per_s_per_device = 200\nflop_utilisation = 0.5",
            "2e+14 FLOP/s a device, of which 0.5 was achieved",
        ),
        ("flop_per_s_per_device = 1e14", "1e+14 FLOP/s a device, as achieved"),
    ],
)
def test_hours_that_follow_from_operations_are_listed(rate: str, told: str) -> None:
    """With operations, speed and utilisation a reader gets the hours of all devices."""
    found = estimate_of(f"flop = 3.6e20\n{rate}\ndevice_w = 400\nyear = 2025")
    assert f"The hours of all devices follow from 3.6e+20 FLOP at {told}" in assumed(found, default=False)


def test_a_name_that_only_one_accelerator_can_bear_is_taken_for_it() -> None:
    """H100 SXM5 is one row of the table, and that it was meant is an assumption; A100 may be four."""
    found = estimate_of('gpu_hours = 1000\naccelerator = "H100 SXM5"\npower_utilisation = 1\nyear = 2025')
    assert found.disclosure.totals.new.energy_it.value == pytest.approx(700.0, rel=1e-12)
    assert any(told.startswith("H100 SXM5 is taken for NVIDIA H100 SXM5 80GB") for told in assumed(found))
    found = estimate_of('gpu_hours = 1000\naccelerator = "H100"\npower_utilisation = 1\nyear = 2025')
    named = "H100 is taken for NVIDIA H100 SXM5 80GB: the tables hold NVIDIA H100 PCIe 80GB, NVIDIA H100 NVL"
    assert any(told.startswith(named) for told in assumed(found))
    with pytest.raises(InvalidInputError, match="give device_w, or one of NVIDIA A100 SXM4 40GB, "):
        estimate_of('gpu_hours = 1000\naccelerator = "A100"\nyear = 2025')


@pytest.mark.parametrize(
    ("power", "told"),
    [
        ("device_w = 0.4", "device_w is 0.4, and cannot be below 1; kilowatts are told by device_kw"),
        ("device_w = 0", "device_w is 0, and cannot be below 1"),
        ("device_kw = 0.0001", "device_kw is 0.0001, and cannot be below 0.001"),
        ("device_w = 400\npower_utilisation = 0", "power_utilisation is 0, and must be above 0"),
        ("device_w = 400\nhost_w = 0", "host_w is 0, and must be above 0"),
    ],
)
def test_a_power_of_nothing_or_in_the_wrong_unit_is_refused(power: str, told: str) -> None:
    """Kilowatts in a field of watts would make the energy a thousandth, and no power none at all."""
    with pytest.raises(InvalidInputError, match=told):
        estimate_of(f"gpu_hours = 1000\n{power}\ndevices = 8\nyear = 2025")
