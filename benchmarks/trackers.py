"""The trackers that are measured side by side: how each is installed, imported and put around a block of Python."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE_STEPS = 60
MOST_ROUNDING_W = 0.002  # least and greatest power are rounded outwards to milliwatts

# Runs in each tracker's own Python: imports it, puts it around a block that sleeps, and reports to a file.
# CPU seconds are those of the process and of all below it; `later` is the time after the first minute.
PROBE = """
import json, os, sys, time
began = time.process_time()
exec(sys.argv[1])
imported = time.process_time() - began
TICK = os.sysconf("SC_CLK_TCK")
def family(pid):
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return
    for thread in threads:
        try:
            children = open(f"/proc/{pid}/task/{thread}/children").read().split()
        except OSError:
            continue
        for child in map(int, children):
            yield child
            yield from family(child)
def cpu():
    times, below = os.times(), 0.0
    for pid in list(family(os.getpid())):
        try:
            fields = open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()
        except OSError:
            continue
        below += sum(int(field) for field in fields[11:15]) / TICK
    return time.process_time() + times.children_user + times.children_system + below
def rss_kib():
    own = next(line for line in open("/proc/self/status") if line.startswith("VmHWM:"))
    below = 0
    for pid in list(family(os.getpid())):
        try:
            below += int(open(f"/proc/{pid}/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
        except OSError:
            continue
    return int(own.split()[1]) + below
marks = []
def block(seconds=[float(each) for each in sys.argv[3].split(",") if each]):
    marks.append(cpu())
    for each in seconds:
        time.sleep(each)
        marks.append(cpu())
    marks.append(rss_kib())
exec(sys.argv[2])
if __name__ == "__main__":
    before = cpu()
    around(block)
    after = cpu()
    report = {"import": imported, "whole": after - before, "marks": marks[:-1], "rss_mib": marks[-1] / 1024}
    with open(sys.argv[4], "w") as file:
        json.dump(report, file)
"""


@dataclass(frozen=True, slots=True)
class Tracker:
    """One tracker; `around` is Python that defines a function `around(block)`, which runs the block watched."""

    name: str
    requirements: tuple[str, ...]  # what pip is asked for; empty: the Python that runs this
    imports: str
    around: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What one run of the probe reported; CPU seconds and MiB."""

    import_s: float
    whole_s: float  # the block with all around it
    marks_s: tuple[float, ...]  # at the start of the block and after each sleep
    rss_mib: float  # greatest, of the process, and of those below it at the end of the block
    lines: int  # printed on both streams
    reads: int | None = None  # of counters that change all the time, in the last minute of a record of ours


BARE = Tracker("bare Python", (), "pass", "def around(block): block()")
_JOULECARD = "def around(block):\n    with joulecard.record('benchmark'):\n        block()"
_START_STOP = "def around(block):\n    tracker = {start}\n    tracker.start()\n    block()\n    tracker.stop()"
JOULECARD = Tracker("joulecard", (), "import joulecard\njoulecard.record", _JOULECARD)
PEERS = (
    Tracker(
        "codecarbon",
        ("codecarbon",),
        "from codecarbon import OfflineEmissionsTracker",
        _START_STOP.format(start="OfflineEmissionsTracker(country_iso_code='FRA')"),
    ),
    Tracker(
        "carbontracker",
        ("carbontracker",),
        "from carbontracker.tracker import CarbonTracker",
        "def around(block):\n    tracker = CarbonTracker(epochs=1, log_dir='.')\n"
        "    tracker.epoch_start()\n    block()\n    tracker.epoch_end()\n    tracker.stop()",
    ),
    Tracker(
        "eco2ai",
        ("eco2ai", "pandas<3", "setuptools<81"),  # with newer ones its second write ends the script
        "from eco2ai import Tracker",
        _START_STOP.format(
            start="Tracker(project_name='x', experiment_description='y', file_name='e.csv', alpha_2_code='FR')"
        ),
    ),
    Tracker(
        "zeus",
        ("zeus",),
        "from zeus.monitor import ZeusMonitor",
        "def around(block):\n    monitor = ZeusMonitor()\n    monitor.begin_window('w')\n    block()\n"
        "    monitor.end_window('w')",
    ),
    Tracker(
        "perun",
        ("perun",),
        "from perun import perun",
        "def around(block):\n    @perun()\n    def watched():\n        block()\n    watched()",
    ),
)


@dataclass(frozen=True, slots=True)
class Installed:
    """A tracker in an environment of its own, or in ours."""

    tracker: Tracker
    python: str
    version: str
    packages: int | None  # distributions beside pip and setuptools; None: shared with other things
    size_mib: float | None


def installed(tracker: Tracker, folder: str) -> Installed:
    """The tracker in a fresh environment below the folder, or the one that is there; raises CalledProcessError."""
    if not tracker.requirements:
        return Installed(tracker, sys.executable, _version(sys.executable, tracker.name), None, None)
    home = os.path.join(folder, tracker.name)
    python = os.path.join(home, "bin", "python")
    if not os.path.exists(python):
        venv.create(home, with_pip=True, symlinks=True)
        try:
            subprocess.run([python, "-m", "pip", "install", "--quiet", *tracker.requirements], check=True)
        except subprocess.CalledProcessError:
            shutil.rmtree(home)
            raise
    return Installed(tracker, python, _version(python, tracker.name), *_extent(python))


def probed(one: Installed, sleeps_s: tuple[float, ...], environ: dict[str, str]) -> Seen:
    """What a run of the probe in a folder of its own shows; raises RuntimeError where the tracker fails."""
    with tempfile.TemporaryDirectory() as folder, open(os.path.join(folder, "out"), "w+b") as printed:
        script = os.path.join(folder, "probe.py")
        with open(script, "w", encoding="utf-8") as file:
            file.write(PROBE)
        report = os.path.join(folder, "report.json")
        sleeps = ",".join(map(str, sleeps_s))
        command = [one.python, script, one.tracker.imports, one.tracker.around, sleeps, report]
        own = {**environ, "XDG_STATE_HOME": folder, "XDG_RUNTIME_DIR": folder, "HOME": folder}
        done = subprocess.run(command, cwd=folder, env=own, stdout=printed, stderr=printed, check=False)
        printed.seek(0)
        said = printed.read().decode("utf-8", "replace").splitlines()
        if done.returncode:
            raise RuntimeError(f"{one.tracker.name} ended with {done.returncode}: {' / '.join(said[-3:])}")
        with open(report, encoding="utf-8") as file_of_report:
            told = json.load(file_of_report)
        seen = Seen(told["import"], told["whole"], tuple(told["marks"]), told["rss_mib"], len(said))
        return replace(seen, reads=_reads(folder))


def _reads(folder: str) -> int | None:
    """In how many seconds of the last minute all counters were read, whose power is never the same for long.

    A second in which they are read has two powers, that before and that after; one without has a single one.
    """
    for record in Path(folder, "carbon").rglob("*.json"):
        series = json.loads(record.read_text(encoding="utf-8")).get("series")
        if series and series["step_s"] == 1.0 and len(series.get("max_w", ())) > MINUTE_STEPS:
            last = slice(-MINUTE_STEPS - 1, -1)  # the last step is cut short
            powers_w: Iterator[tuple[float, float]] = zip(series["min_w"][last], series["max_w"][last], strict=True)
            return sum(most_w - least_w > MOST_ROUNDING_W for least_w, most_w in powers_w)
    return None


def fresh_joulecard(folder: str) -> Installed:
    """Joulecard as its wheel of this checkout installs it, without extras, in an environment of its own."""
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    shutil.rmtree(os.path.join(folder, JOULECARD.name), ignore_errors=True)
    return installed(replace(JOULECARD, requirements=(root,)), folder)


def _version(python: str, name: str) -> str:
    code = f"import importlib.metadata as m; print(m.version({name!r}))"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _extent(python: str) -> tuple[int, float]:
    """Distributions and MiB of an environment's packages, without those that every environment has."""
    code = (
        "import os, sysconfig, json\nroot = sysconfig.get_path('purelib')\ncount = size = 0\n"
        "for name in os.listdir(root):\n"
        "    if name.split('-')[0] in ('pip', 'setuptools', '_distutils_hack', 'pkg_resources'): continue\n"
        "    count += name.endswith('.dist-info')\n"
        "    path = os.path.join(root, name)\n"
        "    files = [os.path.join(p, f) for p, _, fs in os.walk(path) for f in fs] or [path]\n"
        "    size += sum(os.lstat(f).st_size for f in files)\nprint(json.dumps([count, size / 2**20]))"
    )
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    packages, size_mib = json.loads(done.stdout)
    return packages, size_mib
