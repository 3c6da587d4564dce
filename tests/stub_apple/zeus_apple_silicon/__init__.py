"""A package zeus_apple_silicon for machines that are no Mac: the names and shapes of the real one (1.1).

The file that STUB_APPLE names is read with every call: {"cpu_total_mj": 2000, ...}, the power of each channel in mW,
0 for one that stands still, absent for one that the chip does not have; {"error": true} makes every call fail.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path


class AppleEnergyMetrics:
    """As in the real package: millijoules, None where the chip does not tell."""

    def __init__(self) -> None:
        self.cpu_total_mj: int | None = None
        self.efficiency_cores_mj: list[int] | None = None
        self.performance_cores_mj: list[int] | None = None
        self.dram_mj: int | None = None
        self.gpu_mj: int | None = None
        self.gpu_sram_mj: int | None = None
        self.ane_mj: int | None = None


class AppleEnergyMonitor:
    """As in the real package."""

    def get_cumulative_energy(self) -> AppleEnergyMetrics:
        """What each channel counted since boot."""
        state = json.loads(Path(os.environ["STUB_APPLE"]).read_text())
        if state.get("error"):
            raise RuntimeError("Failed to create IOReport subscription.")
        metrics = AppleEnergyMetrics()
        for name, power_mw in state.items():
            setattr(metrics, name, int(time.monotonic() * power_mw))
        return metrics
