"""What several of these tests stand on."""

from __future__ import annotations

from tests.stub_nvml.fixture import stub_nvml

__all__ = ["stub_nvml"]
