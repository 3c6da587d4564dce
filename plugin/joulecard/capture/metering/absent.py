"""The meter of a vendor of whom this machine has nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from joulecard.capture.meters import Failure, Instrument


class Absent:
    """No instruments, ever."""

    def counters(self) -> tuple[Instrument, ...]:
        """None."""
        return ()

    def read(self) -> dict[str, int | Failure]:
        """Nothing."""
        return {}

    def close(self) -> None:
        """Nothing is held open."""
