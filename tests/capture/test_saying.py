"""A process has one line for what its recordings could not do, and the worst of it stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.capture.conftest import ran, segments

if TYPE_CHECKING:
    from pathlib import Path

LESSER = "with joulecard.record('fold') as stage: stage.count('request', -1)\n"
LOST = "os.makedirs('gone'); os.chdir('gone')\nwith joulecard.record('train'): os.rmdir(os.getcwd())\nos.chdir('..')\n"


def said(program: str, folder: Path) -> list[str]:
    """The lines of a program that ends well."""
    status, output, errors = ran(f"import joulecard, os, sys\n{program}", folder)
    assert (status, output) == (0, "")
    return errors.splitlines()


def test_the_worst_is_told(work: Path) -> None:
    """What is a gap in the record gives way to a record that was not written, whichever comes first."""
    for program in (LESSER + LOST, LOST + LESSER, LESSER + LOST + LESSER + LOST):
        [line] = said(program, work)
        assert line.startswith("joulecard: the record could not be written")


def test_the_rest_waits_for_the_end(work: Path) -> None:
    """Two recordings that lack something make one line, after the last of what the program says."""
    lines = said(LESSER + LESSER + "print('the last', file=sys.stderr)\n", work)
    assert [line.split(":")[0] for line in lines] == ["the last", "joulecard"]
    assert len(segments(work)) == 2


def test_a_stream_that_takes_nothing(work: Path) -> None:
    """Where a handler of the program's own cannot write the line, no traceback of it is written instead."""
    program = (
        "import logging\nclass Full:\n    def write(self, text): raise OSError('no space')\n"
        "logging.getLogger('joulecard').addHandler(logging.StreamHandler(Full()))\n"
    )
    assert said(program + LESSER, work) == []


def test_a_child_tells_nothing_of_its_parent(work: Path) -> None:
    """What waits when a process forks is told once."""
    program = LESSER + "pid = os.fork()\nif pid: assert os.waitpid(pid, 0)[1] == 0\n"
    assert len(said(program, work)) == 1
