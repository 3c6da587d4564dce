"""What one check found, and the guard under which each runs: none raises, none keeps the others waiting for ever."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from joulecard.settings import Roots, Settings

T = TypeVar("T")
State = Literal["ok", "normal", "lack", "problem"]  # normal: an absence that is nothing to worry about


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the answer."""

    group: str
    name: str
    state: State
    detail: str
    remedy: str | None = None  # a command or a line for a settings file, sometimes with a word on it


class Failed(NamedTuple):
    """Why a look found nothing."""

    reason: str


class Scene(NamedTuple):
    """Where the question is asked: what a recorder started here would be given."""

    environ: Mapping[str, str]
    folder: str
    roots: Roots
    settings: Settings

    def shown(self, path: str) -> str:
        """The path with `~` for the home folder, whose name is often that of its owner."""
        home = self.environ.get("HOME", "").rstrip("/")
        return "~" + path[len(home) :] if home and f"{path}/".startswith(f"{home}/") else path


class Started(Generic[T]):
    """A look at something under way in a thread of its own."""

    def __init__(self, look: Callable[[], T], deadline_s: float) -> None:
        self._found: list[T] = []
        self._failure = f"no answer within {deadline_s:.0f} s"
        self._until_s = time.monotonic() + deadline_s
        self._thread = threading.Thread(target=self._run, args=(look,), name="doctor", daemon=True)
        self._thread.start()

    def result(self) -> T | Failed:
        """What was found; why nothing was, where the look failed or did not end in time."""
        self._thread.join(max(0.0, self._until_s - time.monotonic()))
        return self._found[0] if self._found else Failed(self._failure)

    def _run(self, look: Callable[[], T]) -> None:
        try:
            self._found.append(look())
        except Exception as error:  # noqa: BLE001 - a check that fails is a line among the others
            self._failure = f"this check failed: {why(error)}"


def why(error: Exception) -> str:
    """What went wrong, without any path that the full text may hold."""
    said = error.strerror if isinstance(error, OSError) else None
    return said or type(error).__name__
