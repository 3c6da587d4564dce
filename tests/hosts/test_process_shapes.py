"""REL-R15: however a job makes and ends processes, its outcome is as without us, and the record is right."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from pathlib import Path

RUN = (sys.executable, "-m", "joulecard", "run", "--stage", "job", "--")
FIRST = ("unshare", "--pid", "--fork", "--mount-proc")  # what it starts is the first process of a world of its own


class Shape(NamedTuple):
    """A job, and what becomes of it."""

    program: str  # Python; `block` stands for the `with` line under test, or for one that does nothing
    status: int = 0
    wrapper: tuple[str, ...] = ()  # starts the program in place of the shell
    segments: tuple[str, ...] = ("completed",)  # of the block, where it records; none where the process is gone by then


BURN = """
import os, sys, time
def burn():
    end = time.process_time() + 0.1
    while time.process_time() < end: pass
"""
SHAPES = {
    "fork": Shape("with block:\n    if os.fork() == 0: burn(); print('child', flush=True); os._exit(0)\n    os.wait()"),
    "double fork": Shape(
        "reading, writing = os.pipe()\n"
        "with block:\n"
        "    if os.fork() == 0:\n"
        "        if os.fork() == 0: os.setsid(); burn(); os.write(writing, b'done'); os._exit(0)\n"
        "        os._exit(0)\n"
        "    os.wait()\n"
        "    print(os.read(reading, 4))"
    ),
    "exec": Shape(
        "with block:\n"
        "    print('before', flush=True)\n"
        "    burn()\n"
        "    os.execv(sys.executable, [sys.executable, '-c', 'print(1)'])",
        segments=(),
    ),
    "os._exit": Shape("with block:\n    burn()\n    print('out', flush=True)\n    os._exit(7)", 7, segments=()),
    "sys.exit in a thread": Shape(
        "import threading\n"
        "with block:\n"
        "    thread = threading.Thread(target=lambda: (burn(), sys.exit(3)))\n"
        "    thread.start(); thread.join()"
    ),
    "sys.exit": Shape("with block:\n    burn()\n    sys.exit(5)", 5, segments=("failed",)),
    "atexit raising": Shape(
        "import atexit\n"
        "def fall():\n    sys.stderr.write('fell\\n'); os._exit(9)\n"
        "atexit.register(fall)\nwith block: burn()",
        9,
    ),
    "nohup": Shape("with block:\n    burn()\n    print('kept')", wrapper=("nohup",)),
    **{
        f"Pool by {method}": Shape(
            "import multiprocessing\n"
            "def work(number):\n    burn(); return number\n"
            "if __name__ == '__main__':\n"
            "    with block, multiprocessing.get_context(METHOD).Pool(2) as pool:\n"
            "        print(pool.map(work, range(3)))\n".replace("METHOD", repr(method))
        )
        for method in ("fork", "spawn", "forkserver")
    },
    "launcher of ranks": Shape(
        "import subprocess\n"
        "with block:\n"
        "    burn()\n"
        "    ranks = [subprocess.Popen([sys.executable, '-c', 'import os; print(os.environ[\"RANK\"])'],\n"
        "             env={**os.environ, 'RANK': str(number)}, stdout=subprocess.PIPE) for number in range(2)]\n"
        "    print([rank.communicate()[0] for rank in ranks])"
    ),
    "killed": Shape(
        "import signal\nwith block:\n    burn()\n    os.kill(os.getpid(), signal.SIGTERM)", -15, segments=()
    ),
    "process group": Shape(
        "with block:\n    os.setpgid(0, 0) if os.getpid() != os.getsid(0) else None\n    burn()\n    print(1)"
    ),
}
BARE = "from contextlib import nullcontext\nblock = nullcontext()\n"
RECORDED = "import joulecard\nblock = joulecard.record('block')\n"


def outcome(folder: Path, *command: str) -> tuple[int, str, str]:
    """How a command ended and what it said."""
    ended = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60
    )
    return ended.returncode, ended.stdout, ended.stderr


def records(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The segments of each stage."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path in folder.glob("carbon/segments/*.json"):
        segment = json.loads(path.read_bytes())
        found.setdefault(segment["stage"], []).append(segment)
    return found


@pytest.mark.parametrize("name", SHAPES)
def test_a_job_is_as_without_us(tmp_path: Path, name: str) -> None:
    """Under the wrapper and with a block inside: the same status and words, and each record tells how it ended."""
    shape = SHAPES[name]
    (tmp_path / "bare.py").write_text(BARE + BURN + shape.program)
    (tmp_path / "recorded.py").write_text(RECORDED + BURN + shape.program)
    bare, recorded = ((*shape.wrapper, sys.executable, file) for file in ("bare.py", "recorded.py"))
    alone = outcome(tmp_path, *bare)
    assert alone[0] == shape.status
    assert not records(tmp_path)
    assert outcome(tmp_path, *RUN, *recorded) == alone
    found = records(tmp_path)
    [job] = found["job"]
    assert job["status"] == ("completed" if shape.status == 0 else "failed")
    assert job["exit_status"] == shape.status
    assert job["activity"]["cpu_s"] >= 0.09
    blocks = found.get("block", [])
    assert tuple(block["status"] for block in blocks) == shape.segments
    assert {block["within"] for block in blocks} <= {job["execution_id"]}


@pytest.mark.needs("root")
def test_the_first_process_of_a_container(tmp_path: Path) -> None:
    """As number 1 of its own world, where nobody takes up orphans but us, all that the job did is counted."""
    (tmp_path / "job.py").write_text(BARE + BURN + SHAPES["double fork"].program)
    assert outcome(tmp_path, *FIRST, *RUN, sys.executable, "job.py") == (0, "b'done'\n", "")
    [job] = records(tmp_path)["job"]
    assert (job["status"], job["exit_status"]) == ("completed", 0)
    assert 0.09 <= job["activity"]["cpu_s"] <= 5.0


# Prints what its 200 short children told, and ends with a daemon that ends in time.
FAMILIES = {
    "short children": """
for _ in range(200):
    child(work)
    os.wait()
""",
    "children side by side": """
for _ in range(50):
    for _ in range(4): child(work)
    for _ in range(4): os.wait()
""",
    "a daemon": """
def daemon():
    os.setsid()
    child(lambda: [work() for _ in range(200)])
child(daemon)
os.wait()
""",
}
CHILDREN = """
import os, resource, sys, time
reading, writing = os.pipe()
def child(then):
    if os.fork() == 0:
        then()
        os._exit(0)
told_s = 0.0
def work():
    before = resource.getrusage(resource.RUSAGE_SELF)
    end = time.process_time() + 0.003
    while time.process_time() < end: pass
    used = resource.getrusage(resource.RUSAGE_SELF)
    os.write(writing, b"%020.9f" % (used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime))
"""
TOLD = "print(sum(float(os.read(reading, 20)) for _ in range(200)))\n"


@pytest.mark.parametrize("around", ["wrapper", "block"])
@pytest.mark.parametrize("family", FAMILIES)
def test_what_children_use_is_counted(tmp_path: Path, family: str, around: str) -> None:
    """At least 95 % of the CPU seconds that the children report; a block's process cannot wait for a daemon."""
    body = FAMILIES[family] + TOLD
    if around == "block":
        indented = "".join(f"    {line}\n" for line in body.splitlines())
        program = f"import joulecard\n{CHILDREN}with joulecard.record('job'):\n{indented}"
        ended = outcome(tmp_path, sys.executable, "-c", program)
    else:
        ended = outcome(tmp_path, *RUN, sys.executable, "-c", CHILDREN + body)
    assert (ended[0], ended[2]) == (0, "")
    [job] = records(tmp_path)["job"]
    if (family, around) == ("a daemon", "block"):
        assert job["activity"]["cpu_source"] in {"proc", "cgroup"}  # only a group of its own can tell
    else:
        assert job["activity"]["cpu_s"] >= 0.95 * float(ended[1])
    assert float(ended[1]) >= 0.5


def test_what_outlives_the_command_is_said(tmp_path: Path) -> None:
    """A daemon that goes on is counted until the command has ended; that it goes on is a gap."""
    program = f"{CHILDREN}child(lambda: (work(), os.close(1), os.close(2), time.sleep(3)))\nos.read(reading, 20)\n"
    assert outcome(tmp_path, *RUN, sys.executable, "-c", program)[0] == 0
    [job] = records(tmp_path)["job"]
    [gap] = [gap for gap in job["gaps"] if gap["what"] == "processes"]
    assert gap["reason"] == "1 started by the command ran on after it; what they use from then on is not seen"


def test_what_is_handed_to_a_service_is_said(tmp_path: Path) -> None:
    """A program that has a service run something elsewhere is named: what runs there is not counted."""
    docker = tmp_path / "docker"
    shutil.copy(shutil.which("sleep") or "", docker)
    program = f"import subprocess, time\nsubprocess.run(['{docker}', '1.5'])"
    assert outcome(tmp_path, *RUN, sys.executable, "-c", program) == (0, "", "")
    [job] = records(tmp_path)["job"]
    reasons = [gap["reason"] for gap in job["gaps"] if gap["what"] == "processes"]
    assert reasons == ["docker was started: what it hands to a service or another host to run is not counted"]
