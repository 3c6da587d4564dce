"""The GPUs that count for a job, and how each of them is read.

Energy and power are those of the whole GPU. In partitions (CPX, DPX) only the first tells them (rocm.docs.amd.com,
AMD SMI, "Partitioning"); of the two dies of an MI250 only the first does, for both (zeus/device/gpu/amd.py). The GPU is
then read whole, and the job's share of its partitions or dies is declared.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.capture.metering.driver import Watched
from joulecard.capture.meters import Counter, Gauge, UseGauge
from joulecard.capture.meters import Device as Facts
from joulecard.capture.meters.amd_smi import binding, hwmon
from joulecard.capture.meters.amd_smi.quantity import Unsupported
from joulecard.surroundings import amd_gpus
from joulecard.surroundings.machine import reference
from joulecard.surroundings.visible_gpus import visible_amd_gpus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from joulecard.capture.meters import Job
    from joulecard.capture.meters.amd_smi.quantity import Quantity
    from joulecard.surroundings.amd_gpus import Node

MAX_W = 4000.0
PROBE_S = 0.2  # an accumulator that does not move for so long while the GPU draws power is stuck
_RANGE_COUNTS = 1 << 64
_TWO_DIES, _WITH_CPU = "MI250", "MI300A"


class Gpu(NamedTuple):
    """One GPU: what can be asked of it, and how much of it is the job's."""

    domain: str
    nodes: tuple[Node, ...]  # its partitions, or dies; the first tells what the whole draws
    handles: tuple[Any, ...]
    model: str
    share: float | None


def gpus_of(amdsmi: Any, sensor: str, job: Job) -> list[Gpu]:
    """The GPUs that count for the job, each once."""
    nodes = amd_gpus.nodes(job.roots.sysfs)
    handles = binding.handles(amdsmi, nodes) if amdsmi else {}
    places = tuple(range(len(nodes)))
    if not job.whole_node:
        visible = visible_amd_gpus(job.environ, [node.uuid for node in nodes])
        places = visible.places
        if visible.doubt:
            job.note(sensor, visible.doubt)
    models = {node.number: _model(amdsmi, handles.get(node.number), node) for node in nodes}
    groups = _groups(nodes, models)
    ours = {nodes[place].number for place in places}
    found = []
    for group in groups:
        held = [node for node in group if node.number in ours]
        if held:
            asked = tuple(handles[node.number] for node in group if node.number in handles)
            parts = max(len(group), 2 if _TWO_DIES in models[group[0].number] else 1)  # the other die may be hidden
            share = len(held) / parts if parts > 1 and not job.whole_node else None
            found.append(Gpu(f"gpu-{nodes.index(group[0])}", tuple(group), asked, models[group[0].number], share))
    return found


def watched(amdsmi: Any, sensor: str, job: Job, gpus: Sequence[Gpu]) -> list[Watched]:
    """Each GPU by its accumulator, else by its power, else by its use; a GPU that tells nothing is a gap."""
    counting = _moving(amdsmi, gpus)
    found = []
    for gpu in gpus:
        named: dict[str, Any] = {
            "kind": "gpu",
            "sensor": sensor,
            "domain": gpu.domain,
            "device_ref": reference(job.roots, gpu.nodes[0].uuid or gpu.nodes[0].address or gpu.domain),
            "model": gpu.model or None,
            "share_declared": gpu.share,
        }
        energy = counting.get(gpu.domain)
        quantity = energy or _first(_powers(amdsmi, gpu))
        if quantity:
            included = ("cpu", "dram") if _WITH_CPU in gpu.model else ()
            named |= {"max_w": MAX_W, "device": _facts(amdsmi, gpu), "quantity": quantity.name, "includes": included}
            if energy:
                counts: dict[str, Any] = {
                    "joules_per_count": energy.unit,
                    "range_counts": _RANGE_COUNTS,
                    "reads": "energy",
                }
                found.append(Watched(Counter(**counts, **named), energy.look))
            else:
                found.append(Watched(Gauge(watts_per_count=quantity.unit, **named), quantity.look))
        elif use := _first(_uses(amdsmi, gpu)):
            found.append(Watched(UseGauge(fraction_per_count=use.unit, **named), use.look))
        else:
            found.append(Watched(Gauge(watts_per_count=1.0, max_w=MAX_W, **named), _nothing))
    return found


def _groups(nodes: Sequence[Node], models: dict[int, str]) -> list[list[Node]]:
    """The nodes of each GPU: its partitions, or the two dies of a module."""
    by_device: dict[str, list[Node]] = {}
    for node in nodes:
        by_device.setdefault(amd_gpus.device_of(node), []).append(node)
    groups: list[list[Node]] = []
    dies = 0
    for group in by_device.values():
        is_die = _TWO_DIES in models[group[0].number]
        dies += is_die
        if is_die and dies % 2 == 0:
            groups[-1] += group
        else:
            groups.append(group)
    return groups


def _moving(amdsmi: Any, gpus: Sequence[Gpu]) -> dict[str, Quantity]:
    """The accumulators that move as the GPU's power says, by domain; all are tried at once.

    Some stand still until the next boot, some count in another unit (github.com/ROCm/amdsmi, issues 22 and 38).
    """
    if not amdsmi:
        return {}
    found = {gpu.domain: [binding.energy(amdsmi, each) for each in gpu.handles] for gpu in gpus}
    counting = {domain: each for domain, offers in found.items() if (each := next(filter(None, offers), None))}
    if not counting:
        return {}
    before, began_s = {domain: _read(quantity) for domain, quantity in counting.items()}, time.monotonic()
    time.sleep(PROBE_S)
    moving = {}
    for gpu in gpus:
        if quantity := counting.get(gpu.domain):
            start, end = before[gpu.domain], _read(quantity)
            power_w = None if start is None or end is None else (end - start) * quantity.unit
            power = _first(_powers(amdsmi, gpu))
            told_w = (_read(power) or 0) * power.unit if power else 0.0
            if power_w is not None and _fits(power_w / (time.monotonic() - began_s), told_w):
                moving[gpu.domain] = quantity
    return moving


def _fits(counted_w: float, told_w: float) -> bool:
    """Whether an accumulator may be right: where power is told, within a factor of ten."""
    return told_w / 10 < counted_w < told_w * 10 if told_w else 0 < counted_w < MAX_W


def _powers(amdsmi: Any, gpu: Gpu) -> Iterable[Quantity]:
    for handle in gpu.handles:
        yield from binding.powers(amdsmi, handle)
    for node in gpu.nodes:
        yield from hwmon.powers(node.render)


def _uses(amdsmi: Any, gpu: Gpu) -> Iterable[Quantity]:
    for handle in gpu.handles:
        yield from binding.uses(amdsmi, handle)
    for node in gpu.nodes:
        yield from hwmon.uses(node.render)


def _first(quantities: Iterable[Quantity]) -> Quantity | None:
    """The first that answers with something; nothing that is in use draws 0 W, and a 0 of use may be right."""
    silent = None
    for quantity in quantities:
        value = _read(quantity)
        if value:
            return quantity
        if value == 0 and silent is None:
            silent = quantity
    return silent


def _read(quantity: Quantity) -> int | None:
    try:
        return quantity.look()
    except Exception:  # noqa: BLE001 - refusals have many classes, by version
        return None


def _nothing() -> int:
    raise Unsupported


def _model(amdsmi: Any, handle: Any, node: Node) -> str:
    told = binding.model_of(amdsmi, handle) if handle is not None else ""
    return told or amd_gpus.model_of(node)


def _facts(amdsmi: Any, gpu: Gpu) -> Facts | None:
    """What the package tells, and what only the driver's files do; None: nothing at all."""
    told = [binding.facts(amdsmi, gpu.handles[0])] if gpu.handles else []
    told.append(hwmon.facts(gpu.nodes[0].render))
    known = [[value for value in values if value is not None] for values in zip(*told, strict=True)]
    return Facts(*(values[0] if values else None for values in known)) if any(known) else None
