"""What a stage gets done, counted by the program itself, and what it says of the stage."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from joulecard.capture.segment import Declared

if TYPE_CHECKING:
    from collections.abc import Mapping


class Work:
    """The counts and notes of one segment, from any thread; a note of the same name takes an earlier one's place."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, float] = {}
        self._notes: dict[str, float] = {}
        self._quality: dict[str, float] = {}
        self.place: str | None = None
        self._fresh = False

    def count(self, unit: str, number: float = 1) -> None:
        """Adds so many units."""
        with self._lock:
            self._counts[unit] = self._counts.get(unit, 0) + number
            self._fresh = True

    def note(
        self,
        *,
        flop: float | None = None,
        quality: Mapping[str, float] | None = None,
        energy_wh: float | None = None,
        place: str | None = None,
    ) -> None:
        """Takes over what is said."""
        with self._lock:
            said = {"flop": flop, "energy_wh": energy_wh}
            self._notes |= {name: value for name, value in said.items() if value is not None}
            self._quality |= quality or {}
            self.place = place or self.place
            self._fresh = True

    def fresh_line(self) -> dict[str, Any] | None:
        """The journal line of everything so far, if something has come since the last one was taken."""
        with self._lock:
            if not self._fresh:
                return None
            self._fresh = False
            return {
                "d": {"work": self._counts.copy(), "place": self.place, "quality": self._quality.copy()} | self._notes
            }

    def renew(self) -> None:
        """Gives the line again: for a journal that starts anew, or one that could not be written."""
        self._fresh = bool(self._counts or self._notes or self._quality or self.place)

    def read_line(self, line: dict[str, Any]) -> None:
        """Takes everything from its journal line; raises KeyError, TypeError or ValueError where it is none."""
        said = line["d"]
        self._counts = {str(unit): float(number) for unit, number in said["work"].items()}
        self._quality = {str(name): float(value) for name, value in said["quality"].items()}
        self.place = None if said["place"] is None else str(said["place"])
        self._notes = {name: float(said[name]) for name in ("flop", "energy_wh") if name in said}

    def counts(self) -> tuple[tuple[str, float], ...] | None:
        """Unit and number; None where nothing was counted."""
        with self._lock:
            return tuple(sorted(self._counts.items())) or None

    def declared(self) -> Declared | None:
        """What was noted; None where nothing was."""
        with self._lock:
            quality = tuple(sorted(self._quality.items())) or None
            return Declared(**self._notes, quality=quality) if self._notes or quality else None
