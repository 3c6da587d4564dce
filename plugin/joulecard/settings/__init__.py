"""The one place where joulecard.toml, pyproject.toml and JOULECARD_* variables become settings."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from joulecard.errors import SettingsError
from joulecard.settings.sources import entries_in_environment, entries_in_file, find_file
from joulecard.settings.values import PATHS, PREFIX, Problems, values_of

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user decided; `problems` holds one sentence for each key or value that was not understood."""

    place: str | None = None
    pue: float | None = None
    attribution: Literal["allocated", "machine", "process"] = "allocated"
    profile: Literal["lifecycle", "direct"] = "lifecycle"
    period_s: float = 10.0
    strict: bool = False
    journal_dir: str | None = None  # absolute; None where neither XDG_STATE_HOME nor HOME names a folder
    disabled: bool = False
    mlflow: Literal["auto", "full", "metrics", "off"] | None = None  # None, not set: auto, on Databricks off
    publisher: str | None = None  # who publishes disclosures, where questions go, and under which licence (SPDX)
    contact: str | None = None
    license: str | None = None
    live: Literal["off", "electricity-maps", "neso", "rte"] = "off"  # whom assemble asks for hourly intensity
    embodied: bool = False  # count what making the hardware emitted
    own_factors: str | None = None  # absolute; the file with own factors, PUE, WUE and contracts
    problems: tuple[str, ...] = ()
    refusals: tuple[str, ...] = field(default=(), compare=False)  # the same without any value: for a record


@dataclass(frozen=True, slots=True)
class Roots:
    """The folders below which everything that the system tells is read; tests put fake trees there."""

    sysfs: str = "/sys"
    proc: str = "/proc"
    fs: str = "/"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Roots:
        """The roots that JOULECARD_SYSFS_ROOT, JOULECARD_PROC_ROOT and JOULECARD_FS_ROOT name, else the real ones."""
        named = {name: environ.get(f"{PREFIX}{name.upper()}_ROOT") for name in ("sysfs", "proc", "fs")}
        return cls(**{name: path for name, path in named.items() if path})


def load_settings(environ: Mapping[str, str], folder: str) -> Settings:
    """The settings that hold in `folder`; never raises, a key that is wrong keeps its default and leaves a problem."""
    try:
        folder = os.path.abspath(folder)
    except OSError:  # the working directory was removed
        folder = os.sep
    problems = Problems()
    found = find_file(folder, problems)
    values: dict[str, Any] = {"journal_dir": _default_journal_dir(environ)}
    if found:
        below = values_of(entries_in_file(found), problems)
        values |= _resolved(below, os.path.dirname(found.path), environ)
    values |= _resolved(values_of(entries_in_environment(environ), problems), folder, environ)
    if "period" in values:
        values["period_s"] = values.pop("period")
    return Settings(**values, problems=tuple(problems.sentences), refusals=tuple(problems.refusals))


def require(settings: Settings) -> Settings:
    """The same settings; raises SettingsError, one line a problem, where something was not understood."""
    if settings.problems:
        raise SettingsError("\n".join(settings.problems))
    return settings


def _resolved(values: dict[str, Any], base: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """The same values with paths that hold wherever the process goes: `~` and relative ones resolved."""
    return {**values, **{key: _absolute(values[key], base, environ) for key in PATHS if key in values}}


def _absolute(path: str, base: str, environ: Mapping[str, str]) -> str:
    home = environ.get("HOME", "")
    if home and (path == "~" or path.startswith("~/")):
        path = home + path[1:]
    return os.path.normpath(os.path.join(base, path))


def _default_journal_dir(environ: Mapping[str, str]) -> str | None:
    """The folder `joulecard` in the user's state folder; the password database, maybe a network away, is not asked."""
    state, home = environ.get("XDG_STATE_HOME", ""), environ.get("HOME", "")
    if os.path.isabs(state):
        return os.path.join(state, "joulecard")
    return os.path.join(home, ".local", "state", "joulecard") if os.path.isabs(home) else None
