"""Several meters of the same hardware: node meters and their parts, modules, two sensors of one CPU."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.disclosure.conftest import a_disclosure, a_segment
from tests.disclosure.hardware import (
    CPU,
    DEVICE,
    DRAM,
    FACTORS,
    GPU,
    HOST_A,
    NODE,
    OTHER_DEVICE,
    by_kind,
    seen,
    told,
    use,
    with_uses,
)

from joulecard.capture.segment import Declared, Reading
from joulecard.disclosure.tally import SegmentTally, stage_record, tally
from joulecard.surroundings.machine import Accelerator, Machine
from joulecard.validation import validate

if TYPE_CHECKING:
    from joulecard.disclosure.components import Component


def test_the_accelerators_of_a_metered_node_are_named() -> None:
    """Their energy is in that of the node, and a reader wants to know on what the model was trained."""
    machine = replace(a_segment().machine, accelerators=(Accelerator("NVIDIA A100", 3, "NVIDIA"),))
    told = a_disclosure([a_segment(energy=(NODE,), machine=machine, attribution="machine", series=None)]).resources
    assert [(each.kind, each.model, each.count) for each in told if each.kind != "host"] == [("gpu", "NVIDIA A100", 3)]


def test_a_node_meter_takes_the_place_of_counters_and_models() -> None:
    """Its CPU and memory are in it: neither the counter of the one nor the model of the other is added."""
    result = seen(replace(NODE, includes=("cpu", "dram")), CPU)
    assert {kind: part.energy.known * 3.6e6 for kind, part in by_kind(result).items()} == pytest.approx(
        {"host": 3600.0}
    )
    assert (result.energy_it.method, told(result)) == ("measured", {})


def test_a_node_meter_that_was_seen_for_a_part_of_the_time_gives_way_to_its_parts() -> None:
    """And the gap says that it was there."""
    result = seen(replace(NODE, coverage=0.9), CPU, DRAM)
    assert by_kind(result).keys() == {"cpu", "dram"}
    assert told(result) == {
        "node meter": "the node's own meter was read and is not added: it was seen for a part of the time only, "
        "and meters of its parts were read"
    }


def test_a_node_meter_that_nothing_stands_beside_is_taken_for_the_time_that_it_was_seen() -> None:
    """A model of CPU and memory would know less."""
    part = by_kind(seen(replace(NODE, coverage=0.5)))["host"]
    assert (part.coverage, part.energy.known) == (0.5, 3600.0 / 3.6e6)


@pytest.mark.parametrize(
    ("attribution", "share_j", "kinds"),
    [("allocated", 3600.0, {"cpu", "dram", "gpu"}), ("allocated", 7200.0, {"host"}), ("machine", 7200.0, {"host"})],
)
def test_a_shared_node_with_accelerators_is_told_by_its_parts(
    attribution: Any, share_j: float, kinds: set[str]
) -> None:
    """CPU time does not tell whose the energy of its GPUs is, so the node's meter counts where nobody shared it."""
    node = replace(NODE, share_j=share_j, includes=("cpu", "dram", "gpu"))
    result = seen(node, CPU, DRAM, GPU, attribution=attribution)
    assert by_kind(result).keys() == kinds
    assert ("node meter" in told(result)) == ("host" not in kinds)


def test_hardware_outside_the_node_meter_is_added_to_it() -> None:
    """A meter that says what it holds leaves the rest to others."""
    node = replace(NODE, share_j=7200.0, includes=("cpu", "dram"))
    assert by_kind(seen(node, CPU, GPU)).keys() == {"host", "gpu"}


def test_a_superchip_tells_of_its_cpu_and_memory_too() -> None:
    """Grace Hopper: no counter and no model of CPU and memory is added to the module's own."""
    module = replace(GPU, model="NVIDIA GH200 480GB", includes=("cpu", "dram"), power_limit_w=900.0)
    grace = Machine("Neoverse-V2", 72, 480.0, "aarch64", accelerators=(Accelerator("NVIDIA GH200 480GB", 1, "NVIDIA"),))
    disclosure = a_disclosure([a_segment(energy=(module, replace(CPU, sensor="hwmon")), machine=grace, series=None)])
    [stage] = disclosure.stages
    assert stage.energy is not None
    [part] = stage.energy.components or ()
    assert (part.kind, part.includes, part.energy.value) == ("gpu", ("cpu", "dram"), 0.001)
    assert disclosure.boundary.equipment_included == ("cpu", "memory", "accelerators", "cooling")
    assert disclosure.resources[0].power_limit_w == 900.0
    assert not disclosure.gaps


def test_one_sensor_of_a_piece_of_hardware_is_counted() -> None:
    """The package counter before the sensor on the board; the gap names the other."""
    board = Reading("cpu", "hwmon", "cpu-0", 700.0, 350.0, 1.0, reads="power")
    result = seen(board, CPU, DRAM)
    assert by_kind(result)["cpu"].sensor == "rapl"
    assert told(result) == {"hwmon:cpu-0": "rapl read the same hardware; what this read is not added"}
    poor = seen(board, replace(CPU, coverage=0.5), DRAM)
    assert by_kind(poor)["cpu"].sensor == "hwmon"


def test_one_die_of_an_mi250x_is_a_part_of_its_module() -> None:
    """The module's counter holds both dies: the declared half of it is ours."""
    die = Reading("gpu", "amd_smi", "gpu-0", 3600.0, 1800.0, 1.0, device_ref=DEVICE, model="AMD Instinct MI250X")
    part = by_kind(seen(CPU, DRAM, replace(die, share_by="slices", share_declared=0.5)))["gpu"]
    assert (part.vendor, part.energy.known, part.node_share, part.share_declared) == ("AMD", 0.0005, 0.5, 0.5)
    assert {source.class_name for source in part.sources} == {"amd-smi-energy", "share-mig-slices"}


def test_a_superchip_whose_processor_has_a_meter_too_is_told_by_the_module() -> None:
    """The socket's meter holds the memory, and the module's meter holds both."""
    socket = Reading("cpu", "hwmon", "socket-0", 720.0, 720.0, 1.0, reads="power", includes=("dram",))
    module = replace(GPU, includes=("cpu", "dram"))
    assert by_kind(seen(socket, module)).keys() == by_kind(seen(module, socket)).keys() == {"gpu"}
    assert by_kind(seen(socket)).keys() == {"cpu"}


def test_a_mac_is_all_measured() -> None:
    """CPU, GPU, memory and Neural Engine by the chip's own counters: no model is needed."""
    kinds: tuple[Any, ...] = ("cpu", "gpu", "dram", "accelerator")
    readings = [Reading(kind, "apple_silicon", kind, 36.0, 36.0, 1.0, reads="energy") for kind in kinds]
    mac = Machine("Apple M2", 8, 16.0, "arm64", accelerators=(Accelerator("Apple M2", 1, "Apple"),))
    disclosure = a_disclosure([a_segment(energy=tuple(readings), machine=mac, series=None)])
    energy = disclosure.stages[0].energy
    assert energy is not None
    assert energy.it_total.method == "measured"
    assert energy.it_total.value == pytest.approx(144.0 / 3.6e6)
    assert not disclosure.gaps


@pytest.mark.parametrize(
    ("energy", "declared", "method"),
    [
        ((replace(NODE, includes=("cpu", "dram")), CPU), None, "measured"),
        ((replace(CPU, sensor="hwmon"), CPU), None, "modelled"),
        ((replace(CPU, sensor="replay"), replace(DRAM, sensor="replay")), None, "estimated"),
        ((CPU, DRAM), Declared(energy_wh=2.0), "declared"),
    ],
    ids=["node", "board", "replay", "declared"],
)
def test_a_stage_record_counts_no_joule_twice_and_is_valid(energy: Any, declared: Any, method: str) -> None:
    """Less may be measured than the readings sum to; more cannot be."""
    record = stage_record([a_segment(energy=energy, declared=declared, series=None)], FACTORS)
    assert record["tally"][0]["energy_wh"]["method"] == method
    assert validate(json.dumps(record).encode()).violations == ()
    record["tally"][0]["energy_wh"]["measured_fraction"] = 1.0
    record["energy_wh"] = record["tally"][0]["energy_wh"]["value"] = 10.0
    assert "R03" in {item.rule for item in validate(json.dumps(record).encode()).violations}


def test_devices_without_a_pseudonym_are_told_apart_by_their_names() -> None:
    """Two GPUs whose driver gives no UUID may be held whole by two stages at once."""
    both = [replace(GPU, domain=f"gpu-{n}", device_ref=None, model="Tesla T4") for n in range(2)]
    stages = [a_segment(n + 1, stage=f"s{n}", energy=(CPU, DRAM, each), series=None) for n, each in enumerate(both)]
    disclosure = a_disclosure(stages)
    names = [resource.id for resource in disclosure.resources if resource.kind == "gpu"]
    assert names == [f"gpu@{HOST_A}/nvml:gpu-0", f"gpu@{HOST_A}/nvml:gpu-1"]
    assert {resource.device_ref for resource in disclosure.resources} == {None}


READINGS = st.lists(
    st.builds(
        lambda base, node_j, share, coverage: replace(
            base,
            node_j=node_j,
            share_j=node_j * share,
            coverage=coverage,
            share_by=("whole" if share == 1 else "even_split") if base.device_ref else None,
        ),
        st.sampled_from(
            [
                CPU,
                DRAM,
                NODE,
                GPU,
                replace(CPU, sensor="hwmon", domain="board", reads="power"),
                replace(CPU, sensor="hwmon", domain="socket-0", reads="power", includes=("dram",)),
                replace(NODE, sensor="replay", domain="trace"),
                replace(GPU, domain="gpu-1", device_ref=OTHER_DEVICE),
                replace(GPU, domain="module", device_ref="ef" * 6, includes=("cpu", "dram")),
            ]
        ),
        st.floats(1, 1e6),
        st.sampled_from([0.25, 0.5, 1.0]),
        st.sampled_from([0.0, 0.5, 0.99, 1.0]),
    ),
    max_size=7,
    unique_by=lambda reading: (reading.sensor, reading.domain),
)
HOLDS = st.sampled_from([None, ("cpu", "dram"), ("cpu", "dram", "gpu")])
USES = st.lists(
    st.sampled_from([use("NVIDIA A10"), use("NVIDIA A10-8Q", domain="gpu-1", device_ref=OTHER_DEVICE)]), unique=True
)


@given(readings=READINGS, holds=HOLDS, uses=USES, attribution=st.sampled_from(["allocated", "machine"]))
def test_no_joule_is_counted_twice_and_none_is_lost_unsaid(
    readings: Any, holds: Any, uses: Any, attribution: Any
) -> None:
    """Components sum to the energy; no kind is in two of them; what was read and is not added is in one or told."""
    readings = [replace(each, includes=holds) if each.kind == "host" else each for each in readings]
    if attribution == "machine":
        readings = [
            replace(each, share_j=each.node_j, share_by="whole" if each.device_ref else None) for each in readings
        ]
    segment = a_segment(energy=tuple(readings), activity=with_uses(*uses), attribution=attribution, series=None)
    result = tally(segment, FACTORS)
    assert sum(part.energy.known for part in result.components) == pytest.approx(result.energy_it.value or 0.0)
    inside = {kind for part in result.components for kind in _holds(part)}
    assert not inside & {part.kind for part in result.components}
    assert all(part.energy.known <= part.node_kwh * (1 + 1e-9) for part in result.components if part.node_kwh)
    for reading in readings:
        if reading.coverage > 0:
            assert _added(reading, result) or reading.kind in inside or _said(reading, result)
    for part in result.components:
        assert part.energy.method in {"measured", "estimated"} or (part.sensor, bool(part.model)) == (
            "power_model",
            True,
        )
        assert part.sources
    for kind in ("cpu", "dram"):
        assert kind in inside | {part.kind for part in result.components} | told(result).keys()


def _holds(part: Component) -> set[str]:
    return set(part.includes or ({"cpu", "dram", "gpu", "accelerator"} if part.kind == "host" else ()))


def _added(reading: Reading, result: SegmentTally) -> bool:
    ref = reading.device_ref or ""
    return any(
        part.sensor == reading.sensor and part.kind == reading.kind and part.resource.endswith(ref)
        for part in result.components
    )


def _said(reading: Reading, result: SegmentTally) -> bool:
    words = told(result)
    return f"{reading.sensor}:{reading.domain}" in words or (reading.kind == "host" and "node meter" in words)
