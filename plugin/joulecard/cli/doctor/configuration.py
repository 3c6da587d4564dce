"""Which settings hold and where they come from."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from joulecard import is_disabled
from joulecard.cli.doctor.check import Check
from joulecard.settings.sources import find_file
from joulecard.settings.values import PREFIX, Problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.cli.doctor.check import Scene, State

GROUP = "Settings"


def configuration(scene: Scene) -> Iterator[Check]:
    """The file, the variables, each problem, and whether recording is turned off."""
    file = find_file(scene.folder, Problems())
    if file:
        keys = ", ".join(sorted(file.table)) or "nothing that can be used"
        is_wrong = any(problem.startswith(os.path.basename(file.path)) for problem in scene.settings.problems)
        state: State = "problem" if is_wrong else "ok"
        yield Check(GROUP, "file", state, f"{scene.shown(file.path)}: {keys}")
    else:
        yield Check(GROUP, "file", "normal", "no joulecard.toml here or above: the defaults hold")
    variables = sorted(name for name, value in scene.environ.items() if name.startswith(PREFIX) and value)
    if variables:
        yield Check(GROUP, "variables", "ok", ", ".join(variables))
    for problem in scene.settings.problems:
        yield Check(GROUP, "mistake", "problem", problem, "correct it; until then it is ignored")
    if scene.settings.disabled:
        yield Check(GROUP, "recording", "problem", f"turned off by {who_disabled(scene)}", _turn_on(scene))


def who_disabled(scene: Scene) -> str:
    """What turned recording off."""
    return "JOULECARD_DISABLED" if is_disabled(scene.environ) else "the settings file"


def _turn_on(scene: Scene) -> str:
    return "unset JOULECARD_DISABLED" if is_disabled(scene.environ) else "take `disabled` out of the settings file"
