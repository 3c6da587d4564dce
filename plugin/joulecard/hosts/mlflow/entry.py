"""What MLflow loads through its entry points: classes that add nothing to a run and arm the recorder.

Imported by every `import mlflow`, so it imports nothing that costs, and whatever goes wrong here stays here.
"""

from __future__ import annotations

import os

from joulecard import is_disabled


class RunContext:
    """A run context provider that is never in context: being made is its only use."""

    def __init__(self) -> None:
        _arm()

    def in_context(self) -> bool:
        """Always False: it has no tags."""
        return False

    def tags(self) -> dict[str, str]:
        """No tags."""
        return {}


class DefaultExperiment:
    """A default experiment provider that is never in context; MLflow makes it later than a run context provider."""

    def __init__(self) -> None:
        _arm()

    def in_context(self) -> bool:
        """Always False: it knows no experiment."""
        return False

    def get_experiment_id(self) -> None:
        """None."""
        return


def _arm() -> None:
    """Wraps MLflow's classes, unless JOULECARD_DISABLED is set; never raises."""
    try:
        if not is_disabled(os.environ):
            from joulecard.hosts.mlflow.arming import arm

            arm()
    except Exception:  # noqa: BLE001 - MLflow is imported with or without us
        return
