"""A process has one line for what its recordings could not do, and the worst of it stands there."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from tests.capture.conftest import python, ran, segments

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


SAYING = "import os, sys, threading, time\nfrom joulecard.capture import saying\n"
BUFFERED = {"PYTHONUNBUFFERED": ""}  # a stream without a buffer has no lock to die with

STUCK = (
    SAYING + "saying._MOST_S = 60\nos.set_blocking(2, False)\n"
    "try:\n    while True: os.write(2, b' ' * 4096)\n"
    "except BlockingIOError: os.set_blocking(2, True)\n"
    "threading.Thread(target=saying.log_once, args=('late', 'late'), daemon=True).start()\n"
    "while not saying._said: time.sleep(0.01)\n"
    "time.sleep(0.1); print('the end', flush=True)\n"
)


def test_a_line_that_is_being_written_at_the_end(work: Path) -> None:
    """It is finished: Python would abort the process, were the thread that writes it ended amid the line."""
    with python(STUCK, work, **BUFFERED) as process:
        assert process.stdout
        assert process.stdout.readline() == b"the end\n"
        time.sleep(0.2)  # the interpreter is ending by now
        _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors.strip()) == (0, b"joulecard: late")


@pytest.mark.parametrize("first", ["", "import logging\n"], ids=["printed", "logged"])
def test_a_thread_that_says_one_thing_after_another(work: Path, first: str) -> None:
    """The process ends well, with whole lines only."""
    program = (
        f"{first}{SAYING}import itertools\n"
        "def speak():\n    for number in itertools.count(): saying.log_once(f'line {number}.', str(number))\n"
        "threading.Thread(target=speak, daemon=True).start()\n"
        "while len(saying._said) < 50: time.sleep(0.001)\n"
    )
    for _ in range(5):
        status, _, errors = ran(program, work, **BUFFERED)
        assert status == 0
        assert set(re.sub("[0-9]+", "n", errors).splitlines()) == {"joulecard: line n."}


def test_the_last_word(work: Path) -> None:
    """Once a process ends, what waits and what comes from the thread that ends it is said, and nothing else."""
    program = (
        "import atexit\n"  # what is registered before our import runs after all of ours
        "def end():\n    ended.set(); other.join(); saying.log_once('mine', 'mine')\n"
        f"atexit.register(end)\n{SAYING}"
        "saying._MOST_S = 0.05\nended = threading.Event()\n"
        "def speak(): ended.wait(); saying.log_once('too late', 'late')\n"
        "other = threading.Thread(target=speak, daemon=True); other.start()\n"
        "saying.tell('it waited', saying.DEGRADED)\n"
    )
    assert ran(program, work) == (0, "", "joulecard: it waited\njoulecard: mine\n")


def test_a_handler_that_makes_us_say_more(work: Path) -> None:
    """It does not wait for itself, and each thing is said once."""
    program = (
        f"import logging\n{SAYING}"
        "class Echo(logging.Handler):\n    def emit(self, record):\n"
        "        print(record.getMessage()); saying.log_once('more', 'more')\n"
        "logging.getLogger('joulecard').addHandler(Echo())\nsaying.log_once('once', 'once')\n"
    )
    assert ran(program, work) == (0, "joulecard: once\njoulecard: more\n", "")


def test_a_child_that_is_forked_amid_a_line(work: Path) -> None:
    """It does not wait for a thread that only its parent has."""
    program = (
        SAYING + "class Slow:\n    def write(self, text): writing.set(); forked.wait()\n"
        "writing, forked, stream = threading.Event(), threading.Event(), sys.stderr\nsys.stderr = Slow()\n"
        "threading.Thread(target=saying.log_once, args=('slow', 'slow')).start()\nwriting.wait()\n"
        "child, sys.stderr = os.fork(), stream\n"
        "if child == 0: saying.log_once('forked', 'forked'); os._exit(0)\n"
        "os.waitpid(child, 0); forked.set()\n"
    )
    assert ran(program, work) == (0, "", "joulecard: forked\n")


def test_a_stream_that_hangs(work: Path) -> None:
    """It holds up neither the other threads for long nor the end of the process; what was not said may still be."""
    program = (
        SAYING + "saying._MOST_S = 0.1\nclass Hangs:\n    def flush(self): pass\n"
        "    def write(self, text): writing.set(); threading.Event().wait()\n"
        "writing, sys.stderr = threading.Event(), Hangs()\n"
        "threading.Thread(target=saying.log_once, args=('first', 'first'), daemon=True).start()\nwriting.wait()\n"
        "saying.log_once('second', 'second'); print(saying._said)\n"
    )
    assert ran(program, work) == (0, "{'first'}\n", "")
