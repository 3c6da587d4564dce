"""Descriptors of ours in a program that closes what it did not open, and gets the same numbers for files of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.stub_nvml.fixture import Stub, stub_nvml

from joulecard.capture.files import create_locked, write_all
from joulecard.capture.node.held import HeldFile
from joulecard.capture.node.registry import Registry
from joulecard.capture.node.sharing import Entry
from joulecard.descriptors import Descriptor

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["stub_nvml"]


def taken(file: Descriptor, path: Path) -> int:
    """The program's own file, which it has got under the number of ours."""
    other = os.open(path, os.O_CREAT | os.O_RDWR)
    os.dup2(other, file.number)
    os.close(other)
    return file.number


def test_a_number_that_was_taken(tmp_path: Path) -> None:
    """What has our number by now is neither written nor closed, and ours is told to be lost."""
    file = create_locked(str(tmp_path / "ours"), b"a line\n")
    assert file.is_ours
    assert not file.is_lost
    number = taken(file, tmp_path / "theirs")
    assert file.is_lost
    assert not file.is_ours
    with pytest.raises(OSError, match="closed"):
        write_all(file, b"another\n")
    file.close()
    assert os.fstat(number).st_size == 0
    os.close(number)


def test_closed_once(tmp_path: Path) -> None:
    """What we have closed ourselves is not closed again when the number is another's."""
    file = create_locked(str(tmp_path / "ours"))
    number = file.number
    file.close()
    other = os.open(tmp_path / "theirs", os.O_CREAT | os.O_RDWR)
    assert other == number
    file.close()
    os.close(other)


def test_a_deleted_file_is_lost(tmp_path: Path) -> None:
    """It is still ours, but nobody would find it."""
    with create_locked(str(tmp_path / "ours")) as file:
        os.unlink(tmp_path / "ours")
        assert file.is_ours
        assert file.is_lost


def test_a_held_file_is_opened_anew(tmp_path: Path) -> None:
    """It never tells what stands in the file that has its number."""
    (tmp_path / "ours").write_text("ours")
    (tmp_path / "theirs").write_text("theirs")
    before = os.dup(0)
    os.close(before)  # the number that is given out next
    held = HeldFile(str(tmp_path / "ours"))
    other = os.open(tmp_path / "theirs", os.O_RDONLY)
    os.dup2(other, before)
    assert held.head() == b"ours"
    held.close()
    assert os.read(before, 9) == b"theirs"
    for number in (other, before):
        os.close(number)


def test_a_live_recorder_stays_live(tmp_path: Path) -> None:
    """One whose entry was closed by the program enters anew: the others would take it for dead."""
    environ = {"XDG_RUNTIME_DIR": str(tmp_path)}
    tmp_path.chmod(0o700)
    one, other = Registry(environ), Registry(environ)
    before = os.dup(0)
    os.close(before)
    one.enter(Entry(execution_id="one", key="1"))
    os.close(before)  # the program, which has opened no such file
    assert [each.execution_id for each in other.look()] == []
    one.look()
    assert [each.execution_id for each in other.look()] == ["one"]
    one.leave()
    assert other.look() == ()


LIBRARY = """
import os, sys, joulecard
with joulecard.record("train"):
    if sys.argv[1] == "closing": os.closerange(3, 256)
"""


@pytest.mark.needs("cc")
@pytest.mark.parametrize("program", ["plain", "closing"])
def test_a_drivers_library_is_left_alone(tmp_path: Path, stub_nvml: Stub, program: str) -> None:
    """Where the program closed descriptors of ours NVML is not ended: it would close numbers that are not its own."""
    environ = {**os.environ, **stub_nvml.environ(devices=1, ended=tmp_path / "ended")}
    subprocess.run([sys.executable, "-c", LIBRARY, program], cwd=tmp_path, env=environ, check=True)
    assert (tmp_path / "ended").exists() == (program == "plain")
