"""What joulecard costs a command in CPU seconds: each case against the same without it, run by turns.

`python benchmarks/cost.py [--runs 31] [--json]` with the Python of an environment that joulecard is installed in.
Exit status 1 where a median difference exceeds its bar.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass

IMPORT_RECORDING = "import joulecard.capture.recorder, joulecard.settings"


@dataclass(frozen=True, slots=True)
class Case:
    """Two command lines that differ only in joulecard, and what the difference may be."""

    name: str
    command: tuple[str, ...]
    without: tuple[str, ...]
    bar_cpu_s: float | None = None  # None: told for comparison
    environ: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians over all runs of one case, in CPU seconds (user and system, children included)."""

    name: str
    with_cpu_s: float
    without_cpu_s: float
    difference_cpu_s: float  # median of the differences of neighbouring runs
    bar_cpu_s: float | None

    @property
    def verdict(self) -> str:
        """Whether the bar is kept."""
        if self.bar_cpu_s is None:
            return ""
        return "kept" if self.difference_cpu_s <= self.bar_cpu_s else "EXCEEDED"


def cases(python: str) -> list[Case]:
    """All that is measured."""
    joulecard = os.path.join(os.path.dirname(python), "joulecard")
    bare = (python, "-c", "pass")
    return [
        Case("joulecard run -- true", (joulecard, "run", "--", "true"), ("true",), 0.12),
        Case("import of the recording path", (python, "-c", IMPORT_RECORDING), bare, 0.05),
        Case("bare Python", bare, ("true",)),
        Case("turned off", (joulecard, "run", "--", "true"), ("true",), environ=(("JOULECARD_DISABLED", "1"),)),
    ]


def cpu_s(command: tuple[str, ...], environ: dict[str, str]) -> float:
    """CPU seconds of one run of the command and all its children; raises RuntimeError where it fails."""
    pid = os.posix_spawnp(command[0], command, environ)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime


def measure(case: Case, runs: int, environ: dict[str, str]) -> Cost:
    """The cost of one case; one run of each beforehand fills the caches."""
    own = environ | dict(case.environ)
    pairs = [(cpu_s(case.command, own), cpu_s(case.without, environ)) for _ in range(runs + 1)][1:]
    return Cost(
        case.name,
        statistics.median(pair[0] for pair in pairs),
        statistics.median(pair[1] for pair in pairs),
        statistics.median(pair[0] - pair[1] for pair in pairs),
        case.bar_cpu_s,
    )


def table(costs: list[Cost]) -> str:
    """The costs as Markdown."""
    lines = ["| case | CPU s | without | difference | bar | |", "|---|---|---|---|---|---|"]
    for cost in costs:
        bar = "" if cost.bar_cpu_s is None else f"{cost.bar_cpu_s:.2f}"
        figures = f"{cost.with_cpu_s:.4f} | {cost.without_cpu_s:.4f} | {cost.difference_cpu_s:.4f}"
        lines.append(f"| {cost.name} | {figures} | {bar} | {cost.verdict} |")
    return "\n".join(lines)


def main() -> int:
    """Measures, prints, and judges by the bars."""
    parser = argparse.ArgumentParser(description="CPU cost of joulecard for the command it records")
    parser.add_argument("--runs", type=int, default=31)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # records go below it
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("JOULECARD_", "DVC_"))}
        environ |= {"XDG_STATE_HOME": folder, "XDG_RUNTIME_DIR": folder}
        costs = [measure(case, options.runs, environ) for case in cases(sys.executable)]
        os.chdir("/")
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "system": platform.system()}
    if options.json:
        print(json.dumps({**machine, "runs": options.runs, "costs": [asdict(cost) for cost in costs]}, indent=2))
    else:
        print(table(costs), f"\n{options.runs} runs by turns; Python {machine['python']}, {machine['cpus']} CPUs")
    return int(any(cost.verdict == "EXCEEDED" for cost in costs))


if __name__ == "__main__":
    sys.exit(main())
