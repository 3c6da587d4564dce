"""Plants one bug after the other in a copy of the package, and tells which of them the model of a node finds.

Run as a program, for the package must not be loaded before the bug is in: `python -m tests.capture.planted_bugs`.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings

PACKAGE = Path(__file__).parents[2] / "plugin" / "joulecard"
MOST_EXAMPLES = 1500


class Bug(NamedTuple):
    """A line of the package, and what stands there instead."""

    file: str
    line: str
    instead: str


NO_BUG = "no bug at all"
# what sums and bounds cannot tell (a gauge bridged over sleep, whose energy the sleep's is) test_observation.py finds
BUGS = {
    NO_BUG: Bug("integrator", "counts % range_counts", "counts % range_counts"),
    "a wrap off by a second's energy": Bug("integrator", "counts % range_counts", "counts % (range_counts + 10**8)"),
    "a failed read taken for 0": Bug(
        "track",
        "return value if isinstance(value, Failure) else self._good(value)",
        "return self._good(0 if isinstance(value, Failure) else value)",
    ),
    "a failed look bridged": Bug("integrator", "        if self._trouble:\n            return self._trouble\n", ""),
    "a fall never doubted": Bug("integrator", "            return _JUMPED\n", "            return ''\n"),
    "wraps never doubted": Bug("integrator", "if seconds * counter.max_w > range_j:", "if False:"),
    "reset in sleep taken for a wrap": Bug("integrator", "if now[1] < before[1] and passage.slept_s:", "if False:"),
    "lost time counted as seen": Bug(
        "track",
        "            self._lose(lost)\n",
        "            self._lose(lost)\n            self.seen_s += at_s - (before or now)[0]\n",
    ),
    "a reason forgotten": Bug("track", "self._reasons[reason] = None", "pass"),
    "the greater part of a device": Bug("metered", "least = min(ends)", "least = max(ends)"),
    "slices forgotten": Bug("metered", "seconds * least.fraction * self._declared", "seconds * least.fraction"),
    "use of a device that was not held": Bug(
        "metered",
        "self._held_s += piece.holding_s",
        "self._held_s += 0.5 * piece.holding_s",
    ),
    "a part shared as the whole": Bug("metered", "span.seen_s >= load.seconds * _ALL and not is_told_apart", "span"),
    "parts less than their sum": Bug("observation", "part.amount / span.amount", "0.9 * part.amount / span.amount"),
    "sleep between glances forgotten": Bug("track", "slept_s += self._slept_s", "slept_s = self._slept_s"),
    "reserved by who has left": Bug(
        "usage",
        "min(last.reserved_cpus, sample.reserved_cpus)",
        "max(last.reserved_cpus, sample.reserved_cpus)",
    ),
    "idle given to all": Bug("attribution", "known_idle_j * _fraction(load.reserved_share)", "known_idle_j"),
    "an idle baseline of one's own": Bug("baselines", "{PREFIX}{_boot(roots)}", "{PREFIX}{id(self)}"),
    "a span of the wrong length": Bug(
        "series",
        "yield step, (right_s - left_s) / (end_s - start_s)",
        "yield step, 1 / len(edges)",
    ),
    "a share left out of the journal": Bug(
        "totals",
        "share = None if share_j == node_j else _short(share_j)",
        "share = None",
    ),
}


def found(name: str) -> bool:
    """Whether the model of a node fails with this bug; asked of a child, which alone loads the changed package."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        with tempfile.TemporaryDirectory() as folder:
            answer = b"0"
            try:
                answer = b"1" if _fails(BUGS[name], Path(folder)) else b"0"
            finally:
                os.write(writes, answer)
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writes)
    with os.fdopen(reads, "rb") as answers:
        return answers.read() == b"1"


def _fails(bug: Bug, folder: Path) -> bool:
    """Whether anything is wrong with a package that has this bug."""
    shutil.copytree(PACKAGE / "capture", folder / "capture")
    source = next((folder / "capture").rglob(f"{bug.file}.py"))
    text = source.read_text()
    if bug.line not in text:
        raise AssertionError(f"{bug.file}.py has changed: plant the bug anew")
    source.write_text(text.replace(bug.line, bug.instead))
    sys.path.insert(0, str(PACKAGE.parent))
    import joulecard

    joulecard.__path__.insert(0, str(folder))
    from tests.capture.node_histories import History, histories
    from tests.capture.node_verdicts import judge

    @seed(5)
    @settings(
        max_examples=MOST_EXAMPLES,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories())
    def any_history(history: History) -> None:
        judge(history)

    try:
        any_history()
    except AssertionError:
        return True
    return False


if __name__ == "__main__":
    for wanted in sys.argv[1:] or BUGS:
        began_s = time.monotonic()
        print(f"{'found' if found(wanted) else 'missed'}: {wanted} ({time.monotonic() - began_s:.1f} s)", flush=True)
