"""What a report costs: CPU seconds and peak memory of `joulecard render` on an everyday disclosure of four stages.

`python benchmarks/report_cost.py [DISCLOSURE.json] [--runs 7] [--json]` with the Python of an environment that
joulecard is installed in. Exit status 1 where the median exceeds its bar.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

EVERYDAY = Path(__file__).parents[1] / "schema/1.0/conformance/valid/pipeline-without-pue.json"
BARS = {"pdf": (2.5, 150.0), "html": (1.0, 100.0)}  # CPU seconds, MB
KB_PER_MB = 1000


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians over all runs of one form of the page; the size is the page's."""

    form: str
    cpu_s: float
    peak_mb: float
    size_kb: float
    bar_cpu_s: float
    bar_mb: float

    @property
    def is_kept(self) -> bool:
        """Whether both bars are kept."""
        return self.cpu_s <= self.bar_cpu_s and self.peak_mb <= self.bar_mb


def once(source: Path, form: str, target: Path) -> tuple[float, float]:
    """CPU seconds and peak MB of one rendering; raises RuntimeError where it fails."""
    command = (sys.executable, "-m", "joulecard", "render", str(source), "--to", form, "-o", str(target))
    pid = os.posix_spawn(sys.executable, command, os.environ)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    peak_kb = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return usage.ru_utime + usage.ru_stime, peak_kb * 1024 / 1e6


def measure(source: Path, form: str, runs: int) -> Cost:
    """The cost of one form; one run beforehand fills the caches."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / f"report.{form}"
        seen = [once(source, form, target) for _ in range(runs + 1)][1:]
        size_kb = target.stat().st_size / KB_PER_MB
    cpu_s, peak_mb = (statistics.median(values) for values in zip(*seen, strict=True))
    return Cost(form, cpu_s, peak_mb, size_kb, *BARS[form])


def main() -> int:
    """Prints the costs; the exit status says whether all bars are kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", nargs="?", type=Path, default=EVERYDAY)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    costs = [measure(options.source, form, options.runs) for form in BARS]
    if options.json:
        print(json.dumps([asdict(cost) for cost in costs]))
    else:
        for cost in costs:
            verdict = "kept" if cost.is_kept else "EXCEEDED"
            told = f"{cost.cpu_s:.2f} CPU s (bar {cost.bar_cpu_s}), {cost.peak_mb:.0f} MB (bar {cost.bar_mb:.0f})"
            print(f"{cost.form:5} {told}, {cost.size_kb:.0f} kB: {verdict}")
    return 0 if all(cost.is_kept for cost in costs) else 1


if __name__ == "__main__":
    sys.exit(main())
