"""RAPL counters: which are read, and what failed, wrapped and forbidden readings become."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.capture.conftest import RANGE_UJ, Tree, ran, segments

from joulecard.capture.joules.integrator import CounterTrack
from joulecard.capture.meters import KNOWN_METERS, Failure, Job, open_meter
from joulecard.capture.meters.rapl import RaplMeter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def domains(tree: Tree) -> list[str]:
    """The domains of the counters found in a tree."""
    return [counter.domain for counter in RaplMeter(Job(tree.roots)).counters()]


def test_flat_tree_with_two_sockets(tree: Tree) -> None:
    """Packages and their DRAM are found side by side; psys, core and uncore are left out, numbers do not count."""
    tree.zone("intel-rapl:0", "psys")
    tree.zone("intel-rapl:1", "package-0")
    tree.zone("intel-rapl:1:0", "core")
    tree.zone("intel-rapl:1:1", "dram")
    tree.zone("intel-rapl:2", "package-1")
    tree.zone("intel-rapl:2:0", "uncore")
    tree.zone("intel-rapl:2:1", "dram")
    assert domains(tree) == ["package-0", "package-1", "dram-0", "dram-1"]


def test_nested_tree(tree: Tree) -> None:
    """Zones inside zones are found like those side by side, dies included, and links to them are not counted twice."""
    tree.zone("intel-rapl/intel-rapl:0", "package-0-die-1")
    tree.zone("intel-rapl/intel-rapl:0/intel-rapl:0:0", "dram")
    links = tree.sysfs / "class/powercap"
    (links / "intel-rapl:0").symlink_to(links / "intel-rapl/intel-rapl:0")
    assert domains(tree) == ["package-0-die-1", "dram-0-die-1"]


def test_four_sockets(tree: Tree) -> None:
    """There may be more than two sockets."""
    for socket in range(4):
        tree.zone(f"intel-rapl:{socket}", f"package-{socket}")
    assert len(domains(tree)) == 4


def test_twins_are_counted_once(tree: Tree) -> None:
    """The MSR and the MMIO interface show one package: the MSR one is read."""
    tree.zone("intel-rapl:0", "package-0", 5)
    tree.zone("intel-rapl-mmio:0", "package-0", 7)
    assert RaplMeter(Job(tree.roots)).read() == {"package-0": 5}


def test_twin_that_can_be_read_is_preferred(tree: Tree) -> None:
    """Where the MSR counter cannot be read, its MMIO twin is."""
    tree.zone("intel-rapl:0", "package-0").unlink()
    tree.zone("intel-rapl-mmio:0", "package-0", 7)
    assert RaplMeter(Job(tree.roots)).read() == {"package-0": 7}


def test_absent(tree: Tree) -> None:
    """A machine without counters has none, and nothing is wrong."""
    assert domains(tree) == []
    shutil.rmtree(tree.sysfs)
    assert domains(tree) == []


def test_every_known_meter_opens_and_closes(tree: Tree) -> None:
    """Each line of the table names a meter."""
    for sensor in KNOWN_METERS:
        open_meter(sensor, Job(tree.roots)).close()


def energy_j(tree: Tree, *steps: Callable[[], object]) -> tuple[float, str]:
    """Joules of package-0 read once a second, before, between and after the steps; and what is missing."""
    meter = RaplMeter(Job(tree.roots))
    track = CounterTrack(next(counter for counter in meter.counters() if counter.domain == "package-0"))
    track.advance(0.0, meter.read()["package-0"])
    for second, step in enumerate(steps, 1):
        step()
        track.advance(float(second), meter.read()["package-0"])
    return round(track.energy_j, 6), track.gap_reason(float(len(steps)))


def shows(energy: Path, energy_uj: float) -> Callable[[], object]:
    """A step after which the counter shows a value."""
    return lambda: energy.write_text(f"{energy_uj:.0f}\n")


def test_plain(tree: Tree) -> None:
    """A counter that goes up by 5 J gives 5 J."""
    energy = tree.zone("intel-rapl:0", "package-0", 1000)
    assert energy_j(tree, shows(energy, 1000 + 5e6)) == (5.0, "")


def test_file_replaced(tree: Tree) -> None:
    """A file put in the place of the old one is read as well as one written over."""
    energy = tree.zone("intel-rapl:0", "package-0", 1000)
    other = tree.write("other", f"{1000 + 5e6:.0f}\n")
    assert energy_j(tree, lambda: other.rename(energy)) == (5.0, "")


def test_wraps_once(tree: Tree) -> None:
    """A counter that starts again at 0 lost nothing."""
    energy = tree.zone("intel-rapl:0", "package-0", RANGE_UJ - 2_000_000)
    assert energy_j(tree, shows(energy, 3_000_000)) == (5.0, "")


def test_wraps_with_unreadable_range(tree: Tree) -> None:
    """Without the range a wrap is a stated gap, and counting goes on after it."""
    energy = tree.zone("intel-rapl:0", "package-0", 9_000_000, range_uj=None)
    joules, missing = energy_j(tree, shows(energy, 1_000_000), shows(energy, 3_000_000))
    assert joules == pytest.approx(2.0)
    assert "range cannot be read" in missing


def test_failed_read_loses_nothing(tree: Tree) -> None:
    """A read that fails between two good ones is made good by the second."""
    energy = tree.zone("intel-rapl:0", "package-0", 0)
    joules = energy_j(tree, shows(energy, 4e6), lambda: energy.write_text("?"), shows(energy, 10e6))
    assert joules == (10.0, "")


def test_vanished_and_back(tree: Tree) -> None:
    """The same holds for a file that is away for a while."""
    energy = tree.zone("intel-rapl:0", "package-0", 0)
    assert energy_j(tree, energy.unlink, shows(energy, 10e6)) == (10.0, "")


def test_wraps_thrice_unseen(tree: Tree) -> None:
    """A range that may have been run through unseen gives a stated gap, never a part of the truth as the whole."""
    energy = tree.zone("intel-rapl:0", "package-0", 0, range_uj=1_000_000_000)
    meter = RaplMeter(Job(tree.roots))
    track = CounterTrack(meter.counters()[0])
    track.advance(0.0, meter.read()["package-0"])
    shows(energy, 200_000_000)()  # 3,200 J later
    track.advance(20.0, meter.read()["package-0"])
    assert track.energy_j == 0.0
    assert "wrapped unseen" in track.gap_reason(20.0)


def test_reset(tree: Tree) -> None:
    """A counter that was set back to 0 gives no energy out of nothing."""
    energy = tree.zone("intel-rapl:0", "package-0", 90_000_000_000)
    joules, missing = energy_j(tree, shows(energy, 0), shows(energy, 5e6), shows(energy, 10e6))
    assert joules == pytest.approx(5.0)
    assert "reset" in missing


def test_sentinel(tree: Tree) -> None:
    """A value beyond the counter's own range is no reading."""
    energy = tree.zone("intel-rapl:0", "package-0", 0)
    assert energy_j(tree, shows(energy, 2**64 - 1), shows(energy, 6e6)) == (6.0, "")


def test_package_and_dram_are_both_there(tree: Tree) -> None:
    """DRAM is a counter of its own beside the package."""
    tree.zone("intel-rapl:0", "package-0", 10)
    tree.zone("intel-rapl:0:0", "dram", 4)
    assert RaplMeter(Job(tree.roots)).read() == {"package-0": 10, "dram-0": 4}


def open_to_all(folder: Path) -> None:
    """Lets another user reach a folder of this test; pytest makes its own ones for us alone."""
    for one in (folder, *folder.parents):
        if one.name.startswith(("pytest-", "popen-", "test_")):
            one.chmod(one.stat().st_mode | 0o055)


DENIED = """
import os
import hashlib, logging, pkgutil, joulecard.capture, joulecard.settings, joulecard.surroundings
for room in (joulecard.capture, joulecard.settings, joulecard.surroundings):
    for part in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
        __import__(part.name)  # whoever is nobody may not read where they lie
if os.getuid() == 0:  # to whom nothing is forbidden
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
with joulecard.record("train"):
    pass
"""


def test_denied_is_a_gap_and_no_zero(tree: Tree, tmp_path: Path) -> None:
    """Counters that exist and may not be read leave a gap that says so; no reading, and nothing is printed."""
    tree.zone("intel-rapl:0", "package-0", 10).chmod(0)
    work, state = tmp_path / "work", tmp_path / "state"
    for folder in (work, state):
        folder.mkdir()
        folder.chmod(0o777)
    open_to_all(tmp_path)
    environ = {**tree.environ, "XDG_STATE_HOME": str(state), "XDG_RUNTIME_DIR": str(state)}
    assert ran(DENIED, work, **environ) == (0, "", "")
    [segment] = segments(work)
    assert segment["energy"] == []
    [gap] = [gap for gap in segment["gaps"] if gap["what"] == "rapl:package-0"]
    assert gap["reason"] == "permission denied"
    assert gap["seconds"] == segment["monotonic_s"]


STAGE = """
import sys, time, joulecard
energy = sys.argv[0] and open(r"{energy}", "r+")
def show(text):
    energy.seek(0); energy.truncate(); energy.write(text); energy.flush()
with joulecard.record("train"):
    {steps}
"""


@pytest.mark.parametrize(
    ("steps", "true_j"),
    [
        ("show('5000000')", 5.0),
        ("show('4000000'); time.sleep(1.1); show('?'); time.sleep(1); show('10000000')", 10.0),
    ],
    ids=["plain", "failed read between"],
)
def test_a_whole_recording(tree: Tree, tmp_path: Path, steps: str, true_j: float) -> None:
    """A process that records under a made-up tree reports the joules that the counter gave."""
    energy = tree.zone("intel-rapl:0", "package-0", 0)
    status, output, errors = ran(STAGE.format(energy=energy, steps=steps), tmp_path, **tree.environ)
    assert (status, output, errors) == (0, "", "")
    [segment] = segments(tmp_path)
    [reading] = segment["energy"]
    assert (reading["kind"], reading["sensor"], reading["domain"]) == ("cpu", "rapl", "package-0")
    assert reading["node_j"] == pytest.approx(true_j)
    assert 0 <= reading["share_j"] <= reading["node_j"]
    assert reading["coverage"] == 1.0
    assert sum(segment["series"]["counter_j"]) == pytest.approx(reading["share_j"])
    assert len(segment["series"]["min_w"]) == len(segment["series"]["max_w"]) == len(segment["series"]["counter_j"])


def test_denied_keeps_its_reason(tree: Tree) -> None:
    """A forbidden file says that it is forbidden, where the system enforces it on us."""
    energy = tree.zone("intel-rapl:0", "package-0", 10)
    energy.chmod(0)
    program = (
        "import os, sys\n"
        "from joulecard.capture.meters import Job\n"
        "from joulecard.capture.meters.rapl import RaplMeter\n"
        "from joulecard.settings import Roots\n"
        "if os.getuid() == 0: os.setgroups([]), os.setgid(65534), os.setuid(65534)\n"
        "print(RaplMeter(Job(Roots(sysfs=sys.argv[1]))).read())\n"
    )
    open_to_all(energy.parent)
    found = subprocess.run([sys.executable, "-c", program, tree.sysfs], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == str({"package-0": Failure("permission denied")})
