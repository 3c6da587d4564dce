"""Watts per vCPU and per GB for hardware that no counter reads: a known CPU, an unknown one, memory."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Protocol

from joulecard.factors.factor import Factor
from joulecard.factors.uncertainties import uncertainty

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.factors.tables import Row, Tables

CPU_TDP = "cpu-tdp"
VCPU_UNKNOWN = "vcpu-unknown"
MEMORY = "memory-watts-per-gb"

_NOISE = re.compile(
    r"""\((?:r|tm|c)\)|[®™\u200b]      # marks
    |@.*                               # clock
    |^\d+(?:st|nd|rd|th)\ gen\b        # generation
    |\bw(?:ith|/)\ .*\bgraphics\b.*    # built-in graphics
    |\b(?:\d+|dual|triple|quad|six|eight|twelve|sixteen)-cores?(?:\ processor)?\s*$
    |\b(?:processor|cpu)\b""",
    re.VERBOSE,
)


class Machine(Protocol):
    """What is known of the hardware; surroundings.machine.Machine has this form."""

    @property
    def cpu_model(self) -> str | None:
        """The CPU's name as the system gives it."""

    @property
    def logical_cpus(self) -> int:
        """Hardware threads of the host."""

    @property
    def sockets(self) -> int | None:
        """CPU packages."""

    @property
    def virtual(self) -> bool | None:
        """Whether a hypervisor is present."""


def cpu_name(text: str) -> str:
    """A CPU's name without marks, clock and filler words, in lower case: the form in which the table is searched."""
    return " ".join(_NOISE.sub(" ", text.lower()).split()).replace(" -", "-")


def cpu_model(tables: Tables, machine: Machine) -> tuple[Factor, Factor]:
    """Idle watts per reserved vCPU, and watts per busy vCPU on top of them.

    A CPU found by its exact name: TDP over its threads, with the idle share of cloud servers; else the geometric mean
    over processor generations. A hypervisor's short name ("AMD EPYC") is no row of the table, hence unknown.
    """
    name = cpu_name(machine.cpu_model or "")
    row = tables.row("cpu_power", name) if name and "," not in name else None
    threads = _threads(row, machine) if row else None
    if row is None or threads is None:
        return _unknown_pair(tables)
    return _known_pair(tables, row, threads)


def memory(tables: Tables) -> Factor:
    """Watts per GB of reserved memory."""
    row = _constant(tables, "memory_w_per_gb_ga")
    return Factor(
        id="power:memory",
        kind="power_model",
        name=MEMORY,
        value=float(row["value"]),
        unit="W/GB",
        uncertainty=(uncertainty(tables, MEMORY, "power:memory"),),
        source=tables.source(row["source_id"]),
        assumes=f"Memory draws {row['value']} W per GB reserved, whatever its kind and use",
        is_default=True,
    )


def _known_pair(tables: Tables, row: Row, threads: int) -> tuple[Factor, Factor]:
    full_w = float(row["tdp_w"]) / threads
    idle_w = full_w * _idle_share(tables)
    thing = f"power:{CPU_TDP}:{re.sub(r'[^a-z0-9+.-]+', '-', row['model'].lower())}"
    subject = f"{row['model']} ({row['tdp_w']} W over {threads} threads)"
    return _pair(tables, CPU_TDP, (thing, f"{thing}/{threads}"), (idle_w, full_w), subject, row["source_id"])


def _unknown_pair(tables: Tables) -> tuple[Factor, Factor]:
    rows = _credible(tables)
    idle_w = _geometric_mean(float(row["min_w_per_vcpu"]) for row in rows)
    full_w = _geometric_mean(float(row["max_w_per_vcpu"]) for row in rows)
    thing = f"power:{VCPU_UNKNOWN}"
    subject = f"An unknown CPU (geometric mean over {len(rows)} processor generations in clouds)"
    return _pair(tables, VCPU_UNKNOWN, (thing, thing), (idle_w, full_w), subject, rows[0]["source_id"])


def _pair(
    tables: Tables, name: str, things: tuple[str, str], watts: tuple[float, float], subject: str, source_id: str
) -> tuple[Factor, Factor]:
    """Idle and active factor of one model: the errors of both are one source."""
    thing, prefix = things
    idle_w, full_w = watts
    sources = (uncertainty(tables, "cpu-tdp-model" if name == CPU_TDP else "cpu-vcpu-unknown", thing),)

    def factor(part: str, value: float, state: str) -> Factor:
        return Factor(
            id=f"{prefix}:{part}",
            kind="power_model",
            name=name,
            value=value,
            unit="W/vCPU",
            uncertainty=sources,
            source=tables.source(source_id),
            assumes=f"{subject} draws {value:.3g} W {state}",
            is_default=name == VCPU_UNKNOWN,
        )

    return factor("idle", idle_w, "per reserved vCPU"), factor("active", full_w - idle_w, "more per busy vCPU")


def _threads(row: Row, machine: Machine) -> int | None:
    """Hardware threads of one CPU: those that the machine shows, where these can be all of the CPU's, else the table's.

    A virtual machine shows a slice, and two sockets may look like one. Without a count in the table a core has two
    threads; None where it has no cores either.
    """
    cores = int(row["cores"] or 0)
    most = int(row["threads"] or 2 * cores)
    seen = machine.logical_cpus // (machine.sockets or 1)
    if not machine.virtual and max(cores, 1) <= seen <= (most or seen):
        return seen
    return most or None


def _idle_share(tables: Tables) -> float:
    """Idle over full power: geometric mean over the credible cloud CPU generations."""
    return _geometric_mean(float(row["min_w_per_vcpu"]) / float(row["max_w_per_vcpu"]) for row in _credible(tables))


def _credible(tables: Tables) -> list[Row]:
    return [row for row in tables.every("cloud_cpu_watts") if row["flag"] != "suspect"]


def _geometric_mean(values: Iterable[float]) -> float:
    logs = [math.log(value) for value in values]
    return math.exp(math.fsum(logs) / len(logs))


def _constant(tables: Tables, name: str) -> Row:
    return tables.rows("constants", name)[0]
