"""`joulecard doctor`: what a recording here would see, told as it is, on machines made of files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.capture.conftest import Tree
from tests.stub_nvml.fixture import Stub, stub_nvml

from joulecard.capture.files import create_locked
from joulecard.capture.meters import Gauge
from joulecard.cli import main
from joulecard.cli.doctor.check import Failed, Scene, Started
from joulecard.cli.doctor.meters import counters, hardware
from joulecard.cli.doctor.sensing import Sensor, Sight
from joulecard.cli.doctor.trial import run_trial
from joulecard.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    Captured = pytest.CaptureFixture[str]

__all__ = ["stub_nvml"]

PAGES = Path(__file__).parent / "doctor"
UNKNOWN_CPU = "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu hypervisor\n"
KNOWN_CPU = "processor\t: 0\nmodel name\t: Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz\nphysical id\t: 0\ncore id\t: 0\n"


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own below the home folder, where the tests are; MLflow is not asked unless a test wants it."""
    folder = Path(os.environ["HOME"]) / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv("TZ", raising=False)
    monkeypatch.setenv("JOULECARD_MLFLOW", "off")
    return folder


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, work: Path) -> Tree:
    """A virtual machine of nobody's cloud, without counters."""
    del work
    tree = Tree(tmp_path / "machine")
    tree.write("proc/cpuinfo", UNKNOWN_CPU)
    tree.write("sys/class/dmi/id/sys_vendor", "QEMU\n")
    for name, value in tree.environ.items():
        monkeypatch.setenv(name, value)
    return tree


def golden(name: str) -> str:
    """The page as it should be."""
    return (PAGES / f"{name}.txt").read_text(encoding="utf-8")


def told(output: str) -> str:
    """The page without the groups that tell of installed packages; what clock and counter decide is masked."""
    groups = output.split("\n\n")
    kept = [group for group in groups if group.split("\n")[0] not in {"MLflow", "DVC", "Reports"}]
    text = re.sub(r"\(\d+ to [\d ]+ g/kWh\)", "(# to # g/kWh)", "\n\n".join(kept))
    return re.sub(r"(package-0|dram-0) [\d. ]+ W", r"\1 # W", text)


def answer(captured: Captured) -> dict[str, Any]:
    """What --json printed."""
    document: dict[str, Any] = json.loads(captured.readouterr().out)
    return document


def named(document: dict[str, Any], group: str, name: str) -> dict[str, Any]:
    """The one check of this name."""
    [check] = [each for each in document["checks"] if (each["group"], each["name"]) == (group, name)]
    found: dict[str, Any] = check
    return found


@contextmanager
def counting(*energies: Path) -> Iterator[None]:
    """Lets counters count, as the hardware does, while something looks at them."""
    ended = threading.Event()

    def count() -> None:
        total_uj = 0
        while not ended.is_set():
            total_uj += 400_000
            for energy in energies:
                energy.with_name("draft").write_text(f"{total_uj}\n")
                energy.with_name("draft").replace(energy)  # never seen empty
            time.sleep(0.01)

    thread = threading.Thread(target=count)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_bare_virtual_machine(tree: Tree, capsys: Captured) -> None:
    """Without counters all is normal: named models are used, and only the place is lacking."""
    del tree
    assert main(["doctor"]) == 0
    assert told(capsys.readouterr().out) == golden("bare")


def test_counters_that_move(tree: Tree, work: Path, capsys: Captured) -> None:
    """Counters that can be read and move are what measures; the known CPU and the place that was set are named."""
    tree.write("proc/cpuinfo", KNOWN_CPU)
    (work / "joulecard.toml").write_text('place = "SE"\n')
    package, dram = tree.zone("intel-rapl:0", "package-0"), tree.zone("intel-rapl:0:0", "dram")
    with counting(package, dram):
        assert main(["doctor"]) == 0
    assert told(capsys.readouterr().out) == golden("counted")


AS_NOBODY = """
import hashlib, os, pkgutil, sys
import joulecard.capture, joulecard.cli.doctor, joulecard.cli.commands
for part in pkgutil.walk_packages(joulecard.capture.__path__, "joulecard.capture."):
    __import__(part.name)  # whoever is nobody may not read where they lie
if os.getuid() == 0:  # to whom nothing is forbidden
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
sys.exit(joulecard.cli.main(["doctor"]))
"""


def test_counters_that_are_forbidden(tree: Tree, work: Path) -> None:
    """What only root may read comes with the command that opens it, and with what that gives away."""
    tree.zone("intel-rapl:0", "package-0", 10).chmod(0)
    open_to_all(work, tree.folder)
    asked = subprocess.run([sys.executable, "-c", AS_NOBODY], check=False, capture_output=True, text=True)
    assert (asked.returncode, asked.stderr) == (0, "")
    assert told(asked.stdout) == golden("denied")


def open_to_all(*folders: Path) -> None:
    """Lets another user reach and use folders of this test; pytest makes its own ones for us alone."""
    for folder in folders:
        for one in (folder, *folder.parents):
            if one.name.startswith(("pytest-", "popen-", "test_", "home")):
                one.chmod(one.stat().st_mode | 0o055)
    for one in Path(os.environ["HOME"]).rglob("*"):
        one.chmod(0o777)


def test_counter_that_stands_still_is_a_problem(tree: Tree, capsys: Captured) -> None:
    """Readable is not moving: it is said so, with what may help, and not that nothing can be read."""
    tree.zone("intel-rapl:0", "package-0", 10)
    assert main(["doctor", "--json"]) == 0
    document = answer(capsys)
    check = named(document, "Energy", "RAPL counters")
    assert check["state"] == "problem"
    assert check["detail"].startswith("readable, not moving: package-0: stuck: the counter did not move in 0.3")
    assert "record on the host" in check["remedy"]
    assert "modelled from activity (no counter that can be read gives energy)" in document["summary"]


def test_meter_that_shows_what_cannot_be_is_a_problem(tree: Tree, capsys: Captured) -> None:
    """More power than any machine draws is not said to stand still."""
    power_meter(tree, 0, 10**15)
    assert main(["doctor", "--json"]) == 0
    check = named(answer(capsys), "Energy", "power sensors")
    assert (check["state"], "dmesg" in check["remedy"]) == ("problem", True)
    assert check["detail"].startswith("readable, not to be believed: system: shows more power than any device")


def test_accelerator_that_no_meter_reads(tree: Tree, capsys: Captured) -> None:
    """It is named, and the sentence at the end says that its energy is not seen."""
    node = "sys/class/kfd/kfd/topology/nodes/1"
    tree.write(f"{node}/gpu_id", "1234\n")
    tree.write(f"{node}/name", "gfx942\n")
    assert main(["doctor", "--json"]) == 0
    document = answer(capsys)
    assert named(document, "Energy", "GPU")["state"] == "lack"
    assert named(document, "Energy", "GPU")["detail"].startswith("1 x gfx942: no meter reads it")
    assert ", GPU energy is not seen; " in document["summary"]


def ask_beside_a_gpu(tree: Tree, environ: dict[str, str]) -> dict[str, Any]:
    """What is said on a machine with one NVIDIA GPU, whose driver's library the environment may name."""
    tree.write("fs/dev/nvidiactl", "")
    tree.write("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t Stub GPU\nGPU UUID: GPU-stub-1\n")
    command = [sys.executable, "-m", "joulecard", "doctor", "--json"]
    asked = subprocess.run(command, env={**os.environ, **environ, **tree.environ}, check=True, capture_output=True)
    document: dict[str, Any] = json.loads(asked.stdout)
    return document


@pytest.mark.needs("cc")
@pytest.mark.parametrize(
    ("behaviour", "state", "detail", "said"),
    [
        ({}, "ok", "readable and moving: gpu-0 ", "; GPU energy is measured, CPU and memory energy is modelled "),
        ({"energy": 3}, "ok", "read as power: gpu-0 ", "; GPU energy is measured, "),
        ({"init": 9}, "problem", "the driver answers: Driver Not Loaded", ", GPU energy is not seen; "),
        ({"energy": 15}, "problem", "present, not readable: gpu-0: the driver answers: ", ", GPU energy is not seen; "),
    ],
    ids=["counter", "power alone", "driver not loaded", "GPU lost"],
)
def test_nvidia_gpu(tree: Tree, stub_nvml: Stub, behaviour: dict[str, int], state: str, detail: str, said: str) -> None:
    """What the meter can read, or what the driver answers instead, and what it means for the record."""
    document = ask_beside_a_gpu(tree, stub_nvml.environ(devices=1, **behaviour))
    check = named(document, "Energy", "NVIDIA meter")
    assert (check["state"], check["detail"][: len(detail)]) == (state, detail)
    assert named(document, "Energy", "GPU")["state"] == ("ok" if state == "ok" else "lack")
    assert said in document["summary"]


@pytest.mark.needs("cc")
def test_nvidia_gpu_that_is_hidden(tree: Tree, stub_nvml: Stub) -> None:
    """A GPU that jobs here may not use is no lack, and nothing is said of its library."""
    document = ask_beside_a_gpu(tree, {**stub_nvml.environ(devices=1), "CUDA_VISIBLE_DEVICES": ""})
    states = {name: named(document, "Energy", name)["state"] for name in ("NVIDIA meter", "GPU")}
    assert states == {"NVIDIA meter": "normal", "GPU": "normal"}
    assert "GPU" not in document["summary"]


@pytest.mark.needs("cc")
def test_nvidia_driver_that_hangs(tree: Tree, stub_nvml: Stub) -> None:
    """All else is told, and that stages are recorded (8 s: how long doctor waits for a driver)."""
    document = ask_beside_a_gpu(tree, stub_nvml.environ(devices=1, sleep=3_600_000))
    check = named(document, "Energy", "NVIDIA meter")
    assert (check["state"], check["detail"]) == ("problem", "the driver did not start in time")
    assert named(document, "Energy", "GPU")["state"] == "lack"
    assert document["ready"]


@pytest.mark.needs("cc")
def test_nvidia_gpus_in_doubt(tree: Tree, stub_nvml: Stub) -> None:
    """That CUDA may mean another GPU by the same number stands beside what is read."""
    behaviour = stub_nvml.environ(devices=2, names="NVIDIA H100,Tesla P100")
    document = ask_beside_a_gpu(tree, {**behaviour, "CUDA_VISIBLE_DEVICES": "1"})
    found = [check["state"] for check in document["checks"] if check["name"] == "NVIDIA meter"]
    assert found == ["lack", "ok"]


def test_one_of_two_nvidia_gpus(tree: Tree, work: Path) -> None:
    """A kind of GPU is not called measured while one of them cannot be read."""
    tree.write("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t Stub GPU\n")
    trial = run_trial(Scene(os.environ, str(work), tree.roots, Settings()))
    sights = [
        Sight(Gauge("gpu", "nvml", f"gpu-{place}", 1e-3, 4000.0), place == 0, power_w, "")
        for place, power_w in enumerate((250.0, None))
    ]
    checks = hardware(trial._replace(sensors=(Sensor("nvml", tuple(sights), ()),)))
    [check] = [check for check in checks if check.name == "GPU"]
    assert (check.state, check.detail) == ("lack", "1 x Stub GPU: not all measured by NVIDIA meter")


def test_nvidia_gpu_without_the_library(tree: Tree, work: Path) -> None:
    """A container that was not given the GPUs which its kernel lists: the line that gives them."""
    tree.write("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t Stub GPU\n")
    trial = run_trial(Scene(os.environ, str(work), tree.roots, Settings()))
    [check] = counters(trial._replace(sensors=(Sensor("nvml", (), ()),)))
    assert (check.state, check.remedy) == ("lack", "in a container: start it with `--gpus all`")


def power_meter(tree: Tree, number: int, power_uw: int, label: str = "") -> None:
    """An ACPI power meter as hwmon shows it."""
    folder = f"sys/class/hwmon/hwmon{number}"
    files = {"name": "power_meter", "device/power1_average": power_uw, "device/power1_oem_info": label}
    for file, content in files.items():
        tree.write(f"{folder}/{file}", f"{content}\n")


def test_power_of_the_machine(tree: Tree, capsys: Captured) -> None:
    """Where a meter of the whole machine is read, CPU, memory and GPU are measured with it."""
    power_meter(tree, 0, 412_000_000)
    tree.write("sys/class/kfd/kfd/topology/nodes/1/gpu_id", "1234\n")
    tree.write("sys/class/kfd/kfd/topology/nodes/1/name", "gfx942\n")
    assert main(["doctor", "--json"]) == 0
    document = answer(capsys)
    assert named(document, "Energy", "power sensors")["detail"] == "read as power: system 412 W"
    for name in ("CPU", "memory", "GPU"):
        check = named(document, "Energy", name)
        assert check["state"] == "ok"
        assert check["detail"].endswith(": measured by power sensors, together with the whole machine")
    assert "the machine's energy is measured; " in document["summary"]


def test_power_of_a_socket(tree: Tree, capsys: Captured) -> None:
    """A socket's meter holds its memory, and RAPL is not missed."""
    power_meter(tree, 0, 90_000_000, "Grace Power Socket 0")
    assert main(["doctor", "--json"]) == 0
    document = answer(capsys)
    assert named(document, "Energy", "RAPL counters")["detail"] == "none here, and none is needed"
    assert named(document, "Energy", "memory")["detail"].endswith("measured by power sensors, together with its CPU")
    assert "CPU and memory energy is measured; " in document["summary"]


def test_power_meters_that_do_not_say_what_they_measure(tree: Tree, capsys: Captured) -> None:
    """That none of them is read is a lack."""
    for number in range(2):
        power_meter(tree, number, 412_000_000)
    assert main(["doctor", "--json"]) == 0
    assert named(answer(capsys), "Energy", "power sensors")["state"] == "lack"


def test_dies_that_show_one_counter(tree: Tree, capsys: Captured) -> None:
    """The second is nothing to worry about: its energy is counted with the first."""
    packages = [tree.zone(f"intel-rapl:{die}", f"package-0-die-{die}") for die in range(2)]
    with counting(*packages):
        assert main(["doctor", "--json"]) == 0
    found = [check for check in answer(capsys)["checks"] if check["name"] == "RAPL counters"]
    assert [check["state"] for check in found] == ["ok", "normal"]
    assert found[1]["detail"] == "package-0-die-1: counts the same energy as package-0-die-0, which is counted once"


def test_recorded_trace(tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """A trace that is replayed is named as such everywhere, with the line that ends it; no other meter is asked."""
    trace = tree.write("trace.csv", "seconds,cpu:package-0:energy_uj\n0,1\n60,6000000001\n")
    tree.zone("intel-rapl:0", "package-0")
    monkeypatch.setenv("JOULECARD_REPLAY", str(trace))
    assert main(["doctor", "--json"]) == 0
    document = answer(capsys)
    found = [check for check in document["checks"] if check["name"] == "recorded trace"]
    assert [(check["state"], check["remedy"]) for check in found] == [("lack", "unset JOULECARD_REPLAY"), ("ok", None)]
    assert found[1]["detail"].startswith("read again: package-0 ")
    assert named(document, "Energy", "CPU")["detail"].endswith("replayed from the recorded trace")
    assert "CPU energy is replayed from a recorded trace" in document["summary"]
    assert not [check for check in document["checks"] if check["name"] == "RAPL counters"]


def test_broken_trace(tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """What is wrong with it, where, and what mends it."""
    monkeypatch.setenv("JOULECARD_REPLAY", str(tree.write("trace.csv", "seconds,cpu:package-0:energy_uj\n0,1\n0,2\n")))
    assert main(["doctor", "--json"]) == 0
    check = named(answer(capsys), "Energy", "recorded trace")
    assert (check["state"], check["remedy"]) == ("problem", "mend the file, or unset JOULECARD_REPLAY")
    assert check["detail"].endswith("cannot be replayed: line 3: seconds must begin at 0 and rise")


@pytest.mark.needs("cc")
def test_device_that_tells_its_use_alone(tree: Tree, stub_nvml: Stub) -> None:
    """It is shown with how busy it is; a power model of its name stands for its energy."""
    alone = {"energy": 3, "power": 3, "busy": 80, "names": "Tesla T4"}
    document = ask_beside_a_gpu(tree, stub_nvml.environ(devices=1, **alone))
    told = named(document, "Energy", "NVIDIA meter")
    assert (told["state"], told["detail"]) == ("ok", "tells how busy they are, not their energy: gpu-0 80%")
    assert ": modelled by accelerator-tdp: 70 W " in named(document, "Energy", "GPU")["detail"]
    assert "; CPU, memory and GPU energy is modelled from activity " in document["summary"]


def test_disabled(tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """Nothing can be recorded: status 1, and what turned it off is named."""
    del tree
    monkeypatch.setenv("JOULECARD_DISABLED", "1")
    assert main(["doctor"]) == 1
    assert told(capsys.readouterr().out) == golden("disabled")


def test_broken_settings(tree: Tree, work: Path, capsys: Captured) -> None:
    """Each mistake is a sentence among all the rest, and the status is 2."""
    del tree
    (work / "joulecard.toml").write_text('plaec = "FR"\npue = 0.5\n')
    assert main(["doctor"]) == 2
    assert told(capsys.readouterr().out) == golden("mistaken")


def test_place_that_does_not_exist_is_a_mistake(tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """A region that no table knows is told with the near names: the energy would be recorded, its carbon not told."""
    del tree
    monkeypatch.setenv("JOULECARD_PLACE", "aws/eu-nort-1")
    assert main(["doctor", "--json"]) == 2
    document = answer(capsys)
    assert document["ready"]
    assert named(document, "Place", "setting")["state"] == "problem"
    assert "eu-north-1" in named(document, "Place", "grid")["detail"]
    assert document["summary"].endswith("carbon cannot be told until the place is corrected.")


def test_weaker_signs_of_the_place_are_shown_too(tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """Each sign is a line that says whether it counts."""
    tree.write("fs/usr/share/zoneinfo/zone.tab", "SE\t+5920+01803\tEurope/Stockholm\n")
    monkeypatch.setenv("TZ", "Europe/Stockholm")
    monkeypatch.setenv("JOULECARD_PLACE", "aws/eu-west-3")
    assert main(["doctor", "--json"]) == 0
    document = answer(capsys)
    assert named(document, "Place", "setting")["detail"] == "AWS eu-west-3: this one counts"
    assert named(document, "Place", "time zone")["detail"] == "SE: a weaker sign, not used"
    assert named(document, "Place", "PUE")["detail"].endswith("(AWS fleet mean)")


def test_as_json(tree: Tree, capsys: Captured) -> None:
    """A stable object: every check has the same members, and names no home folder."""
    del tree
    assert main(["doctor", "--json"]) == 0
    text = capsys.readouterr().out
    assert os.environ["HOME"] not in text
    document = json.loads(text)
    assert set(document) == {"joulecard", "ready", "summary", "checks"}
    assert document["ready"] is True
    assert {tuple(check) for check in document["checks"]} == {("group", "name", "state", "detail", "remedy")}
    assert {check["state"] for check in document["checks"]} <= {"ok", "normal", "lack", "problem"}
    groups = ["Energy", "Place", "Settings", "Records", "MLflow", "DVC", "Reports"]
    assert list(dict.fromkeys(check["group"] for check in document["checks"])) == groups


def test_what_killed_recorders_left_is_counted(tree: Tree, capsys: Captured) -> None:
    """Journals of the living are not: they are locked."""
    del tree
    folder = Path(os.environ["XDG_STATE_HOME"]) / "joulecard"
    folder.mkdir()
    (folder / "dead.jsonl").write_text("{}\n")
    with create_locked(str(folder / "alive.jsonl")):
        assert main(["doctor", "--json"]) == 0
    check = named(answer(capsys), "Records", "left behind")
    assert check["detail"].startswith("1 record ")
    assert check["remedy"] == "joulecard recover"
    assert sorted(path.name for path in folder.iterdir()) == ["alive.jsonl", "dead.jsonl"]


def test_what_waits_for_mlflow_is_counted(tree: Tree, capsys: Captured) -> None:
    """With the command that uploads it."""
    del tree
    folder = Path(os.environ["XDG_STATE_HOME"]) / "joulecard/mlflow/carbon/segments"
    folder.mkdir(parents=True)
    (folder / "1.json").write_text("{}")
    assert main(["doctor", "--json"]) == 0
    check = named(answer(capsys), "Records", "for MLflow")
    assert (check["detail"], check["remedy"]) == ("1 record not uploaded yet", "joulecard mlflow upload")


def test_folder_that_cannot_hold_a_journal(tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """Recording goes on without it, so this is told and is no failure."""
    file = tree.write("file", "")
    monkeypatch.setenv("JOULECARD_JOURNAL_DIR", str(file / "journals"))
    assert main(["doctor", "--json"]) == 0
    assert named(answer(capsys), "Records", "journals")["state"] == "problem"


def test_no_place_for_a_record(tree: Tree, work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither records nor journals can be written, nothing is recorded: status 1."""
    monkeypatch.setenv("JOULECARD_JOURNAL_DIR", str(work / "journals"))
    open_to_all(work, tree.folder)
    work.chmod(0o555)
    asked = subprocess.run([sys.executable, "-c", AS_NOBODY], check=False, capture_output=True, text=True)
    assert (asked.returncode, asked.stderr) == (1, "")
    assert "~/project/carbon/segments cannot be written:" in asked.stdout
    assert asked.stdout.endswith("Nothing is recorded here: no folder for the records can be written.\n")


def test_nothing_is_changed(tree: Tree, work: Path, capsys: Captured) -> None:
    """Looking leaves no file behind in the project or among the journals."""
    del tree
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out
    assert list(work.iterdir()) == []
    assert not (Path(os.environ["XDG_STATE_HOME"]) / "joulecard").exists()


def test_working_directory_that_is_gone(tree: Tree, work: Path, capsys: Captured) -> None:
    """One sentence, status 2."""
    del tree
    work.rmdir()
    assert main(["doctor"]) == 2
    assert capsys.readouterr().err == (
        "joulecard: doctor: the folder that you are in has been deleted; go to another [JC-USAGE]\n"
    )


DVC_YAML = """\
stages:
  prepare:
    cmd: joulecard run -- python prepare.py
  train:
    cmd: python train.py
  old:
    cmd: python old.py
    frozen: true
"""


def test_stages_of_a_dvc_project(tree: Tree, work: Path, capsys: Captured) -> None:
    """Those that are recorded are counted among those that run, with the command that adds the others."""
    del tree
    (work / ".dvc").mkdir()
    (work / "dvc.yaml").write_text(DVC_YAML)
    assert main(["doctor", "--json"]) == 0
    check = named(answer(capsys), "DVC", "pipeline")
    assert (check["state"], check["remedy"]) == ("lack", "joulecard dvc init")
    assert check["detail"] == "~/project/dvc.yaml: 1 of 2 stages recorded"
    (work / "dvc.yaml").write_text(DVC_YAML.replace("python train", "joulecard run -- python train"))
    assert main(["doctor", "--json"]) == 0
    assert named(answer(capsys), "DVC", "pipeline")["state"] == "ok"


@pytest.mark.needs("dvc")
@pytest.mark.parametrize(
    ("first_line", "state"), [("#!/opt/other/bin/python", "problem"), (f"#!{sys.executable}", "ok"), (None, "lack")]
)
def test_which_joulecard_dvc_would_find(
    tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: Captured, first_line: str | None, state: str
) -> None:
    """Another installation's is a problem, ours is found by its interpreter, and none comes with the line for PATH."""
    programs = tree.folder / "bin"
    programs.mkdir()
    if first_line:
        (programs / "joulecard").write_text(f"{first_line}\n")
        (programs / "joulecard").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    assert main(["doctor", "--json"]) == 0
    check = named(answer(capsys), "DVC", "command")
    assert check["state"] == state
    assert (check["remedy"] or "").startswith("export PATH=") == (state != "ok")


def test_what_a_pdf_lacks(tree: Tree, capsys: Captured) -> None:
    """The sentence that `joulecard render --to pdf` would end with."""
    from joulecard.rendering.pdf import missing_part

    del tree
    assert main(["doctor", "--json"]) == 0
    check = named(answer(capsys), "Reports", "PDF")
    assert (check["state"], check["remedy"]) == (("lack", missing_part()) if missing_part() else ("ok", None))


@pytest.mark.needs("mlflow")
def test_mlflow_plugin_is_armed(tree: Tree, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """A Python that imports MLflow says so itself (about 3 s)."""
    del tree
    monkeypatch.delenv("JOULECARD_MLFLOW")
    assert main(["doctor", "--json"]) == 0
    assert named(answer(capsys), "MLflow", "plugin") == {
        "group": "MLflow",
        "name": "plugin",
        "state": "ok",
        "detail": "armed: every run is recorded, without a change to the script",
        "remedy": None,
    }


def test_check_that_fails_or_hangs_is_a_line() -> None:
    """The reason is told without what the text of an error may hold, and nobody waits for ever."""

    def fails() -> None:
        raise FileNotFoundError(2, "No such file or directory", "/home/somebody/secret")

    assert Started(fails, 10).result() == Failed("this check failed: No such file or directory")
    assert Started(threading.Event().wait, 0).result() == Failed("no answer within 0 s")
    assert Started(lambda: 7, 10).result() == 7


def test_on_this_machine(work: Path) -> None:
    """As a process of its own, on whatever machine this is: 80 columns, no traceback, a sentence at the end."""
    asked = subprocess.run(
        [sys.executable, "-m", "joulecard", "doctor"], check=False, capture_output=True, text=True, cwd=work
    )
    assert (asked.returncode, asked.stderr) == (0, "")
    assert asked.stdout.split("\n\n")[-1].startswith("Ready: stages are recorded; ")
    assert [line for line in asked.stdout.splitlines() if len(line) > 80 and "/" not in line] == []
