"""REL-R5: a disk that fills up and is freed again costs no checkpoint that was acknowledged."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.reliability.planted import NO_CUT, planted

from joulecard.capture.journal.recovery import read_journal

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).with_name("journals") / "format-2.jsonl"
MS_NOSUID, MNT_DETACH = 2, 2
# room for about one and a half checkpoints after the first, then none, then enough: over and over
WRITER = """
import os, resource, sys
from dataclasses import replace
from joulecard.capture.journal.checkpoints import Checkpoints
from joulecard.capture.gaps import GapBook
from joulecard.capture.journal.recovery import read_journal
from joulecard.capture.work import Work

folder, example, ballast = sys.argv[1:]
told = read_journal(example)
said = []
checkpoints = Checkpoints(GapBook(), Work(), 10.0, said.append)
checkpoints.open(folder, told.opening)
refused = set()

def fill():
    if ballast == "limit":
        soft = os.stat(checkpoints.path).st_size + 150
        return resource.setrlimit(resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))
    descriptor = os.open(ballast, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    try:
        while os.write(descriptor, bytes(512)):
            pass
    except OSError:
        os.close(descriptor)

def free():
    if ballast == "limit":
        return resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    os.unlink(ballast)

for second in range(1, 61):
    if second % 20 == 5:
        fill()
    if second % 20 == 15:
        free()
    before = len(said)
    wall_ms = told.opening.start_ms + 1000 * second
    checkpoints.keep(told.totals._replace(elapsed_s=float(second), wall_ms=wall_ms))
    if len(said) == before:
        copy = open(checkpoints.path, "rb").read()
        print(second, copy.hex(), flush=True)
print("refused", len(said), flush=True)
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A disk of 16 KiB; None where this user may mount none."""
    folder = tmp_path / "small"
    folder.mkdir()
    system = ctypes.CDLL(None, use_errno=True)
    mounted = system.mount(b"tmpfs", bytes(folder), b"tmpfs", MS_NOSUID, b"size=16k") == 0
    yield folder if mounted else None
    if mounted:
        system.umount2(bytes(folder), MNT_DETACH)


def lost(folder: Path, ballast: str, tree: Path | None = None) -> tuple[int, int, list[str]]:
    """Checkpoints acknowledged, those refused, and what a kill right after an acknowledgement would have lost."""
    environ = {**os.environ, **({"PYTHONPATH": str(tree)} if tree else {})}
    command = [sys.executable, "-c", WRITER, str(folder / "state"), str(EXAMPLE), ballast]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    *acknowledged, (_, refused) = [line.split() for line in done.stdout.splitlines()]
    wrong = []
    for second, content in acknowledged:
        copy = folder.parent / "copy.jsonl"
        copy.write_bytes(bytes.fromhex(content))
        told = read_journal(str(copy))
        if told.totals.elapsed_s < float(second) or told.damaged_lines:
            wrong.append(
                f"{second} s acknowledged, {told.totals.elapsed_s} s known, {told.damaged_lines} lines damaged"
            )
    return len(acknowledged), int(refused), wrong


def test_a_full_disk(small_disk: Path | None) -> None:
    """Writing goes on when there is room again, and nothing acknowledged is lost; a tmpfs gives true short writes."""
    if small_disk is None:
        pytest.skip("only root may mount a small disk: the next test does it with a limit on the size of files")
    acknowledged, refused, wrong = lost(small_disk, str(small_disk / "ballast"))
    assert wrong == []
    assert refused > 0
    assert acknowledged >= 30


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """The same with RLIMIT_FSIZE, which any user may lower; a writer that leaves half a line is found."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    (tmp_path / "right").mkdir()
    acknowledged, refused, wrong = lost(tmp_path / "right", "limit")
    assert wrong == []
    assert refused > 0
    assert acknowledged >= 30
    (tmp_path / "wrong").mkdir()
    assert lost(tmp_path / "wrong", "limit", planted(tmp_path, NO_CUT))[2]
