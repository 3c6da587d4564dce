"""Which commands of a dvc.yaml can take the prefix as they stand, and how the others are written by hand."""

from __future__ import annotations

import re
import shlex
from typing import Any

PREFIX = "joulecard run -- "  # enters every user's dvc.lock: another spelling would make every stage run again
_RECORDED = re.compile(r"(?:^|[\s;&|(/])joulecard\s+run\b")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_SHELL = '"$0"'  # the shell that DVC runs the stage with, which is $SHELL or /bin/sh, told by that shell itself
_HEREDOC = re.compile(r"""joulecard run -- (?:sh|"\$0") <<'END'\n(.*)\nEND\s*""", re.DOTALL)
_NAMED = r"""--stage(?:=|[ \t]+)(?:[^\s'"`;&|<>()]+|'[^']*'|"[^"]*")[ \t]+"""  # as users write it by hand
_OURS = re.compile(rf"((?:[A-Za-z_]\w*=[^\s'\"`$;&|<>()]*\s+)*)joulecard[ \t]+run[ \t]+(?:{_NAMED})?--[ \t]+")
_REDIRECTIONS = frozenset({">", ">>", "<", ">&", "<&", ">|"})
# Words that only the shell itself understands: after the prefix they would be looked for as programs.
_SHELL_WORDS = frozenset(
    """
    ! . : [[ { } alias bg break builtin case cd command continue declare do done elif else esac eval exec exit export
    fg fi for function getopts hash if in jobs let local popd pushd read readonly return select set shift shopt source
    then time times trap type typeset ulimit umask unalias unset until wait while
    """.split()  # noqa: SIM905
)


def is_recorded(command: str) -> bool:
    """Whether the command already starts `joulecard run`, wherever in it."""
    return _RECORDED.search(command) is not None


def why_not_simple(command: str) -> str:
    """Why the prefix cannot stand before this command; "" when it can.

    DVC gives the whole line to a shell, which still expands variables, globs and redirections behind the prefix.
    Only what would leave a part of the work outside, or ask for a program that is none, is refused.
    """
    try:
        words = _words(command)
    except ValueError:
        return "its quotes do not match on one line"
    if not words:
        return "it is empty"
    marks = [word for word in words if set(word) <= set("();<>|&") and word not in _REDIRECTIONS]
    if marks or "`" in command:
        return f"the shell builds it from several commands ({marks[0] if marks else '`'})"
    return _why_not_first(words[0])


def after_assignments(command: str) -> str | None:
    """The command with the prefix behind its leading NAME=value words; None without them or where it is not simple."""
    rest = command.lstrip()
    while match := re.match(r"[A-Za-z_]\w*=[^\s'\"`$;&|<>()]*\s+", rest):
        rest = rest[match.end() :]
    if rest == command.lstrip() or why_not_simple(rest):
        return None
    return f"{command[: len(command) - len(rest)]}{PREFIX}{rest}"


def by_hand(command: str) -> list[str]:
    """The lines of a YAML block scalar that record this command, whatever it holds.

    A here-document with a quoted end mark needs no quoting of ours, so quotes, pipes and what DVC fills in stay as is.
    """
    line = after_assignments(command.strip())
    return [line] if line else [f"{PREFIX}{_SHELL} <<'END'", *command.strip("\n").splitlines(), "END"]


def same_commands(one: Any, other: Any) -> bool:
    """Whether two values of `cmd` run the same, recorded or not."""
    return one is not None and _unrecorded(one) == _unrecorded(other)


def _unrecorded(cmd: Any) -> list[str]:
    """The commands of a `cmd`, as DVC tells them apart, without prefix and here-document of ours."""
    commands = cmd if isinstance(cmd, list) else str(cmd).splitlines()
    bare = (_without_recorder(str(command).strip()) for command in commands)
    return [command for command in bare if command]


def _without_recorder(command: str) -> str:
    if whole := _HEREDOC.fullmatch(command):
        return whole[1].strip()
    span = our_prefix(command)
    return command[: span[0]] + command[span[1] :] if span else command


def our_prefix(command: str) -> tuple[int, int] | None:
    """Where our prefix stands in the command: first character and the one behind it; None without it."""
    match = _OURS.match(command)
    return (match.end(1), match.end()) if match else None


def _words(command: str) -> list[str]:
    scanner = shlex.shlex(command, posix=True, punctuation_chars=True)
    scanner.whitespace_split = True
    scanner.commenters = ""
    return list(scanner)


def _why_not_first(word: str) -> str:
    if _ASSIGNMENT.match(word):
        return "it begins with a variable assignment"
    if word in _SHELL_WORDS:
        return f"{word} is a word of the shell, not a program"
    if word in _REDIRECTIONS or "${" in word or word.startswith("#"):
        return f"it begins with {word}"
    return ""
