"""Segments joined with a factor edition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.capture.segment import Activity, Gap, Reading, Segment
from joulecard.disclosure.tally import SegmentTally, combine, stage_record, tally, zoned_countries
from joulecard.errors import InvalidInputError
from joulecard.factors import edition
from joulecard.surroundings.machine import Accelerator, Machine
from joulecard.surroundings.place import Evidence, Place
from joulecard.surroundings.software import Software

FACTORS = edition("2026.11")
HOST = "0123456789ab"
XEON = "Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz"
PACKAGE = Reading("cpu", "rapl", "package-0", node_j=3_600_000, share_j=1_800_000, coverage=1.0, idle_j=720_000)
DRAM = Reading("dram", "rapl", "dram-0", node_j=360_000, share_j=180_000, coverage=1.0)
ACTIVITY = Activity(8.0, "wait4", 9.0, core_s=320.0, memory_gb_s=2000.0, reserved_by="even_split", coverage=1.0)
STOCKHOLM = Place((Evidence("setting", "high", "aws", "eu-north-1", "SE"),))
SWEDEN = Place((Evidence("setting", "high", country="SE"),))


def segment(*energy: Reading, **changes: Any) -> Segment:
    """Ten seconds of a stage on a known CPU in a Swedish cloud, 2025."""
    made = Segment(
        id="e3a1c2d4-0000-4000-8000-000000000001",
        execution_id="3c1f8d3e-0000-8000-8000-000000000001",
        group="5b8d3e0c-0000-4000-8000-000000000001",
        stage="train",
        attempt=1,
        scope="node",
        status="completed",
        start="2025-11-21T09:00:00.000Z",
        end="2025-11-21T09:00:10.000Z",
        monotonic_s=10.0,
        clock_step_s=0.0,
        attribution="allocated",
        host_ref=HOST,
        coverage=1.0,
        energy=energy,
        activity=ACTIVITY,
        machine=Machine(XEON, 32, 200.0, "x86_64"),
        place=STOCKHOLM,
        software=Software("joulecard", "0.1.0", "3.12.4", "Linux 6.1"),
    )
    return replace(made, **changes)


def joined(*segments: Segment) -> SegmentTally:
    """The sum of the segments' tallies."""
    return combine([tally(part, FACTORS) for part in segments])


def test_one_measured_kilowatt_hour_at_fleet_pue_in_stockholm() -> None:
    """0.5 kWh CPU + 0.05 kWh memory, x 1.14, x 20 g/kWh (zone SE3, 2025) = 12.54 g."""
    result = tally(segment(PACKAGE, DRAM), FACTORS)
    assert result.energy_it.known == pytest.approx(0.55)
    assert (result.energy_it.method, result.energy_it.measured_fraction) == ("measured", 1.0)
    assert result.energy_facility.known == pytest.approx(0.627)
    assert (result.co2e_g, result.energy_wh, result.duration_s) == pytest.approx((12.54, 550, 10.0))
    assert (result.basis, result.lines[0].energy_basis, result.lines[0].factor.id) == (
        "facility",
        "facility",
        "grid:SE-SE3:2025",
    )
    assert {source.id: source.log_sd for source in result.sources} == {
        f"rapl-package@cpu@{HOST}": 0.03,
        f"rapl-dram@dram@{HOST}": 0.1,
        f"share-cpu-time@host@{HOST}": 0.17,
        "pue-fleet-default@pue:aws": 0.06,
        "grid-zone-lifecycle@grid:SE-SE3": 0.32,
    }


def test_a_counter_keeps_the_node_and_the_idle_part() -> None:
    """Component of a counter: node energy, share of it, idle and dynamic part, and no activity."""
    cpu, dram = tally(segment(PACKAGE, DRAM), FACTORS).components
    assert (cpu.kind, cpu.resource, cpu.sensor, cpu.activity) == ("cpu", f"cpu@{HOST}", "rapl", ())
    assert (cpu.node_kwh, cpu.node_share, cpu.idle_kwh, cpu.dynamic_kwh) == pytest.approx((1.0, 0.5, 0.2, 0.3))
    assert (dram.idle_kwh, dram.dynamic_kwh) == (None, None)


def test_without_counters_activity_is_multiplied_by_a_power_model() -> None:
    """Reserved vCPU time draws idle power, busy time the rest, reserved memory by size; the terms give the energy."""
    result = tally(segment(), FACTORS)
    cpu, memory = result.components
    full_w = 150 / 32
    idle_w = full_w * FACTORS.cpu_model(segment().machine)[0].value / full_w
    assert (cpu.sensor, cpu.model) == ("power_model", "cpu-tdp")
    assert cpu.energy.known * 3.6e6 == pytest.approx(320 * idle_w + 8 * (full_w - idle_w))
    assert memory.energy.known * 3.6e6 == pytest.approx(2000 * 0.3725)
    for component in result.components:
        assert sum(term.amount * term.factor.value for term in component.activity) / 3.6e6 == pytest.approx(
            component.energy.known
        )
    assert [(term.amount, term.unit) for term in cpu.activity] == [(320.0, "vCPU.s"), (8.0, "vCPU.s")]
    assert (cpu.idle_kwh or 0) + (cpu.dynamic_kwh or 0) == pytest.approx(cpu.energy.known)
    assert (result.energy_it.method, result.energy_it.measured_fraction) == ("modelled", 0.0)


def test_a_counter_replaces_only_its_own_model() -> None:
    """With a package counter and no dram counter the memory is modelled: the sum is modelled, mostly measured."""
    result = tally(segment(PACKAGE), FACTORS)
    assert [(part.kind, part.sensor, part.model) for part in result.components] == [
        ("cpu", "rapl", None),
        ("dram", "power_model", "memory-watts-per-gb"),
    ]
    assert result.energy_it.method == "modelled"
    assert 0.99 < (result.energy_it.measured_fraction or 0) < 1


def test_several_domains_of_a_kind_are_one_component() -> None:
    """Two packages of a host add up and err together."""
    result = tally(segment(PACKAGE, replace(PACKAGE, domain="package-1")), FACTORS)
    assert result.components[0].energy.known == pytest.approx(1.0)
    assert [name for name, _ in result.components[0].energy.contributions] == [
        f"rapl-package@cpu@{HOST}",
        f"share-cpu-time@host@{HOST}",
    ]


def test_an_unknown_cpu_is_a_default_with_a_wide_range() -> None:
    """A hypervisor's short name gives watts per vCPU over generations, and the assumption says so."""
    result = tally(segment(machine=Machine("AMD EPYC", 4, 16.0, "x86_64", virtual=True)), FACTORS)
    assert result.components[0].model == "vcpu-unknown"
    statements = {item.statement: item.default for item in result.assumptions}
    assert statements[
        "An unknown CPU (geometric mean over 36 processor generations in clouds) draws 0.742 W per reserved vCPU"
    ]


def test_a_counter_that_was_never_read_is_no_zero() -> None:
    """With coverage 0 the model stands in."""
    result = tally(segment(replace(PACKAGE, node_j=0, share_j=0, coverage=0.0)), FACTORS)
    assert result.components[0].model == "cpu-tdp"
    assert [(gap.what, gap.seconds) for gap in result.gaps] == [("rapl:package-0", 10.0)]


def test_one_package_of_two_that_was_never_read_is_not_hidden() -> None:
    """Half of the machine is missing: coverage is that of the worst counter, and the counter is a gap."""
    unread = replace(PACKAGE, domain="package-1", node_j=0, share_j=0, coverage=0.0, idle_j=0)
    result = tally(segment(PACKAGE, unread), FACTORS)
    cpu = result.components[0]
    assert (cpu.energy.known, cpu.idle_kwh, cpu.coverage) == pytest.approx((0.5, 0.2, 0.0))
    assert [(gap.what, gap.seconds) for gap in result.gaps] == [("rapl:package-1", 10.0)]


def test_a_counter_of_which_the_segment_tells_is_no_second_gap() -> None:
    """The recorder knows better why it could not be read."""
    told = Gap("rapl:package-0", "permission denied", 10.0)
    assert tally(segment(replace(PACKAGE, coverage=0.0), gaps=(told,)), FACTORS).gaps == ()


def test_what_was_not_seen_is_not_scaled_up() -> None:
    """Half the coverage leaves the energy as it was read and stays visible."""
    result = tally(segment(replace(PACKAGE, coverage=0.5)), FACTORS)
    assert (result.components[0].energy.known, result.components[0].coverage) == pytest.approx((0.5, 0.5))


def test_nothing_seen_is_not_available() -> None:
    """No reading and no activity: no energy, no emissions, a reason and gaps, never a zero."""
    result = tally(segment(activity=replace(ACTIVITY, coverage=0.0)), FACTORS)
    assert (result.energy_wh, result.co2e_g, result.lines) == (None, None, ())
    assert result.energy_it.to_document() == {
        "unit": "kWh",
        "method": "not_available",
        "reason": "neither a counter nor the CPU activity of this stage was seen",
    }
    assert [gap.what for gap in result.gaps] == ["cpu", "dram"]


def test_an_accelerator_without_a_meter_is_a_gap() -> None:
    """A GPU that is there and that no counter reads is named."""
    gpu = Machine(XEON, 32, 200.0, "x86_64", accelerators=(Accelerator("NVIDIA A100", 2),))
    assert [gap.reason for gap in tally(segment(machine=gpu), FACTORS).gaps] == ["no counter read 2 x NVIDIA A100"]


GPU = Reading("gpu", "nvml", "gpu-0", 3600.0, 3600.0, 1.0, device_ref="ab" * 6, model="Tesla P100", reads="power")


@pytest.mark.parametrize(
    ("reads", "model", "class_name"),
    [
        ("energy", "NVIDIA H100 80GB HBM3", "nvml-energy-counter"),
        ("power", "Tesla P100-SXM2-16GB", "nvml-power-polled"),
        ("power", "NVIDIA RTX A3000", "nvml-power-polled"),
        ("power", "NVIDIA A100-SXM4-40GB", "nvml-power-part-time"),
        ("power", "NVIDIA GH200 480GB", "nvml-power-part-time"),
        ("power", None, "nvml-power-part-time"),
    ],
)
def test_how_sure_a_gpu_meter_is(reads: Any, model: str | None, class_name: str) -> None:
    """A counter is surer than power that was polled, and that is surer than a sensor that looks a part of the time."""
    result = tally(segment(replace(GPU, reads=reads, model=model)), FACTORS)
    [part] = [part for part in result.components if part.kind == "gpu"]
    assert (part.energy.known, part.energy.method, part.reads, part.device_model) == (0.001, "measured", reads, model)
    assert class_name in {source.class_name for source in result.sources}


def test_counter_and_power_of_one_device_stay_apart() -> None:
    """A device that was read in both ways, by two segments, is two components of one resource."""
    counted = segment(replace(GPU, reads="energy"), id="e3a1c2d4-0000-4000-8000-000000000002")
    parts = [part for part in joined(segment(GPU), counted).components if part.kind == "gpu"]
    assert [part.reads for part in parts] == ["power", "energy"]
    assert {part.resource for part in parts} == {f"gpu@{HOST}/{'ab' * 6}"}


@pytest.mark.parametrize(
    ("energy", "attribution", "told"),
    [
        ((), "allocated", ["no counter read 1 x NVIDIA H100, 2 x gfx942"]),
        ((GPU,), "allocated", ["no counter read 2 x gfx942"]),
        ((), "machine", ["no counter read 8 x NVIDIA H100, 4 x NVIDIA T4, 2 x gfx942"]),
    ],
)
def test_accelerators_that_the_job_may_not_use(energy: Any, attribution: Any, told: list[str]) -> None:
    """What no meter of its vendor read is named, as far as the job may use it."""
    parts = (
        Accelerator("NVIDIA H100", 8, "NVIDIA", visible=1),
        Accelerator("NVIDIA T4", 4, "NVIDIA", visible=0),
        Accelerator("gfx942", 2, "AMD"),
    )
    machine = Machine(XEON, 32, 200.0, "x86_64", accelerators=parts)
    found = tally(segment(*energy, machine=machine, attribution=attribution), FACTORS)
    assert [gap.reason for gap in found.gaps] == told


def test_without_a_pue_the_boundary_is_the_node() -> None:
    """Emissions of IT energy, said on the line; facility energy has a reason instead of a value."""
    result = tally(segment(PACKAGE, DRAM, place=SWEDEN), FACTORS)
    assert (result.basis, result.pue, result.lines[0].energy_basis) == ("node", None, "it")
    assert result.energy_facility.reason == "the PUE of this place is not known"
    assert result.co2e_g == pytest.approx(0.55 * 35.4)


def test_a_declared_pue_comes_before_the_fleet_mean() -> None:
    """The operator's figure is used and is no default."""
    result = tally(segment(PACKAGE, DRAM, place=replace(STOCKHOLM, pue=1.3)), FACTORS)
    assert result.energy_facility.known == pytest.approx(0.55 * 1.3)
    assert not any(item.default for item in result.assumptions)


def test_a_cloud_that_is_only_guessed_has_no_pue() -> None:
    """A region name in a laptop's environment is low evidence: its grid counts, its fleet's PUE does not."""
    guess = Place((Evidence("environment", "low", "aws", "eu-north-1"),))
    result = tally(segment(PACKAGE, place=guess), FACTORS)
    assert (result.pue, result.grid and result.grid.zone) == (None, "SE-SE3")


def test_the_next_evidence_counts_where_the_first_has_no_factor() -> None:
    """An unknown region is followed by the time zone's country; the cloud's PUE still holds."""
    place = Place((Evidence("cloud-init", "high", "aws", "xx-new-1"), Evidence("time-zone", "low", country="SE")))
    result = tally(segment(PACKAGE, place=place), FACTORS)
    assert (result.grid and result.grid.zone, result.pue and result.pue.id) == ("SWE", "pue:aws")
    assert result.evidence == place.evidence[1]


def test_an_unknown_place_is_the_world_unless_strict() -> None:
    """World factor as a default assumption, or an error."""
    nowhere = segment(PACKAGE, place=Place())
    result = tally(nowhere, FACTORS)
    assert (result.grid and result.grid.zone, result.evidence) == ("WLD", None)
    assert any(item.default and "the place is unknown" in item.statement for item in result.assumptions)
    with pytest.raises(InvalidInputError, match="the place is unknown"):
        tally(nowhere, FACTORS, strict=True)


def test_what_the_user_said_is_not_overridden_by_a_weaker_sign() -> None:
    """A named place without a factor is the world's mean, with the place named; strict refuses it."""
    place = Place((Evidence("setting", "high", country="AQ"), Evidence("time-zone", "low", country="DE")))
    result = tally(segment(PACKAGE, place=place), FACTORS)
    assert (result.grid and result.grid.zone, result.evidence) == ("WLD", place.evidence[0])
    assert any(item.default and "no factor for Antarctica" in item.statement for item in result.assumptions)
    with pytest.raises(InvalidInputError, match="no factor for Antarctica"):
        tally(segment(PACKAGE, place=place), FACTORS, strict=True)


def test_weaker_signs_do_not_choose_the_source_of_a_country_that_was_named() -> None:
    """The zone that a region variable names is not used, so nothing needs to fit it."""
    region = Evidence("environment", "low", "aws", "eu-north-1")
    assert zoned_countries([segment(place=Place((SWEDEN.evidence[0], region)))], FACTORS) == frozenset()


def test_assumptions_name_the_factor_whose_value_they_are() -> None:
    """Value and unit are those of the factor, so that they can be checked against it."""
    result = tally(segment(PACKAGE), FACTORS)
    factors = {factor.id: factor for factor in result.factors}
    assert result.assumptions
    for item in result.assumptions:
        factor = factors[item.factor_ref or ""]
        assert (item.value, item.unit) == (factor.value, factor.unit)


def test_a_stage_record_is_not_summed_of_direct_and_lifecycle_factors() -> None:
    """Where one of its places has no direct factor, lifecycle factors serve all of them."""
    states = segment(PACKAGE, place=Place((Evidence("setting", "high", country="US"),)))
    france = segment(PACKAGE, place=Place((Evidence("setting", "high", country="FR"),)))
    alone, both = stage_record([states], FACTORS, "direct"), stage_record([states, france], FACTORS, "direct")
    assert [making["grid_zone"] for making in alone["tally"]] == ["EGRID-US"]
    assert [making["grid_zone"] for making in both["tally"]] == ["USA", "FRA"]


def test_an_unknown_sensor_is_an_error() -> None:
    """No width is made up for a counter that nobody described."""
    with pytest.raises(InvalidInputError, match="the sensor crystal-ball of a cpu is not known"):
        tally(segment(replace(PACKAGE, sensor="crystal-ball")), FACTORS)


def test_stages_on_one_host_err_together() -> None:
    """Two stages double every contribution: the relative width of the sum is that of one."""
    once = tally(segment(PACKAGE, DRAM), FACTORS)
    twice = joined(segment(PACKAGE, DRAM), segment(PACKAGE, DRAM))
    assert twice.energy_it.known == pytest.approx(2 * once.energy_it.known)
    assert dict(twice.co2e.contributions) == pytest.approx({name: 2 * part for name, part in once.co2e.contributions})
    assert (len(twice.components), len(twice.lines), twice.sources) == (2, 1, once.sources)
    assert twice.lines[0].energy_kwh == pytest.approx(twice.energy_facility.known)


def test_counters_of_two_hosts_err_apart_and_models_together() -> None:
    """Two hosts have two counters with their own errors, but one memory model."""
    both = joined(segment(PACKAGE), segment(PACKAGE, host_ref="ba9876543210"))
    assert [name for name, _ in both.energy_it.contributions] == [
        "memory-watts-per-gb@power:memory",
        "rapl-package@cpu@0123456789ab",
        "rapl-package@cpu@ba9876543210",
        "share-cpu-time@host@0123456789ab",
        "share-cpu-time@host@ba9876543210",
    ]
    assert len(both.components) == 4


def test_a_combined_component_keeps_its_terms_and_weighs_its_coverage() -> None:
    """Equal factors make one term; coverage is weighted by time."""
    blind = replace(ACTIVITY, coverage=0.5)
    cpu = joined(segment(), segment(activity=blind, monotonic_s=30.0)).components[0]
    assert [term.amount for term in cpu.activity] == [640.0, 16.0]
    assert (cpu.coverage, cpu.duration_s) == pytest.approx((0.625, 40.0))


def test_a_recorder_inside_another_is_not_counted_twice() -> None:
    """A segment within one that is here adds nothing, also where both share their execution."""
    outer = segment(PACKAGE)
    inner = segment(PACKAGE, id="1", within=outer.execution_id)
    other = replace(inner, id="2", execution_id="another")
    assert joined(outer, inner, other).energy_it == joined(outer).energy_it
    assert joined(outer, inner, other).duration_s == 10.0


def test_a_recorder_whose_outer_one_is_elsewhere_counts() -> None:
    """Without the outer segment at hand the inner one is all that is known."""
    inner = segment(PACKAGE, within="an execution that is not here")
    assert joined(inner, replace(inner, id="2")).energy_it.known == pytest.approx(
        2 * tally(inner, FACTORS).energy_it.known
    )


def test_a_blind_segment_leaves_the_sum_of_the_others() -> None:
    """What was seen is summed; the blind one stays as gaps and in the duration."""
    blind = segment(activity=replace(ACTIVITY, coverage=0.0))
    total = joined(segment(PACKAGE), blind)
    assert total.energy_it.known == tally(segment(PACKAGE), FACTORS).energy_it.known
    assert (total.duration_s, [gap.what for gap in total.gaps]) == (20.0, ["cpu", "dram"])
    assert joined(blind, blind).energy_wh is None


def test_nothing_to_combine_is_an_error() -> None:
    """There is no sum of no segments."""
    with pytest.raises(InvalidInputError, match="no segment to add up"):
        combine([])


def test_one_source_a_country_for_the_whole_document() -> None:
    """A region with a zone pulls the plain country to the same table."""
    segments = [segment(PACKAGE), segment(PACKAGE, place=SWEDEN)]
    zoned = zoned_countries(segments, FACTORS)
    zones = [tally(part, FACTORS, zoned=zoned).grid for part in segments]
    assert [grid.id for grid in zones if grid] == ["grid:SE-SE3:2025", "grid:SE:2025"]


def test_the_stage_record_is_flat_and_says_how_it_came_about() -> None:
    """Three figures, one making for one place, and the segments themselves."""
    record = stage_record([segment(PACKAGE, DRAM)], FACTORS)
    assert (record["energy_wh"], record["co2e_g"], record["duration_s"]) == (
        pytest.approx(550),
        pytest.approx(12.54),
        10.0,
    )
    making = record["tally"][0]
    assert (making["energy_wh"]["unit"], making["energy_wh"]["value"]) == ("Wh", pytest.approx(550))
    assert {name: making[name] for name in making if name not in {"energy_wh", "co2e_g"}} == {
        "factor_edition": "2026.11",
        "energy_basis": "facility",
        "grid_zone": "SE-SE3",
        "grid_intensity_g_per_kwh": 20.0,
        "grid_year": 2025,
        "pue": 1.14,
    }
    assert record["segments"] == [segment(PACKAGE, DRAM).to_document()]


def test_two_places_in_a_stage_have_two_makings() -> None:
    """The flat figures are the sums of the makings."""
    france = Place((Evidence("setting", "high", country="FR"),))
    record = stage_record([segment(PACKAGE), segment(PACKAGE, place=france)], FACTORS)
    assert [making["grid_zone"] for making in record["tally"]] == ["SE-SE3", "FRA"]
    assert sum(making["co2e_g"]["value"] for making in record["tally"]) == pytest.approx(record["co2e_g"])


@pytest.mark.parametrize(
    ("place", "options", "reason"),
    [
        (Place((Evidence("setting", "high", "aws", "xx-nowhere-9"),)), {}, "aws has no region xx-nowhere-9"),
        (Place(), {"strict": True}, "the place is unknown"),
        (Place(STOCKHOLM.evidence, pue=0.5), {}, "a PUE of 0.5 is not possible"),
    ],
)
def test_a_place_that_cannot_be_used_costs_the_emissions_and_not_the_record(
    place: Place, options: dict[str, Any], reason: str
) -> None:
    """The energy stands, co2e_g is missing, and the reason stands where it would be explained."""
    record = stage_record([segment(PACKAGE, DRAM, place=place)], FACTORS, **options)
    assert record["energy_wh"] == pytest.approx(550)
    assert "co2e_g" not in record
    assert reason in record["tally"][0]["co2e_g"]["reason"]


def test_a_record_of_a_stage_that_nothing_saw_has_no_figures() -> None:
    """Duration and reason, but no zero."""
    record = stage_record([segment(activity=replace(ACTIVITY, coverage=0.0))], FACTORS)
    assert sorted(record) == ["duration_s", "segments", "tally"]


@given(shares=st.lists(st.floats(0, 3_600_000), min_size=1, max_size=6), memory=st.floats(0, 1e6))
def test_components_add_up_to_the_totals(shares: list[float], memory: float) -> None:
    """Components sum to IT energy, and this times PUE times intensity is the emissions."""
    activity = replace(ACTIVITY, memory_gb_s=memory)
    total = joined(*(segment(replace(PACKAGE, share_j=share), activity=activity) for share in shares))
    assert sum(part.energy.known for part in total.components) == pytest.approx(total.energy_it.known)
    assert total.co2e.known == pytest.approx(total.energy_it.known * 1.14 * 20)
    assert {name for name, _ in total.co2e.contributions} <= {source.id for source in total.sources}
