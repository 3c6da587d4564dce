"""Counters that do whatever counters were seen to do, in any order, through the shipped reader (REL-R13)."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from tests.capture.traced import Machine, Seen, Stage

from joulecard.capture.joules.integrator import LEAST_RANGE_J, SLACK_S, Passage
from joulecard.capture.meters import Failure, Job
from joulecard.capture.meters.rapl import MAX_W, RaplMeter

ZONES = {"intel-rapl:0": "package-0", "intel-rapl:0:0": "dram", "intel-rapl:1": "package-1"}
DOMAINS = {"intel-rapl:0": "package-0", "intel-rapl:0:0": "dram-0", "intel-rapl:1": "package-1"}
RANGES_UJ = (262_143_328_850, 65_532_610_987, -1)
LONGEST_S = 10.0  # between two looks, as the recorder has it
GENERATED = 2000  # in the nightly run
zones = st.sampled_from(sorted(ZONES))
seconds = st.floats(0.05, LONGEST_S)
TROUBLES = ("?", "", "gone", "folder", str(2**64 - 1), "4294967295000")


class Package:
    """What one counter has used, and what it shows."""

    def __init__(self, start_uj: int, range_uj: int) -> None:
        self.range_uj = range_uj if range_uj > 0 else int(LEAST_RANGE_J * 1e6)  # it wraps, told or not
        self.count_uj, self.true_uj, self.trouble = start_uj % self.range_uj, 0, ""

    def use(self, energy_uj: int, *, stuck: bool = False) -> None:
        """Uses some energy; a counter that is stuck does not see it."""
        self.true_uj += energy_uj
        self.count_uj = (self.count_uj + (0 if stuck else energy_uj)) % self.range_uj


class Counters(RuleBasedStateMachine):
    """Some packages, one recording of the whole, and stages that follow one another in it."""

    reader = RaplMeter

    @initialize(start_uj=st.integers(1, RANGES_UJ[0]), range_uj=st.sampled_from(RANGES_UJ))
    def begin(self, start_uj: int, range_uj: int) -> None:
        """Plugs the packages in and takes the first look."""
        self.folder = Path(tempfile.mkdtemp(prefix="counters-"))
        self.machine = Machine(self.folder / "sys", ZONES, range_uj)
        self.packages = {zone: Package(start_uj + place, range_uj) for place, zone in enumerate(ZONES)}
        self.now_s, self.stages = 0.0, list[dict[str, Seen]]()
        self.show()
        self.meter = self.reader(Job(self.machine.roots))
        self.whole, self.stage = Stage(0.0), Stage(0.0)
        self.began_s = 0.0
        self.look(Passage(), self.whole, self.stage)

    def show(self) -> None:
        """Lets every zone show its count, or its trouble."""
        for zone, package in self.packages.items():
            self.machine.show(zone, package.trouble or package.count_uj)

    def look(self, passage: Passage, *stages: Stage) -> None:
        """Takes a look for these stages."""
        counters, counts = self.meter.counters(), self.meter.read()
        for stage in stages:
            stage.look(self.now_s, counters, counts, passage)

    def pass_by(self, took_s: float, slept_s: float = 0.0, *, busy: bool = False) -> None:
        """Lets time go by until the next look."""
        self.now_s += took_s
        self.show()
        self.look(Passage(busy=busy, slept_s=slept_s), self.whole, self.stage)

    @rule(took_s=seconds, part=st.floats(0.0, 1.0))
    def work(self, took_s: float, part: float) -> None:
        """All packages draw some power for a while."""
        for package in self.packages.values():
            package.use(int(part * MAX_W * took_s * 1e6))
        self.pass_by(took_s)

    @rule(zone=zones, trouble=st.sampled_from(TROUBLES))
    def fail(self, zone: str, trouble: str) -> None:
        """A zone shows no count from now on."""
        self.packages[zone].trouble = trouble

    @rule(zone=zones)
    def mend(self, zone: str) -> None:
        """It shows its count again."""
        self.packages[zone].trouble = ""

    @rule(zone=zones, took_s=seconds)
    def reset(self, zone: str, took_s: float) -> None:
        """It starts anew, where that cannot be taken for a wrap or overtaken before the next look."""
        package, most_uj = self.packages[zone], int((LONGEST_S + SLACK_S + 1) * MAX_W * 1e6)
        if package.trouble or not most_uj < package.count_uj < package.range_uj - 2 * most_uj:
            return
        self.work(0.05, 0.0)  # the look just before
        package.count_uj = 0
        self.work(took_s, 0.5)

    @rule(zone=zones, pauses=st.integers(2, 4))
    def stick(self, zone: str, pauses: int) -> None:
        """It stands still for more than ten seconds while the CPUs work."""
        package = self.packages[zone]
        if package.trouble:
            return
        self.work(0.05, 0.0)
        for _ in range(pauses):
            package.use(int(6 * 100e6), stuck=True)
            self.pass_by(6.0, busy=True)

    @rule(took_s=seconds, slept_s=st.floats(1.0, 1e5))
    def suspend(self, took_s: float, slept_s: float) -> None:
        """The system sleeps, and nothing is drawn that a stage would count."""
        self.pass_by(took_s, slept_s)

    @rule()
    def next_stage(self) -> None:
        """One stage ends and the next begins with the same look."""
        self.close_stage()
        self.stage, self.began_s = Stage(self.now_s), self.now_s
        self.look(Passage(), self.stage)

    def close_stage(self) -> None:
        """Keeps what the stage reports, if it lasted at all."""
        seen = self.stage.seen()
        for each in seen.values():
            assert 0.0 <= each.seen_s <= self.now_s - self.began_s + 1e-6
        self.stages.append(seen)

    @invariant()
    def is_honest(self) -> None:
        """Never more than was used; less only with a reason; stages never more than the whole."""
        whole, now = self.whole.seen(), self.stage.seen()
        for zone, package in self.packages.items():
            domain, true_j = DOMAINS[zone], package.true_uj * 1e-6
            each = whole[domain]
            assert 0.0 <= each.energy_j <= true_j + 1e-3
            assert 0.0 <= each.seen_s <= self.now_s + 1e-6
            assert each.reason or each.energy_j >= true_j - 1e-3
            parts = [*(stage[domain] for stage in self.stages), now[domain]]
            together_j = sum(part.energy_j for part in parts)
            assert together_j <= each.energy_j + 1e-3
            assert any(part.reason for part in parts) or together_j == pytest.approx(each.energy_j, abs=1e-3)

    def teardown(self) -> None:
        """Clears up."""
        shutil.rmtree(getattr(self, "folder", Path("/nowhere")), ignore_errors=True)


class Mistaken(RaplMeter):
    """Tells, where a look fails, how far the count would be had it gone on as before."""

    def read(self) -> dict[str, int | Failure]:
        """Counts alone, once there were two."""
        counts = super().read()
        known: dict[str, tuple[int, int]] = self.__dict__.setdefault("known", {})
        for domain, count in counts.items():
            before, step = known.get(domain, (0, 0))
            if not isinstance(count, Failure):
                known[domain] = count, max(0, count - before) if before else 0
            elif step:
                known[domain] = before + step, step
        return {domain: known[domain][0] if known.get(domain, (0, 0))[1] else one for domain, one in counts.items()}


class MistakenCounters(Counters):
    """The same counters through a reader with a mistake."""

    reader = Mistaken


def run(machine: type[Counters], examples: int) -> None:
    """Runs so many courses of thirty steps."""
    phases = [phase for phase in Phase if phase is not Phase.shrink or machine is Counters]
    limits = settings(
        max_examples=examples, stateful_step_count=30, deadline=None, phases=phases, report_multiple_bugs=False
    )
    run_state_machine_as_test(machine, settings=settings(limits, suppress_health_check=list(HealthCheck)))


def test_whatever_counters_do() -> None:
    """In any order of wraps, failures, resets, standstills, suspends and stages: stages add up, less has a reason."""
    run(Counters, settings().max_examples)


@pytest.mark.nightly
def test_whatever_counters_do_at_length() -> None:
    """The same, 2,000 times."""
    run(Counters, GENERATED)


def test_a_planted_mistake_is_found() -> None:
    """Such a course finds out a reader that hides a failed look behind a guess."""
    with pytest.raises(AssertionError):
        run(MistakenCounters, 1000)
