"""The `joulecard` command. `run` is dispatched here, before anything is imported that a stage would have to pay for."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line (`sys.argv` where none is given); the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["run"]:
        from joulecard.cli.run import run

        return run(arguments[1:])
    from joulecard.cli.commands import dispatch

    return dispatch(arguments)
