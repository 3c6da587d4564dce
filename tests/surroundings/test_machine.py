"""The hardware as /proc tells it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from joulecard.surroundings.machine import host_ref, read_machine, reference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from joulecard.settings import Roots

    Plant = Callable[[Mapping[str, str | bytes]], Roots]

RASPBERRY_PI = """processor	: 0
CPU implementer	: 0x41
CPU part	: 0xd08

Hardware	: BCM2835
Serial		: 10000000deadbeef
Model		: Raspberry Pi 4 Model B Rev 1.4
"""
BOOT = "proc/sys/kernel/random/boot_id"


def _intel(sockets: int, cores: int, threads: int, flags: str = "fpu sse2 hypervisors") -> str:
    """The cpuinfo of a machine with Hyper-Threading, `processor` counted as Linux does."""
    places = [(socket, core) for _ in range(threads) for socket in range(sockets) for core in range(cores)]
    return "".join(
        f"processor\t: {number}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\n"
        f"model name\t: Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz\nphysical id\t: {socket}\nsiblings\t: 9\n"
        f"core id\t\t: {core}\nflags\t\t: {flags}\n\n"
        for number, (socket, core) in enumerate(places)
    )


def test_a_server_is_described(plant: Plant) -> None:
    """Model as read, logical CPUs, cores, sockets, memory in GB of 10^9 bytes."""
    roots = plant({"proc/cpuinfo": _intel(2, 16, 2), "proc/meminfo": "MemTotal:       197543920 kB\nMemFree: 1 kB\n"})
    machine = read_machine(roots)
    assert machine.cpu_model == "Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz"
    assert (machine.cpu_vendor, machine.logical_cpus) == ("GenuineIntel", 64)
    assert (machine.physical_cores, machine.sockets, machine.virtual) == (32, 2, False)
    assert (machine.memory_gb, machine.architecture) == (202.285, os.uname().machine)
    assert machine.accelerators == ()


def test_a_virtual_machine_says_so(plant: Plant) -> None:
    """The hypervisor's flag, as a whole word."""
    assert read_machine(plant({"proc/cpuinfo": _intel(1, 2, 1, "fpu hypervisor lahf_lm")})).virtual is True


@pytest.mark.parametrize(
    ("cpuinfo", "model", "vendor"),
    [
        ("processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n", "Neoverse-V1", "ARM"),
        ("processor\t: 0\nCPU implementer\t: 0xc0\nCPU part\t: 0xac3\n", "Ampere-1", "Ampere"),
        ("processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xfff\n", None, "ARM"),
        (
            RASPBERRY_PI,
            "Raspberry Pi 4 Model B Rev 1.4",
            "ARM",
        ),
        ("processor\t: 0\ncpu\t\t: POWER9, altivec supported\n", "POWER9, altivec supported", None),
        ("processor\t: 0\nmodel name\t: \n", None, None),
    ],
    ids=["graviton3", "altra-max", "unknown-arm", "raspberry-pi", "power", "nameless"],
)
def test_other_processors_have_the_name_they_give(plant: Plant, cpuinfo: str, model: str | None, vendor: str) -> None:
    """An Arm core's number becomes its name, else the board's name stands; unknown is None."""
    machine = read_machine(plant({"proc/cpuinfo": cpuinfo}))
    assert (machine.cpu_model, machine.cpu_vendor) == (model, vendor)
    assert (machine.logical_cpus, machine.physical_cores, machine.sockets, machine.virtual) == (1, None, None, None)


def test_what_the_system_does_not_say_is_unknown(plant: Plant) -> None:
    """Nothing is put in place of a missing fact; CPUs are counted another way."""
    machine = read_machine(plant({"proc/stat": "cpu  1 2 3\ncpu0 1 2 3\ncpu1 1 2 3\ncpu12 1 2 3\nintr 1\n"}))
    assert (machine.cpu_model, machine.cpu_vendor, machine.memory_gb, machine.virtual) == (None, None, None, None)
    assert (machine.logical_cpus, machine.physical_cores, machine.sockets) == (3, None, None)
    assert read_machine(plant({"proc/stat": ""})).logical_cpus == os.cpu_count()


def test_cores_are_unknown_where_processors_do_not_all_say_where_they_sit(plant: Plant) -> None:
    """Half an answer is none."""
    machine = read_machine(plant({"proc/cpuinfo": _intel(1, 4, 1) + "processor\t: 4\nphysical id\t: 0\n"}))
    assert (machine.logical_cpus, machine.physical_cores, machine.sockets) == (5, None, 1)


def test_a_large_host_is_read_whole(plant: Plant) -> None:
    """1,024 logical CPUs with the long flags of today fill more than a megabyte."""
    flags = "fpu " + " ".join(f"feature_{number}" for number in range(150))
    machine = read_machine(plant({"proc/cpuinfo": _intel(4, 128, 2, flags)}))
    assert (machine.logical_cpus, machine.physical_cores, machine.sockets) == (1024, 512, 4)


def test_a_host_is_itself_until_it_restarts(plant: Plant) -> None:
    """Equal within a boot, another after; the boot id does not show."""
    one = {BOOT: "9c3c1f1e-0000-4000-8000-000000000001\n"}
    first = host_ref(plant(one))
    assert len(first) == 12
    assert int(first, 16) >= 0
    assert host_ref(plant(one)) == first
    assert host_ref(plant({**one, BOOT: "9c3c1f1e-0000-4000-8000-000000000002\n"})) != first
    assert first not in one[BOOT]


def test_the_containers_of_a_host_are_one_host(plant: Plant) -> None:
    """Each may carry a machine id of its own, but the counters that they read are the same."""
    one = {BOOT: "9c3c1f1e-0000-4000-8000-000000000001\n"}
    inside = {**one, "fs/etc/machine-id": "ffffffffffffffffffffffffffffffff\n"}
    assert host_ref(plant(one)) == host_ref(plant(inside)) != reference(plant(one), "another device")


def test_without_a_boot_id_nothing_links_two_boots(plant: Plant) -> None:
    """The time of the start takes its place, else a number that dies with the process: never a fixed name."""
    nothing = host_ref(plant({}))
    first = host_ref(plant({"proc/stat": "cpu  1 2\nbtime 1763712000\n"}))
    second = host_ref(plant({"proc/stat": "cpu  1 2\nbtime 1763712999\n"}))
    assert len({nothing, first, second}) == 3
