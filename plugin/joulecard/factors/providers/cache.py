"""Hours that were told before, one small file each, so that no hour is asked for twice."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from joulecard.factors.providers.hours import day, intensity_of, stamp
from joulecard.factors.providers.provider import Intensity, ProviderError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from joulecard.factors.providers.provider import Scope

LONGEST_PAUSE_S = 3600.0  # a pause beyond is not believed
MOST_CHARACTERS = 4096


class Cache:
    """One provider's files; what cannot be read or written is as if it were not there."""

    def __init__(self, folder: str | None, provider: str) -> None:
        self._folder = os.path.join(folder, provider) if folder else None

    def get(self, zone: str, scope: Scope, hours: Iterable[int]) -> dict[int, Intensity]:
        """Those of these hours that are here."""
        found = {hour: _intensity(self._read(_name(zone, scope, hour))) for hour in hours}
        return {hour: intensity for hour, intensity in found.items() if intensity}

    def put(self, zone: str, scope: Scope, hours: Mapping[int, Intensity]) -> None:
        """Keeps them."""
        for hour, intensity in hours.items():
            self._write(_name(zone, scope, hour), asdict(intensity))

    def pause(self, seconds: float) -> None:
        """Keeps in mind that the provider wants to be left alone for so long."""
        self._write("pause.json", {"until": time.time() + min(seconds, LONGEST_PAUSE_S)})

    def pause_left_s(self) -> float:
        """For how long it wants to be left alone; 0 where it does not."""
        told = self._read("pause.json")
        until = told.get("until") if isinstance(told, dict) else None
        left_s = until - time.time() if isinstance(until, (int, float)) else 0.0
        return left_s if 0 < left_s <= LONGEST_PAUSE_S else 0.0

    def _read(self, name: str) -> Any:
        if self._folder is None:
            return None
        try:
            with open(os.path.join(self._folder, name), encoding="utf-8") as file:
                return json.loads(file.read(MOST_CHARACTERS))
        except (OSError, ValueError):
            return None

    def _write(self, name: str, document: dict[str, Any]) -> None:
        """Puts a whole file in its place, or none."""
        if self._folder is None:
            return
        path = os.path.join(self._folder, name)
        draft = f"{path}.{os.getpid()}"
        with suppress(OSError):
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            with open(draft, "w", encoding="utf-8") as file:
                json.dump(document, file)
            os.replace(draft, path)


def cache_folder(environ: Mapping[str, str]) -> str | None:
    """The user's folder for what can be got again ($XDG_CACHE_HOME, else ~/.cache); None where there is none."""
    cache, home = environ.get("XDG_CACHE_HOME", ""), environ.get("HOME", "")
    if os.path.isabs(cache):
        return os.path.join(cache, "joulecard", "live")
    return os.path.join(home, ".cache", "joulecard", "live") if os.path.isabs(home) else None


def _name(zone: str, scope: Scope, hour: int) -> str:
    return os.path.join(zone, scope, day(hour), f"{stamp(hour)[11:13]}.json")


def _intensity(told: Any) -> Intensity | None:
    """What a file holds; None where it holds something else."""
    if not isinstance(told, dict):
        return None
    value, got, how = told.get("g_per_kwh"), told.get("got"), told.get("how_estimated")
    try:
        return Intensity(intensity_of(value), str(got)[:10], how if isinstance(how, str) else None)
    except ProviderError:
        return None
