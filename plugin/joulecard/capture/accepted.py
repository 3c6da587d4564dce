"""What may be counted and noted: the bounds of segment.schema.json, and a sentence for all that lies outside."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from joulecard.surroundings.place import Evidence

MOST_UNITS, MOST_METRICS = 32, 64
MOST_COUNTED, MOST_QUALITY = 1e30, 1e15
MOST_NOTED = {"flop": 1e40, "energy_wh": 1e15}
REFUSED_COUNT = f"a count was refused: it must be a number from 0, and the sum at most {MOST_COUNTED:.0e}"
REFUSED_QUALITY = f"quality was refused: it must give numbers up to {MOST_QUALITY:.0e} by their names"
REFUSED_UNIT = "a unit was refused: its name must be a small letter, then at most 63 small letters, digits and _"
_REFUSED_METRIC = "a metric was refused: its name must be a letter, then at most 63 letters, digits, blanks and _@./-"
_REFUSED_PLACE = "the noted place was refused: it must be provider/region, a country or a part of one, as in settings"

PLAIN = frozenset((int, float))
_WAS_REFUSED = " was refused"
_NO_VALUE = object()
_SHOWN_CHARACTERS = 40
_TEXTS = (str, bytes, bytearray, memoryview)
_UNIT = r"[a-z][a-z0-9_]{0,63}"  # compiled when the first is counted
_METRIC = r"[A-Za-z][A-Za-z0-9_@./ -]{0,63}"


class RefusedError(ValueError):
    """Something that cannot be counted or noted; the text says why and quotes nothing of it."""

    def __init__(self, reason: str, value: object = _NO_VALUE) -> None:
        super().__init__(reason)
        self._value = value

    @property
    def said(self) -> str:
        """The same for the user, with the value."""
        what, was_refused, why = str(self).partition(_WAS_REFUSED)
        if self._value is _NO_VALUE or not was_refused:
            return str(self)
        return f"{what.replace('a ', 'the ', 1)} {_quoted(self._value)}{was_refused}{why}"


def refused_count(unit: str, value: object) -> RefusedError:
    """Why a count of a unit that is counted, or of any, was not taken."""
    of_unit = f"a count of {unit}{_WAS_REFUSED}" if unit else f"a count{_WAS_REFUSED}"
    return RefusedError(REFUSED_COUNT.replace(f"a count{_WAS_REFUSED}", of_unit), value)


def _quoted(value: object) -> str:
    """A number or a short text without control characters, of anything else its type: nothing of it is run."""
    if type(value) is str:
        from joulecard.settings.values import clean

        return f"'{clean(value, _SHOWN_CHARACTERS)}'"
    if type(value) is float or (type(value) is int and abs(value) <= MOST_COUNTED):
        return f"{value:.6g}"
    return f"({type(value).__name__})"


def number(value: Any, refusal: str) -> float:
    """What `float` takes, numbers of NumPy too, but no texts and no truth values; raises RefusedError."""
    if isinstance(value, _TEXTS) or type(value).__name__ in {"bool", "bool_"}:
        raise RefusedError(refusal, value)
    try:
        return value if type(value) in PLAIN else float(value)
    except Exception as error:
        raise RefusedError(refusal, value) from error


def count(value: Any) -> float:
    """How many units there are in all; raises RefusedError."""
    amount = number(value, REFUSED_COUNT)
    if not 0 <= amount <= MOST_COUNTED:
        raise RefusedError(REFUSED_COUNT, value)
    return amount


def noted(name: str, value: Any) -> float:
    """Operations or watt-hours; raises RefusedError."""
    refusal = f"{name} was refused: it must be a number from 0 to {MOST_NOTED[name]:.0e}"
    amount = number(value, refusal)
    if not 0 <= amount <= MOST_NOTED[name]:
        raise RefusedError(refusal, value)
    return amount


def quality(value: Any) -> float:
    """The value of a metric; raises RefusedError."""
    amount = number(value, REFUSED_QUALITY)
    if not -MOST_QUALITY <= amount <= MOST_QUALITY:
        raise RefusedError(REFUSED_QUALITY, value)
    return amount


def unit(name: Any) -> str:
    """The name of a unit; raises RefusedError."""
    if type(name) is not str or not re.fullmatch(_UNIT, name):
        raise RefusedError(REFUSED_UNIT, name)
    return name


def metric(name: Any) -> str:
    """The name of a metric; raises RefusedError."""
    if type(name) is not str or not re.fullmatch(_METRIC, name):
        raise RefusedError(_REFUSED_METRIC, name)
    return name


def place(text: Any) -> str:
    """A declared place in the spelling of its registry; raises RefusedError."""
    try:
        found = evidence(text)
    except Exception as error:
        raise RefusedError(_REFUSED_PLACE, text) from error
    return f"{found.provider}/{found.region}" if found.provider else found.subdivision or str(found.country)


def evidence(text: str) -> Evidence:
    """A declared place as the setting `place` is read; raises SettingsError."""
    from joulecard.surroundings.place import parse_place

    return parse_place(text)
