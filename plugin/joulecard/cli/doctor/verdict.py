"""The one sentence at the end: what will be recorded here, and how."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from joulecard import numbers
from joulecard.cli.doctor.configuration import who_disabled
from joulecard.cli.doctor.place import where
from joulecard.cli.doctor.records import can_be_kept
from joulecard.disclosure.components import POWER_MODEL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.cli.doctor.check import Scene
    from joulecard.cli.doctor.trial import Trial
    from joulecard.disclosure.components import Component

REPLAY = "replay"  # the sensor of what was recorded elsewhere
_KINDS = {"cpu": "CPU", "dram": "memory", "gpu": "GPU", "host": "the machine's"}


class Verdict(NamedTuple):
    """Whether anything can be recorded, and the sentence."""

    is_ready: bool
    sentence: str


def verdict(scene: Scene, trial: Trial | None) -> Verdict:
    """The verdict; `trial` is None where looking failed."""
    hindrance = _hindrance(scene, trial)
    if hindrance or trial is None:
        return Verdict(is_ready=False, sentence=f"Nothing is recorded here: {hindrance}.")
    return Verdict(is_ready=True, sentence=f"Ready: stages are recorded; {_energy(trial)}; {_carbon(scene, trial)}.")


def _hindrance(scene: Scene, trial: Trial | None) -> str:
    """Why nothing can be recorded; empty where something can."""
    if scene.settings.disabled:
        return f"{who_disabled(scene)} turns recording off"
    if os.name != "posix":
        return "commands can be recorded on Linux and macOS only"
    if not can_be_kept(scene):
        return "no folder for the records can be written"
    if trial is None:
        return "its meters and surroundings could not be looked at"
    if trial.tally.energy_it.value is None:
        return "neither counters nor CPU time can be read"
    return ""


def _energy(trial: Trial) -> str:
    """How the energy of each kind of hardware is got."""
    components = trial.tally.components
    measured = _kinds(part for part in components if part.sensor not in {POWER_MODEL, REPLAY})
    modelled = _kinds(part for part in components if part.sensor == POWER_MODEL)
    replayed = _kinds(part for part in components if part.sensor == REPLAY)
    parts = [f"{_listed(measured)} energy is measured"] if measured else []
    if replayed:
        parts.append(f"{_listed(replayed)} energy is replayed from a recorded trace")
    if modelled:
        source = "activity" if measured else f"activity ({_why_no_counter(trial)})"
        parts.append(f"{_listed(modelled)} energy is modelled from {source}")
    if trial.has_unseen_gpus:
        parts.append("not all GPU energy is seen" if "GPU" in measured else "GPU energy is not seen")
    return ", ".join(parts)


def _why_no_counter(trial: Trial) -> str:
    sights = [sight for sensor in trial.sensors for sight in sensor.sights]
    is_read = any(sight.is_readable and sight.use is None for sight in sights)
    return "no counter that can be read gives energy" if is_read else "no counter can be read"


def _kinds(components: Iterable[Component]) -> list[str]:
    """What the components are the energy of, in words; the whole machine stands for all that is in it."""
    pairs = ((part.kind, () if part.kind == "host" else part.includes or ()) for part in components)
    return list(dict.fromkeys(_KINDS.get(kind, kind) for first, others in pairs for kind in (first, *others)))


def _listed(kinds: list[str]) -> str:
    return " and ".join([", ".join(kinds[:-1]), kinds[-1]] if kinds[1:] else kinds)


def _carbon(scene: Scene, trial: Trial) -> str:
    grid = trial.tally.grid
    if trial.refusal or grid is None:
        return f"carbon cannot be told until the place is {'corrected' if scene.settings.place else 'set'}"
    intensity = numbers.amount(grid.value, "g/kWh").text
    if trial.tally.evidence is None or grid.fallback_level == "world":
        return f"place unknown, so the world's average of {intensity} is taken"
    return f"place {where(trial.tally.evidence)}, {intensity}"
