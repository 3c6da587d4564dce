"""A machine with a clock of its own: what it draws is known, and a week of it takes no time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.capture.conftest import RANGE_UJ

from joulecard.capture.clock import Instant
from joulecard.capture.closing import Opening
from joulecard.capture.identity import execution_id
from joulecard.capture.plan import Plan
from joulecard.capture.recorder import Recorder
from joulecard.settings import Settings
from joulecard.surroundings.machine import Machine as HardwareFacts
from joulecard.surroundings.place import Place
from joulecard.surroundings.software import Software

if TYPE_CHECKING:
    from pathlib import Path

    from tests.capture.conftest import Tree

    from joulecard.capture.closing import Source
    from joulecard.capture.segment import Segment

MIDDAY_S = 1_790_000_000.0
BUSY_CPUS = 2.0


class Machine:
    """One package counter; three clocks that whoever tests may move."""

    def __init__(
        self, tree: Tree, watts: float = 100.0, wall_s: float = MIDDAY_S, boot_s: float = 500.0, look_every: int = 1
    ) -> None:
        """Of so many reads each second one is a look, the others are glances."""
        self._tree, self._watts = tree, watts
        self._look_every, self._reads = look_every, 0
        self._wall_s, self._monotonic_s, self._boot_s = wall_s, 500.0, boot_s
        self._drift = 0.0  # seconds that the wall clock gains in a second
        self._shown_uj, self._busy_s = 7_000_000_000, 1000.0
        self.drawn_j = 0.0  # since it was made
        self._recorder: Recorder | None = None
        self._show()

    def now(self) -> Instant:
        """What the clocks show."""
        return Instant(self._wall_s, self._monotonic_s, self._boot_s)

    def record(self, folder: Path, environ: dict[str, str]) -> None:
        """Starts the recording of all that the machine does."""
        settings = Settings(journal_dir=str(folder / "journals"), attribution="machine")
        plan = Plan("train", str(folder), "group")
        self._recorder = Recorder(plan, self._tree.roots, settings, environ, say=_refuse, now=self.now)
        self._recorder.start()

    def finish(self) -> Segment:
        """Ends the recording."""
        assert self._recorder
        segment = self._recorder.stop("completed", 0)
        assert segment
        return segment

    def run(self, seconds: float, *, looked_at: bool = True) -> None:
        """Works for so long, read once a second or not at all."""
        for _ in range(round(seconds) if looked_at else 1):
            length_s = 1.0 if looked_at else seconds
            self._busy_s += BUSY_CPUS * length_s
            self._draw(self._watts * length_s)
            self._pass(length_s, length_s)
            if looked_at:
                self._read()

    def sleep(self, seconds: float, watts: float = 1.0, *, resets: bool = False) -> None:
        """Is suspended, and may forget its count."""
        self._draw(watts * seconds)
        if resets:
            self._shown_uj = 1_000_000
            self._show()
        self._pass(0.0, seconds)

    def step(self, seconds: float) -> None:
        """Has its wall clock set."""
        self._wall_s += seconds

    def slew(self, drift: float) -> None:
        """Lets its wall clock gain so many seconds in a second from now on."""
        self._drift = drift

    def forget_boot_clock(self) -> None:
        """Has a system without a clock that goes on in sleep."""
        self._boot_s = self._monotonic_s

    def _read(self) -> None:
        self._reads += 1
        if self._recorder and self._reads % self._look_every == 0:
            self._recorder.look()
        elif self._recorder:
            self._recorder.glance()

    def _draw(self, joules: float) -> None:
        self.drawn_j += joules
        self._shown_uj = (self._shown_uj + round(joules * 1e6)) % RANGE_UJ
        self._show()

    def _show(self) -> None:
        """Before the clocks go on: whoever looks in between finds no time gone by, and waits for the next look."""
        self._tree.zone("intel-rapl:0", "package-0", self._shown_uj)
        self._tree.set_cpu(self._busy_s)

    def _pass(self, monotonic_s: float, boot_s: float) -> None:
        self._wall_s += boot_s * (1 + self._drift)
        self._boot_s += boot_s
        self._monotonic_s += monotonic_s


def _refuse(sentence: str) -> Any:
    raise AssertionError(sentence)


def opening(segment_id: str, folder: Path, sources: tuple[Source, ...], start_ms: int) -> Opening:
    """What is known when a recording starts, where it does not matter."""
    return Opening(
        id=segment_id,
        execution_id=execution_id("group", "train", 1),
        group="group",
        stage="train",
        attempt=1,
        scope="node",
        attribution="allocated",
        start_ms=start_ms,
        host_ref="0123456789ab",
        machine=HardwareFacts(None, 64, None, "x86_64"),
        place=Place(),
        software=Software("joulecard", "0.1.0"),
        sources=sources,
        folder=str(folder),
        stage_file=None,
        within=None,
        rank=None,
        refs=(),
    )
