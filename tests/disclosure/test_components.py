"""The energy of each piece of hardware: sensors, shares of devices, accelerators without a counter, declarations."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from tests.disclosure.conftest import a_disclosure, a_segment
from tests.disclosure.hardware import (
    CPU,
    DEVICE,
    DRAM,
    GPU,
    HOST_A,
    by_kind,
    seen,
    told,
    use,
    with_uses,
)

from joulecard.capture.segment import Declared, Reading
from joulecard.errors import InvalidInputError

ONE_OF_EACH = [
    (Reading("gpu", "amd_smi", "gpu-0", 9.0, 9.0, 1.0, device_ref=DEVICE, reads="energy"), "amd-smi-energy", 0.06),
    (Reading("gpu", "amd_smi", "gpu-0", 9.0, 9.0, 1.0, device_ref=DEVICE, reads="power"), "amd-smi-power", 0.12),
    (Reading("cpu", "apple_silicon", "CPU", 9.0, 9.0, 1.0, reads="energy"), "apple-energy-model", 0.2),
    (Reading("gpu", "apple_silicon", "GPU", 9.0, 9.0, 1.0, reads="energy"), "apple-energy-model", 0.2),
    (Reading("dram", "apple_silicon", "DRAM", 9.0, 9.0, 1.0, reads="energy"), "apple-energy-model", 0.2),
    (Reading("accelerator", "apple_silicon", "ANE", 9.0, 9.0, 1.0, reads="energy"), "apple-energy-model", 0.2),
    (Reading("host", "hwmon", "node", 9.0, 9.0, 1.0, reads="power"), "node-meter", 0.06),
    (Reading("cpu", "hwmon", "cpu", 9.0, 9.0, 1.0, reads="power"), "board-sensor", 0.1),
    (Reading("host", "power_meter", "plug", 9.0, 9.0, 1.0, reads="power"), "node-meter", 0.06),
    (Reading("host", "ipmi", "dcmi", 9.0, 9.0, 1.0, reads="power"), "node-meter", 0.06),
    (Reading("cpu", "replay", "trace", 9.0, 9.0, 1.0, reads="energy"), "replay", 0.15),
    (Reading("host", "replay", "trace", 9.0, 9.0, 1.0, reads="power"), "replay", 0.15),
]


@pytest.mark.parametrize(("reading", "class_name", "log_sd"), ONE_OF_EACH)
def test_each_sensor_is_measured_with_a_width_of_its_own(reading: Reading, class_name: str, log_sd: float) -> None:
    """What was taken whole errs as its sensor does, and by nothing else; the width has a derivation."""
    result = seen(reading)
    part = by_kind(result)[reading.kind]
    method = "estimated" if reading.sensor == "replay" else "measured"
    assert (part.sensor, part.energy.method, part.energy.known) == (reading.sensor, method, 9.0 / 3.6e6)
    assert [(source.class_name, source.log_sd) for source in part.sources] == [(class_name, log_sd)]
    assert all(source.derivation for source in part.sources)


@pytest.mark.parametrize(
    ("share_by", "share_declared", "class_name"),
    [
        ("slices", 3 / 7, "share-mig-slices"),
        ("even_split", None, "share-even-split"),
        ("processes", None, "share-processes"),
    ],
)
def test_a_share_of_a_device_stays_measured_and_errs_by_its_split(
    share_by: Any, share_declared: Any, class_name: str
) -> None:
    """The less of the device is ours, the less sure is the share; the counter errs as ever."""
    shared = replace(GPU, share_j=GPU.node_j * 3 / 7, share_by=share_by, share_declared=share_declared)
    part = by_kind(seen(CPU, DRAM, shared))["gpu"]
    assert (part.energy.method, part.share_by) == ("measured", share_by)
    assert part.node_share == pytest.approx(3 / 7)
    amounts = dict(part.energy.contributions)
    relative = math.sqrt(math.expm1(0.92**2))
    assert amounts[f"{class_name}@{part.resource}"] == pytest.approx(part.energy.known * relative * 4 / 7)
    assert part.share_declared == share_declared


def test_a_device_that_an_older_record_says_was_shared_errs_as_an_even_split() -> None:
    """Such a record does not say how."""
    part = by_kind(seen(CPU, DRAM, replace(GPU, share_j=1800.0, share_by=None)))["gpu"]
    assert {source.class_name for source in part.sources} == {"nvml-energy-counter", "share-even-split"}


def test_the_split_by_cpu_time_is_one_error_for_the_whole_host() -> None:
    """CPU and memory are split by the same seconds; alone on the node there is no split."""
    result = seen(CPU, DRAM)
    split = {name for part in result.components for name, _ in part.energy.contributions if name.startswith("share")}
    assert split == {f"share-cpu-time@host@{HOST_A}"}
    alone = seen(replace(CPU, share_j=720.0), replace(DRAM, share_j=144.0))
    assert {source.class_name for source in alone.sources} & {"share-cpu-time"} == set()


def test_an_accelerator_without_a_counter_is_modelled_from_its_use() -> None:
    """Rated power x utilisation; the disclosure shows the terms, how busy it was and how long it was held."""
    disclosure = a_disclosure([a_segment(energy=(CPU, DRAM), activity=with_uses(use("NVIDIA A10")), series=None)])
    energy = disclosure.stages[0].energy
    assert energy is not None
    [part] = [part for part in energy.components or () if part.kind == "gpu"]
    assert (part.sensor, part.model, part.energy.method) == ("power_model", "accelerator-tdp", "modelled")
    assert part.energy.value == pytest.approx(150 * 4.0 / 3.6e6)
    assert (part.utilization, part.device_s) == (0.4, 10.0)
    [term] = part.activity or ()
    assert (term.amount, term.unit, term.factor_ref) == (4.0, "s", "power:accelerator-tdp:nvidia-a10")
    assert any(
        "150 W times its utilisation; what it draws while nothing runs" in item.statement
        for item in disclosure.assumptions
    )
    [resource] = [item for item in disclosure.resources if item.kind == "gpu"]
    assert (resource.model, resource.vendor, resource.tdp_w, resource.device_ref) == (
        "NVIDIA A10",
        "NVIDIA",
        150.0,
        DEVICE,
    )


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("NVIDIA A10-8Q", "it is a part of a card, and nothing tells how great a part of its power that is"),
        ("NVIDIA GH200 480GB", "its rated power is that of its CPU too"),
        ("AWS Trainium2", "its vendor publishes no power"),
        ("Voodoo 2", "the tables hold no power of it"),
    ],
)
def test_an_accelerator_of_unknown_power_is_a_gap(model: str, why: str) -> None:
    """Its use is known and its energy is not: no number is made up."""
    result = seen(CPU, DRAM, activity=with_uses(use(model)))
    assert by_kind(result).keys() == {"cpu", "dram"}
    assert told(result) == {"nvml:gpu-0": f"how busy {model} was is known, its energy is not: {why}"}


def test_use_that_was_never_seen_is_a_gap() -> None:
    """A device that did not answer is not an idle one."""
    result = seen(CPU, DRAM, activity=with_uses(use("NVIDIA A10", 0.0, 0.0, coverage=0.0)))
    assert told(result) == {"nvml:gpu-0": "how busy NVIDIA A10 was could not be seen"}


def test_use_beside_a_counter_of_the_same_device_adds_nothing() -> None:
    """The counter knows."""
    result = seen(CPU, DRAM, GPU, activity=with_uses(use("NVIDIA A10")))
    assert by_kind(result)["gpu"].sensor == "nvml"


def test_declared_energy_takes_the_place_of_what_was_seen() -> None:
    """One component, declared, of the whole host; a gap says how much was seen instead."""
    disclosure = a_disclosure([a_segment(energy=(CPU, DRAM), declared=Declared(energy_wh=0.5), series=None)])
    energy = disclosure.stages[0].energy
    assert energy is not None
    [part] = energy.components or ()
    assert (part.kind, part.sensor, part.energy.method, part.energy.value) == ("host", "declared", "declared", 0.0005)
    assert part.coverage is None
    assert [gap.reason for gap in disclosure.gaps] == [
        "the stage declares its energy, 0.5 Wh; 0.12 Wh were seen here and are not added"
    ]


def test_a_declared_flop_count_leaves_the_energy_as_it_was_seen() -> None:
    """Only a declared energy takes its place."""
    assert by_kind(seen(CPU, DRAM, declared=Declared(flop=1e12))).keys() == {"cpu", "dram"}


def test_a_replay_says_that_it_is_one() -> None:
    """Sensor, method and a sentence among the assumptions: it cannot pass for what was measured here."""
    disclosure = a_disclosure(
        [a_segment(energy=(replace(CPU, sensor="replay"), replace(DRAM, sensor="replay")), series=None)]
    )
    energy = disclosure.stages[0].energy
    assert energy is not None
    assert {(part.sensor, part.energy.method) for part in energy.components or ()} == {("replay", "estimated")}
    assert (energy.it_total.method, energy.it_total.measured_fraction) == ("estimated", 0.0)
    assert any("a recording of an earlier run" in item.statement for item in disclosure.assumptions)


def test_segments_that_shared_a_device_in_several_ways_tell_the_least_sure() -> None:
    """The declared part is the mean by the device's energy, the whole where nothing was declared."""
    part = replace(GPU, node_j=1200.0, share_j=600.0, share_by="slices", share_declared=0.5)
    one, other = (
        a_segment(n, energy=(CPU, DRAM, gpu), from_s=20 * n, until_s=20 * n + 10) for n, gpu in ((1, GPU), (2, part))
    )
    energy = a_disclosure([one, other]).stages[0].energy
    assert energy is not None
    [found] = [each for each in energy.components or () if each.kind == "gpu"]
    assert found.share_by == "slices"
    assert (found.share_declared, found.node_share) == pytest.approx((0.875, 0.875))


def test_two_stages_that_both_hold_a_device_without_a_counter_are_refused() -> None:
    """Its use would be counted twice; halves of it are not."""
    whole = [
        a_segment(n, stage=f"s{n}", energy=(CPU, DRAM), activity=with_uses(use("NVIDIA A10")), series=None)
        for n in (1, 2)
    ]
    with pytest.raises(InvalidInputError, match="both count the same energy of gpu"):
        a_disclosure(whole)
    halves = [replace(each, activity=with_uses(use("NVIDIA A10", 2.0, 5.0))) for each in whole]
    assert len(a_disclosure(halves).stages) == 2
