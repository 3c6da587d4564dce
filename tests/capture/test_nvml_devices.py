"""What is read of each NVIDIA GPU, and what is said of it, beside a stub of its driver's library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.capture.accelerated import Scene, scenes
from tests.capture.conftest import ran

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stub_nvml.fixture import Stub

pytestmark = pytest.mark.needs("cc")

COUNTER, USAGE = "nvmlDeviceGetTotalEnergyConsumption", "nvmlDeviceGetPowerUsage"
AVERAGE, INSTANT = "NVML_FI_DEV_POWER_AVERAGE", "NVML_FI_DEV_POWER_INSTANT"
MODULE = "NVML_POWER_SCOPE_MODULE"


def asked(stub: Stub, *told: dict[str, Any]) -> list[Scene]:
    """What NVML's meter shows of one GPU; `mw=100` is STUB_NVML_MW, names in capitals are variables of their own."""
    places = [
        {
            (name if name.isupper() or name in {"whole_node", "asked"} else f"STUB_NVML_{name.upper()}"): (
                value if isinstance(value, bool) else str(value)
            )
            for name, value in {"devices": 1, **scene}.items()
        }
        for scene in told
    ]
    return scenes("nvml", stub.environ(), *places)


def test_what_is_read(stub_nvml: Stub) -> None:
    """The counter; else a mean of power, else the moment's, else whatever the call gives; else the use; by its name."""
    found = asked(
        stub_nvml,
        {},
        {"energy": 3},
        {"energy": 3, "fields": "instant"},
        {"energy": 3, "fields": ""},
        {"energy": 3, "power": 3, "busy": 37},
        {"energy": 3, "power": 3},
    )
    assert [each["type"] for scene in found for each in scene.instruments] == [
        *("Counter", "Gauge", "Gauge", "Gauge", "UseGauge", "Counter")
    ]
    quantities = [each.get("quantity") for scene in found for each in scene.instruments]
    assert quantities == [COUNTER, AVERAGE, INSTANT, USAGE, None, COUNTER]
    assert [scene.counts["gpu-0"] for scene in found[1:]] == [
        *(250_000, 250_000, 250_000, 37, "the driver answers: Not Supported")
    ]
    assert found[4].told("fraction_per_count", "model") == [(0.01, "Stub GPU")]


def test_a_module(stub_nvml: Stub) -> None:
    """The counter of a Grace Hopper is its module's, CPU and memory within; its power is read for the module too."""
    name = "NVIDIA GH200 480GB"
    plain, polled, alone = asked(
        stub_nvml,
        {"names": name, "module_mw": 400_000},
        {"names": name, "module_mw": 400_000, "energy": 3},
        {"names": name, "energy": 3},
    )
    assert plain.told("quantity", "includes") == [(f"{COUNTER}.{MODULE}", ["cpu", "dram"])]
    assert polled.told("quantity", "includes") == [(f"{AVERAGE}.{MODULE}", ["cpu", "dram"])]
    assert polled.counts == {"gpu-0": 400_000}
    assert alone.told("quantity", "includes") == [(AVERAGE, [])]


def test_two_gpus_on_a_module(stub_nvml: Stub) -> None:
    """Of a module with two GPUs each tells the module's power: the GPU's own is read, so that nothing counts twice."""
    [scene] = asked(stub_nvml, {"names": "NVIDIA GB200", "devices": 2, "module_mw": 2_400_000})
    assert scene.told("quantity", "includes") == [(AVERAGE, []), (AVERAGE, [])]
    assert scene.counts == {"gpu-0": 250_000, "gpu-1": 250_000}


def test_instances(stub_nvml: Stub) -> None:
    """A MIG instance is its part of the GPU's slices, several of one GPU together; the counter is the whole GPU's."""
    by_name = {"mig": "3,2,1,1", "CUDA_VISIBLE_DEVICES": "MIG-stub-0"}
    found = asked(
        stub_nvml,
        by_name,
        {**by_name, "CUDA_VISIBLE_DEVICES": "MIG-stub-0-1,MIG-stub-0-2,MIG-stub-0-1"},
        {"mig": "2", "whole": 4, "CUDA_VISIBLE_DEVICES": "MIG-stub-0"},
        {"mig": "2", "NVIDIA_VISIBLE_DEVICES": "MIG-stub-0"},
        {"mig": "3,,1"},  # a container that was given two, by no name
        {**by_name, "whole_node": True},
        {},
    )
    shares = [share for scene in found for [share] in scene.told("share_declared")]
    assert shares == [
        pytest.approx(3 / 7),
        pytest.approx(3 / 7),
        0.5,
        pytest.approx(2 / 7),
        pytest.approx(4 / 7),
        None,
        None,
    ]
    assert [scene.notes for scene in found] == [[]] * 7
    assert {each["quantity"] for scene in found for each in scene.instruments} == {COUNTER}


def test_instances_of_unknown_size(stub_nvml: Stub) -> None:
    """Where the driver tells no slices the GPU counts whole, and a gap says so in words."""
    unknown, gone = asked(
        stub_nvml,
        {"CUDA_VISIBLE_DEVICES": "MIG-stub-0"},
        {"mig": "1", "CUDA_VISIBLE_DEVICES": "MIG-elsewhere"},
    )
    assert unknown.told("share_declared") == [(None,)]
    [[what, why]] = unknown.notes
    assert (what, why.rpartition(": ")[2]) == ("nvml:gpu-0", "the GPU counts whole")
    assert gone.instruments == []
    assert gone.notes == [["nvml", "it is not known which GPU a MIG instance of the job is a part of"]]


def test_gpus_of_other_jobs(stub_nvml: Stub) -> None:
    """A scheduler that closes the files of other jobs' GPUs numbers the rest for CUDA: its number 1 is NVML's 3."""
    closed = {"devices": 4, "hidden": "02"}
    numbered, every, node = asked(
        stub_nvml, {**closed, "CUDA_VISIBLE_DEVICES": "1"}, closed, {**closed, "whole_node": True}
    )
    assert numbered.told("domain") == [("gpu-3",)]
    assert every.told("domain") == [("gpu-1",), ("gpu-3",)]
    refused = "the driver answers: Insufficient Permissions"
    assert [node.counts[f"gpu-{place}"] == refused for place in range(4)] == [True, False, True, False]


def test_facts(stub_nvml: Stub) -> None:
    """Power limit, clock limit and temperature stand beside the reading; what the driver does not tell is left out."""
    full, part, none = asked(
        stub_nvml,
        {"limit_mw": 650_000, "clock_mhz": 1980, "celsius": 41},
        {"energy": 3, "celsius": 0},
        {},
    )
    assert full.told("device") == [([650.0, 1980.0, 41.0],)]
    assert part.told("device") == [([None, None, 0.0],)]
    assert none.told("device") == [(None,)]


def test_processes(stub_nvml: Stub) -> None:
    """Who computes or draws on a GPU; a driver that does not say so says nothing, and nobody is nobody."""
    found = asked(
        stub_nvml,
        {"asked": True, "computing": "17,4", "drawing": "9"},
        {"asked": True, "computing": "17", "drawing": "3"},
        {"asked": True, "computing": "3"},
        {"asked": True},
    )
    assert [scene.processes for scene in found] == [[[4, 9, 17]], [[17]], [None], [[]]]


SILENT = """
import os
from joulecard.capture.meters import Job, open_meter
from joulecard.settings import Roots
meter = open_meter('nvml', Job(Roots.from_environment(os.environ), os.environ))
[gpu] = meter.counters()
print(meter.read()['gpu-0'] > 0, meter.processes(gpu.device_ref))
with open(os.environ['STUB_NVML_CONTROL'], 'w') as file: file.write('hang')
print(meter.read()['gpu-0'].reason, meter.processes(gpu.device_ref))
print(meter.read()['gpu-0'].reason, meter.processes('of another meter'))
meter.close()
"""


def test_a_silent_driver_is_asked_nothing_more(stub_nvml: Stub, tmp_path: Path) -> None:
    """While a look is not answered nothing else waits for the driver; its process list is then unknown."""
    environ = stub_nvml.environ(devices=1, control=tmp_path / "control", computing="17")
    silent = "the driver did not answer in time None"
    assert ran(SILENT, tmp_path, **environ) == (0, f"True frozenset({{17}})\n{silent}\n{silent}\n", "")
