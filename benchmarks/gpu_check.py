"""Whether a record's GPU energy is the device's own: a load, recorded, against the counter read directly around it.

    python benchmarks/gpu_check.py [--seconds 20] [--device 0] [--load matmul | sleep]

The load is a bf16 matrix product again and again (torch, else cupy with half precision). Both energies are taken to
the time between the two direct reads; a difference of 2 % is allowed. Power that was looked at meanwhile stands beside
them, for a counter may disagree with it (github.com/ml-energy/zeus, issue 181). Exit status: 0 within, 1 beyond, 3 not
run. With `--load sleep` nothing computes: that tries the arithmetic of this check, and not a GPU.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

ALLOWED = 0.02
LOOK_EVERY_S = 0.1
SIZE = 8192  # rows and columns: some milliseconds a product, so that the GPU never waits for us


class NotRunError(Exception):
    """Why nothing could be checked, in one sentence."""


class Direct(NamedTuple):
    """What the device itself said around the load."""

    energy_j: float
    power_j: float | None  # power, looked at and added up; None where it tells none
    seconds: float


def main() -> int:
    """Runs the check and prints what it found; gives the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--device", type=int, default=0, help="place of the GPU in NVML's order")
    parser.add_argument("--load", choices=("matmul", "sleep"), default="matmul")
    options = parser.parse_args()
    try:
        nvml, handle = gpu(options.device)
        burst, words = load(options.load, options.device)
    except NotRunError as reason:
        print(f"not run: {reason}")
        return 3
    print(f"{nvml.nvmlDeviceGetName(handle)}, {words}, {options.seconds:g} s")
    direct, segment = recorded(nvml, handle, burst, options.seconds)
    return judged(direct, segment, f"gpu-{options.device}")


def gpu(device: int) -> tuple[Any, Any]:
    """NVML and the GPU's handle; raises NotRunError where there is no GPU with an energy counter."""
    try:
        import pynvml
    except ImportError:
        raise NotRunError("the package nvidia-ml-py is missing") from None
    try:
        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByIndex(device)
        pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)
    except pynvml.NVMLError as error:
        raise NotRunError(f"no NVIDIA GPU with an energy counter at place {device} ({error})") from None
    return pynvml, handle


def load(name: str, device: int) -> tuple[Callable[[], None], str]:
    """Something that keeps the GPU busy for about 0.1 s, and what it is; raises NotRunError."""
    if name == "sleep":
        return lambda: time.sleep(LOOK_EVERY_S), "no load (sleep): the check's own arithmetic, not a GPU"
    for offer in (_torch, _cupy):
        try:
            return offer(device)
        except ImportError:
            continue
    raise NotRunError("a load needs torch or cupy: pip install torch")


def recorded(nvml: Any, handle: Any, burst: Callable[[], None], seconds: float) -> tuple[Direct, dict[str, Any]]:
    """What the device said, and the segment that joulecard wrote of the same time."""
    import joulecard

    burst()  # whatever is made ready at the first call is not part of it
    with tempfile.TemporaryDirectory(prefix="gpu-check-") as folder:
        os.chdir(folder)
        with joulecard.record("gpu-check"):
            direct = watched(nvml, handle, burst, seconds)
        [path] = (Path(folder) / "carbon/segments").glob("*.json")
        segment: dict[str, Any] = json.loads(path.read_text())
        os.chdir("/")
    return direct, segment


def watched(nvml: Any, handle: Any, burst: Callable[[], None], seconds: float) -> Direct:
    """Runs the load between two reads of the counter."""
    looks = []
    began_s, before_mj = time.monotonic(), nvml.nvmlDeviceGetTotalEnergyConsumption(handle)
    while time.monotonic() - began_s < seconds:
        burst()
        try:
            looks.append((time.monotonic(), nvml.nvmlDeviceGetPowerUsage(handle) / 1000))
        except nvml.NVMLError:
            looks.clear()
    after_mj, ended_s = nvml.nvmlDeviceGetTotalEnergyConsumption(handle), time.monotonic()
    pairs = itertools.pairwise(looks)
    seen_j = sum((end_s - start_s) * (start_w + end_w) / 2 for (start_s, start_w), (end_s, end_w) in pairs)
    seen_s = looks[-1][0] - looks[0][0] if looks else 0.0
    power_j = seen_j / seen_s * (ended_s - began_s) if seen_s else None
    return Direct((after_mj - before_mj) / 1000, power_j, ended_s - began_s)


def judged(direct: Direct, segment: dict[str, Any], domain: str) -> int:
    """Prints both energies and their difference; 0 where it is allowed, else 1."""
    readings = [each for each in segment["energy"] if (each["sensor"], each["domain"]) == ("nvml", domain)]
    if not readings or direct.energy_j <= 0:
        reasons = "; ".join(f"{gap['what']}: {gap['reason']}" for gap in segment["gaps"])
        print(f"FAILED: counter {direct.energy_j:.1f} J, the segment has no reading of {domain} ({reasons})")
        return 1
    [reading] = readings
    seen_s = segment["monotonic_s"] * reading["coverage"]
    ours_j = reading["node_j"] / seen_s * direct.seconds if seen_s else 0.0
    difference = ours_j / direct.energy_j - 1
    print(f"counter {direct.energy_j:.1f} J in {direct.seconds:.3f} s")
    print(
        f"segment {reading['node_j']:.1f} J in {seen_s:.3f} s ({reading.get('quantity')}): {ours_j:.1f} J in that time"
    )
    if direct.power_j is not None:
        print(f"power   {direct.power_j:.1f} J ({direct.power_j / direct.energy_j - 1:+.1%}; not judged)")
    is_within = abs(difference) <= ALLOWED
    print(f"{'within' if is_within else 'FAILED: beyond'} {ALLOWED:.0%}: {difference:+.2%}")
    return 0 if is_within else 1


def _torch(device: int) -> tuple[Callable[[], None], str]:
    torch = import_module("torch")
    if not torch.cuda.is_available():
        raise NotRunError("torch finds no CUDA device here")
    place = torch.device("cuda", device)
    left, right = (torch.randn(SIZE, SIZE, device=place, dtype=torch.bfloat16) for _ in range(2))

    def burst() -> None:
        until_s = time.monotonic() + LOOK_EVERY_S
        while time.monotonic() < until_s:
            torch.matmul(left, right)
            torch.cuda.synchronize(place)

    return burst, f"bf16 matrix products of {SIZE} x {SIZE} (torch {torch.__version__})"


def _cupy(device: int) -> tuple[Callable[[], None], str]:
    cupy = import_module("cupy")
    with cupy.cuda.Device(device):
        left, right = (cupy.random.rand(SIZE, SIZE).astype(cupy.float16) for _ in range(2))

    def burst() -> None:
        until_s = time.monotonic() + LOOK_EVERY_S
        with cupy.cuda.Device(device):
            while time.monotonic() < until_s:
                cupy.matmul(left, right)
                cupy.cuda.Device().synchronize()

    return burst, f"half-precision matrix products of {SIZE} x {SIZE} (cupy {cupy.__version__})"


if __name__ == "__main__":
    sys.exit(main())
