"""Embodied carbon of servers and accelerators, from component constants, and how long they are taken to be used."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from joulecard.factors.accelerators import accelerator_name
from joulecard.factors.factor import Factor
from joulecard.factors.uncertainties import uncertainty

if TYPE_CHECKING:
    from joulecard.factors.factor import Uncertainty
    from joulecard.factors.tables import Row, Tables

PARTS = "embodied"
DEVICES = "odbl/embodied_devices"
INSTANCES = "cloud_instances"
LIFETIME = "server_lifetime_default"
HOURS_PER_YEAR = 8760  # as SCI's and CCF's examples count: 4 years are 35,040 h
BASE_MEMORY_GB = 16  # of CCF's base server
BASE_SOCKETS = 1
FEWEST_VCPUS = 16  # smaller platforms in the table are parts of a host, told as a whole
GRAMS_PER_KG = 1000
ODBL_NOTICE = "contains data from Boavizta, available under the ODbL"
# Figures of a device alone; the A100's in the table holds its part of the host too, and would count that twice.
BY_MODEL = {"b200": "nvidia-b200-gpu-share"}
_PERSONAL = re.compile(r"\b(?:Apple|Core|Ryzen|Pentium|Celeron|Atom|Athlon|Snapdragon)\b", re.IGNORECASE)


class Hardware(Protocol):
    """What of a host its embodied carbon depends on."""

    @property
    def cpu_model(self) -> str | None:
        """The processor as the system names it."""

    @property
    def logical_cpus(self) -> int:
        """Logical CPUs."""

    @property
    def memory_gb(self) -> float | None:
        """Memory in GB."""

    @property
    def sockets(self) -> int | None:
        """CPU sockets."""

    @property
    def virtual(self) -> bool | None:
        """Whether a hypervisor is present."""


class Life(NamedTuple):
    """How many years hardware is used."""

    years: float
    uncertainty: tuple[Uncertainty, ...] = ()
    is_default: bool = False  # nobody said so

    @property
    def seconds(self) -> float:
        """The same in seconds."""
        return self.years * HOURS_PER_YEAR * 3600


class Made(NamedTuple):
    """What making one device emitted, in g, and how long it is used."""

    factor: Factor
    life: Life


def host(tables: Tables, machine: Hardware) -> Made:
    """The host without its accelerators: of a virtual machine its vCPUs' part, of a personal computer a mean."""
    if machine.virtual:
        return Made(_vcpus(tables, machine.logical_cpus), life(tables))
    if machine.cpu_model and _PERSONAL.search(machine.cpu_model):
        return Made(_personal(tables), life(tables))
    return Made(_server(tables, machine), life(tables))


def accelerator(tables: Tables, model: str) -> Made:
    """One accelerator: its vendor's own figure, else the constant for any."""
    name = accelerator_name(model)
    key = next((row for part, row in BY_MODEL.items() if part in name.split()), "server-gpu")
    row = _part(tables, key)
    is_any = key == "server-gpu"
    factor_id = f"embodied:{key}"
    told = f"{float(row['kgCO2e']):g} kg, a constant for any accelerator, stand for making one {model}"
    factor = Factor(
        id=factor_id,
        kind="embodied",
        name="any accelerator" if is_any else row["component"],
        value=float(row["kgCO2e"]) * GRAMS_PER_KG,
        unit="g",
        uncertainty=(uncertainty(tables, "embodied-component", factor_id),),
        source=tables.source(row["source_id"]),
        assumes=told if is_any else None,
        is_default=is_any,
        note=row["note"] or None,
    )
    return Made(factor, life(tables))


def life(tables: Tables) -> Life:
    """The years for which servers are taken to be used where nobody says so."""
    row = tables.row("constants", LIFETIME)
    assert row is not None  # noqa: S101  each edition has it
    return Life(float(row["value"]), (uncertainty(tables, "lifetime-default", "hardware"),), is_default=True)


def _server(tables: Tables, machine: Hardware) -> Factor:
    """CCF's component model: a base server, each further CPU, each GB above 16."""
    sockets = machine.sockets or BASE_SOCKETS
    memory_gb = round(machine.memory_gb) if machine.memory_gb else None  # equal machines differ by a few MB
    base, cpu, memory = (_part(tables, name) for name in ("server-base", "server-extra-cpu", "server-memory"))
    more_gb = max(0, (memory_gb or BASE_MEMORY_GB) - BASE_MEMORY_GB)
    kg = [float(base["kgCO2e"]), float(cpu["kgCO2e"]) * (sockets - BASE_SOCKETS), float(memory["kgCO2e"]) * more_gb]
    told = f"{sockets} CPU{'s' if sockets > 1 else ''}" + (f" and {memory_gb} GB" if memory_gb else "")
    factor_id = f"embodied:server:{sockets}cpu" + (f":{memory_gb}gb" if memory_gb else "")
    terms = [f"{kg[0]:g} kg for the base server"]
    terms += [f"{kg[1]:g} kg for further CPUs"] if kg[1] else []
    terms += [f"{kg[2]:.4g} kg for memory above {BASE_MEMORY_GB} GB"] if more_gb else []
    return Factor(
        id=factor_id,
        kind="embodied",
        name=f"server with {told}",
        value=math.fsum(kg) * GRAMS_PER_KG,
        unit="g",
        uncertainty=(uncertainty(tables, "embodied-component", factor_id),),
        source=tables.source(base["source_id"]),
        assumes=f"Making the host emitted what a component model gives a server with {told}: {' + '.join(terms)}",
        is_default=True,
        note="local disks are not in it",
    )


def _vcpus(tables: Tables, vcpus: int) -> Factor:
    """So many vCPUs' part of a cloud host of unknown size: the mean over the hosts that the table knows."""
    platforms = cloud_platforms(tables)
    each_kg = math.fsum(platforms) / len(platforms)
    factor_id = f"embodied:cloud-vcpu:{vcpus}"
    return Factor(
        id=factor_id,
        kind="embodied",
        name=f"{vcpus} vCPUs of a cloud host",
        value=each_kg * vcpus * GRAMS_PER_KG,
        unit="g",
        uncertainty=(uncertainty(tables, "embodied-vcpu-unknown", "embodied:cloud-vcpu"),),
        source=tables.source("ccf-coefficients-2026"),
        assumes=(
            f"The machine is virtual and its host unknown: each vCPU stands for {each_kg:.3g} kg, the mean over "
            f"{len(platforms)} cloud hosts"
        ),
        is_default=True,
    )


def cloud_platforms(tables: Tables) -> list[float]:
    """Embodied kg per vCPU of each known host of cloud instances without accelerators."""
    known = {
        (row["provider"], row["cpu"], row["platform_vcpus"], row["platform_embodied_kgCO2e"])
        for row in tables.every(INSTANCES)
        if not row["gpu"] and row["platform_embodied_kgCO2e"] and row["platform_vcpus"]
    }
    return [float(kg) / int(vcpus) for _, _, vcpus, kg in sorted(known) if int(vcpus) >= FEWEST_VCPUS]


def _personal(tables: Tables) -> Factor:
    """A laptop or desktop of unknown model: the mean of the product carbon footprints of such."""
    known = personal_computers(tables)
    factor_id = "embodied:personal-computer"
    mean_kg = math.fsum(known) / len(known)
    return Factor(
        id=factor_id,
        kind="embodied",
        name="laptop or desktop",
        value=mean_kg * GRAMS_PER_KG,
        unit="g",
        uncertainty=(uncertainty(tables, "embodied-computer-unknown", factor_id),),
        source=tables.source("boavizta-efd"),
        assumes=(
            f"The processor is one of personal computers, so making the host emitted {mean_kg:.3g} kg, the mean of "
            f"{len(known)} laptops and desktops"
        ),
        is_default=True,
        note=ODBL_NOTICE,
    )


def personal_computers(tables: Tables) -> list[float]:
    """Manufacturing kg of each known laptop and desktop."""
    rows = (row for row in tables.every(DEVICES) if row["category"] in {"Laptop", "Desktop"})
    return [float(row["manufacturing_kgCO2e"]) for row in rows if row["manufacturing_kgCO2e"]]


def _part(tables: Tables, name: str) -> Row:
    row = tables.row(PARTS, name)
    assert row is not None  # noqa: S101  each edition has it
    return row
