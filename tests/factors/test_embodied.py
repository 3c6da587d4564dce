"""Embodied carbon of hosts and accelerators: from a component model, a mean, or the user's own figure."""

from __future__ import annotations

import csv
import math
from statistics import mean, stdev
from typing import TYPE_CHECKING

import pytest

from joulecard.factors import CURRENT, edition
from joulecard.factors.own.file import read_own
from joulecard.factors.tables import ROOT
from joulecard.surroundings.machine import Machine

if TYPE_CHECKING:
    from pathlib import Path

FACTORS = edition()
XEON = "Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz"


def rows(table: str) -> list[dict[str, str]]:
    """A table of the current edition, read by itself."""
    with open(f"{ROOT}/{CURRENT}/{table}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def a_machine(cpu: str | None = XEON, memory_gb: float | None = 16.0, sockets: int | None = 1) -> Machine:
    """A physical server of 32 logical CPUs."""
    return Machine(cpu, 32, memory_gb, "x86_64", sockets=sockets)


@pytest.mark.parametrize(
    ("memory_gb", "sockets", "kg"),
    [(16.0, 1, 1000.0), (384.0, 2, 1000 + 100 + 1.388 * 368), (8.0, 1, 1000.0), (None, None, 1000.0)],
)
def test_a_server_is_the_sum_of_its_parts(memory_gb: float | None, sockets: int | None, kg: float) -> None:
    """A base server, 100 kg for each further CPU and 1.388 kg for each GB above 16."""
    factor, life = FACTORS.host_made(a_machine(memory_gb=memory_gb, sockets=sockets))
    assert factor.value == pytest.approx(1000 * kg)
    assert (factor.kind, factor.unit, factor.is_default, life.years) == ("embodied", "g", True, 4)
    assert [source.class_name for source in factor.uncertainty] == ["embodied-component"]


def test_servers_that_differ_by_a_few_megabytes_are_one_factor() -> None:
    """The kernel keeps more or less for itself; two values under one id would contradict each other."""
    one, other = (FACTORS.host_made(a_machine(memory_gb=gb)).factor for gb in (33.551, 33.554))
    assert (one.id, one.value) == (other.id, other.value)


def test_the_formula_stands_in_the_assumption() -> None:
    """A reader can add it up without the tables."""
    told = FACTORS.host_made(a_machine(memory_gb=116.0)).factor.assumes or ""
    assert told.endswith(
        "a server with 1 CPU and 116 GB: 1000 kg for the base server + 138.8 kg for memory above 16 GB"
    )


def test_a_virtual_machine_is_so_many_mean_vcpus() -> None:
    """Its host is unknown: mean and width are those of the hosts that the table of instances knows."""
    hosts = {
        (row["provider"], row["cpu"], int(row["platform_vcpus"]), float(row["platform_embodied_kgCO2e"]))
        for row in rows("cloud_instances")
        if row["platform_embodied_kgCO2e"] and not row["gpu"] and int(row["platform_vcpus"] or 0) >= 16
    }
    each_kg = [kg / vcpus for _, _, vcpus, kg in hosts]
    factor = FACTORS.host_made(Machine(XEON, 4, 16.0, "x86_64", virtual=True)).factor
    assert factor.value == pytest.approx(4 * 1000 * mean(each_kg))
    assert factor.uncertainty[0].log_sd == pytest.approx(stdev(map(math.log, each_kg)), abs=0.005)


@pytest.mark.parametrize("cpu", ["Apple M2", "Intel(R) Core(TM) i7-1185G7 @ 3.00GHz", "AMD Ryzen 9 5950X"])
def test_a_personal_computer_is_no_server(cpu: str) -> None:
    """A laptop is a quarter of one: the mean of the laptops and desktops that the table knows."""
    known = [
        float(row["manufacturing_kgCO2e"])
        for row in rows("odbl/embodied_devices")
        if row["category"] in {"Laptop", "Desktop"} and row["manufacturing_kgCO2e"]
    ]
    factor = FACTORS.host_made(a_machine(cpu)).factor
    assert factor.value == pytest.approx(1000 * mean(known))
    both = math.hypot(stdev(map(math.log, known)), FACTORS.uncertainty("embodied-component", "any").log_sd)
    assert factor.uncertainty[0].log_sd == pytest.approx(both, abs=0.005)
    assert "ODbL" in (factor.note or "")


@pytest.mark.parametrize(("model", "kg"), [("NVIDIA B200", 284.2), ("NVIDIA A100-SXM4-80GB", 150), ("unknown", 150)])
def test_accelerators_take_their_own_figure_or_a_constant(model: str, kg: float) -> None:
    """The published figure of an A100 holds its part of the host, which is counted already."""
    factor = FACTORS.accelerator_made(model).factor
    assert factor.value == pytest.approx(1000 * kg)
    assert factor.is_default == (kg == 150)


def test_own_figures_come_first(tmp_path: Path) -> None:
    """A device by its name, a host by its processor or as `host`, each with the life that is told of it."""
    entries = [("H100", 164000, "lifespan_years = 6\n"), ("Xeon Gold 6226R", 900000, ""), ("host", 800000, "")]
    path = tmp_path / "own.toml"
    path.write_text(
        "".join(
            f'[[factor]]\nkind = "embodied"\ndevice = "{name}"\nvalue = {g}\nunit = "g"\n{life}'
            'source = { name = "its vendor" }\n'
            for name, g, life in entries
        ),
        encoding="utf-8",
    )
    own = edition(CURRENT, read_own(str(path)))
    device = own.accelerator_made("NVIDIA H100")
    assert (device.factor.value, device.life.years, device.life.is_default) == (164000, 6, False)
    assert device.life.uncertainty == ()
    assert own.host_made(a_machine("Xeon Gold 6226R")).factor.value == 900000
    assert own.host_made(a_machine("EPYC 7763")).factor.value == 800000
    assert own.host_made(a_machine("EPYC 7763")).life.years == 4
    assert own.accelerator_made("NVIDIA L40S").factor.value == 150000
