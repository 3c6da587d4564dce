"""The `joulecard` command. `run` is dispatched here, before anything is imported that a stage would have to pay for."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line (`sys.argv` where none is given); the exit status."""
    if argv is None:
        _prefer_standard_library()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["run"]:
        from joulecard.cli.run import run

        return run(arguments[1:])
    from joulecard.cli.commands import dispatch

    return dispatch(arguments)


def _prefer_standard_library() -> None:
    """Moves PYTHONPATH and the first entry behind the standard library: a user's resource.py is not for us.

    The environment, and so the command, keeps what it was given.
    """
    library = os.path.dirname(os.__file__)
    own = (library, os.path.join(library, "lib-dynload"))
    if library in sys.path:
        end = max(place for place, entry in enumerate(sys.path) if entry in own) + 1
        before = sys.path[: sys.path.index(library)]
        zipped = [entry for entry in before if os.path.dirname(entry) == os.path.dirname(library)]  # python311.zip
        given = [entry for entry in before if entry not in zipped]
        sys.path[:end] = [*zipped, *sys.path[len(before) : end], *given]
