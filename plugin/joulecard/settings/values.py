"""Which keys and values are allowed, and the sentence for each that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard import is_disabled
from joulecard.settings.places import PLACE_FORMS, place_parts

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "JOULECARD_"
ENVIRONMENT_ONLY = (
    "session",
    "within",
    "stage_file",
    "replay",
    "key_passphrase",
    "sysfs_root",
    "proc_root",
    "fs_root",
    "live_root",
)
PATHS = ("journal_dir", "own_factors")
_SHOWN_CHARACTERS = 60
_TRUE, _FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


class Entry:  # a plain class: each dataclass or named tuple costs every start a millisecond
    """One key with its value, from a file or a variable."""

    def __init__(self, key: str, value: object, where: str, shown: str) -> None:
        self.key = key
        self.value = value
        self.where = where  # how a problem sentence begins
        self.shown = shown  # the value as a sentence quotes it


class Problems:
    """What was not understood: sentences for the user, and the same for a record, where no value may stand."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.refusals: list[str] = []

    def add(self, sentence: str, refusal: str = "") -> None:
        """Adds a sentence and, where it quotes a value, how it reads without."""
        self.sentences.append(sentence)
        self.refusals.append(refusal or sentence)


def typed(key: str, text: str) -> object:
    """The variable's text as the number or truth value that its key asks for; the text itself where it is neither."""
    if key == "disabled":
        return is_disabled({"JOULECARD_DISABLED": text})
    if _CHECKS.get(key) is _switch:
        return {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}.get(text.strip().lower(), text)
    if key not in ("pue", "period"):
        return text
    try:
        return float(text)
    except ValueError:
        return text


def values_of(entries: list[Entry], problems: Problems) -> dict[str, Any]:
    """The entries whose key and value are allowed; each of the others leaves a problem."""
    values = {}
    for entry in entries:
        if entry.key not in _CHECKS:
            problems.add(_unknown(entry))
            continue
        try:
            values[entry.key] = _CHECKS[entry.key](entry.value)
        except ValueError as error:
            allowed = PLACE_FORMS if entry.key == "place" else error  # what helps with a place may repeat a part of it
            problems.add(
                f"{entry.where} = {entry.shown} is not allowed; allowed: {error}",
                f"{entry.where}: its value is not allowed and not used; allowed: {allowed}",
            )
    return values


def _unknown(entry: Entry) -> str:
    """The sentence for a key that no setting has, with the nearest one that exists."""
    if entry.key in ENVIRONMENT_ONLY:
        return f"{entry.where} is not a setting of a file; set the variable {PREFIX}{entry.key.upper()} instead"
    from difflib import get_close_matches  # only a mistake pays for it

    in_environment = entry.where.startswith(PREFIX)
    near = get_close_matches(entry.key, [*_CHECKS, *(ENVIRONMENT_ONLY if in_environment else ())], 1)
    prefix, kind = (PREFIX, "variable") if in_environment else ("", "key")
    names = [prefix + (key.upper() if in_environment else key) for key in (*near, *sorted(_CHECKS))]
    question = f"did you mean {names[0]}? " if near else ""
    return f"{entry.where} is no {kind} that joulecard knows; {question}allowed: {', '.join(names[len(near) :])}"


def _place(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(PLACE_FORMS)  # noqa: TRY004  # all refusals are one kind, caught in values_of
    place_parts(value)
    return value.strip()


def _number(lowest: float, highest: float, allowed: str) -> Callable[[object], float]:
    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not lowest <= value <= highest:
            raise ValueError(allowed)
        return float(value)

    return check


def _choice(*names: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if value not in names:
            raise ValueError(", ".join(names))
        return str(value)

    return check


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false (in a variable 1, yes, on, 0, no and off too)")  # noqa: TRY004  # as above
    return value


def _path(what: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or not value or not value.isprintable():
            raise ValueError(f"the path of a {what}")
        return value

    return check


def _line(most: int) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > most:
            raise ValueError(f"one line of 1 to {most} characters")
        return value.strip()

    return check


_CHECKS: dict[str, Callable[[object], object]] = {
    "place": _place,
    "pue": _number(1, 5, "a number from 1 to 5"),
    "attribution": _choice("allocated", "machine", "process"),
    "profile": _choice("lifecycle", "direct"),
    "period": _number(1, 60, "seconds from 1 to 60"),
    "strict": _switch,
    "embodied": _switch,
    "mlflow": _choice("auto", "full", "metrics", "off"),
    "live": _choice("off", "electricity-maps", "neso", "rte"),
    "journal_dir": _path("folder"),
    "own_factors": _path("file"),
    "disabled": _switch,
    "publisher": _line(256),
    "contact": _line(256),
    "license": _line(128),
}


def shown(key: str, value: object) -> str:
    """The value as a problem sentence quotes it; a path is not repeated, it may name a person."""
    if isinstance(value, str):
        return '"..."' if key in PATHS else f'"{clean(value)}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return clean(str(value))
    return "a table" if isinstance(value, dict) else "an array" if isinstance(value, list) else "a date or time"


def clean(text: str, characters: int = _SHOWN_CHARACTERS) -> str:
    """The text without control characters and line ends, cut to a length that a sentence bears."""
    return "".join(letter for letter in text if letter.isprintable())[:characters]
