"""The few errors that a caller of joulecard may catch; each knows its exit status and a stable code."""

from __future__ import annotations


class JoulecardError(Exception):
    """Any failure that joulecard reports: what went wrong, where, and the step that mends it."""

    exit_status = 2
    code = "JC-ERROR"

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        """One sentence: where, what, how to mend it."""
        place = f"{self.where}: " if self.where else ""
        remedy = f"; {self.mend}" if self.mend else ""
        return f"{place}{self.what}{remedy}"


class SettingsError(JoulecardError):
    """A settings file or JOULECARD_* variable holds a key or value that is not allowed."""

    code = "JC-SETTINGS"


class UsageError(JoulecardError):
    """The command was called in a way that cannot work, or a file cannot be opened."""

    code = "JC-USAGE"


class InvalidInputError(JoulecardError):
    """The input was read and is wrong: it does not parse, or breaks the schema or a rule."""

    exit_status = 1
    code = "JC-INVALID"


class NothingToDoError(JoulecardError):
    """There is nothing to record, assemble or report."""

    exit_status = 1
    code = "JC-NOTHING"


class MissingPartError(JoulecardError):
    """A package, system library or newer joulecard is needed before this can be answered."""

    exit_status = 3
    code = "JC-MISSING"
