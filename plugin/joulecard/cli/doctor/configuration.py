"""Which settings hold and where they come from."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

from joulecard import is_disabled
from joulecard.cli.doctor.check import Check
from joulecard.errors import JoulecardError
from joulecard.factors import opened
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
    if scene.settings.own_factors is not None:
        yield _own_factors(scene, scene.settings.own_factors)
    yield from _live(scene)
    if scene.settings.disabled:
        yield Check(GROUP, "recording", "problem", f"turned off by {who_disabled(scene)}", _turn_on(scene))


def _own_factors(scene: Scene, path: str) -> Check:
    """Whether the file of own factors can be used."""
    try:
        own = opened(path).own
    except JoulecardError as error:
        told = f"carbon cannot be told: {error}"
        return Check(GROUP, "own factors", "problem", told, "correct the file, or take `own_factors` out")
    factors, contracts = (len(own.factors), len(own.contracts)) if own else (0, 0)
    return Check(GROUP, "own factors", "ok", f"{scene.shown(path)}: factors: {factors}, contracts: {contracts}")


def _live(scene: Scene) -> Iterator[Check]:
    """Whom `assemble` will ask for hourly grid intensity, and whether it can; nobody is asked here."""
    if scene.settings.live == "off":
        return
    from joulecard.factors.providers.known import PROVIDERS  # few ask anybody

    provider = PROVIDERS[scene.settings.live]
    missing = [name for name in provider.key_variables if not scene.environ.get(name, "").strip()]
    if scene.settings.profile not in provider.scopes:
        told = f"its values are {provider.scopes[0]}, and the profile is {scene.settings.profile}"
        yield Check(GROUP, "live", "problem", f"{provider.title}: {told}", f'profile = "{provider.scopes[0]}"')
    elif missing:
        yield Check(GROUP, "live", "problem", f"{provider.title}: there is no key", f"set {' and '.join(missing)}")
    elif find_spec("httpx2") is None or find_spec("stamina") is None:
        told = f"{provider.title}: the packages that ask it are not installed"
        yield Check(GROUP, "live", "problem", told, "pip install 'joulecard[live]'")
    else:
        yield Check(GROUP, "live", "ok", f"joulecard assemble asks {provider.title} for hourly grid intensity")


def who_disabled(scene: Scene) -> str:
    """What turned recording off."""
    return "JOULECARD_DISABLED" if is_disabled(scene.environ) else "the settings file"


def _turn_on(scene: Scene) -> str:
    return "unset JOULECARD_DISABLED" if is_disabled(scene.environ) else "take `disabled` out of the settings file"
