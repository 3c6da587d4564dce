"""A GPU as NVML is asked for it."""

from __future__ import annotations

from typing import Any


class Handle:
    """Gives NVML's handle of one GPU when called, looked up anew after `forget`; raises NVMLError where it is gone."""

    def __init__(self, nvml: Any, place: int) -> None:
        self._nvml, self._place = nvml, place
        self.uuid = ""  # once it is known; before, the place says which it is
        self._held: Any = None

    def __call__(self) -> Any:
        """NVML's handle."""
        nvml = self._nvml
        if self._held is None and self.uuid:
            self._held = nvml.nvmlDeviceGetHandleByUUID(self.uuid)
        elif self._held is None:
            self._held = nvml.nvmlDeviceGetHandleByIndex(self._place)
        return self._held

    def forget(self) -> None:
        """What is held may be dead."""
        self._held = None
