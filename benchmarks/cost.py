"""What joulecard costs, and what other trackers cost, paired in one run: CPU seconds, memory, size, lines printed.

`python benchmarks/cost.py [--runs 31] [--json]` with the Python of an environment that joulecard is installed in.
`--peers FOLDER` measures codecarbon, carbontracker, eco2ai, zeus and perun too, each in an environment of its own
below the folder, which pip fills. `--chart FILE` draws the comparison. Exit status 1 where a bar is exceeded.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from cost_chart import chart
from measured import Cost, cpu_s
from trackers import BARE, JOULECARD, PEERS, Installed, Seen, fresh_joulecard, installed, probed

if TYPE_CHECKING:
    from collections.abc import Iterator

IMPORT_RECORDING = "import joulecard.capture.recorder, joulecard.settings"
LEAST_READS = 57  # of a counter in a minute: one a second, but for a few that a busy machine delays
IMPORT_BAR_S, RUN_BAR_S, BLOCK_BAR_S, STEADY_BAR_S, RSS_BAR_MIB = 0.05, 0.12, 0.05, 0.02, 10.0
STEADY_SLEEPS_S = (5.0, 55.0, 60.0)  # settle in; the rest of the first minute; one minute more
MINUTE_S = 60.0
COUNTERS = "joulecard, four counters"  # on a made-up machine with two packages and their memory


@dataclass(frozen=True, slots=True)
class Case:
    """Two command lines that differ only in joulecard, and what the difference may be."""

    name: str
    command: tuple[str, ...]
    without: tuple[str, ...]
    bar_cpu_s: float | None = None  # None: told for comparison
    environ: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One tracker beside the others; CPU seconds over bare Python, MiB over bare Python."""

    name: str
    version: str
    import_s: float
    block_s: float
    first_minute_s: float | None
    later_minute_s: float | None
    rss_mib: float
    lines: int
    packages: int | None
    size_mib: float | None
    reads: int | None = None  # of each counter in the later minute


def cases(python: str) -> list[Case]:
    """The commands that are measured."""
    joulecard = os.path.join(os.path.dirname(python), "joulecard")
    bare = (python, "-c", "pass")
    return [
        Case("joulecard run -- true", (joulecard, "run", "--", "true"), ("true",), RUN_BAR_S),
        Case("import of the recording path", (python, "-c", IMPORT_RECORDING), bare, IMPORT_BAR_S),
        Case("bare Python", bare, ("true",)),
        Case("turned off", (joulecard, "run", "--", "true"), ("true",), environ=(("JOULECARD_DISABLED", "1"),)),
    ]


def measure(case: Case, runs: int, environ: dict[str, str]) -> Cost:
    """The cost of one case; one run of each beforehand fills the caches."""
    own = environ | dict(case.environ)
    pairs = [(cpu_s(case.command, own), cpu_s(case.without, environ)) for _ in range(runs + 1)][1:]
    return Cost.of(case.name, pairs, case.bar_cpu_s)


def side_by_side(trackers: list[Installed], runs: int, environ: dict[str, str], *, steady: bool) -> list[Row]:
    """One row for each tracker, bare Python among them: empty blocks by turns, then all at once for two minutes."""
    with made_up_counters() as counters:
        own = [environ | (counters if one.tracker.name == COUNTERS else {}) for one in trackers]
        rounds = [[probed(one, (), mine) for one, mine in zip(trackers, own, strict=True)] for _ in range(runs + 1)][1:]
        lasting: list[Seen | None] = [None] * len(trackers)
        if steady:
            with ThreadPoolExecutor(len(trackers)) as pool:
                lasting = list(
                    pool.map(lambda pair: probed(pair[0], STEADY_SLEEPS_S, pair[1]), zip(trackers, own, strict=True))
                )
    return [
        _row(one, [(row[place], row[0]) for row in rounds], lasting[place], lasting[0])
        for place, one in enumerate(trackers)
    ]


def _row(one: Installed, pairs: list[tuple[Seen, Seen]], lasting: Seen | None, bare: Seen | None) -> Row:
    first, later = _minutes(lasting, bare)
    return Row(
        name=one.tracker.name,
        version=one.version,
        import_s=statistics.median(seen.import_s - without.import_s for seen, without in pairs),
        block_s=statistics.median(seen.whole_s - without.whole_s for seen, without in pairs),
        first_minute_s=first,
        later_minute_s=later,
        rss_mib=statistics.median(seen.rss_mib - without.rss_mib for seen, without in pairs),
        lines=statistics.median_low([seen.lines for seen, _ in pairs]),
        packages=one.packages,
        size_mib=one.size_mib,
        reads=lasting.reads if lasting else None,
    )


def _minutes(lasting: Seen | None, bare: Seen | None) -> tuple[float | None, float | None]:
    """CPU seconds a minute over bare Python, in the first minute and after it."""
    if not lasting or not bare:
        return None, None
    spent = [
        (lasting.marks_s[place + 1] - lasting.marks_s[place] - bare.marks_s[place + 1] + bare.marks_s[place])
        / STEADY_SLEEPS_S[place]
        * MINUTE_S
        for place in (1, 2)
    ]
    return spent[0], spent[1]


@contextmanager
def made_up_counters() -> Iterator[dict[str, str]]:
    """Variables of a machine with two packages and their memory, whose counters go on while this lasts."""
    over = Event()
    with tempfile.TemporaryDirectory() as folder:
        zones = {}
        for number, name in enumerate(("package-0", "package-1", "dram", "dram")):
            zone = f"intel-rapl:{number}" if number < 2 else f"intel-rapl:{number - 2}/intel-rapl:{number - 2}:0"
            path = Path(folder, "class/powercap", zone)
            path.mkdir(parents=True, exist_ok=True)
            (path / "name").write_text(name)
            (path / "max_energy_range_uj").write_text("262143328850")
            zones[path / "energy_uj"] = 40e6
        draw = Thread(target=_draw, args=(list(zones), over))
        _step(list(zones), 1)
        draw.start()
        try:
            yield {"JOULECARD_SYSFS_ROOT": folder}
        finally:
            over.set()
            draw.join()


def _draw(counters: list[Path], over: Event) -> None:
    count = 1
    while not over.wait(0.5):
        count += 1
        _step(counters, count)


def _step(counters: list[Path], count: int) -> None:
    """Each shows 20 to 60 W more, at each step another; in one write, so that no reader meets an empty file."""
    for path in counters:
        with open(path, "r+" if path.exists() else "w", encoding="ascii") as file:
            file.write(str(20_000_000 * count + 10_000 * (count * count * 37 % 997)))


def table(costs: list[Cost]) -> str:
    """The costs of commands as Markdown."""
    lines = ["| case | CPU s | without | difference | bar | |", "|---|---|---|---|---|---|"]
    for cost in costs:
        bar = "" if cost.bar is None else f"{cost.bar:.2f}"
        figures = f"{cost.with_it:.4f} | {cost.without_it:.4f} | {cost.difference:.4f}"
        lines.append(f"| {cost.name} | {figures} | {bar} | {cost.verdict} |")
    return "\n".join(lines)


def comparison(rows: list[Row]) -> str:
    """The trackers as Markdown."""
    lines = [
        "| | import, CPU s | start + stop | first minute | later minutes | RSS, MiB | lines | packages | size, MiB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows[1:]:
        figures = (row.import_s, row.block_s, row.first_minute_s, row.later_minute_s)
        seconds = " | ".join("" if value is None else f"{value:.3f}" for value in figures)
        size = (
            f"{'' if row.packages is None else row.packages} | {'' if row.size_mib is None else f'{row.size_mib:.0f}'}"
        )
        lines.append(f"| {row.name} {row.version} | {seconds} | {row.rss_mib:.1f} | {row.lines} | {size} |")
    return "\n".join(lines)


def judged(rows: list[Row]) -> list[Cost]:
    """Our own rows against the bars."""
    costs = []
    for row in rows:
        if row.name.startswith("joulecard"):
            later = [] if row.later_minute_s is None else [("each later minute", row.later_minute_s, STEADY_BAR_S)]
            figures = [("start + stop", row.block_s, BLOCK_BAR_S), ("RSS, MiB", row.rss_mib, RSS_BAR_MIB), *later]
            if row.name == COUNTERS and later:  # a record that tells no reads had none
                apart_s = MINUTE_S / max(1, row.reads or 0)
                figures.append(("seconds between two reads of a counter", apart_s, MINUTE_S / LEAST_READS))
            costs += [Cost(f"{row.name}: {what}", value, 0.0, value, bar) for what, value, bar in figures]
    return costs


def with_peers(folder: str) -> tuple[list[Installed], list[str]]:
    """The peers that could be installed, and a sentence for each that could not."""
    found, failed = [], []
    for tracker in PEERS:
        try:
            found.append(installed(tracker, folder))
        except (subprocess.CalledProcessError, OSError) as error:
            failed.append(f"{tracker.name} could not be installed: {error}")
    return found, failed


def all_trackers(peers: str | None) -> tuple[list[Installed], list[str]]:
    """Bare Python first, joulecard on this machine and on one with counters, then the peers."""
    ours = fresh_joulecard(peers) if peers else installed(JOULECARD, "")
    counted = replace(ours, tracker=replace(JOULECARD, name=COUNTERS), packages=None, size_mib=None)
    found, failed = with_peers(peers) if peers else ([], [])
    return [installed(BARE, ""), ours, counted, *found], failed


def parsed() -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=31)
    parser.add_argument("--blocks", type=int, default=9, help="runs of each tracker around an empty block")
    parser.add_argument("--steady", action="store_true", help="two minutes of all trackers at once")
    parser.add_argument("--peers", metavar="FOLDER", help="where the environments of the other trackers are, or go")
    parser.add_argument("--chart", metavar="FILE", help="draw the trackers side by side as SVG")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    return parser.parse_args()


def main() -> int:
    """Measures, prints, and judges by the bars."""
    options = parsed()
    chart_path = Path(options.chart).absolute() if options.chart else None
    peers = os.path.abspath(options.peers) if options.peers else None
    trackers, failed = all_trackers(peers)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # records go below it
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("JOULECARD_", "DVC_"))}
        environ |= {"XDG_STATE_HOME": folder, "XDG_RUNTIME_DIR": folder}
        costs = [measure(case, options.runs, environ) for case in cases(trackers[1].python)]
        rows = side_by_side(trackers, options.blocks, environ, steady=options.steady)
        os.chdir("/")
    costs += judged(rows)
    machine = {"python": platform.python_version(), "cpus": os.cpu_count(), "system": platform.system()}
    if chart_path:
        chart_path.write_text(
            chart([(row.name, (row.import_s, row.block_s, row.later_minute_s, row.rss_mib)) for row in rows[1:]])
        )
    if options.json:
        told = {**machine, "runs": options.runs, "costs": [asdict(cost) for cost in costs]}
        print(json.dumps({**told, "trackers": [asdict(row) for row in rows], "failed": failed}, indent=2))
    else:
        print(table(costs), "", comparison(rows), *failed, sep="\n")
        print(f"\n{options.runs} runs by turns; Python {machine['python']}, {machine['cpus']} CPUs")
    return int(any(cost.verdict == "EXCEEDED" for cost in costs))


if __name__ == "__main__":
    sys.exit(main())
