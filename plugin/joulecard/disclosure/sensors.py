"""How sure each sensor is, and how sure a share of what it read: the uncertainty class of each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from joulecard.capture.segment import ComponentKind, Reading, ShareBy
    from joulecard.factors import Edition, Uncertainty

KINDS: tuple[ComponentKind, ...] = ("cpu", "dram", "gpu", "accelerator", "host")
DEVICES = frozenset({"gpu", "accelerator"})  # kinds that are held whole
WHOLE = 0.999  # share of the node from which it is taken whole
_METERS = ("hwmon", "ipmi", "power_meter", "emi")  # of a node, or of one of its parts
# The uncertainty class of each counter and gauge; what stands here is measured.
COUNTERS: dict[tuple[str, str, str], str] = {
    ("rapl", "cpu", "energy"): "rapl-package",
    ("rapl", "dram", "energy"): "rapl-dram",
    ("nvml", "gpu", "energy"): "nvml-energy-counter",
    ("nvml", "gpu", "power"): "nvml-power-polled",
    ("amd_smi", "gpu", "energy"): "amd-smi-energy",
    ("amd_smi", "gpu", "power"): "amd-smi-power",
    **{("apple_silicon", kind, "energy"): "apple-energy-model" for kind in KINDS},
    **{(sensor, kind, reads): "board-sensor" for sensor in _METERS for kind in KINDS for reads in ("energy", "power")},
    **{(sensor, "host", reads): "node-meter" for sensor in _METERS for reads in ("energy", "power")},
    **{("replay", kind, reads): "replay" for kind in KINDS for reads in ("energy", "power")},
}
# Chips whose power sensor looks at a part of the time only (arXiv:2312.02741, for A100 and H100), whichever field it
# is read by: every product that bears one of the two, and what does not say its name.
PART_TIME = "nvml-power-part-time"
_PART_TIME_CHIP = re.compile(r"\b(A100|A800|A30|GH200|H100|H200|H800|H20)(?![0-9])|^$")
SPLITS: dict[ShareBy | None, str] = {
    None: "share-cpu-time",
    "even_split": "share-even-split",
    "processes": "share-processes",
    "slices": "share-mig-slices",
}
VENDORS = {"nvml": "NVIDIA", "amd_smi": "AMD", "apple_silicon": "Apple"}  # whose devices a sensor sees


def counter_source(edition: Edition, reading: Reading, resource: str) -> Uncertainty:
    """The error of a counter, by kind of hardware, sensor, what that reads, and the device's model."""
    class_name = COUNTERS.get((reading.sensor, reading.kind, reading.reads or "energy"))
    if class_name is None:
        raise InvalidInputError(f"the sensor {reading.sensor} of a {reading.kind} is not known to this joulecard")
    if class_name == "nvml-power-polled" and _PART_TIME_CHIP.search(reading.model or ""):
        class_name = PART_TIME
    return edition.uncertainty(class_name, resource)


def split_source(
    edition: Edition, shared: tuple[ComponentKind, ShareBy | None], share: float, thing: str
) -> Uncertainty | None:
    """The error of taking this share of what a counter read of that kind; None where it was taken whole."""
    kind, share_by = shared
    if share_by is None and kind in DEVICES:  # what recorders that do not say so did
        share_by = "even_split"
    class_name = SPLITS.get(share_by)
    return edition.uncertainty(class_name, thing) if class_name and share < WHOLE else None
