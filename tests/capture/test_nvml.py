"""NVIDIA GPUs through a stub of their driver's library: what is read, whose it is, and what fails."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.capture.conftest import Tree, journals, python, ran, segments

from joulecard.capture.journal.recovery import recover
from joulecard.capture.segment import Segment

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import Popen

    from tests.stub_nvml.fixture import Stub

pytestmark = pytest.mark.needs("cc")

RECORD = "import joulecard, time\nwith joulecard.record('train'): time.sleep({seconds})"
PLACE = {"JOULECARD_PLACE": "SE", "JOULECARD_PUE": "1.2"}
UUID = "GPU-000000a1-0000-4000-8000-00000057ab00"  # of the second GPU


def recorded(stub: Stub, folder: Path, seconds: float = 0.05, program: str = RECORD, **told: Any) -> dict[str, Any]:
    """The segment of a program that records beside the stub; names in capitals are variables of its own."""
    own = {name: str(told.pop(name)) for name in list(told) if name.isupper()}
    assert ran(program.format(seconds=seconds), folder, **{**stub.environ(**told), **own}) == (0, "", "")
    [segment] = segments(folder)
    assert Segment.from_document(segment).to_document() == segment
    return segment


def gpus(segment: dict[str, Any]) -> list[str]:
    """The GPUs that were read."""
    return [reading["domain"] for reading in segment["energy"] if reading["kind"] == "gpu"]


def troubles(segment: dict[str, Any]) -> list[dict[str, Any]]:
    """The gaps, without that a counter is too coarse for so short a time."""
    return [gap for gap in segment["gaps"] if not gap["reason"].startswith("is refreshed every")]


def given(log: Path, what: str, place: int) -> list[int]:
    """The numbers that the stub gave out, in their order."""
    lines = (line.split() for line in log.read_text().splitlines())
    return [int(value) for kind, number, value in lines if (kind, number) == (what, str(place))]


def test_energy_counters(stub_nvml: Stub, tmp_path: Path) -> None:
    """Each GPU's joules are those between the first and the last look at its counter, to the millijoule."""
    log = tmp_path / "log"
    segment = recorded(stub_nvml, tmp_path, 1.3, mw=400_000, log=log)
    for place, reading in enumerate(segment["energy"]):
        _asked_whether_it_is_there, first_mj, *_, last_mj = given(log, "energy", place)
        assert reading["node_j"] == reading["share_j"] == pytest.approx((last_mj - first_mj) / 1000)
        assert reading["node_j"] >= 400 * 1.2
        assert (reading["coverage"], reading["reads"], reading["model"]) == (1.0, "energy", "Stub GPU")
        assert re.fullmatch("[0-9a-f]{12}", reading["device_ref"])
    assert gpus(segment) == ["gpu-0", "gpu-1"]
    assert [gap for gap in troubles(segment) if gap["what"].startswith("nvml")] == []
    assert sum(segment["series"]["counter_j"]) == pytest.approx(sum(each["share_j"] for each in segment["energy"]))
    assert "GPU-0000" not in json.dumps(segment)
    assert given(log, "power", 0) == []


def test_power_where_there_is_no_counter(stub_nvml: Stub, tmp_path: Path) -> None:
    """A steady 250 W over the time of the segment, as the record has it, are so many joules; and it says how."""
    segment = recorded(stub_nvml, tmp_path, 1.3, energy=3, devices=1)
    [reading] = segment["energy"]
    assert reading["node_j"] == pytest.approx(250 * segment["monotonic_s"], abs=250 * 0.001)
    assert (reading["reads"], reading["coverage"]) == ("power", 1.0)


def test_neither_counter_nor_power(stub_nvml: Stub, tmp_path: Path) -> None:
    """A GPU that tells nothing is a gap, and no zero."""
    segment = recorded(stub_nvml, tmp_path, devices=1, energy=3, power=3)
    assert segment["energy"] == []
    assert [(gap["what"], gap["reason"]) for gap in segment["gaps"]] == [
        ("nvml:gpu-0", "the driver answers: Not Supported")
    ]


CHANGES = """
import joulecard, os, time
log, control = (os.environ[f'STUB_NVML_{{name}}'] for name in ('LOG', 'CONTROL'))
with joulecard.record('train'):
    time.sleep({seconds})
    while len(open(log).readlines()) < 4:  # whether it is there, the first look, and two ticks
        time.sleep(0.01)
    with open(control, 'w') as file: file.write(os.environ['CHANGE'])
    time.sleep(0.05)
"""


@pytest.mark.parametrize("energy", [0, 3], ids=["counter", "power"])
def test_a_gpu_that_is_lost(stub_nvml: Stub, tmp_path: Path, energy: int) -> None:
    """What it gave stays, with its coverage; the rest is a gap with the driver's reason, and the job goes on."""
    log = tmp_path / "log"
    told = {"devices": 1, "energy": energy, "log": log, "control": tmp_path / "control", "CHANGE": "lost"}
    segment = recorded(stub_nvml, tmp_path, 0, CHANGES, **told)
    [reading], [gap] = segment["energy"], troubles(segment)
    seen_s = reading["coverage"] * segment["monotonic_s"]
    assert 0 < seen_s < segment["monotonic_s"]
    if energy:
        assert reading["node_j"] == pytest.approx(250 * seen_s, abs=250 * 0.002)
    else:
        _asked_whether_it_is_there, first_mj, *_, last_mj = given(log, "energy", 0)
        assert reading["node_j"] == pytest.approx((last_mj - first_mj) / 1000)
    assert (gap["what"], gap["reason"]) == ("nvml:gpu-0", "the driver answers: GPU is lost")
    assert gap["seconds"] == pytest.approx(segment["monotonic_s"] - seen_s, abs=0.002)


COMES_BACK = """
import joulecard, os, time
log, control = (os.environ[f'STUB_NVML_{{name}}'] for name in ('LOG', 'CONTROL'))
def looks(number):
    before = len(open(log).readlines()) if os.path.exists(log) else 0
    while not os.path.exists(log) or len(open(log).readlines()) < before + number:
        time.sleep(0.01)
with joulecard.record('train'):
    looks(1)
    with open(control, 'w') as file: file.write(os.environ['CHANGE'])
    time.sleep(1.05 * (os.environ['CHANGE'] == 'lost'))
    with open(control, 'w') as file: file.write(os.environ['THEN'])
    looks(2)
"""


def test_a_gpu_that_comes_back(stub_nvml: Stub, tmp_path: Path) -> None:
    """Its counter went on: what it counted in the meantime is not lost, and the record misses nothing (4 s)."""
    log = tmp_path / "log"
    told = {"devices": 1, "log": log, "control": tmp_path / "control", "CHANGE": "lost", "THEN": "back"}
    segment = recorded(stub_nvml, tmp_path, 0, COMES_BACK, **told)
    [reading] = segment["energy"]
    _asked_whether_it_is_there, first_mj, *_, last_mj = given(log, "energy", 0)
    assert reading["node_j"] == pytest.approx((last_mj - first_mj) / 1000)
    assert reading["node_j"] >= 250 * 2
    assert (reading["coverage"], troubles(segment)) == (1.0, [])


def test_a_driver_that_is_loaded_anew(stub_nvml: Stub, tmp_path: Path) -> None:
    """The library is started again and the counter, which begins at 0, is followed from there, with a gap (4 s)."""
    log = tmp_path / "log"
    told = {"devices": 1, "log": log, "control": tmp_path / "control", "CHANGE": "reload", "THEN": "reload"}
    segment = recorded(stub_nvml, tmp_path, 0, COMES_BACK, **told)
    [reading], [gap] = segment["energy"], troubles(segment)
    looks = given(log, "energy", 0)[1:]
    [place] = [place for place in range(1, len(looks)) if looks[place] < looks[place - 1]]
    assert place < len(looks) - 1
    counted_mj = looks[place - 1] - looks[0] + looks[-1] - looks[place]
    assert reading["node_j"] == pytest.approx(counted_mj / 1000)
    assert 0 < reading["coverage"] < 1
    assert gap["reason"].endswith("it was reset")


STILL = """
import joulecard, os, time
with joulecard.record('train'):
    time.sleep(1.5)
    with open(os.environ['STUB_NVML_CONTROL'], 'w') as file: file.write('still')
    time.sleep(13)
"""


@pytest.mark.nightly
def test_a_counter_that_stands_still(stub_nvml: Stub, tmp_path: Path) -> None:
    """No GPU draws nothing: what it counted stays, the time that it stood still is not seen, and the record says so."""
    segment = recorded(stub_nvml, tmp_path, 0, STILL, devices=1, control=tmp_path / "control")
    [reading], [gap] = segment["energy"], troubles(segment)
    assert gap["reason"].startswith("stuck: the counter stood still for more than 10 s")
    assert 250 * 1 < reading["node_j"] < 250 * 3
    assert 0 < reading["coverage"] < 0.3


def test_instances(stub_nvml: Stub, tmp_path: Path) -> None:
    """A job on MIG instances has its slices' part of the whole GPU's joules, and the record names both."""
    segment = recorded(stub_nvml, tmp_path, 1.1, devices=1, mig="3,4", CUDA_VISIBLE_DEVICES="MIG-stub-0-0")
    [reading] = segment["energy"]
    assert reading["node_j"] >= 250
    assert reading["share_j"] == pytest.approx(reading["node_j"] * 3 / 7, abs=1e-5)
    assert (reading["share_by"], reading["share_declared"]) == ("slices", pytest.approx(3 / 7))


def test_a_module_and_its_facts(stub_nvml: Stub, tmp_path: Path) -> None:
    """A Grace Hopper's reading says what is within it, what was read, and what stood still about the device."""
    told: dict[str, Any] = {
        "devices": 1,
        "names": "NVIDIA GH200 480GB",
        "limit_mw": 900_000,
        "clock_mhz": 1980,
        "celsius": 41,
    }
    [reading] = recorded(stub_nvml, tmp_path, 0.3, **told)["energy"]
    assert reading["includes"] == ["cpu", "dram"]
    assert reading["quantity"] == "nvmlDeviceGetTotalEnergyConsumption.NVML_POWER_SCOPE_MODULE"
    facts = {"power_limit_w": 900, "clock_limit_mhz": 1980, "start_celsius": 41}
    assert {name: reading[name] for name in facts} == facts


def test_neither_counter_nor_power_but_use(stub_nvml: Stub, tmp_path: Path) -> None:
    """A GPU that tells only how busy it is, such as a virtual one, is activity for a power model, and no joules."""
    told: dict[str, Any] = {"devices": 1, "names": "Tesla T4", "energy": 3, "power": 3, "busy": 40}
    segment = recorded(stub_nvml, tmp_path, 1.1, **told)
    assert segment["energy"] == []
    [use] = segment["activity"]["accelerators"]
    assert (use["model"], use["sensor"], use["domain"], use["coverage"]) == ("Tesla T4", "nvml", "gpu-0", 1.0)
    assert use["device_s"] == pytest.approx(segment["monotonic_s"], abs=0.01)
    assert use["busy_s"] == pytest.approx(use["device_s"] * 0.4, abs=0.01)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (18, "the driver answers: RM has detected an NVML/RM version mismatch."),
        (77, "the driver answers: an error of the stub"),
    ],
)
def test_a_library_that_does_not_start(stub_nvml: Stub, tmp_path: Path, code: int, reason: str) -> None:
    """The driver is there and its library refuses: a gap of the meter, with the reason."""
    segment = recorded(stub_nvml, tmp_path, init=code)
    assert (segment["energy"], segment["gaps"]) == ([], [{"what": "nvml", "reason": reason}])


TWICE = "import joulecard\nfor stage in ('first', 'second'):\n    with joulecard.record(stage): pass"


def test_a_driver_that_hangs(stub_nvml: Stub, tmp_path: Path) -> None:
    """The job waits for no driver, neither at its start nor at its end, and only once (2 s): a gap in each record."""
    assert ran(TWICE, tmp_path, **stub_nvml.environ(sleep=3_600_000)) == (0, "", "")
    first, second = segments(tmp_path)
    for segment in (first, second):
        assert segment["energy"] == []
        assert segment["gaps"] == [{"what": "nvml", "reason": "the driver did not start in time"}]


LATE = """
import joulecard, os, signal, time
log, ending = (os.environ[name] for name in ('STUB_NVML_LOG', 'ENDING'))
with joulecard.record('train'):
    while not os.path.exists(log) or len(open(log).readlines()) < 4:  # whether it is there, and three ticks
        time.sleep(0.05)
    if ending == 'killed':
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(("ending", "sleep"), [("completed", 2300), ("killed", 3300)])  # before and after a checkpoint
def test_a_driver_that_starts_late(stub_nvml: Stub, tmp_path: Path, ending: str, sleep: int) -> None:
    """The job goes on without it; its GPUs join as they come, and the time before is a gap (10 s in all)."""
    log = tmp_path / "log"
    status, *_ = ran(LATE, tmp_path, ENDING=ending, **stub_nvml.environ(sleep=sleep, devices=1, log=log))
    if ending == "killed":
        assert status == -signal.SIGKILL
        [journal] = journals()
        recover(str(journal.parent))
    [segment] = segments(tmp_path)
    [reading] = segment["energy"]
    looks = given(log, "energy", 0)[1:]
    assert reading["node_j"] in [pytest.approx((last - looks[0]) / 1000) for last in looks[1:]]
    unseen_s = segment["monotonic_s"] * (1 - reading["coverage"])
    assert unseen_s > 0.2  # it is waited for 2 s before the record begins
    assert [gap["seconds"] for gap in troubles(segment) if gap["what"] == "nvml:gpu-0"] == [
        pytest.approx(unseen_s, abs=0.002)
    ]
    told = {gap["what"]: gap["reason"] for gap in troubles(segment) if gap["what"] != "recorder"}
    assert told["nvml"] == "the driver did not start in time"
    assert "its driver was still starting" in told["nvml:gpu-0"]


LATE_FOR_TWO = """
import joulecard, os, time
with joulecard.record('outer'), joulecard.record('inner'):
    while not os.path.exists('log') or len(open('log').readlines()) < 8:
        time.sleep(0.05)
"""


def test_a_driver_that_starts_late_for_two(stub_nvml: Stub, tmp_path: Path) -> None:
    """A recording that begins while the driver is being started has its GPUs later too (4 s)."""
    environ = stub_nvml.environ(sleep=2100, devices=1, log=tmp_path / "log")
    assert ran(LATE_FOR_TWO, tmp_path, **environ) == (0, "", "")
    found = {segment["stage"]: gpus(segment) for segment in segments(tmp_path)}
    assert found == {"outer": ["gpu-0"], "inner": ["gpu-0"]}


def test_a_driver_that_falls_silent(stub_nvml: Stub, tmp_path: Path) -> None:
    """A look that is never answered keeps no job from its end: what was seen before stays, the rest is a gap."""
    told = {"log": tmp_path / "log", "control": tmp_path / "control", "CHANGE": "hang"}
    segment = recorded(stub_nvml, tmp_path, 0, CHANGES, devices=1, **told)
    [reading], [gap] = segment["energy"], troubles(segment)
    assert 0 < reading["coverage"] < 1
    assert (gap["what"], gap["reason"]) == ("nvml:gpu-0", "the driver did not answer in time")


def test_a_library_that_is_none(stub_nvml: Stub, tmp_path: Path) -> None:
    """A file in the library's place that cannot be loaded is a gap; a library that is not there is silence."""
    folder = tmp_path / "broken"
    folder.mkdir()
    environ = {**stub_nvml.environ(), "LD_LIBRARY_PATH": str(folder)}
    work = [tmp_path / "absent", tmp_path / "broken work"]
    for one in work:
        one.mkdir()
    assert ran(RECORD.format(seconds=0), work[0], **environ) == (0, "", "")
    (folder / "libnvidia-ml.so.1").write_text("no library")
    assert ran(RECORD.format(seconds=0), work[1], **environ) == (0, "", "")
    gaps = [segments(one)[0]["gaps"] for one in work]
    assert gaps == [[], [{"what": "nvml", "reason": "the driver's library cannot be loaded"}]]


def test_a_machine_without_the_driver(tree: Tree, stub_nvml: Stub, tmp_path: Path) -> None:
    """No driver: neither its library nor the binding nor ctypes is loaded, though all of them are there."""
    program = (
        "import sys, joulecard\nwith joulecard.record('train'): pass\n"
        "print([name for name in ('ctypes', 'pynvml') if name in sys.modules])"
    )
    environ = {**stub_nvml.environ(), **tree.environ}
    assert ran(program, tmp_path, **environ) == (0, "[]\n", "")
    assert segments(tmp_path)[0]["gaps"] == []


INFORMATION = "Model: \t\t Stub GPU\nGPU UUID: \t GPU-000000a{place}-0000-4000-8000-00000057ab00\n"


@pytest.mark.parametrize(
    ("told", "domains"),
    [
        ({}, ["gpu-0", "gpu-1"]),
        ({"CUDA_VISIBLE_DEVICES": "1"}, ["gpu-1"]),
        ({"CUDA_VISIBLE_DEVICES": UUID[:12]}, ["gpu-1"]),
        ({"CUDA_VISIBLE_DEVICES": "MIG-stub-1,MIG-stub-1"}, ["gpu-1"]),
        ({"CUDA_VISIBLE_DEVICES": ""}, []),
        ({"CUDA_VISIBLE_DEVICES": "-1"}, []),
        ({"NVIDIA_VISIBLE_DEVICES": UUID}, ["gpu-1"]),
        ({"CUDA_VISIBLE_DEVICES": "", "JOULECARD_ATTRIBUTION": "machine"}, ["gpu-0", "gpu-1"]),
        ({"CUDA_VISIBLE_DEVICES": "1", "JOULECARD_ATTRIBUTION": "process"}, ["gpu-1"]),
    ],
    ids=str,
)
def test_the_gpus_of_the_job(
    tree: Tree, stub_nvml: Stub, tmp_path: Path, told: dict[str, str], domains: list[str]
) -> None:
    """Those that it may use count whole, under `machine` all; that it may not use the others is no gap."""
    tree.write("proc/driver/nvidia/version", "NVRM version: 999.0\n")
    for place in range(2):
        tree.write(f"proc/driver/nvidia/gpus/0000:0{place}:00.0/information", INFORMATION.format(place=place))
    environ: dict[str, Any] = {**tree.environ, "JOULECARD_FS_ROOT": stub_nvml.root, **told}
    segment = recorded(stub_nvml, tmp_path, **environ)
    assert gpus(segment) == domains
    assert all(reading["share_j"] == reading["node_j"] for reading in segment["energy"])
    [accelerator] = segment["machine"]["accelerators"]
    assert accelerator["count"] == 2
    visible = None if told.get("CUDA_VISIBLE_DEVICES", "").startswith("MIG") else len(domains)
    if "JOULECARD_ATTRIBUTION" not in told:
        assert accelerator.get("visible") == (None if visible == 2 else visible)


def test_gpus_of_several_models(stub_nvml: Stub, tmp_path: Path) -> None:
    """Where a number may mean another GPU the record says so; and each device goes by its own name."""
    segment = recorded(stub_nvml, tmp_path, names="NVIDIA H100,Tesla P100", CUDA_VISIBLE_DEVICES="1")
    assert [reading["model"] for reading in segment["energy"]] == ["Tesla P100"]
    assert [gap["what"] for gap in troubles(segment)] == ["nvml"]


WAITS = "import joulecard\nwith joulecard.record('train'):\n    print('in', flush=True)\n    open('go').read()"


def start(stub: Stub, folder: Path) -> Popen[bytes]:
    """A program that records one GPU until it is told to go."""
    folder.mkdir()
    os.mkfifo(folder / "go")
    process = python(WAITS, folder, **stub.environ(devices=1, log=folder / "log"))
    assert process.stdout
    assert process.stdout.readline() == b"in\n"
    return process


def await_tick(folder: Path) -> None:
    """Waits until the program in this folder has looked at its GPU once more."""
    log, deadline_s = folder / "log", time.monotonic() + 30
    before = len(given(log, "energy", 0))
    while len(given(log, "energy", 0)) == before and time.monotonic() < deadline_s:
        time.sleep(0.02)


def stop(process: Popen[bytes], folder: Path) -> dict[str, Any]:
    """Its segment, after its end."""
    (folder / "go").write_text("now")
    process.communicate(timeout=60)
    [segment] = segments(folder)
    [reading] = segment["energy"]
    return dict(reading)


def test_two_recorders_of_one_gpu(stub_nvml: Stub, tmp_path: Path) -> None:
    """One inside the time of another has exactly half of the GPU, and that one not all; together never more."""
    names = [tmp_path / name for name in ("around", "inside", "after")]
    around, inside = start(stub_nvml, names[0]), start(stub_nvml, names[1])
    await_tick(names[0])
    inner = stop(inside, names[1])
    after = start(stub_nvml, names[2])
    outer = stop(around, names[0])
    stop(after, names[2])
    assert inner["device_ref"] == outer["device_ref"]
    assert inner["share_j"] == pytest.approx(inner["node_j"] / 2, abs=1e-5)
    assert outer["share_j"] < outer["node_j"]
    assert inner["share_j"] + outer["share_j"] <= outer["node_j"]


BESIDE = """
import joulecard, threading, time
def short():
    with joulecard.record('short'): time.sleep(0.2)
with joulecard.record('long'):
    thread = threading.Thread(target=short)
    thread.start()
    thread.join()
"""


def test_two_recordings_of_one_process(stub_nvml: Stub, tmp_path: Path) -> None:
    """However short one of them is: while both are there each has half of the GPU."""
    assert ran(BESIDE, tmp_path, **stub_nvml.environ(devices=1)) == (0, "", "")
    found = {segment["stage"]: segment["energy"][0] for segment in segments(tmp_path)}
    long, short = found["long"], found["short"]
    assert short["share_j"] == pytest.approx(short["node_j"] / 2, abs=1e-5)
    assert short["share_j"] + long["share_j"] <= long["node_j"]


def commands(folder: Path, environ: dict[str, str], *lines: tuple[str, ...]) -> None:
    """Commands of joulecard, each of which succeeds without a word on standard error."""
    for line in lines:
        command = [sys.executable, "-m", "joulecard", *line]
        told = {**os.environ, **environ, **PLACE}
        done = subprocess.run(command, cwd=folder, env=told, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")


def test_a_module_and_a_virtual_gpu_disclosed(stub_nvml: Stub, tmp_path: Path) -> None:
    """A module's reading stands for CPU and memory too, which are not added again; use becomes a model's joules."""
    module = stub_nvml.environ(devices=1, names="NVIDIA GH200 480GB")
    virtual = stub_nvml.environ(devices=1, names="Tesla T4", energy=3, power=3, busy=40)
    commands(tmp_path, module, ("run", "--stage", "train", "--", "sleep", "0.5"))
    commands(tmp_path, virtual, ("run", "--stage", "serve", "--", "sleep", "0.5"))
    commands(tmp_path, {}, ("assemble", "-o", "disclosure.json"), ("validate", "disclosure.json"))
    document = json.loads((tmp_path / "disclosure.json").read_text())
    found = {stage["name"]: stage["energy"]["components"] for stage in document["stages"]}
    [whole] = found["train"]
    assert (whole["kind"], whole["includes"], whole["sensor"]) == ("gpu", ["cpu", "dram"], "nvml")
    [modelled] = [part for part in found["serve"] if part["kind"] == "gpu"]
    assert (modelled["sensor"], modelled["energy"]["method"]) == ("power_model", "modelled")
    assert {part["kind"] for part in found["serve"]} == {"cpu", "dram", "gpu"}
    watts = modelled["energy"]["value"] * 3.6e6 / modelled["device_s"]
    assert 0.4 * 70 * 0.5 < watts < 70  # a T4 may draw 70 W


def test_from_a_command_to_a_disclosure(stub_nvml: Stub, tmp_path: Path) -> None:
    """`run`, `assemble`, `validate`: each GPU is a measured component, and the headline contains it."""
    environ = stub_nvml.environ(energy=3, names="NVIDIA H100 80GB HBM3,Tesla P100")
    run = ("run", "--stage", "train", "--", "sleep", "0.5")
    commands(tmp_path, environ, run, ("assemble", "-o", "disclosure.json"), ("validate", "disclosure.json"))
    document = json.loads((tmp_path / "disclosure.json").read_text())
    components = document["stages"][0]["energy"]["components"]
    first, second = (part for part in components if part["kind"] == "gpu")
    assert (first["sensor"], first["reads"], first["energy"]["method"]) == ("nvml", "power", "measured")
    classes = {source["id"]: source["class"] for source in document["uncertainty"]["sources"]}
    sources = [part["energy"]["interval"]["contributions"][0]["source_ref"] for part in (first, second)]
    assert [classes[source] for source in sources] == ["nvml-power-part-time", "nvml-power-polled"]
    gpus_kwh = first["energy"]["value"] + second["energy"]["value"]
    total = document["totals"]["new"]["energy_it"]
    assert gpus_kwh < total["value"] == pytest.approx(sum(part["energy"]["value"] for part in components))
    assert total["measured_fraction"] == pytest.approx(gpus_kwh / total["value"])
    models = [resource["model"] for resource in document["resources"] if resource["kind"] == "gpu"]
    assert models == ["NVIDIA H100 80GB HBM3", "Tesla P100"]
    assert [item for item in troubles(document) if item["what"].startswith(("nvml", "accelerator"))] == []
