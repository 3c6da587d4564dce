"""The `joulecard` command: its table of commands, its help, and its exit statuses."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click
import pytest

from joulecard import __version__
from joulecard.cli import main
from joulecard.cli.commands import LAZY, SECTIONS

if TYPE_CHECKING:
    from pathlib import Path

JOULECARD = (sys.executable, "-m", "joulecard")
HEAVY = {"click", "pydantic", "tomllib", "logging", "subprocess", "pathlib", "uuid", "argparse", "importlib.metadata"}


@pytest.mark.parametrize("door", LAZY.values(), ids=LAZY)
def test_every_command_of_the_table_exists(door: str) -> None:
    """Its module can be imported, and has the command with a help text."""
    module, _, attribute = door.partition(":")
    command = getattr(import_module(module), attribute)
    assert isinstance(command, click.Command)
    assert command.help


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_names_every_command(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """`joulecard` alone is help, too."""
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    for section in SECTIONS.values():
        for name, entry in section.items():
            assert f"  {name} " in shown
            assert entry.summary in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, name and version."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"joulecard {__version__}\n"


def test_unknown_command_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2, and standard output stays empty."""
    assert main(["asemble"]) == 2
    shown = capsys.readouterr()
    assert "'asemble'" in shown.err
    assert shown.out == ""


def test_broken_settings_are_told_with_their_code(tmp_path: Path) -> None:
    """All commands but run end with status 2 and a line that names file and key."""
    (tmp_path / "joulecard.toml").write_text("pue = 0.5\n")
    ended = subprocess.run(
        (*JOULECARD, "recover"), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("joulecard: joulecard.toml: pue")
    assert ended.stderr.endswith(" [JC-SETTINGS]\n")


@pytest.mark.parametrize("command", ["verify", "render"])
def test_a_file_name_steers_neither_a_terminal_nor_a_build_log(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever named it: colours and the commands of a runner are shown, not followed."""
    assert main([command, "a\x1b[31m\u202e##[error]b"]) == 2
    told = capsys.readouterr().err
    assert r"a\x1b[31m\u202e#\x23[error]b: cannot be opened" in told


def test_a_command_that_is_nearly_one_is_told_with_it(tmp_path: Path) -> None:
    """A slip of the finger."""
    ended = subprocess.run(
        (*JOULECARD, "valdate", "x.json"), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 2
    assert "No such command 'valdate'; did you mean 'validate'?" in ended.stderr


def test_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    """A closed pipe ends a command with the status of SIGPIPE in a shell, without a word."""
    with subprocess.Popen(JOULECARD, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_recording_a_command_imports_nothing_heavy(tmp_path: Path) -> None:
    """Stages pay for every import of ours."""
    ended = subprocess.run(
        (sys.executable, "-X", "importtime", "-m", "joulecard", "run", "--", "true"),
        cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    bare = subprocess.run(
        (sys.executable, "-X", "importtime", "-m", "this"), capture_output=True, text=True, check=True, timeout=60
    )
    imported, before = ({line.rpartition("|")[2].strip() for line in run.stderr.splitlines()} for run in (ended, bare))
    assert "joulecard.capture.recorder" in imported
    assert not imported & HEAVY - before
