"""How the CPU time of assembling and validating grows with the number of stages, and what a factor's look-up takes.

`python benchmarks/scaling.py [--json]` with the Python of an environment that joulecard is installed in.
Exit status 1 where ten times the stages take more than twenty times as long, or a bar is exceeded.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import math
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from joulecard.capture.segment import Activity, Reading, Segment
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.document import Subject
from joulecard.disclosure.tallied import Factors
from joulecard.factors import edition
from joulecard.surroundings.machine import Machine
from joulecard.surroundings.place import Evidence, Place
from joulecard.surroundings.software import Software
from joulecard.validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable

STAGES = (10, 100, 1000)  # ten thousand with all that a recorder tells are more than the 16 MiB of the standard
SEGMENTS = (100, 1000, 10_000)  # of one stage
MOST_GROWTH = 20.0
MOST_CPU_S = {("stages", 100): 0.3, ("segments", 10_000): 6.0}  # of assembling
LOOK_UP_BAR_S = 0.005
RANKS = 64  # hosts on which the segments of one stage lie

SEGMENT = Segment(
    id="00000000-0000-4000-8000-000000000000",
    execution_id="00000000-0000-8000-8000-000000000000",
    group="00000000-0000-4000-8000-000000000001",
    stage="train",
    attempt=1,
    scope="node",
    status="completed",
    start="2026-11-21T09:00:00.000Z",
    end="2026-11-21T09:00:10.000Z",
    monotonic_s=10.0,
    clock_step_s=0.0,
    attribution="allocated",
    host_ref="0123456789ab",
    coverage=1.0,
    energy=(Reading("cpu", "rapl", "package-0", 2880.0, 1800.0, 1.0, 720.0),),
    activity=Activity(8.0, "wait4", 9.0, 320.0, 2000.0, "even_split", 1.0),
    machine=Machine("Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz", 32, 200.0, "x86_64"),
    place=Place((Evidence("setting", "high", country="SE"),), 1.2),
    software=Software("0.1.0", "3.12.4", "Linux 6.1"),
)


def segments(count: int) -> list[Segment]:
    """As many executions, one after the other, one segment each."""

    def at(second: int) -> str:
        return (datetime(2026, 11, 21, tzinfo=UTC) + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    return [
        replace(
            SEGMENT,
            start=at(10 * n),
            end=at(10 * n + 10),
            id=f"00000000-0000-4000-8000-{n:012x}",
            execution_id=f"00000000-0000-8000-8000-{n:012x}",
            stage=f"stage {n}",
        )
        for n in range(count)
    ]


def of_one_stage(count: int) -> list[Segment]:
    """As many segments of one execution on some hosts, as many ranks that are resumed again and again leave them."""
    execution_id = SEGMENT.execution_id
    return [
        replace(segment, stage="train", execution_id=execution_id, host_ref=f"{n % RANKS:012x}")
        for n, segment in enumerate(segments(count))
    ]


def assembled(recorded: list[Segment]) -> bytes:
    """The disclosure of these segments."""
    factors = Factors(edition())
    subject = Subject(type="pipeline", name="many stages")
    return assemble(recorded, subject=subject, factors=factors, created="2026-11-21T10:00:00Z").to_json()


def first_look_up_s() -> float:
    """CPU seconds of a place's grid intensity and PUE, with the first load of the tables."""
    began_s = time.process_time()
    place = Evidence("setting", "high", provider="aws", region="eu-north-1")
    tables = edition()
    tables.grid(place, 2026)
    tables.pue("aws", "eu-north-1")
    return time.process_time() - began_s


def seconds_of(work: Callable[[], object]) -> float:
    """The least CPU seconds of three runs."""
    taken = []
    for _ in range(3):
        began_s = time.process_time()
        work()
        taken.append(time.process_time() - began_s)
    return min(taken)


def measure(what: str, recorded: Callable[[], list[Segment]]) -> dict[str, Any]:
    """CPU seconds for one size, without collecting garbage, as the command does it."""
    gc.disable()
    data = assembled(recorded())
    row = {
        "of": what,
        "count": len(recorded()),
        "bytes": len(data),
        "assemble_cpu_s": seconds_of(lambda: assembled(recorded())),
        "validate_cpu_s": seconds_of(lambda: validate(data)),
    }
    gc.enable()
    gc.collect()
    return row


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as Markdown."""
    lines = ["| | bytes | assemble, CPU s | bar | validate, CPU s |", "|---|---|---|---|---|"]
    for row in rows:
        bar = MOST_CPU_S.get((row["of"], row["count"]), "")
        times = f"{row['assemble_cpu_s']:.4f} | {bar} | {row['validate_cpu_s']:.4f}"
        lines.append(f"| {row['count']:,} {row['of']} | {row['bytes']:,} | {times} |")
    return "\n".join(lines)


def outgrown(rows: list[dict[str, Any]]) -> bool:
    """Whether ten times as much takes far more than ten times as long, or a bar is exceeded."""
    pairs = [pair for pair in itertools.pairwise(rows) if pair[0]["of"] == pair[1]["of"]]
    growths = [more[name] / less[name] for less, more in pairs for name in ("assemble_cpu_s", "validate_cpu_s")]
    over = (row["assemble_cpu_s"] > MOST_CPU_S.get((row["of"], row["count"]), math.inf) for row in rows)
    return max(growths) > MOST_GROWTH or any(over)


def main() -> int:
    """Prints the table; 1 where time outgrows the input or a bar is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="write JSON instead of a table")
    as_json = parser.parse_args().json
    look_up_s = first_look_up_s()
    rows = [measure("stages", partial(segments, count)) for count in STAGES]
    rows += [measure("segments", partial(of_one_stage, count)) for count in SEGMENTS]
    if as_json:
        print(json.dumps({"first_look_up_cpu_s": look_up_s, "sizes": rows}, indent=2))
    else:
        print(f"First look-up of a place: {look_up_s:.4f} CPU s (bar {LOOK_UP_BAR_S})\n\n{table(rows)}")
    return int(outgrown(rows) or look_up_s > LOOK_UP_BAR_S)


if __name__ == "__main__":
    sys.exit(main())
