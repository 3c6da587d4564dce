"""Stages inside stages, side by side and again: parts and what is in none of them are the whole."""

from __future__ import annotations

import asyncio
import contextvars
import math
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.capture.conftest import ran, segments

import joulecard
from joulecard.capture.segment import Segment
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.document import Subject
from joulecard.disclosure.tallied import Factors
from joulecard.factors import edition
from joulecard.units import JOULES_PER_KWH
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from pathlib import Path

    from tests.capture.conftest import Tree


class Meter:
    """A made-up machine's package counter."""

    def __init__(self, tree: Tree) -> None:
        self._file = tree.zone("intel-rapl:0", "package-0", 0)
        self._total_j = 0

    def gives(self, joules: int) -> None:
        """Counts on."""
        self._total_j += joules
        self._file.write_text(f"{self._total_j * 1_000_000}\n")


@pytest.fixture
def meter(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> Meter:
    """What every recorder of this test reads, its children's too; the whole machine is ours."""
    for name, value in {**tree.environ, "JOULECARD_ATTRIBUTION": "machine"}.items():
        monkeypatch.setenv(name, value)
    return Meter(tree)


def disclosed(folder: Path) -> list[dict[str, Any]]:
    """The stages of a disclosure of all segments below a folder, which the standard accepts."""
    records = [Segment.from_document(document) for document in segments(folder)]
    factors = Factors(edition())
    made = assemble(
        records, subject=Subject(type="pipeline", name="digits"), factors=factors, created="2100-01-01T00:00:00Z"
    )
    verdict = validate_disclosure(made.to_json())
    assert verdict.violations == ()
    assert verdict.document
    stages: list[dict[str, Any]] = verdict.document["stages"]
    return stages


def joules(quantity: dict[str, Any]) -> float:
    """The package's energy; everything else is a model's in these tests and far below."""
    value: float = quantity["value"]
    return value * JOULES_PER_KWH


def of_package(document: dict[str, Any]) -> float:
    """Our joules of the counter in one segment."""
    return math.fsum(reading["share_j"] for reading in document["energy"])


def split(stage: dict[str, Any]) -> dict[str, float]:
    """Joules of each part, and of what is in none."""
    parts = {part["name"]: joules(part["energy_it"]) for part in stage["parts"]}
    return {**parts, "": joules(stage["unattributed"])}


def outermost(stage: dict[str, Any]) -> float:
    """Parts that lie in no other one and what is in none, together."""
    own = [joules(part["energy_it"]) for part in stage["parts"] if "part_of" not in part]
    return math.fsum([*own, joules(stage["unattributed"])])


def energy(stage: dict[str, Any]) -> float:
    """The stage's joules."""
    return joules(stage["energy"]["it_total"])


def test_spans_end_at_the_borders_of_inner_stages(work: Path, meter: Meter) -> None:
    """What the counter gave between two borders is in the stage that was open, exactly, however short it was."""
    with joulecard.record("train"):
        meter.gives(10)
        with joulecard.record("load"):
            meter.gives(20)
        meter.gives(5)
        with joulecard.record("fit"):
            meter.gives(30)
            with joulecard.record("evaluate"):
                meter.gives(7)
            meter.gives(3)
        meter.gives(2)
    seen = {document["stage"]: of_package(document) for document in segments(work)}
    assert seen == {"train": 77.0, "load": 20.0, "fit": 40.0, "evaluate": 7.0}
    [stage] = disclosed(work)
    assert outermost(stage) == pytest.approx(energy(stage), rel=1e-9)
    shares = split(stage)
    assert shares["fit"] >= shares["evaluate"] > 0
    assert {part["name"] for part in stage["parts"] if "part_of" in part} == {"evaluate"}


def test_tasks_that_overlap(work: Path, meter: Meter) -> None:
    """Tasks side by side share what is given while both are there; with the rest it is the whole."""

    async def stretch(name: str, begin: asyncio.Event, end: asyncio.Event) -> None:
        await begin.wait()
        with joulecard.record(name):
            await end.wait()

    async def main() -> None:
        events = [asyncio.Event() for _ in range(4)]
        with joulecard.record("train"):
            meter.gives(10)
            tasks = [
                asyncio.create_task(stretch("left", events[0], events[2])),
                asyncio.create_task(stretch("right", events[1], events[3])),
            ]
            for event in events:
                event.set()
                await asyncio.sleep(0.01)
                meter.gives(20)
            await asyncio.gather(*tasks)

    asyncio.run(main())
    seen = {document["stage"]: of_package(document) for document in segments(work)}
    assert seen["train"] == 90.0
    assert (seen["left"], seen["right"]) == (40.0, 40.0)  # of the machine: both saw all of the middle
    [stage] = disclosed(work)
    assert outermost(stage) == pytest.approx(energy(stage), rel=1e-9)


@pytest.mark.parametrize("attribution", ["allocated", "process", "machine"])
def test_threads_that_overlap(work: Path, meter: Meter, attribution: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that are handed the context of a stage are in it; with what is in none they are the whole."""
    monkeypatch.setenv("JOULECARD_ATTRIBUTION", attribution)
    begun, over = threading.Barrier(3), threading.Barrier(3)

    def stretch(name: str) -> None:
        with joulecard.record(name):
            begun.wait(10)
            over.wait(10)

    with joulecard.record("train"):
        threads = [
            threading.Thread(target=contextvars.copy_context().run, args=(stretch, name)) for name in ("left", "right")
        ]
        for thread in threads:
            thread.start()
        begun.wait(10)
        meter.gives(50)
        over.wait(10)
        for thread in threads:
            thread.join()
        meter.gives(10)
    documents = segments(work)
    assert {document.get("within") for document in documents if document["stage"] != "train"} == {
        next(document["execution_id"] for document in documents if document["stage"] == "train")
    }
    [stage] = disclosed(work)
    assert len(stage["parts"]) == 2
    assert outermost(stage) == pytest.approx(energy(stage), rel=1e-9)
    assert all(value >= 0 for value in split(stage).values())


def test_processes(work: Path, meter: Meter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same holds for stages of child processes, one after the other and at once."""
    monkeypatch.delenv("JOULECARD_PROC_ROOT")  # the children find their parent by the real one
    inner = (
        "import joulecard, time\nwith joulecard.record('{0}') as stage:\n    stage.count('sample', 5); time.sleep(0.2)"
    )
    program = (
        "import joulecard, subprocess, sys\nwith joulecard.record('train') as stage:\n"
        f"    subprocess.run([sys.executable, '-c', {inner.format('prepare')!r}], check=True)\n"
        f"    both = [subprocess.Popen([sys.executable, '-c', {inner.format('shard')!r}]) for _ in range(2)]\n"
        "    assert [one.wait() for one in both] == [0, 0]\n    stage.count('sample', 2)\n"
    )
    meter.gives(10)
    assert ran(program, work) == (0, "", "")
    [stage] = disclosed(work)
    assert outermost(stage) == pytest.approx(energy(stage), rel=1e-9)
    assert [(part["name"], len(part["work_done"])) for part in stage["parts"]] == [("prepare", 1), ("shard", 1)]
    assert [(work["name"], work["count"]) for work in stage["work_done"]] == [("sample", 17)]


@pytest.mark.parametrize("around", ["", "SLURM_JOB_ID", "outer"])
def test_a_loop(work: Path, meter: Meter, around: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage that is recorded again and again is one execution, whether or not something is around the loop."""
    if around == "SLURM_JOB_ID":
        monkeypatch.setenv(around, "17")

    def loop() -> None:
        for _ in range(3):
            with joulecard.record("epoch") as stage:
                stage.count("sample", 100)
                meter.gives(20)
            meter.gives(1)

    if around == "outer":
        with joulecard.record("train"):
            loop()
    else:
        loop()
    epochs = [document for document in segments(work) if document["stage"] == "epoch"]
    assert [of_package(document) for document in epochs] == [20.0] * 3
    assert {(document["attempt"], document["execution_id"]) for document in epochs} == {(1, epochs[0]["execution_id"])}
    [stage] = disclosed(work)
    if around == "outer":
        [part] = stage["parts"]
        assert part["name"] == "epoch"
        assert outermost(stage) == pytest.approx(energy(stage), rel=1e-9)
    else:
        assert (stage["name"], len(stage["segments"]), stage["status"]) == ("epoch", 3, "completed")
    assert [(work["name"], work["count"]) for work in stage["work_done"]] == [("sample", 300)]


def test_a_retry(work: Path) -> None:
    """What is recorded again after it failed is another try: a new execution, which the disclosure links."""
    for error in (ValueError, KeyError, None):
        try:
            with joulecard.record("a stage of its own"):
                if error:
                    raise error
        except (ValueError, KeyError):
            continue
    with joulecard.record("a stage of its own"):
        pass
    found = [(document["attempt"], document["status"]) for document in segments(work)]
    assert sorted(found) == [(1, "failed"), (2, "failed"), (3, "completed"), (3, "completed")]
    stages = disclosed(work)
    assert [(stage["attempt"], stage["status"], len(stage["segments"])) for stage in stages] == [
        (1, "failed", 1),
        (2, "failed", 1),
        (3, "completed", 2),
    ]


def test_a_generator(work: Path, meter: Meter) -> None:
    """A stage that stays open between two steps of a generator has what is given until it ends."""

    def rows() -> Any:
        with joulecard.record("rows"):
            yield 1
            meter.gives(5)
            yield 2

    with joulecard.record("train"):
        running = rows()
        next(running)
        meter.gives(20)
        next(running)
        running.close()
        meter.gives(3)
    assert {document["stage"]: of_package(document) for document in segments(work)} == {"train": 28.0, "rows": 25.0}


def test_counts_within_a_command(work: Path, meter: Meter) -> None:
    """A program that counts, run by `joulecard run`, has its counts in the command's stage."""
    program = "import joulecard\nwith joulecard.record('serve') as stage: stage.count('request', 12)"
    (work / "serve.py").write_text(program)
    started = (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-m', 'joulecard', 'run', '--', sys.executable, 'serve.py'], check=True)"
    )
    meter.gives(1)
    assert ran(started, work) == (0, "", "")
    [stage] = disclosed(work)
    assert [(work["name"], work["count"]) for work in stage["work_done"]] == [("request", 12)]
    assert [part["name"] for part in stage["parts"]] == ["serve"]


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads below /proc")
def test_many_stages_at_once(work: Path) -> None:
    """Sixteen threads that begin and end stages leave as many segments, no thread and no descriptor."""
    program = (
        "import joulecard, os, threading\nbefore = len(os.listdir('/proc/self/fd'))\n"
        "def work(number):\n    for _ in range(4):\n        with joulecard.record(f's{number}') as stage:\n"
        "            stage.count('sample')\n"
        "threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]\n"
        "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
        "assert len(os.listdir('/proc/self/fd')) == before\n"
    )
    assert ran(program, work) == (0, "", "")
    assert sum(document["work_done"]["sample"] for document in segments(work)) == 64
