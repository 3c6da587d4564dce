"""Documents of meters that read several kinds of hardware, of shared devices, and of devices without a counter."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

from tests.standard.authoring import Amount, counter
from tests.standard.change import GONE, broken
from tests.standard.plain import (
    document,
    drawn,
    factor,
    grams,
    grid,
    hardware,
    kwh,
    line,
    measured,
    modelled,
    stage,
    sums,
)
from tests.standard.stages import Execution, Host, Watch, disclosure

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.standard.authoring import Json

S = "/stages/0"
PARTS = f"{S}/energy/components"
HOST, DEVICE = {"host_ref": "0123456789ab"}, {"host_ref": "0123456789ab", "device_ref": "abcdefabcdef"}
GRID: Json = {"factor_refs": ["grid"]}
SWEDEN = Host(1)
SLICES = 3 / 7
HELD = {"accelerator_s": 3600.0}


def _alone(name: str, parts: list[Json], resources: list[Json], equipment: list[str] | None, **more: Any) -> Json:
    """One stage of an hour with these components, at 50 g/kWh."""
    value = math.fsum(part["energy"]["value"] for part in parts)
    methods = [part["energy"]["method"] for part in parts]
    method = max(methods, key=["measured", "modelled", "estimated", "declared"].index)
    product = "modelled" if method == "measured" else method
    emitted = grams(50.0 * value, product, **GRID)
    location = {**emitted, "lines": [line(value, "grid", "it")]}
    train = stage("train", (0, 1), drawn(kwh(value, method), parts), location, time=more.pop("time", {}))
    factors = [*more.pop("factors", []), grid("grid", 50.0)]
    boundary = {"equipment_included": equipment} if equipment else {}
    told: Json = {"resources": resources, "factors": factors, "boundary": boundary, **more}
    return document(name, (0, 1), [train], sums(kwh(value, method), emitted), **told)


def superchip() -> Json:
    """A module of GPU, CPU and memory with one meter for all of it."""
    module = measured("module", 0.75, "gpu", "nvml", reads="power", quantity="nvmlDeviceGetPowerUsage")
    named = hardware("module", "gpu", model="NVIDIA GH200 480GB", power_limit_w=900, clock_limit_mhz=1980, **DEVICE)
    parts = [{**module, "includes": ["cpu", "dram"], "node_kwh": 0.75, "node_share": 1, "share_by": "whole"}]
    return _alone("superchip", parts, [named], ["cpu", "memory", "accelerators"])


def superchip_and_cpu() -> Json:
    """The same module, and the energy of its CPU once more by another counter."""
    parts = [*superchip()["stages"][0]["energy"]["components"], measured("cpu", 0.25)]
    resources = [*superchip()["resources"], hardware("cpu", **HOST)]
    return _alone("superchip-and-cpu", parts, resources, ["cpu", "memory", "accelerators"])


def superchip_beside_another_host() -> Json:
    """The same module, and the CPU of another host."""
    parts = [*superchip()["stages"][0]["energy"]["components"], measured("cpu", 0.25)]
    resources = [*superchip()["resources"], hardware("cpu", host_ref="ba9876543210")]
    return _alone("superchip-beside", parts, resources, ["cpu", "memory", "accelerators"])


def node_meter() -> Json:
    """The meter of a node, which holds its CPU, memory and GPUs, and more."""
    meter = {**measured("node", 2.0, "host", "hwmon", reads="power"), "includes": ["cpu", "dram", "gpu"]}
    equipment = ["cpu", "memory", "accelerators", "storage", "power_supply"]
    return _alone("node-meter", [meter], [hardware("node", "host", **HOST)], equipment)


def by_use() -> Json:
    """A GPU of 150 W without a counter, half busy for an hour."""
    part = modelled("gpu", 0.075, [(1800.0, "s", "rated")], "gpu")
    told = {"model": "accelerator-tdp", "utilization": 0.5, "device_s": 3600.0, "coverage": 1.0}
    named = hardware("gpu", "gpu", model="NVIDIA A10", tdp_w=150, **DEVICE)
    rated = factor("rated", "power_model", 150.0, "W")
    return _alone("by-use", [{**part, **told}], [named], ["accelerators"], factors=[rated], time=HELD)


def by_declaration() -> Json:
    """The energy of a node as the program gave it."""
    part = {"id": "node", "kind": "host", "resource_ref": "node", "sensor": "declared", "energy": kwh(0.5, "declared")}
    return _alone("by-declaration", [part], [hardware("node", "host", **HOST)], None)


def slices() -> Json:
    """Three of seven slices of a GPU, with what is not known of how they shared it."""
    counted = counter(0.3, "nvml-energy-counter@gpu1")
    split = 0.3 * (1 - SLICES) * math.sqrt(math.expm1(0.92 * 0.92))
    energy = Amount(0.3, "kWh", "measured", 0.3, {**counted.adds, "share-mig-slices@gpu1": split})
    part = {"kind": "gpu", "resource_ref": "gpu1", "sensor": "nvml", "reads": "energy", "coverage": 1.0}
    share = {"node_kwh": 0.7, "node_share": SLICES, "share_by": "slices", "share_declared": SLICES}
    return _with_gpu("slices", {**part, **share}, energy)


def slices_for_sure() -> Json:
    """The same, as if nothing but the counter could err."""
    part = copy.deepcopy(slices()["stages"][0]["energy"]["components"][-1])
    sure = {name: value for name, value in part.items() if name not in {"id", "energy"}}
    return _with_gpu("slices-for-sure", sure, counter(0.3, "nvml-energy-counter@gpu1"))


def _with_gpu(name: str, part: Json, energy: Amount) -> Json:
    """A stage on a host with a counter of its CPU, and on a part of a GPU."""
    told = disclosure(
        name, [Execution("train", "training", [Watch(SWEDEN, 0, 600, 0.02)], extra_components=[(part, energy)])]
    )
    place = {"host_ref": SWEDEN.ref, "location_ref": "l1"}
    told["resources"].append({"id": "gpu1", "kind": "gpu", "count": 1, "device_ref": "aa" * 6, **place})
    return told


def _together(name: str, **told: Any) -> Json:
    """Two stages at the same time on one GPU without a counter."""
    stages = []
    for index in range(2):
        part = {**modelled("gpu", 0.0375, [(900.0, "s", "rated")], "gpu"), "model": "accelerator-tdp", **told}
        emitted = grams(1.875, **GRID, lines=[line(0.0375, "grid", "it")])
        held = {"accelerator_s": told["device_s"]}
        stages.append(stage(f"s{index}", (0, 1), drawn(kwh(0.0375, "modelled"), [part]), emitted, time=held))
    factors = [factor("rated", "power_model", 150.0, "W"), grid("grid", 50.0)]
    new, resources = sums(kwh(0.075, "modelled"), grams(3.75, **GRID)), [hardware("gpu", "gpu", **DEVICE)]
    return document(name, (0, 1), stages, new, resources=resources, factors=factors)


def shared_by_recorders() -> Json:
    """Two stages at the same time that each took a half of one GPU."""
    stages = []
    for way in ("even_split", "processes"):
        part = {**measured("gpu", 0.25, "gpu", "nvml"), "node_kwh": 0.5, "node_share": 0.5, "share_by": way}
        emitted = grams(12.5, **GRID, lines=[line(0.25, "grid", "it")])
        stages.append(stage(way, (0, 1), drawn(kwh(0.25), [part]), emitted))
    new, resources = sums(kwh(0.5), grams(25.0, **GRID)), [hardware("gpu", "gpu", **DEVICE)]
    return document("shared", (0, 1), stages, new, resources=resources, factors=[grid("grid", 50.0)])


def shared_by_use() -> Json:
    """Each held the GPU for half of the time."""
    return _together("shared-by-use", utilization=0.5, device_s=1800.0)


def twice_by_use() -> Json:
    """Each says that it held the GPU all the time."""
    return _together("twice-by-use", utilization=0.25, device_s=3600.0)


def _beside_its_node(name: str, drawn_kwh: float) -> Json:
    """A stage with this part of what the node's meter read, and in its time one with the counter of the CPU."""
    meter = {**measured("node", drawn_kwh, "host", "hwmon", reads="power"), "includes": ["cpu", "dram"]}
    meter |= {"node_kwh": 2.0, "node_share": drawn_kwh / 2.0}
    stages = []
    for part in (meter, measured("cpu", 0.5)):
        value = part["energy"]["value"]
        emitted = grams(50.0 * value, **GRID, lines=[line(value, "grid", "it")])
        stages.append(stage(part["id"], (0, 1), drawn(kwh(value), [part]), emitted))
    whole_kwh = drawn_kwh + 0.5
    new, resources = sums(kwh(whole_kwh), grams(50.0 * whole_kwh, **GRID)), [hardware("node", "host", **HOST)]
    resources.append(hardware("cpu", **HOST))
    return document(name, (0, 1), stages, new, resources=resources, factors=[grid("grid", 50.0)])


def beside_half_of_its_node() -> Json:
    """Together they are less than the node drew."""
    return _beside_its_node("beside-half-of-its-node", 1.0)


def beside_all_of_its_node() -> Json:
    """All that the node drew is counted, and what its CPU drew once more."""
    return _beside_its_node("beside-all-of-its-node", 2.0)


def replayed() -> Json:
    """A stage whose counter is a recording, read again."""
    part = {**measured("cpu", 0.5, sensor="replay"), "energy": kwh(0.5, "estimated")}
    return _alone("replayed", [part], [hardware("cpu", **HOST)], ["cpu"])


METERED: dict[str, Callable[[], Any]] = {
    "meter-of-a-module": superchip,
    "meter-of-a-module-beside-another-host": superchip_beside_another_host,
    "meter-of-a-node": node_meter,
    "meter-of-a-node-in-part": beside_half_of_its_node,
    "meter-declared": by_declaration,
    "gpu-by-use": by_use,
    "gpu-shared-by-use": shared_by_use,
    "gpu-shared": shared_by_recorders,
    "gpu-slices": slices,
    "replayed": replayed,
}
MISREAD = (
    broken("R12-t20-fail-cpu-beside-its-module", superchip_and_cpu, {}, f"{PARTS}/1/kind"),
    broken("R12-t21-fail-device-held-twice-by-use", twice_by_use, {}, "/stages/1/energy/components/0"),
    broken("R12-t22-fail-cpu-beside-all-of-its-node", beside_all_of_its_node, {}, "/stages/1/energy/components/0"),
    broken("R03-t63-fail-more-than-the-slices", slices, {f"{PARTS}/2/share_declared": 0.25}, f"{PARTS}/2/node_share"),
    broken(
        "R03-t64-fail-whole-device-in-part",
        slices,
        {f"{PARTS}/2/share_by": "whole", f"{PARTS}/2/share_declared": GONE},
        f"{PARTS}/2/node_share",
    ),
    broken("R06-t51-fail-replay-called-measured", replayed, {f"{PARTS}/0/energy/method": "measured"}),
    broken("R06-t50-fail-slices-for-sure", slices_for_sure, {}, f"{PARTS}/2/energy/interval/contributions"),
    broken(
        "R15-t12-fail-memory-of-a-module-not-named",
        superchip,
        {"/boundary/equipment_included": ["cpu", "accelerators"]},
    ),
    broken("schema-t290-fail-slices-undeclared", slices, {f"{PARTS}/2/share_declared": GONE}, f"{PARTS}/2"),
    broken("schema-t291-fail-slices-of-a-whole", superchip, {f"{PARTS}/0/share_declared": 1.0}),
)
