"""How the CPU time of assembling and validating grows with the number of stages.

`python benchmarks/scaling.py [--json]` with the Python of an environment that joulecard is installed in.
Exit status 1 where ten times the stages take more than fifteen times as long.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
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

SIZES = (10, 100, 1000)
MOST_GROWTH = 15.0

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


def assembled(count: int) -> bytes:
    """A disclosure of as many stages."""
    factors = Factors(edition())
    subject = Subject(type="pipeline", name="many stages")
    return assemble(segments(count), subject=subject, factors=factors, created="2026-11-21T10:00:00Z").to_json()


def seconds_of(work: Callable[[], object]) -> float:
    """The least CPU seconds of three runs."""
    taken = []
    for _ in range(3):
        began_s = time.process_time()
        work()
        taken.append(time.process_time() - began_s)
    return min(taken)


def measure(count: int) -> dict[str, Any]:
    """CPU seconds for one size."""
    data = assembled(count)
    return {
        "stages": count,
        "bytes": len(data),
        "assemble_cpu_s": seconds_of(lambda: assembled(count)),
        "validate_cpu_s": seconds_of(lambda: validate(data)),
    }


def main() -> int:
    """Prints the table; 1 where time outgrows the input."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="write JSON instead of a table")
    as_json = parser.parse_args().json
    rows = [measure(count) for count in SIZES]
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        print(f"{'stages':>6}  {'bytes':>9}  {'assemble, CPU s':>15}  {'validate, CPU s':>15}")
        for row in rows:
            times = f"{row['assemble_cpu_s']:15.4f}  {row['validate_cpu_s']:15.4f}"
            print(f"{row['stages']:6}  {row['bytes']:9}  {times}")
    work = ("assemble_cpu_s", "validate_cpu_s")
    growths = [larger[name] / smaller[name] for smaller, larger in itertools.pairwise(rows) for name in work]
    return int(max(growths) > MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
