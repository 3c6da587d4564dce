"""Which GPUs a job may use, told as CUDA and the container runtime understand it."""

from __future__ import annotations

import pytest

from joulecard.surroundings.visible_gpus import Gpu, visible_amd_gpus, visible_gpus

SAME = [Gpu(f"GPU-{number}f000000-0000-4000-8000-000000000000", "NVIDIA H100 80GB HBM3") for number in range(4)]
MIXED = [SAME[0], SAME[1]._replace(model="NVIDIA T4")]


@pytest.mark.parametrize(
    ("told", "places"),
    [
        (None, (0, 1, 2, 3)),
        ("", ()),
        ("-1", ()),
        ("2", (2,)),
        ("3, 1", (3, 1)),
        ("0,0", (0,)),
        ("0,9,1", (0,)),
        ("0,-1,1", (0,)),
        ("GPU-1f", (1,)),
        ("GPU-3f000000-0000-4000-8000-000000000000,GPU-0", (3, 0)),
        ("GPU-", ()),
        ("1f", ()),
        ("²", ()),
        ("NoDevFiles", ()),
        ("MIG-GPU-2f000000-0000-4000-8000-000000000000/3/0", (2,)),
    ],
)
def test_cuda(told: str | None, places: tuple[int, ...]) -> None:
    """Numbers and beginnings of UUIDs, up to the first that names no GPU; nothing told is all."""
    environ = {} if told is None else {"CUDA_VISIBLE_DEVICES": told}
    assert visible_gpus(environ, SAME)[:2] == (places, "")


@pytest.mark.parametrize(
    ("told", "places"),
    [
        ("", (0, 1, 2, 3)),
        ("all", (0, 1, 2, 3)),
        ("void", (0, 1, 2, 3)),
        ("none", ()),
        ("1,3", (1, 3)),
        ("GPU-2f000000-0000-4000-8000-000000000000", (2,)),
        ("6,7", (0, 1, 2, 3)),
        ("/var/run/nvidia-container-devices", (0, 1, 2, 3)),
    ],
)
def test_container(told: str, places: tuple[int, ...]) -> None:
    """Where the runtime's list does not fit what is here it was applied before, and all that is here is the job's."""
    assert visible_gpus({"NVIDIA_VISIBLE_DEVICES": told}, SAME) == (places, "", ())
    assert visible_gpus({"NVIDIA_VISIBLE_DEVICES": told, "CUDA_VISIBLE_DEVICES": "0"}, SAME) == ((0,), "", ())


def test_several_models() -> None:
    """CUDA puts its fastest GPU first, so that numbers say nothing of several models unless their order is told."""
    chosen = {"CUDA_VISIBLE_DEVICES": "1"}
    assert visible_gpus(chosen, MIXED).doubt.startswith("CUDA may number GPUs of several models otherwise")
    for sure in ({**chosen, "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}, {"CUDA_VISIBLE_DEVICES": "0,1"}, {}):
        assert visible_gpus(sure, MIXED).doubt == ""


def test_instances() -> None:
    """The GPU of a MIG instance is the job's; where nobody knows it, there is a doubt and no claim."""
    environ = {"CUDA_VISIBLE_DEVICES": "MIG-one,MIG-other,MIG-one"}
    instances = ((1, "MIG-one"), (1, "MIG-other"))
    assert visible_gpus(environ, SAME, {"MIG-one": 1, "MIG-other": 1}.get) == ((1,), "", instances)
    container = {"NVIDIA_VISIBLE_DEVICES": "MIG-other"}
    assert visible_gpus(container, SAME, {"MIG-other": 1}.get) == ((1,), "", instances[1:])
    assert visible_gpus(environ, SAME, {"MIG-one": 1}.get).places == (1,)
    assert "MIG instance" in visible_gpus(environ, SAME, {"MIG-one": 1}.get).doubt


AMD = [f"GPU-{number}a{'0' * 14}" for number in range(4)]


@pytest.mark.parametrize(
    ("told", "places"),
    [
        ({}, (0, 1, 2, 3)),
        ({"ROCR_VISIBLE_DEVICES": "2,0"}, (2, 0)),
        ({"ROCR_VISIBLE_DEVICES": "gpu-3A,1"}, (3, 1)),
        ({"ROCR_VISIBLE_DEVICES": "GPU-,1"}, ()),
        ({"ROCR_VISIBLE_DEVICES": ""}, ()),
        ({"ROCR_VISIBLE_DEVICES": "-1"}, ()),
        ({"ROCR_VISIBLE_DEVICES": "0,7,1"}, (0,)),
        ({"ROCR_VISIBLE_DEVICES": "0,0,1"}, (0,)),
        ({"HIP_VISIBLE_DEVICES": "0,0,1"}, (0, 1)),
        ({"HIP_VISIBLE_DEVICES": "1", "CUDA_VISIBLE_DEVICES": "2"}, (1,)),
        ({"HIP_VISIBLE_DEVICES": "", "CUDA_VISIBLE_DEVICES": "2"}, (2,)),
        ({"HIP_VISIBLE_DEVICES": "-1"}, ()),
        ({"ROCR_VISIBLE_DEVICES": "3,2", "HIP_VISIBLE_DEVICES": "1"}, (2,)),
        ({"ROCR_VISIBLE_DEVICES": "3,2", "HIP_VISIBLE_DEVICES": "2"}, ()),
        ({"HIP_VISIBLE_DEVICES": "1", "GPU_DEVICE_ORDINAL": "0"}, (1,)),
    ],
    ids=str,
)
def test_amd(told: dict[str, str], places: tuple[int, ...]) -> None:
    """ROCr chooses first, by number or beginning of a UUID, and HIP chooses among those."""
    assert visible_amd_gpus(told, AMD)[:2] == (places, "")


def test_amd_by_ordinal() -> None:
    """That variable is heeded by some alone: it is taken as it is meant, with a doubt."""
    assert visible_amd_gpus({"GPU_DEVICE_ORDINAL": "1"}, AMD).places == (1,)
    assert visible_amd_gpus({"GPU_DEVICE_ORDINAL": "1"}, AMD).doubt.endswith("set ROCR_VISIBLE_DEVICES")
