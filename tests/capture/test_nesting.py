"""Which recording counts another: one job, one count, and no job without any."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.capture.conftest import ran, segments

import joulecard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


def by_stage(folder: Path) -> dict[str, dict[str, Any]]:
    """The segments by stage."""
    return {document["stage"]: document for document in segments(folder)}


def test_threads_that_overlap_are_independent(work: Path) -> None:
    """A block of another thread is around nothing of ours."""
    begun, over = threading.Event(), threading.Event()

    def block() -> None:
        with joulecard.record("first"):
            begun.set()
            over.wait(10)

    thread = threading.Thread(target=block)
    thread.start()
    begun.wait(10)
    with joulecard.record("second"):
        over.set()
        thread.join()
    assert [document.get("within") for document in segments(work)] == [None, None]


def test_one_recording_in_two_threads(work: Path) -> None:
    """Two threads inside one recording each end their own block, in whatever order they leave."""
    recording, begun, over = joulecard.record("train"), threading.Event(), threading.Event()

    def block() -> None:
        with recording:
            begun.set()
            over.wait(10)

    thread = threading.Thread(target=block)
    with recording:
        thread.start()
        begun.wait(10)
    assert len(segments(work)) == 1
    over.set()
    thread.join()
    first, second = segments(work)
    assert first["monotonic_s"] >= second["monotonic_s"] - 1
    assert "within" not in first | second


def staged(name: str) -> Iterator[None]:
    """A generator that records between its first and its second step."""
    with joulecard.record(name):
        yield
    yield


def test_interleaved_generators(work: Path) -> None:
    """What begins after the end of the outer one is within none, though the inner one has put it back in place."""
    first, second = staged("first"), staged("second")
    for generator in (first, second, first, second):
        next(generator)
    with joulecard.record("third"):
        pass
    found = by_stage(work)
    assert found["second"]["within"] == found["first"]["execution_id"]  # as far as could be known
    assert "within" not in found["third"]


def test_tasks(work: Path) -> None:
    """A task begun inside a block is within it only while that block lasts; tasks side by side are not."""

    async def later() -> None:
        await asyncio.sleep(0.05)
        with joulecard.record("later"):
            await asyncio.sleep(0)

    async def beside(name: str) -> None:
        with joulecard.record(name):
            await asyncio.sleep(0.02)

    async def main() -> None:
        with joulecard.record("outer"):
            task = asyncio.create_task(later())
        await asyncio.gather(task, beside("left"), beside("right"))

    asyncio.run(main())
    assert [document.get("within") for document in segments(work)] == [None] * 4


def test_a_generator_function(work: Path) -> None:
    """The recording covers the generator's run, with what is sent, thrown and returned; closing it is no failure."""

    @joulecard.record("rows")
    def rows() -> Any:
        """Some rows."""
        try:
            got = yield 1
        except KeyError:
            got = "thrown"
        yield got
        return "end"

    running = rows()
    assert segments(work) == []
    assert (next(running), running.send("sent"), segments(work)) == (1, "sent", [])
    with pytest.raises(StopIteration, match="end"):
        next(running)
    thrown = rows()
    assert (next(thrown), thrown.throw(KeyError())) == (1, "thrown")
    thrown.close()
    assert [document["status"] for document in segments(work)] == ["completed", "completed"]
    assert rows.__doc__ == "Some rows."


def test_an_async_generator_function(work: Path) -> None:
    """The same for an asynchronous generator."""

    @joulecard.record("rows")
    async def rows() -> AsyncIterator[Any]:
        try:
            got = yield 1
        except KeyError:
            got = "thrown"
        await asyncio.sleep(0.05)
        yield got

    async def main() -> list[Any]:
        running: Any = rows()
        seen = [await running.__anext__(), await running.asend("sent"), segments(work)]
        with pytest.raises(StopAsyncIteration):
            await running.__anext__()
        thrown: Any = rows()
        seen += [await thrown.__anext__(), await thrown.athrow(KeyError())]
        await thrown.aclose()
        failing: Any = rows()
        await failing.__anext__()
        with pytest.raises(ValueError, match="bad"):
            await failing.athrow(ValueError("bad"))
        return seen

    assert asyncio.run(main()) == [1, "sent", [], 1, "thrown"]
    documents = segments(work)
    assert sorted(document["status"] for document in documents) == ["completed", "completed", "failed"]
    assert documents[0]["monotonic_s"] >= 0.05


@pytest.mark.parametrize(("code", "status"), [(None, "completed"), (0, "completed"), (2, "failed"), ("no", "failed")])
def test_exits(work: Path, code: Any, status: str) -> None:
    """`sys.exit()` and `sys.exit(0)` end a stage that has done its work."""
    with pytest.raises(SystemExit), joulecard.record("train"):
        raise SystemExit(code)
    assert segments(work)[0]["status"] == status


INNER = "import joulecard\nwith joulecard.record('inner'): pass"


@pytest.mark.parametrize(
    "start",
    [
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {INNER!r}], check=True)",
        "import multiprocessing as m; p = m.get_context('fork').Process(target=work); p.start(); p.join()",
        "import os\n    if os.fork() == 0:\n        work()\n        os._exit(0)\n    os.wait()",
    ],
    ids=["subprocess", "multiprocessing", "fork"],
)
def test_other_processes(work: Path, start: str) -> None:
    """A recording in a process below a recorded block is within it, and of its group."""
    program = (
        "import joulecard\ndef work():\n  with joulecard.record('inner'): pass\n"
        f"with joulecard.record('outer'):\n    {start}\n"
    )
    assert ran(program, work) == (0, "", "")
    found = by_stage(work)
    assert found["inner"]["within"] == found["outer"]["execution_id"]
    assert found["inner"]["group"] == found["outer"]["group"]
    assert "within" not in found["outer"]


def test_processes_beside_and_after(work: Path) -> None:
    """A child that begins to record when its parent's block is over is within none."""
    program = (
        "import joulecard, os\nready, go = os.pipe()\n"
        "with joulecard.record('outer'):\n    child = os.fork()\n    if child == 0: os.read(ready, 1)\n"
        "if child: os.write(go, b'x'); os.waitpid(child, 0)\n"
        "else:\n    with joulecard.record('later'): pass\n"
    )
    assert ran(program, work) == (0, "", "")
    assert "within" not in by_stage(work)["later"]
    assert list((Path(os.environ["XDG_RUNTIME_DIR"]) / "joulecard").iterdir()) == []
