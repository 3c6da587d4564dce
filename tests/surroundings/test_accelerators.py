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


def amd(node: int, properties: str, name: str = "gfx942") -> dict[str, str]:
    """A node of AMD's kernel driver."""
    folder = f"sys/class/kfd/kfd/topology/nodes/{node}"
    return {f"{folder}/gpu_id": "28851\n", f"{folder}/name": f"{name}\n", f"{folder}/properties": properties}


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


def test_amd(plant: Plant) -> None:
    """The partitions of a GPU are one GPU, the graphics in a CPU are none; a board goes by its own name."""
    roots = plant(
        {
            **amd(1, "location_id 4096\ndrm_render_minor 128\nunique_id 10\n"),
            **amd(2, "location_id 4097\ndrm_render_minor 129\nunique_id 10\n"),
            **amd(3, "location_id 8192\ndrm_render_minor 130\nunique_id 11\n"),
            **amd(4, "cpu_cores_count 16\nsimd_count 12\n", "gfx1103"),
            "sys/class/drm/renderD128/device/product_name": "AMD Instinct MI300X\n",
        }
    )
    board, chip = Accelerator("AMD Instinct MI300X", 1, "AMD"), Accelerator("gfx942", 1, "AMD")
    assert read_accelerators(roots, {}) == (board, chip)
    first, second = read_accelerators(roots, {"ROCR_VISIBLE_DEVICES": "1"})
    assert (first.visible, second.visible) == (None, 0)


def test_those_without_a_meter(plant: Plant) -> None:
    """Neuron, TPU, Gaudi, Intel GPUs and what else the kernel calls an accelerator are named, never silent."""
    roots = plant(
        {
            "sys/class/neuron_device/neuron0/info/architecture/device_name": "Trainium1\n",
            "fs/dev/vfio/0": "",
            "sys/bus/pci/devices/0000:00:04.0/vendor": "0x1ae0\n",
            "sys/bus/pci/devices/0000:00:04.0/device": "0x0063\n",
            "sys/bus/pci/devices/0000:00:05.0/vendor": "0x1ae0\n",
            "sys/bus/pci/devices/0000:00:05.0/device": "0x0063\n",
            "sys/bus/pci/devices/0000:00:06.0/vendor": "0x1ae0\n",
            "sys/bus/pci/devices/0000:00:06.0/device": "0x0042\n",  # a network card
            "sys/class/accel/accel0/device/device_type": "GAUDI2\n",
            "sys/class/accel/accel1/device/vendor": "0x17cb\n",
            "sys/class/accel/accel2/device/vendor": "0x1e0f\n",
            "sys/class/accel/accel3/device/vendor": "0x8086\n",  # the neural unit of a CPU
            "sys/class/habanalabs/hl0/device_type": "GAUDI\n",
            "sys/class/habanalabs/hl_controlD0/device_type": "GAUDI\n",
            "sys/class/drm/card0/device": "-> ../../../devices/pci0000:00/0000:00:02.0",
            "sys/devices/pci0000:00/0000:00:02.0/vendor": "0x8086\n",  # the graphics in a CPU
            "sys/class/drm/card1/device": "-> ../../../devices/pci0000:00/0000:03:00.0",
            "sys/devices/pci0000:00/0000:03:00.0/vendor": "0x8086\n",
            "sys/devices/pci0000:00/0000:03:00.0/device": "0x56c0\n",
        }
    )
    assert [(part.vendor, part.model, part.count) for part in read_accelerators(roots, {})] == [
        ("AWS", "Trainium1", 1),
        ("Google", "TPU v5e", 2),
        ("Intel", "GAUDI2", 1),
        ("Qualcomm", "Cloud AI 100", 1),
        (None, "accelerator of PCI vendor 0x1e0f", 1),
        ("Intel", "GAUDI", 1),
        ("Intel", "Intel GPU 0x56c0", 1),
    ]


def test_neuron_devices_of_a_container(plant: Plant) -> None:
    """Their files are enough where nothing else is shown."""
    roots = plant({"fs/dev/neuron0": "", "fs/dev/neuron1": "", "fs/dev/neuron_reset": ""})
    assert read_accelerators(roots, {}) == (Accelerator("Neuron device", 2, "AWS"),)
