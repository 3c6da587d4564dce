"""Programs fork beside threads of ours: no child stands still, and nobody is warned of threads that are not theirs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from tests.capture.conftest import ran

if TYPE_CHECKING:
    from pathlib import Path

SLOW = "import time; time.sleep(0.3)"
# A thread of ours imports a module that takes its time, the program forks meanwhile, and the child imports it too.
IMPORTING = """
import os, signal, sys, threading, time
from contextlib import nullcontext
from joulecard.capture import forks
started = threading.Event()
def load():
    with forks.importing() if sys.argv[1:] != ["bare"] else nullcontext():
        started.set()
        import slow
threading.Thread(target=load).start()
started.wait()
time.sleep(0.05)
pid = os.fork()
if pid == 0:
    signal.alarm(5)
    import slow
    with forks.importing():
        pid = os.fork()
        if pid == 0: os._exit(0)
    os._exit(os.waitpid(pid, 0)[1])
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
FORKING = """
import os, sys, threading, warnings
import joulecard
def fork():
    pid = os.fork()
    if pid == 0: os._exit(0)
    os.waitpid(pid, 0)
fork()
with joulecard.record("train"):
    fork()
    threading.Timer(60, print).start() if sys.argv[1:] else None
    fork()
    os._exit(0) if sys.argv[1:] else None
"""


def test_a_child_that_imports_what_we_were_importing(tmp_path: Path) -> None:
    """It is forked when the import is done, and has the module; and it can fork again."""
    (tmp_path / "slow.py").write_text(SLOW)
    assert ran(IMPORTING, tmp_path)[:2] == (0, "0\n")


def test_without_that_it_would_stand_still(tmp_path: Path) -> None:
    """The same program without our lock: the child waits for ever, until its alarm."""
    (tmp_path / "slow.py").write_text(SLOW)
    bare = IMPORTING.replace('sys.argv[1:] != ["bare"]', "False").replace("alarm(5)", "alarm(1)")
    assert ran(bare, tmp_path)[1] == "-14\n"


def test_a_fork_waits_no_longer_than_a_second(tmp_path: Path) -> None:
    """An import of ours that hangs does not hang the program."""
    (tmp_path / "slow.py").write_text("import time; time.sleep(4)")
    program = IMPORTING.replace("pid = os.fork()\nif", "began = time.monotonic(); pid = os.fork()\nif", 1)
    program = program.replace("import slow\n    with", "os._exit(0)\n    with")
    program += "print(time.monotonic() - began < 3, flush=True)\nos._exit(0)"
    assert ran(program, tmp_path)[:2] == (0, "0\nTrue\n")


@pytest.mark.parametrize("warnings", ["default", "error"])
def test_nobody_is_warned_of_our_threads(tmp_path: Path, warnings: str) -> None:
    """Python warns of forks beside threads: not where these are ours alone."""
    assert ran(FORKING, tmp_path, PYTHONWARNINGS=warnings) == (0, "", "")


def test_warned_of_their_own(tmp_path: Path) -> None:
    """A thread of the program's own is warned of as ever: older Pythons warn of no fork."""
    program = FORKING.replace("sys.argv[1:]", "True")
    errors = ran(program, tmp_path, PYTHONWARNINGS="default")[2]
    assert errors.count("is multi-threaded") == (sys.version_info >= (3, 12))
