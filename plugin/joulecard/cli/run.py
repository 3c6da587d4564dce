"""`joulecard run`: any command, recorded as a stage, with its own exit status. Imports little: stages pay for it."""

from __future__ import annotations

import os

from joulecard import is_disabled
from joulecard.errors import JoulecardError, MissingPartError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

USAGE = "joulecard run [--stage NAME] -- COMMAND [ARGUMENTS]"
HELP = f"""Usage: {USAGE}

  Run COMMAND and record its energy as one stage, below carbon/segments. Exit
  status, signals and standard streams are the command's; nothing is printed on
  success. In a DVC stage, figures for `dvc metrics show` go to carbon/stages.

Options:
  --stage NAME  Name of the stage; else that of the DVC stage, else COMMAND's.
  -h, --help    Show this message and exit.

  JOULECARD_DISABLED=1 runs COMMAND and nothing else.
"""


def run(arguments: Sequence[str]) -> int:
    """Runs the command that the arguments name; the exit status, that of the command."""
    try:
        argv, stage = parse(arguments)
    except JoulecardError as error:
        from joulecard.hosts.start import say

        say(str(error), error.code)
        return error.exit_status
    if not argv:
        print(HELP, end="")
        return 0
    if is_disabled(os.environ) and not os.environ.get("DVC_STAGE"):  # the shortest way, past everything else
        from joulecard.hosts.start import become

        return become(argv)
    return _run(argv, stage)


def parse(arguments: Sequence[str]) -> tuple[tuple[str, ...], str | None]:
    """The command, empty where help is asked for, and the stage's name; raises UsageError or MissingPartError.

    Options are ours only up to the command's first word.
    """
    rest, stage = list(arguments), None
    while rest and rest[0].startswith("-"):
        option, equals, value = rest.pop(0).partition("=")
        if option == "--":
            break
        if option in ("-h", "--help"):
            return (), None
        if option != "--stage":
            raise _usage_error(f"there is no option {option}")
        stage = value if equals else rest.pop(0) if rest else ""
        if stage in ("", "--"):
            raise _usage_error("--stage needs a name")
    if not rest or not rest[0]:
        raise _usage_error("no command is given")
    if os.name != "posix":
        raise MissingPartError("commands can be recorded on Linux and macOS only", where="run")
    return tuple(rest), stage


def _run(argv: tuple[str, ...], stage: str | None) -> int:
    """Runs and records the command; with an installation that is broken, runs it all the same."""
    try:
        from joulecard.hosts.command import run_command
        from joulecard.hosts.supervisor import end_like
    except Exception as error:  # noqa: BLE001 - the command comes first, whatever is wrong with us
        from joulecard.hosts.start import become, say

        say(f"the command is not recorded: {type(error).__name__}: {' '.join(str(error).split())}", "JC-RECORD")
        return become(argv)
    try:
        return end_like(run_command(argv, stage, os.environ))
    except KeyboardInterrupt:  # before the command was started
        return end_like(-2)


def _usage_error(what: str) -> UsageError:
    return UsageError(what, where="run", mend=f"write {USAGE}")
