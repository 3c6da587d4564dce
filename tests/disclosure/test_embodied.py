"""Embodied carbon in disclosures: the SCI rule on what was reserved, told only where somebody asks for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.disclosure.conftest import PLAIN, a_disclosure, a_segment
from tests.disclosure.hardware import CPU, DEVICE, GPU, NODE, OTHER_DEVICE, use, with_uses
from tests.disclosure.merging import FRANCE, GROUP_B, HOST_B, merged

from joulecard.capture.segment import Declared, Reading, Segment
from joulecard.disclosure.document import Disclosure, EmbodiedEmissions, Resource
from joulecard.disclosure.embodied import Hardware, hardware_by
from joulecard.disclosure.lineage import Lineage, StageLineage
from joulecard.disclosure.per_unit import per_unit
from joulecard.disclosure.tallied import Factors
from joulecard.factors import edition
from joulecard.surroundings.machine import Accelerator

LIFE_S = 4 * 8760 * 3600
SERVER_G = 1000 * (1000 + 1.388 * (200 - 16))  # one CPU and 200 GB, by the component model
HOST = f"host@{PLAIN.host_ref}"
WHOLE = PLAIN.activity  # all 32 CPUs for ten seconds
WITH_GPUS = replace(PLAIN.machine, accelerators=(Accelerator("NVIDIA B200", 4, "NVIDIA"),))
GPU_G = 284200.0


def made(*segments: Segment, in_use: float | None = None, **options: object) -> Disclosure:
    """The disclosure of these, with embodied carbon."""
    return a_disclosure(segments, factors=Factors(edition(), hardware=Hardware(in_use)), **options)


def embodied(disclosure: Disclosure, stage: int = 0) -> EmbodiedEmissions:
    """That of a stage."""
    emissions = disclosure.stages[stage].emissions
    assert emissions is not None
    assert emissions.embodied is not None
    return emissions.embodied


def lines(disclosure: Disclosure) -> dict[str, tuple[Any, Any]]:
    """Seconds and units of each resource of the first stage."""
    told = embodied(disclosure).lines or ()
    return {line.resource_ref: (line.reserved_s, line.reserved_units) for line in told}


def resource(disclosure: Disclosure, name: str) -> Resource:
    """One piece of hardware."""
    return next(each for each in disclosure.resources if each.id == name)


def test_nobody_is_told_what_nobody_asked_for() -> None:
    """There is no value, the reason names the option, and the boundary leaves it out."""
    plain = a_disclosure([a_segment()])
    found = embodied(plain)
    assert (found.value, found.method) == (None, "not_available")
    assert "joulecard assemble --embodied" in (found.reason or "")
    assert plain.boundary.lifecycle_included == ("operation",)
    assert "embodied" in {item.part for item in plain.boundary.exclusions}
    assert plain.totals.new.operational_and_embodied is None
    assert hardware_by(asked=False) is None


def test_a_stage_uses_up_its_share_of_a_server() -> None:
    """TE x TiR/EL x RR/ToR, by hand: 8 of 32 CPUs for 10 s of four years."""
    found = made(a_segment(activity=replace(WHOLE, core_s=80.0)))
    assert lines(found) == {HOST: (10.0, 8.0)}
    assert embodied(found).value == pytest.approx(SERVER_G * 10 / LIFE_S * 8 / 32)
    server = resource(found, HOST)
    assert server.embodied is not None
    assert (server.kind, server.embodied.total_units, server.embodied.lifespan_s) == ("host", 32, LIFE_S)
    assert server.embodied.total_g == pytest.approx(SERVER_G)


def test_the_boundary_says_that_it_is_inside() -> None:
    """Included and not excluded, with the lifetime and the component model as assumptions by default."""
    found = made(a_segment())
    assert found.boundary.lifecycle_included == ("operation", "embodied")
    assert "embodied" not in {item.part for item in found.boundary.exclusions}
    told = {item.statement: item.default for item in found.assumptions}
    assert told["Servers and accelerators are used for 4 years"]
    assert any("component model" in statement for statement in told)


def test_hardware_that_idles_half_its_life_costs_twice_as_much() -> None:
    """Its making is spread over the time in which it is in use; somebody said so."""
    all_of_it, half = made(a_segment()), made(a_segment(), in_use=0.5)
    assert embodied(half).value == pytest.approx(2 * (embodied(all_of_it).value or 0))
    said = next(item for item in half.assumptions if "in use for 0.5 of its life" in item.statement)
    assert not said.default


def test_where_nothing_was_reserved_the_busy_cpus_count() -> None:
    """A process alone holds no CPUs: those that it kept busy are what it used up."""
    activity = replace(WHOLE, core_s=0.0, cpu_s=20.0, reserved_by="none")
    found = made(a_segment(activity=activity, attribution="process"))
    assert lines(found) == {HOST: (10.0, 2.0)}


@pytest.mark.parametrize(
    ("reading", "units"),
    [
        (GPU, 1.0),
        (replace(GPU, share_j=1200.0, share_by="even_split"), 1 / 3),
        (replace(GPU, share_j=900.0, share_by="slices", share_declared=0.25), 0.25),
    ],
)
def test_a_device_counts_as_far_as_it_was_held(reading: Reading, units: float) -> None:
    """Whole, by its slices, or by the share that was taken of its energy."""
    found = made(a_segment(energy=(CPU, reading), series=None, machine=WITH_GPUS))
    seconds, held = lines(found)[f"gpu@{PLAIN.host_ref}/{DEVICE}"]
    assert (seconds, held) == (10.0, pytest.approx(units))
    device = resource(found, f"gpu@{PLAIN.host_ref}/{DEVICE}")
    assert device.embodied is not None
    assert device.embodied.total_g == pytest.approx(GPU_G)


def test_a_device_without_a_counter_counts_for_its_time() -> None:
    """Held for half of the ten seconds."""
    seen = a_segment(activity=with_uses(use("NVIDIA B200", device_s=5.0)), series=None, machine=WITH_GPUS)
    assert lines(made(seen))[f"gpu@{PLAIN.host_ref}/{DEVICE}"] == (10.0, pytest.approx(0.5))


def test_devices_that_no_meter_tells_apart_are_counted() -> None:
    """Two of four were visible; the node's meter reads all of them in one number."""
    two = replace(WITH_GPUS, accelerators=(replace(WITH_GPUS.accelerators[0], visible=2),))
    found = made(a_segment(energy=(NODE,), series=None, machine=two))
    name = f"{HOST}/accelerator-1"
    assert lines(found)[name] == (10.0, 2.0)
    assert resource(found, name).count == 4
    assert embodied(found).value == pytest.approx((SERVER_G + 2 * GPU_G) * 10 / LIFE_S)


def test_a_chip_with_graphics_inside_is_made_once() -> None:
    """Apple's GPU lies on the processor's die: the host holds it."""
    chip = replace(GPU, sensor="apple_silicon", device_ref=None, share_by=None)
    machine = replace(PLAIN.machine, cpu_model="Apple M2", accelerators=(Accelerator("Apple M2", 1, "Apple"),))
    assert list(lines(made(a_segment(energy=(chip,), series=None, machine=machine)))) == [HOST]


def test_declared_energy_leaves_the_hardware_as_it_is() -> None:
    """What was drawn is declared; what was held was seen."""
    told = a_segment(declared=Declared(energy_wh=5.0), machine=WITH_GPUS, series=None)
    assert lines(made(told)) == {HOST: (10.0, 32.0), f"{HOST}/accelerator-1": (10.0, 4.0)}


def test_stages_and_hosts_add_up() -> None:
    """Two stages on one host list it once; a rank elsewhere brings its own."""
    later = a_segment(2, stage="evaluate", from_s=20, until_s=40, activity=replace(WHOLE, core_s=640.0))
    found = made(a_segment(), later, replace(a_segment(3, host_ref=HOST_B), rank=1))
    assert sorted(each.id for each in found.resources if each.embodied) == sorted([HOST, f"host@{HOST_B}"])
    total = found.totals.new.embodied
    assert total is not None
    assert total.value == pytest.approx(SERVER_G * (10 + 20 + 10) / LIFE_S)
    assert total.interval is not None
    widths = {part.source_ref.partition("@")[0] for part in total.interval.contributions or ()}
    assert widths == {"embodied-component", "lifetime-default"}


def test_hardware_counts_where_no_energy_was_seen() -> None:
    """It was held all the same; the sum with operational emissions is not known."""
    blind = a_segment(energy=(), activity=replace(WHOLE, coverage=0.0, memory_gb_s=0.0), coverage=0.0, series=None)
    found = made(blind)
    assert (embodied(found).value or 0) > 0
    assert found.totals.new.operational_and_embodied is None


def test_the_sci_score_is_operational_and_embodied_for_one_unit() -> None:
    """(O + M) per R: what 1000 tokens cost, over 1000."""
    found = per_unit(made(a_segment(work_done=(("token", 1000.0),))), "token")
    operational, hardware = found.totals.new.operational_location.value, found.totals.new.embodied
    (rate,) = found.totals.per_functional_unit or ()
    assert rate.operational_and_embodied is not None
    assert operational is not None
    assert hardware is not None
    assert rate.operational_and_embodied.value == pytest.approx((operational + (hardware.value or 0)) / 1000)


def test_a_reused_result_brings_its_hardware_into_one_total_only() -> None:
    """What ran anew did not use it up again."""
    early, late = a_segment(4, stage="prepare"), a_segment(5, from_s=20, until_s=30)
    lineage = Lineage((StageLineage("prepare", cached=True), StageLineage("train", depends_on=("prepare",))))
    found = made(early, late, lineage=lineage)
    new, both = found.totals.new.embodied, found.totals.including_reused.embodied
    assert new is not None
    assert both is not None
    assert both.value == pytest.approx(2 * (new.value or 0))


def test_phases_tell_their_hardware() -> None:
    """A reader sees which phase used it up."""
    activity = replace(WHOLE, core_s=960.0)
    found = made(a_segment(), a_segment(2, stage="evaluate", from_s=20, until_s=50, activity=activity))
    shares = [phase.embodied.value for phase in found.totals.by_phase or () if phase.embodied]
    assert shares == [pytest.approx(SERVER_G * seconds / LIFE_S) for seconds in (10, 30)]


def test_disclosures_with_and_without_it_merge() -> None:
    """The sum says what it leaves out, and the boundary names it."""
    other = a_disclosure([a_segment(2, stage="evaluate", host_ref=HOST_B, place=FRANCE, group=GROUP_B)])
    found = merged(made(a_segment(1)), other).disclosure
    total = found.totals.new.embodied
    assert total is not None
    assert total.value == pytest.approx(SERVER_G * 10 / LIFE_S)
    assert "not assessed" in (total.reason or "")
    assert "embodied" in found.boundary.lifecycle_included


def test_two_devices_of_one_model_err_together() -> None:
    """One factor, one source: the widths of both add up."""
    second = replace(GPU, domain="gpu-1", device_ref=OTHER_DEVICE)
    one, two = (made(a_segment(energy=each, series=None, machine=WITH_GPUS)) for each in ((GPU,), (GPU, second)))
    amounts = [
        {part.source_ref: part.amount for part in found.interval.contributions or ()}
        for found in (embodied(one), embodied(two))
        if found.interval
    ]
    device = next(name for name in amounts[0] if "b200" in name)
    assert amounts[1][device] == pytest.approx(2 * amounts[0][device])
