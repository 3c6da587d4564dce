"""Accelerators: those that the kernel lists are named, by model and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.surroundings.accelerators import read_accelerators
from joulecard.surroundings.machine import Accelerator

if TYPE_CHECKING:
    from collections.abc import Callable

    from joulecard.settings import Roots

    Plant = Callable[[dict[str, str]], Roots]

INFORMATION = "Model: \t\t NVIDIA H200\nIRQ:   \t\t 42\nGPU UUID: \t GPU-0f1e2d3c-0000-4000-8000-0123456789ab\n"


def test_gpus_are_counted_by_model(plant: Plant) -> None:
    """Two of a kind are one entry; identifiers of a device never show."""
    roots = plant(
        {
            "proc/driver/nvidia/gpus/0000:01:00.0/information": INFORMATION,
            "proc/driver/nvidia/gpus/0000:02:00.0/information": INFORMATION,
            "sys/class/kfd/kfd/topology/nodes/0/gpu_id": "0\n",
            "sys/class/kfd/kfd/topology/nodes/1/gpu_id": "28851\n",
            "sys/class/kfd/kfd/topology/nodes/1/name": "gfx942\n",
        }
    )
    found = read_accelerators(roots, {})
    assert found == (Accelerator("NVIDIA H200", 2, "NVIDIA"), Accelerator("gfx942", 1, "AMD"))
    assert "GPU-" not in repr(found)


def test_a_host_without_drivers_has_none(plant: Plant) -> None:
    """Absence is normal."""
    assert read_accelerators(plant({}), {}) == ()


def test_a_device_that_does_not_say_its_model_is_still_named(plant: Plant) -> None:
    """What is there and unknown is not left out."""
    roots = plant({"proc/driver/nvidia/gpus/0000:01:00.0/information": "IRQ: 1\n"})
    assert read_accelerators(roots, {}) == (Accelerator("unknown", 1, "NVIDIA"),)


def test_how_many_the_job_may_use(plant: Plant) -> None:
    """Of several the environment may show a part; that it shows all, or that nobody knows, is not said."""
    roots = plant({f"proc/driver/nvidia/gpus/0000:0{place}:00.0/information": INFORMATION for place in range(3)})
    told = {"": 0, "0,2": 2, "0,1,2": None, "MIG-0f1e2d3c-0000-4000-8000-0123456789ab": None}
    for text, visible in told.items():
        [found] = read_accelerators(roots, {"CUDA_VISIBLE_DEVICES": text})
        assert (found.count, found.visible) == (3, visible)
