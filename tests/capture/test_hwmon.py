"""Power sensors of the kernel: which of them are the machine and its processors, and what they add up to."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.capture.conftest import Tree, ran, segments

from joulecard.capture.joules.integrator import track_of
from joulecard.capture.meters import Counter, Failure, Gauge, Job, UseGauge
from joulecard.capture.meters.hwmon import hwmon_meter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HOST = ("cpu", "dram")


def chip(tree: Tree, number: int, name: str, **files: str | int) -> Path:
    """A chip as hwmon shows it, with files of these names; the folder of its files."""
    folder = f"sys/class/hwmon/hwmon{number}"
    tree.write(f"{folder}/name", f"{name}\n")
    for file, content in files.items():
        tree.write(f"{folder}/{file}", f"{content}\n")
    return tree.folder / folder


def acpi(tree: Tree, number: int, power_uw: int, label: str = "", **more: str | int) -> Path:
    """An ACPI power meter; its files lie in the folder of the device."""
    folder = chip(tree, number, "power_meter") / "device"
    tree.write(f"sys/class/hwmon/hwmon{number}/device/power1_average", f"{power_uw}\n")
    for file, content in {"power1_oem_info": label, "power1_is_battery": 0, **more}.items():
        (folder / file).write_text(f"{content}\n")
    return folder


def shown(tree: Tree) -> tuple[dict[str, Counter | Gauge], Mapping[str, int | Failure]]:
    """The instruments by domain, and what they show."""
    meter = hwmon_meter(Job(tree.roots))
    counts = meter.read()
    counters = {each.domain: each for each in meter.counters() if not isinstance(each, UseGauge)}
    meter.close()
    return counters, counts


def read(tree: Tree) -> dict[str, tuple[str, tuple[str, ...], int | Failure]]:
    """Kind, what is included and count of each sensor that is read."""
    counters, counts = shown(tree)
    return {domain: (each.kind, each.includes, counts[domain]) for domain, each in counters.items()}


def test_no_sensors(tree: Tree) -> None:
    """A machine with temperatures alone has none, and one without /sys neither; no thread is started for it."""
    before = threading.active_count()
    assert read(tree) == {}
    chip(tree, 0, "coretemp", temp1_input=40000)
    chip(tree, 1, "nvme", temp1_input=40000)
    chip(tree, 2, "amdgpu", power1_average=90_000_000)
    assert read(tree) == {}
    assert hwmon_meter(Job(replace(tree.roots, sysfs="/nowhere"))).counters() == ()
    assert threading.active_count() == before


def test_power_of_the_machine(tree: Tree) -> None:
    """An ACPI meter that does not say what it measures, or says the system bus, measures the whole node."""
    folder = acpi(tree, 3, 412_000_000)
    assert read(tree) == {"system": ("host", HOST, 412_000_000)}
    (folder / "measures/LNXSYBUS:00").mkdir(parents=True)
    assert read(tree) == {"system": ("host", HOST, 412_000_000)}


def test_power_of_a_machine_with_gpus(tree: Tree) -> None:
    """Its power is that of its accelerators too."""
    acpi(tree, 3, 412_000_000)
    tree.write("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t Stub GPU\n")
    [[_, includes, _]] = read(tree).values()
    assert includes == ("cpu", "dram", "gpu", "accelerator")


def test_meters_of_a_part_are_not_the_machine(tree: Tree) -> None:
    """One that measures a device of the machine, or a battery, is not read."""
    (acpi(tree, 0, 30_000_000) / "measures/ACPI0007:00").mkdir(parents=True)
    acpi(tree, 1, 30_000_000, power1_is_battery=1)
    acpi(tree, 2, 30_000_000, label="GPU 0 power")
    assert read(tree) == {}


def test_several_meters_without_a_label(tree: Tree) -> None:
    """Two power supplies, or one inside the other: nobody knows, so none is read and a gap says so."""
    acpi(tree, 0, 200_000_000)
    acpi(tree, 1, 210_000_000)
    notes: list[tuple[str, str]] = []
    assert hwmon_meter(Job(tree.roots, note=lambda what, why: notes.append((what, why)))).counters() == ()
    [(what, why)] = notes
    assert what == "hwmon"
    assert "do not say which part" in why


def grace(tree: Tree, *names: str) -> None:
    """The meters of NVIDIA Grace by their labels."""
    for number, name in enumerate(names):
        acpi(tree, number, (number + 1) * 10_000_000, name)


def test_grace_hopper(tree: Tree) -> None:
    """The socket is read with its memory in it; the rails inside it and the module around it are not."""
    grace(tree, "Module Power Socket 0", "Grace Power Socket 0", "CPU Power Socket 0", "SysIO Power Socket 0")
    assert read(tree) == {"socket-0": ("cpu", ("dram",), 20_000_000)}


def test_two_grace_sockets(tree: Tree) -> None:
    """Each is a reading of its own, in whatever order the system lists them, ten and more too."""
    acpi(tree, 10, 90_000_000, "Grace Power Socket 1")
    acpi(tree, 9, 80_000_000, "Grace Power Socket 0")
    acpi(tree, 2, 70_000_000, "CPU Power Socket 1")
    assert read(tree) == {"socket-0": ("cpu", ("dram",), 80_000_000), "socket-1": ("cpu", ("dram",), 90_000_000)}


def test_rails_where_the_socket_is_not_shown(tree: Tree) -> None:
    """CPU and SysIO are two rails of one socket and hold no memory."""
    grace(tree, "CPU Power Socket 0", "SysIO Power Socket 0")
    assert read(tree) == {"socket-0-cpu": ("cpu", (), 10_000_000), "socket-0-sysio": ("cpu", (), 20_000_000)}


POWER9: dict[str, str | int] = {
    "power1_label": "Chip 0 ",
    "power1_input": 157_000_000,
    "power2_label": "Chip 0 Vdd",
    "power2_input": 113_000_000,
    "power3_label": "Chip 8 ",
    "power3_input": 99_000_000,
    "power4_label": "System",
    "power4_input": 426_000_000,
    "power5_label": "APSS 15 ",
    "power5_input": 426_000_000,
}
ENERGIES: dict[str, str | int] = {
    "energy1_label": "Chip 0 ",
    "energy1_input": 7_510_000,
    "energy4_label": "System",
    "energy4_input": 21_290_000,
}


def test_power_server(tree: Tree) -> None:
    """IBM POWER: the system and its processors, by energy where it is counted, without the rails inside them."""
    folder = chip(tree, 0, "ibmpowernv", **POWER9)
    assert read(tree) == {
        "system": ("host", HOST, 426_000_000),
        "chip-0": ("cpu", (), 157_000_000),
        "chip-8": ("cpu", (), 99_000_000),
    }
    chip(tree, 0, "ibmpowernv", **ENERGIES)
    counters, counts = shown(tree)
    assert {domain: (type(each), each.quantity) for domain, each in counters.items()} == {
        "system": (Counter, "energy4_input"),
        "chip-0": (Counter, "energy1_input"),
        "chip-8": (Gauge, "power3_input"),
    }
    assert counts["chip-0"] == 7_510_000
    (folder / "energy4_input").write_text("0\n")  # firmware that shows the file and does not count
    assert shown(tree)[0]["system"].quantity == "power4_input"


def test_how_long_a_mean_is_taken_over(tree: Tree) -> None:
    """As the meter tells, in milliseconds; a second where it does not."""
    acpi(tree, 0, 412_000_000)
    assert shown(tree)[0]["system"].step_s == 1.0
    acpi(tree, 0, 412_000_000, power1_average_interval=50)
    assert shown(tree)[0]["system"].step_s == 0.05


def test_ampere(tree: Tree) -> None:
    """The two rails of the chip."""
    chip(tree, 1, "apm_xgene", power1_label="CPU power", power1_input=37, power2_label="IO power", power2_input=19)
    assert read(tree) == {"chip-0-cpu": ("cpu", (), 37), "chip-0-io": ("cpu", (), 19)}


def test_epyc_without_readable_rapl(tree: Tree) -> None:
    """Each socket; but not beside RAPL counters that can be read, which show the same."""
    chip(tree, 1, "amd_hsmp_hwmon", power1_input=180_000_000)
    chip(tree, 2, "amd_hsmp_hwmon", power1_input=170_000_000)
    energy = tree.zone("intel-rapl:0", "package-0")
    assert read(tree) == {}
    energy.unlink()
    assert read(tree) == {"socket-0": ("cpu", (), 180_000_000), "socket-1": ("cpu", (), 170_000_000)}


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ("4294967295000", "more power than any device can draw"),
        ("?", "does not hold a number"),
        ("0", "no power at all"),
    ],
)
def test_what_is_no_power(tree: Tree, shown: str, reason: str) -> None:
    """What firmware shows when it does not know is a gap and no energy."""
    acpi(tree, 0, 0, power1_average=shown)
    meter = hwmon_meter(Job(tree.roots))
    [gauge] = meter.counters()
    track = track_of(gauge)
    for second in range(3):
        track.advance(float(second), meter.read()["system"])
    meter.close()
    assert track.energy_j == 0.0
    assert reason in track.gap_reason(2.0)


STAGE = "import joulecard, time\nwith joulecard.record('train'):\n    time.sleep(0.3)"


def test_a_recording(tree: Tree, tmp_path: Path) -> None:
    """What stands in the segment: the power of the machine, what it includes, and how it was read."""
    acpi(tree, 0, 400_000_000)
    assert ran(STAGE, tmp_path, **tree.environ) == (0, "", "")
    [segment] = segments(tmp_path)
    [reading] = segment["energy"]
    told = {name: reading[name] for name in ("kind", "sensor", "domain", "reads", "quantity", "includes")}
    assert told == {
        "kind": "host",
        "sensor": "hwmon",
        "domain": "system",
        "reads": "power",
        "quantity": "power1_average",
        "includes": ["cpu", "dram"],
    }
    assert reading["node_j"] == pytest.approx(400.0 * segment["monotonic_s"], rel=0.01)
    assert reading["coverage"] == 1.0
