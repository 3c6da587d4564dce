"""Watts for hardware that no counter reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.factors import edition
from joulecard.factors.power import cpu_name
from joulecard.surroundings.machine import Machine

FACTORS = edition("2026.11")


def machine(
    cpu_model: str | None, logical_cpus: int = 32, sockets: int | None = 1, *, virtual: bool | None = None
) -> Machine:
    """A machine with this CPU."""
    return Machine(cpu_model, logical_cpus, 64.0, "x86_64", sockets=sockets, virtual=virtual)


def watts(*args: object, **options: object) -> tuple[str, float, float]:
    """Model name, idle and full W per vCPU, the latter two to three digits."""
    idle, active = FACTORS.cpu_model(machine(*args, **options))  # type: ignore[arg-type]
    return idle.name, round(idle.value, 3), round(idle.value + active.value, 3)


def test_a_known_cpu_draws_its_tdp_over_its_threads() -> None:
    """150 W over 32 threads; idle is the share that cloud servers show, 0.235 of it."""
    idle, active = FACTORS.cpu_model(machine("Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz"))
    assert idle.id == "power:cpu-tdp:intel-xeon-gold-6226r/32:idle"
    assert idle.value + active.value == pytest.approx(150 / 32)
    assert idle.value / (idle.value + active.value) == pytest.approx(0.2352, abs=5e-5)
    assert idle.uncertainty == active.uncertainty
    assert (idle.uncertainty[0].id, idle.uncertainty[0].log_sd) == (
        "cpu-tdp-model@power:cpu-tdp:intel-xeon-gold-6226r",
        0.2,
    )
    assert idle.assumes == "Intel Xeon Gold 6226R (150 W over 32 threads) draws 1.1 W per reserved vCPU"
    assert not idle.is_default


@pytest.mark.parametrize(
    "name",
    [
        "AMD EPYC",
        "AMD EPYC Processor",
        "AMD EPYC-Rome Processor",
        "Intel Xeon Processor",
        "Intel(R) Xeon(R) CPU @ 2.20GHz",
        "Intel Xeon Processor (Skylake, IBRS)",
        "QEMU Virtual CPU version 2.5+",
        "Common KVM processor",
        "",
        None,
        "x\ny,z",
        "Gold 6226R",
    ],
)
def test_a_name_that_is_no_row_is_unknown(name: str | None) -> None:
    """Hypervisors' short names and near misses get the mean over generations, a default with a wide range."""
    assert watts(name) == ("vcpu-unknown", 0.742, 3.154)
    idle, active = FACTORS.cpu_model(machine(name))
    assert (idle.id, active.id, idle.unit) == ("power:vcpu-unknown:idle", "power:vcpu-unknown:active", "W/vCPU")
    assert (idle.is_default, idle.uncertainty[0].id) == (True, "cpu-vcpu-unknown@power:vcpu-unknown")


def test_a_name_is_found_whole_or_not_at_all() -> None:
    """The 6226 is not the 6226R: 125 W against 150 W over 32 threads."""
    assert watts("Intel(R) Xeon(R) Gold 6226", 24)[2] == round(125 / 24, 3)


@pytest.mark.parametrize(
    ("reported", "name"),
    [
        ("AMD EPYC 7763 64-Core Processor                ", "amd epyc 7763"),
        ("11th Gen Intel(R) Core(TM) i7-1165G7 @ 2.80GHz", "intel core i7-1165g7"),
        ("AMD Ryzen 7 4800U with Radeon Graphics", "amd ryzen 7 4800u"),
        ("AMD Ryzen Threadripper PRO 3995WX 64-Cores", "amd ryzen threadripper pro 3995wx"),
        ("Intel(R) Core(TM)2 Duo CPU     E8400  @ 3.00GHz", "intel core 2 duo e8400"),
        ("AMD FX(tm)-8350 Eight-Core Processor", "amd fx-8350"),
        ("Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz", "intel xeon e5-2680 v4"),
        ("INTEL(R) XEON(R) PLATINUM 8568Y+", "intel xeon platinum 8568y+"),
        ("Apple M1", "apple m1"),
    ],
)
def test_names_are_read_as_systems_write_them(reported: str, name: str) -> None:
    """Marks, clock, generation, cores and filler words do not count."""
    assert cpu_name(reported) == name
    assert watts(reported, 8)[0] == "cpu-tdp"


def test_a_slice_of_a_cpu_is_not_the_cpu() -> None:
    """In a virtual machine the visible CPUs say nothing of the CPU's threads: by the table, else two a core."""
    assert watts("AMD EPYC 7763 64-Core Processor", 4, virtual=True)[2] == round(280 / 128, 3)
    assert watts("Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz", 4, virtual=True)[2] == round(150 / 32, 3)
    assert watts("Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz", 2, virtual=True)[0] == "vcpu-unknown"


def test_fewer_cpus_than_cores_are_a_slice_too() -> None:
    """A machine that shows 4 CPUs of a CPU with 16 cores is a part of it, whatever it says of itself."""
    assert watts("Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz", 4)[2] == round(150 / 32, 3)


def test_threads_are_counted_for_each_socket() -> None:
    """64 logical CPUs on two sockets are 32 threads a CPU, also where the sockets are not known."""
    assert watts("Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz", 64, 2)[2] == round(150 / 32, 3)
    assert watts("Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz", 64, None)[2] == round(150 / 32, 3)


def test_a_core_without_its_second_thread_draws_alone() -> None:
    """With multi-threading off every logical CPU is a whole core."""
    assert watts("Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz", 16)[2] == round(150 / 16, 3)
    assert watts("AMD EPYC 7763 64-Core Processor", 64)[2] == round(280 / 64, 3)


def test_memory_draws_by_size() -> None:
    """0.3725 W/GB by Green Algorithms, a default."""
    memory = FACTORS.memory()
    assert (memory.id, memory.value, memory.unit, memory.is_default) == ("power:memory", 0.3725, "W/GB", True)
    assert memory.source["name"] == "Green Algorithms reference values"
    assert (memory.uncertainty[0].class_name, memory.uncertainty[0].log_sd) == ("memory-watts-per-gb", 0.3)


@given(name=st.text(max_size=40), cpus=st.integers(1, 512))
def test_any_text_has_a_model(name: str, cpus: int) -> None:
    """Idle and active watts are above zero, whatever the system calls its CPU."""
    idle, active = FACTORS.cpu_model(machine(name, cpus))
    assert idle.value > 0
    assert active.value > 0
