"""Segments and readings of made-up hardware, and what their tallies tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.disclosure.conftest import PLAIN, a_segment

from joulecard.capture.segment import AcceleratorUse, Reading
from joulecard.disclosure.tally import SegmentTally, tally
from joulecard.factors import edition

if TYPE_CHECKING:
    from joulecard.disclosure.components import Component

FACTORS = edition()
HOST_A = PLAIN.host_ref
DEVICE, OTHER_DEVICE = "ab" * 6, "cd" * 6
XEON = "Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz"
CPU = Reading("cpu", "rapl", "package-0", node_j=720.0, share_j=360.0, coverage=1.0, reads="energy")
DRAM = Reading("dram", "rapl", "dram-0", node_j=144.0, share_j=72.0, coverage=1.0, reads="energy")
GPU = Reading("gpu", "nvml", "gpu-0", 3600.0, 3600.0, 1.0, device_ref=DEVICE, reads="energy", share_by="whole")
NODE = Reading("host", "hwmon", "power_meter-acpi-0", 7200.0, 3600.0, 1.0, reads="power")


def seen(*energy: Reading, **changes: Any) -> SegmentTally:
    """What ten seconds with these readings come to."""
    return tally(a_segment(energy=energy, series=None, **changes), FACTORS)


def by_kind(result: SegmentTally) -> dict[str, Component]:
    """The components by the kind of their hardware, of which each may come once."""
    found = {part.kind: part for part in result.components}
    assert len(found) == len(result.components)
    return found


def told(result: SegmentTally) -> dict[str, str]:
    """The gaps of a tally."""
    return {gap.what: gap.reason for gap in result.gaps}


def with_uses(*uses: AcceleratorUse) -> Any:
    """The activity of the plain segment, with accelerators whose use was seen."""
    return replace(a_segment().activity, accelerators=uses)


def use(model: str, busy_s: float = 4.0, device_s: float = 10.0, **changes: Any) -> AcceleratorUse:
    """A device without a counter."""
    return replace(AcceleratorUse(model, "nvml", "gpu-0", busy_s, device_s, 1.0, DEVICE), **changes)
