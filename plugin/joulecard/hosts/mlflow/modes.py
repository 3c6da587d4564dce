"""How much is written into runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.hosts.mlflow.parcel import Mode
    from joulecard.settings import Settings

_DATABRICKS = "DATABRICKS_RUNTIME_VERSION"


def mode_of(settings: Settings, environ: Mapping[str, str]) -> Mode | None:
    """The mode that holds; None where nothing is to be recorded, as on Databricks unless a mode is set."""
    chosen = settings.mlflow or ("off" if environ.get(_DATABRICKS) else "auto")
    return None if settings.disabled or chosen == "off" else chosen
