"""All checks together, each under its guard, and what follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from joulecard.cli.doctor import configuration, hosts, meters, place, records, reports
from joulecard.cli.doctor.check import Check, Failed, Scene, Started
from joulecard.cli.doctor.trial import run_trial
from joulecard.cli.doctor.verdict import verdict
from joulecard.settings import Roots, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from joulecard.cli.doctor.trial import Trial

DEADLINE_S = 15.0
IMPORTING_DEADLINE_S = 60.0  # heavy packages on a cold and slow disk


class Examination(NamedTuple):
    """What was found, and what it comes to."""

    checks: tuple[Check, ...]
    is_ready: bool
    sentence: str
    exit_status: int


def examine(environ: Mapping[str, str], folder: str) -> Examination:
    """Looks at everything that a recording started in the folder would meet; never raises, ends within a minute."""
    scene = Scene(environ, folder, Roots.from_environment(environ), load_settings(environ, folder))
    slow = (
        _Look(hosts.MLFLOW, "plugin", lambda: hosts.mlflow(scene), IMPORTING_DEADLINE_S),
        _Look(hosts.DVC, "package", lambda: hosts.dvc(scene)),
        _Look(hosts.DVC, "pipeline", lambda: hosts.pipelines(scene)),
        _Look(reports.GROUP, "PDF", reports.reports, IMPORTING_DEADLINE_S),
    )
    seen = Started(lambda: run_trial(scene), DEADLINE_S).result()
    trial = None if isinstance(seen, Failed) else seen
    failed = [Check(meters.GROUP, "meters", "problem", seen.reason)] if isinstance(seen, Failed) else []
    looks = (*_of_trial(trial), *_of_scene(scene), *slow)
    checks = (*failed, *(check for look in looks for check in look.checks()))
    return _examination(scene, trial, checks)


def _of_trial(trial: Trial | None) -> tuple[_Look, ...]:
    if trial is None:
        return ()
    return (
        _Look(meters.GROUP, "meters", lambda: meters.counters(trial)),
        _Look(meters.GROUP, "hardware", lambda: meters.hardware(trial)),
        _Look(place.GROUP, "signs", lambda: place.signs(trial)),
        _Look(place.GROUP, "grid", lambda: place.factors(trial)),
    )


def _of_scene(scene: Scene) -> tuple[_Look, ...]:
    return (
        _Look(configuration.GROUP, "file", lambda: configuration.configuration(scene)),
        _Look(records.GROUP, "records", lambda: records.segments(scene)),
        _Look(records.GROUP, "journals", lambda: records.journals(scene)),
        _Look(records.GROUP, "left behind", lambda: records.left_behind(scene)),
        _Look(records.GROUP, "live recorders", lambda: records.live_recorders(scene)),
        _Look(records.GROUP, "for MLflow", lambda: records.for_mlflow(scene)),
    )


class _Look:
    """Checks that belong together, under way; where they fail, one line of this name says so."""

    def __init__(
        self, group: str, name: str, look: Callable[[], Iterable[Check]], deadline_s: float = DEADLINE_S
    ) -> None:
        self._group, self._name = group, name
        self._started = Started(lambda: tuple(look()), deadline_s)

    def checks(self) -> tuple[Check, ...]:
        """What was found; waits for it, not longer than the deadline."""
        found = self._started.result()
        return (Check(self._group, self._name, "problem", found.reason),) if isinstance(found, Failed) else found


def _examination(scene: Scene, trial: Trial | None, checks: tuple[Check, ...]) -> Examination:
    is_ready, sentence = verdict(scene, trial)
    is_mistaken = bool(scene.settings.problems or (trial and trial.refusal and scene.settings.place))
    return Examination(checks, is_ready, sentence, 2 if is_mistaken else int(not is_ready))
