"""What no formula may be given: each check gives its value back, or says in one sentence why it cannot be."""

from __future__ import annotations

import math

from joulecard.errors import InvalidInputError

HIGHEST_SHARE = 1.0


def amount(value: float, name: str) -> float:
    """The value, zero and above; raises InvalidInputError for a negative or non-finite one."""
    if not math.isfinite(value) or value < 0:
        raise InvalidInputError(f"{name} is {value:g}", mend="give zero or a finite number above it")
    return value


def divisor(value: float, name: str) -> float:
    """The value, above zero; raises InvalidInputError otherwise, for something is divided by it."""
    if not math.isfinite(value) or value <= 0:
        raise InvalidInputError(f"{name} is {value:g}", mend="something is divided by it: give a number above zero")
    return value


def share(value: float, name: str) -> float:
    """The value, from 0 to 1; raises InvalidInputError otherwise, percent being the usual cause."""
    if not 0 <= value <= HIGHEST_SHARE:
        raise InvalidInputError(f"{name} is {value:g}", mend="give a share from 0 to 1, so 40 % is 0.4")
    return value


def pue_ratio(value: float) -> float:
    """Power usage effectiveness, 1 and above (ISO/IEC 30134-2); raises InvalidInputError otherwise."""
    if not math.isfinite(value) or value < 1:
        raise InvalidInputError(f"PUE is {value:g}", mend="facility energy is never below IT energy: give 1 or more")
    return value
