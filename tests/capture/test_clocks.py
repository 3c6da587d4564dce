"""REL-R12: clocks are set, slewed and stopped, systems sleep: the energy stays what it was, and the record says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from tests.capture.conftest import segments
from tests.capture.simulated import Machine
from tests.conftest import faketime_library

from joulecard.capture.clock import now

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.capture.conftest import Tree

HOUR_S, DAY_S = 3600.0, 86_400.0


class Case(NamedTuple):
    """What happens between two half minutes of work, and what the record says of it beside the energy."""

    happens: Callable[[Machine], None]
    gaps: tuple[str, ...] = ()
    clock_step_s: float = 0.0
    lost_j: float = 0.0  # of what was drawn: more than the counter can tell, and said
    machine: dict[str, float] = {}  # noqa: RUF012 - never changed


def moved(seconds: float) -> Case:
    """The wall clock is set."""
    return Case(lambda machine: machine.step(seconds), ("clock",), seconds)


def there_and_back(machine: Machine) -> None:
    """Set wrongly, and put right after ten seconds."""
    machine.step(HOUR_S)
    machine.run(10)
    machine.step(-HOUR_S)


def often(machine: Machine) -> None:
    """Ten small steps."""
    for _ in range(10):
        machine.step(0.5)
        machine.run(1)


def summer(machine: Machine) -> None:
    """The hour of local time changes."""
    os.environ["TZ"] = "CET-1CEST"
    time.tzset()
    machine.run(1)


def slept_and_wrong(machine: Machine) -> None:
    """After sleep the wall clock is off."""
    machine.sleep(30)
    machine.step(-7)


def slept_unseen(machine: Machine) -> None:
    """A system that has no clock for sleep."""
    machine.sleep(30)
    machine.forget_boot_clock()


CASES = {
    "nothing": Case(lambda _: None),
    "a second ahead": moved(1),
    "a second back": moved(-1),
    "an hour ahead": moved(HOUR_S),
    "an hour back": moved(-HOUR_S),
    "a day ahead": moved(DAY_S),
    "a day back": moved(-DAY_S),
    "fifty years ahead, from 1970": moved(50 * 365 * DAY_S)._replace(machine={"wall_s": 60.0}),
    "an hour ahead and back": Case(there_and_back, ("clock",)),
    "ten small steps": Case(often, ("clock",), 5.0),
    "NTP slews ahead": Case(lambda machine: machine.slew(500e-6), (), 0.015),
    "NTP slews back": Case(lambda machine: machine.slew(-500e-6), (), -0.015),
    "a slew of a tenth": Case(lambda machine: machine.slew(0.1), ("clock",), 3.0),
    "summer time": Case(summer),
    "booted ten days before the steady clock": Case(lambda _: None, machine={"boot_s": 10 * DAY_S}),
    "stopped for 30 s": Case(lambda machine: machine.run(30, looked_at=False), ("pause",)),
    "asleep for 30 s": Case(lambda machine: machine.sleep(30), ("suspend",), 30.0),
    "asleep for 30 s ten days after boot": Case(
        lambda machine: machine.sleep(30), ("suspend",), 30.0, machine={"boot_s": 10 * DAY_S}
    ),
    "asleep for 8 h": Case(
        lambda machine: machine.sleep(8 * HOUR_S), ("rapl:package-0", "suspend"), 8 * HOUR_S, 8 * HOUR_S + 100
    ),
    "asleep, and the counter starts anew": Case(
        lambda machine: machine.sleep(30, resets=True), ("rapl:package-0", "suspend"), 30.0, 130.0
    ),
    "asleep, and the wall clock is off": Case(slept_and_wrong, ("clock", "suspend"), 23.0),
    "asleep on a system without a clock for it": Case(slept_unseen, ("clock",), 30.0),
}


@pytest.mark.parametrize("look_every", [1, 10])
@pytest.mark.parametrize("name", CASES)
def test_energy_goes_by_no_wall_clock(
    name: str, look_every: int, tree: Tree, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a minute of 100 W, the case, half a minute: all that was drawn, or a gap; and every clock tells its part."""
    case, before_zone = CASES[name], os.environ.get("TZ")
    monkeypatch.setenv("TZ", before_zone or "UTC")
    machine = Machine(tree, **case.machine, look_every=look_every)
    machine.record(work, dict(os.environ))
    begun = machine.now()
    machine.run(30)
    case.happens(machine)
    machine.run(30)
    elapsed_s = machine.now().monotonic_s - begun.monotonic_s
    segment = machine.finish()
    [reading] = segment.energy
    assert reading.node_j == pytest.approx(machine.drawn_j - case.lost_j, abs=1e-3)
    assert segment.monotonic_s == pytest.approx(elapsed_s)
    assert segment.clock_step_s == pytest.approx(case.clock_step_s, abs=0.002)
    assert {gap.what for gap in segment.gaps} == set(case.gaps)
    assert (reading.coverage < 1) == ("rapl:package-0" in case.gaps)
    assert segment.series
    assert sum(segment.series.counter_j) == pytest.approx(reading.share_j)


@pytest.fixture(autouse=True)
def _zone_again() -> Any:
    yield
    time.tzset()


# Counts 100 J every tenth of a second, as the counter of a fake machine does, until the file `end` is there.
COUNTS = """
import joulecard, os, threading
energy = os.environ['ENERGY']
with joulecard.record('train'):
    shown = 0
    while not os.path.exists('end'):
        shown += 100_000_000
        with open(energy, 'r+') as file:
            file.write(str(shown))
        open('ticks', 'a').write('.')
        threading.Event().wait(0.1)  # under libfaketime time.sleep raises EINVAL
"""


def recorded(tree: Tree, work: Path, meanwhile: Callable[[int], None], *wrapper: str, **environ: str) -> dict[str, Any]:
    """The segment of a process that counted while something happened to it."""
    energy = tree.zone("intel-rapl:0", "package-0", 0)
    (work / "end").unlink(missing_ok=True)
    known = {**os.environ, **tree.environ, "ENERGY": str(energy), "JOULECARD_ATTRIBUTION": "machine", **environ}
    process = subprocess.Popen([*wrapper, sys.executable, "-c", COUNTS], cwd=work, env=known)
    try:
        _until_counted(work, 12)
        meanwhile(process.pid)
        _until_counted(work, len((work / "ticks").read_text()) + 12)
    finally:
        (work / "end").touch()
        assert process.wait(timeout=60) == 0
    [document] = segments(work)
    [reading] = document["energy"]
    counted_j = 100.0 * len((work / "ticks").read_text())
    assert counted_j - 200 <= reading["node_j"] <= counted_j  # the first count may come before the first look
    assert reading["coverage"] == 1.0
    return document


def _until_counted(work: Path, ticks: int) -> None:
    deadline_s = time.monotonic() + 60
    while not (work / "ticks").exists() or len((work / "ticks").read_text()) < ticks:
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


@pytest.mark.needs("libfaketime")
@pytest.mark.parametrize("offset", ["+1h", "-1d"])
def test_a_real_process_whose_wall_clock_is_set(offset: str, tree: Tree, work: Path) -> None:
    """The library moves the wall clock of a running process: not a joule more or less, and a gap that says so."""
    stamp = work / "stamp"
    stamp.write_text("+0")
    environ = {
        "LD_PRELOAD": faketime_library() or "",
        "FAKETIME_TIMESTAMP_FILE": str(stamp),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    document = recorded(tree, work, lambda _: _write(stamp, offset), **environ)
    assert "clock" in {gap["what"] for gap in document["gaps"]}
    assert document["monotonic_s"] < 60
    assert abs(document["clock_step_s"]) == pytest.approx({"+1h": HOUR_S, "-1d": DAY_S}[offset], abs=1)


def _write(file: Path, text: str) -> None:
    file.write_text(text)


@pytest.mark.needs("time namespaces")
def test_a_real_process_whose_steady_clocks_are_ahead(tree: Tree, work: Path) -> None:
    """In a time namespace whose machine seems to have run for ten days more: no sleep, no gap."""
    wrapper = ("unshare", "--time", "--boottime", str(10 * 86_400), "--monotonic", "86400", "--fork")
    document = recorded(tree, work, lambda _: None, *wrapper)
    assert {gap["what"] for gap in document["gaps"]} <= {"recorder"}
    assert document["clock_step_s"] == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("seconds", [6, pytest.param(30, marks=pytest.mark.nightly)])
def test_a_real_process_that_is_stopped(seconds: int, tree: Tree, work: Path) -> None:
    """SIGSTOP holds the recorder with the job: the counter goes on, and the record says that nobody looked."""

    def stopped(pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)

    document = recorded(tree, work, stopped)
    assert [gap["what"] for gap in document["gaps"]] == ["pause"]
    assert document["monotonic_s"] >= seconds
    assert document["clock_step_s"] == pytest.approx(0, abs=0.5)


def test_the_clocks_are_read_together() -> None:
    """Two looks in a row tell the same time between them on every clock."""
    one, other = now(), now()
    assert other.monotonic_s - one.monotonic_s == pytest.approx(other.boot_s - one.boot_s, abs=0.01)
