"""AMD GPUs: through the vendor's package (a stand-in of its names and shapes), else through the kernel's files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.capture.accelerated import scenes
from tests.capture.conftest import ran, segments
from tests.stub_amd.fixture import AmdMachine, amd, amd_library

__all__ = ["amd", "amd_library"]
pytestmark = pytest.mark.needs("cc")

POWER = {"average_socket_power": "N/A", "current_socket_power": 250, "socket_power": 250, "power_limit": 750}
RECORD = "import joulecard, time\nwith joulecard.record('train'): time.sleep({seconds})"


def says(node: int, **told: Any) -> dict[str, Any]:
    """What the package says of a GPU that draws 250 W."""
    return {"node": node, "name": "AMD Instinct MI300X", "mw": 250_000, "power": POWER, **told}


def test_what_is_read(amd: AmdMachine) -> None:
    """The accumulator by either of its names; else power, N/A left out; else the use; else the driver's files."""
    for place in range(8):
        amd.node(place + 1, 0x10 + place, uuid="ab")
    amd.sensors(8, power1_average=180_000_000)
    amd.say(
        says(1),
        says(2, energy="power", resolution=1.0),
        says(3, energy=None),
        says(4, energy=None, power={**POWER, "average_socket_power": 240}),
        says(5, energy=None, power=dict.fromkeys(POWER, "N/A"), busy=37),
        says(6, energy=None, power=dict.fromkeys(POWER, 0xFFFF)),
        says(7, stuck=True),
        says(8, energy=None, power={}),
    )
    [scene] = scenes("amd_smi", amd.environ(), {})
    assert scene.told("domain", "type") == [
        ("gpu-0", "Counter"),
        ("gpu-1", "Counter"),
        ("gpu-2", "Gauge"),
        ("gpu-3", "Gauge"),
        ("gpu-4", "UseGauge"),
        ("gpu-5", "Gauge"),
        ("gpu-6", "Gauge"),
        ("gpu-7", "Gauge"),
    ]
    assert [each.get("quantity") for each in scene.instruments] == [
        "energy_accumulator",
        "power",
        "current_socket_power",
        "average_socket_power",
        None,
        None,
        "current_socket_power",  # a counter that stands still while the GPU draws power is none
        "hwmon.power1_average",
    ]
    assert [scene.counts[f"gpu-{place}"] for place in range(2, 8)] == [
        *(250, 240, 37, "the driver answers: not supported", 250, 180_000_000)
    ]
    assert [instrument["joules_per_count"] for instrument in scene.instruments[:2]] == pytest.approx([15.3e-6, 1e-6])
    assert scene.notes == []


def test_an_accumulator_in_another_unit(amd: AmdMachine) -> None:
    """One that is wrong by far, compared with the power beside it, is not believed."""
    amd.node(1, 0x10)
    amd.say(says(1, factor=50))
    [scene] = scenes("amd_smi", amd.environ(), {})
    assert scene.told("type", "quantity") == [("Gauge", "current_socket_power")]


def test_partitions(amd: AmdMachine) -> None:
    """Only the first partition tells what the GPU draws: it is read whole, once, with the job's share of them."""
    for function in range(4):
        amd.node(1 + function, 0x10, function=function, uuid="ab")
    amd.node(5, 0x20, uuid="cd")
    silent = {"energy": None, "power": dict.fromkeys(POWER, "N/A")}
    amd.say(says(1), *(says(node, **silent) for node in (2, 3, 4)), says(5))
    found = scenes(
        "amd_smi",
        amd.environ(),
        {},
        {"ROCR_VISIBLE_DEVICES": "2"},
        {"ROCR_VISIBLE_DEVICES": "1,3,4"},
        {"ROCR_VISIBLE_DEVICES": "1", "whole_node": True},
    )
    assert [scene.told("domain", "share_declared") for scene in found] == [
        [("gpu-0", 1.0), ("gpu-4", None)],
        [("gpu-0", 0.25)],
        [("gpu-0", 0.5), ("gpu-4", None)],
        [("gpu-0", None), ("gpu-4", None)],
    ]
    assert {each["type"] for scene in found for each in scene.instruments} == {"Counter"}
    refs = {each["device_ref"] for scene in found for each in scene.instruments if each["domain"] == "gpu-0"}
    assert len(refs) == 1


def test_two_dies(amd: AmdMachine) -> None:
    """The first die of an MI250 tells the draw of both; a job that has one of them has half."""
    name = "AMD Instinct MI250X"
    for node in (1, 2, 3, 4):
        amd.node(node, 0x10 * node, uuid=f"a{node}")
    dead = {"energy": None, "power": {**POWER, "current_socket_power": 0, "socket_power": 0}}
    amd.say(*(says(node, name=name, **({} if node % 2 else dead)) for node in (1, 2, 3, 4)))
    one, three = scenes("amd_smi", amd.environ(), {"ROCR_VISIBLE_DEVICES": "3"}, {"HIP_VISIBLE_DEVICES": "0,1,2"})
    assert one.told("domain", "share_declared", "quantity") == [("gpu-2", 0.5, "energy_accumulator")]
    assert three.told("domain", "share_declared") == [("gpu-0", 1.0), ("gpu-2", 0.5)]


def test_facts_and_what_is_within(amd: AmdMachine) -> None:
    """Limits and temperature from the package, else from the driver's files; an APU for servers includes its CPU."""
    amd.node(1, 0x10)
    amd.node(2, 0x20)
    amd.node(3, 0x30, cpu_cores=16)  # the GPU in a CPU: its power is in that of the CPU
    amd.sensors(2, power1_cap=300_000_000, temp1_input=52_000, pp_dpm_sclk="0: 500Mhz\n1: 1700Mhz *")
    amd.say(says(1, name="AMD Instinct MI300A", cap=550_000_000, clock=2100, celsius=44), says(2, energy=None), says(3))
    [scene] = scenes("amd_smi", amd.environ(), {})
    assert scene.told("device", "includes") == [
        ([550.0, 2100.0, 44.0], ["cpu", "dram"]),
        ([300.0, 1700.0, 52.0], []),
    ]


def test_without_the_package(amd: AmdMachine) -> None:
    """The driver's files tell power or use, and the record names which; a board without a name goes by its chip."""
    amd.node(1, 0x10, uuid="ab")
    amd.node(2, 0x20, uuid="cd")
    amd.node(3, 0x30)
    amd.sensors(1, power1_input=90_000_000, product_name="AMD INSTINCT MI210")
    amd.sensors(2, gpu_busy_percent=55)
    [scene] = scenes("amd_smi", amd.environ(has_package=False), {})
    assert scene.told("type", "model") == [("Gauge", "AMD INSTINCT MI210"), ("UseGauge", "gfx942"), ("Gauge", "gfx942")]
    assert scene.instruments[0]["quantity"] == "hwmon.power1_input"
    assert scene.counts == {"gpu-0": 90_000_000, "gpu-1": 55, "gpu-2": "the driver answers: not supported"}


def test_a_package_that_does_not_start(amd: AmdMachine) -> None:
    """It is a gap in its own words, and the driver's files are read instead."""
    amd.node(1, 0x10)
    amd.sensors(1, power1_average=90_000_000)
    amd.say(says(1), init=34)
    [scene] = scenes("amd_smi", amd.environ(), {})
    assert scene.notes == [["amd_smi", "the package amdsmi could not be started: An unknown error occurred"]]
    assert scene.counts == {"gpu-0": 90_000_000}


def test_a_package_that_knows_no_nodes(amd: AmdMachine) -> None:
    """An older one is matched by addresses on the bus."""
    amd.node(1, 0x10, uuid="a1")
    amd.node(2, 0x2F, uuid="a2")
    amd.say(*({**says(0, mw=mw), "bdf": bdf} for mw, bdf in ((1000, "0000:2F:00.0"), (9000, "0000:10:00.0"))))
    for gpu in (told := json.loads(amd.state.read_text()))["gpus"]:
        del gpu["node"]
        gpu["energy"] = None
        gpu["power"] = {"average_socket_power": gpu["mw"] // 1000}
    amd.state.write_text(json.dumps(told))
    [scene] = scenes("amd_smi", amd.environ(), {})
    assert scene.counts == {"gpu-0": 9, "gpu-1": 1}


def test_processes(amd: AmdMachine) -> None:
    """Those that hold memory of a GPU, as the kernel tells it."""
    amd.node(1, 0x10)
    amd.node(2, 0x20)
    amd.say(says(1), says(2))
    [nobody] = scenes("amd_smi", amd.environ(), {"asked": True})
    assert nobody.processes == [None, None]
    amd.process(41, gpu_1001=4096, gpu_1002=0)
    amd.process(42, gpu_1001=4096, gpu_1002=8192)
    [scene] = scenes("amd_smi", amd.environ(), {"asked": True})
    assert scene.processes == [[41, 42], [42]]


def given(environ: dict[str, str]) -> list[float]:
    """The joules that the package gave out in looks, after those of the opening."""
    _asked, _first_probe, _second_probe, *looks = map(int, Path(environ["STUB_AMD_LOG"]).read_text().split())
    return [count * 15.3e-6 for count in looks]


def test_a_recording(amd: AmdMachine, tmp_path: Path) -> None:
    """A job's joules are those of its GPU's accumulator; no identifier of the GPU shows, and the library stays open."""
    amd.node(1, 0x10, uuid="deadbeefdeadbeef")
    amd.say(says(1, cap=750_000_000))
    environ = amd.environ() | {"STUB_AMD_LOG": str(tmp_path / "log")}
    assert ran(RECORD.format(seconds=1.1), tmp_path, **environ) == (0, "", "")
    [segment] = segments(tmp_path)
    [reading] = [each for each in segment["energy"] if each["kind"] == "gpu"]
    looks_j = given(environ)
    assert reading["node_j"] == reading["share_j"] == pytest.approx(looks_j[-1] - looks_j[0], abs=1e-4)
    assert reading["node_j"] >= 250 * 1.0
    assert (reading["sensor"], reading["quantity"], reading["power_limit_w"]) == ("amd_smi", "energy_accumulator", 750)
    assert re.fullmatch("[0-9a-f]{12}", reading["device_ref"])
    assert segment["machine"]["accelerators"] == [{"model": "gfx942", "count": 1, "vendor": "AMD"}]
    assert "deadbeef" not in json.dumps(segment).lower()


LOST = """
import joulecard, json, os, time
state, log = os.environ['STUB_AMD'], os.environ['STUB_AMD_LOG']
told = json.load(open(state))
with joulecard.record('train'):
    while len(open(log).readlines()) < 6:  # three of the opening, the first look, and two ticks
        time.sleep(0.01)
    told['gpus'][0]['error'] = 2
    with open(state + '.part', 'w') as file: json.dump(told, file)
    os.replace(state + '.part', state)
    time.sleep(0.05)
"""


def test_a_gpu_that_is_lost(amd: AmdMachine, tmp_path: Path) -> None:
    """What it gave stays, with its coverage; the rest is a gap in the driver's words."""
    amd.node(1, 0x10)
    amd.say(says(1))
    environ = amd.environ() | {"STUB_AMD_LOG": str(tmp_path / "log")}
    assert ran(LOST, tmp_path, **environ) == (0, "", "")
    [segment] = segments(tmp_path)
    [reading] = segment["energy"]
    looks_j = given(environ)
    assert reading["node_j"] == pytest.approx(looks_j[-1] - looks_j[0], abs=1e-4)
    assert 0 < reading["coverage"] < 1
    assert "the driver answers: Feature not supported" in {gap["reason"] for gap in segment["gaps"]}


def test_a_machine_without_the_driver(amd: AmdMachine, tmp_path: Path) -> None:
    """No driver: the package is not imported though it is there."""
    environ = amd.environ() | {"JOULECARD_SYSFS_ROOT": str(tmp_path)}
    program = "import sys, joulecard\nwith joulecard.record('train'): pass\nprint('amdsmi' in sys.modules)"
    assert ran(program, tmp_path, **environ) == (0, "False\n", "")


def test_a_package_without_its_library(amd: AmdMachine) -> None:
    """The package is left alone, for it would print to the job's output; the driver's files are read."""
    amd.node(1, 0x10)
    amd.sensors(1, power1_average=90_000_000)
    environ = amd.environ() | {"LD_LIBRARY_PATH": "", "ROCM_PATH": str(amd.folder)}
    program = (
        "import os, sys\nfrom joulecard.capture.meters import Job, open_meter\nfrom joulecard.settings import Roots\n"
        "meter = open_meter('amd_smi', Job(Roots.from_environment(os.environ), os.environ))\n"
        "print(meter.read(), 'amdsmi' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **environ}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "{'gpu-0': 90000000} False\n"
