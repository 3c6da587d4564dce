"""One value that tells the energy or the use of a GPU, whoever gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Quantity(NamedTuple):
    """A value by its vendor's name; `look` raises where it is not there."""

    name: str
    look: Callable[[], int]
    unit: float = 1.0  # J, W or fraction of one count


class Unsupported(Exception):  # noqa: N818 - a state of the device, not a fault
    """The GPU has no such value."""
