"""Starting commands as shells do: by name, scripts without a first line too, and with a shell's exit statuses.

Imported by commands that are not recorded too, so it imports nothing that costs.
"""

from __future__ import annotations

import errno
import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import NoReturn

NOT_FOUND, NOT_EXECUTABLE = 127, 126  # as shells have it

_SHELL = "/bin/sh"
_SET_BY_PYTHON = tuple(getattr(signal, name) for name in ("SIGPIPE", "SIGXFSZ") if hasattr(signal, name))


def spawn(argv: tuple[str, ...], environ: Mapping[str, str], mask: Iterable[int]) -> int:
    """Starts the command with this signal mask and without Python's signal settings; its process number.

    Raises OSError or ValueError where it cannot be started.
    """
    try:
        return os.posix_spawnp(argv[0], argv, environ, setsigdef=_SET_BY_PYTHON, setsigmask=mask)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    return os.posix_spawn(_SHELL, _as_script(argv), environ, setsigdef=_SET_BY_PYTHON, setsigmask=mask)


def become(argv: tuple[str, ...]) -> int:
    """Replaces this process by the command; where that cannot be done, says why and gives the exit status."""
    for number in _SET_BY_PYTHON:
        signal.signal(number, signal.SIG_DFL)
    try:
        _execute(argv)
    except (OSError, ValueError) as error:
        return not_started(argv[0], error)


def not_started(name: str, error: OSError | ValueError) -> int:
    """Says why a command could not be started; the exit status that shells give to it."""
    why = error.strerror if isinstance(error, OSError) else str(error)
    say(f"{name}: the command cannot be started: {why}", "JC-START")
    return NOT_FOUND if isinstance(error, (FileNotFoundError, NotADirectoryError)) else NOT_EXECUTABLE


def find_program(name: str) -> str | None:
    """The file that a command's name stands for; None where there is none that may be executed."""
    # not os.get_exec_path: it imports, which takes a descriptor that there may not be
    folders = [""] if os.sep in name else os.environ.get("PATH", os.defpath).split(os.pathsep)
    paths = (os.path.join(folder, name) for folder in folders)
    return next((path for path in paths if os.path.isfile(path) and os.access(path, os.X_OK)), None)


def say(sentence: str, code: str) -> None:
    """Prints one sentence on standard error, if there is one that takes it."""
    try:
        print(f"joulecard: {sentence} [{code}]", file=sys.stderr, flush=True)
    except (OSError, ValueError, AttributeError):
        return


def _execute(argv: tuple[str, ...]) -> NoReturn:
    program = find_program(argv[0])
    try:
        if program:
            os.execv(program, argv)
        os.execvp(argv[0], argv)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
    os.execv(_SHELL, _as_script(argv))


def _as_script(argv: tuple[str, ...]) -> list[str]:
    """The command line for a script whose first line names no interpreter: shells take it as theirs."""
    return [_SHELL, find_program(argv[0]) or argv[0], *argv[1:]]
