"""`joulecard mlflow`: what goes into MLflow by hand; everything else happens by itself."""

from __future__ import annotations

import os
from importlib.util import find_spec

import click

from joulecard.capture.journal.recovery import recover
from joulecard.errors import MissingPartError, UsageError
from joulecard.settings import Settings, load_settings, require


@click.group("mlflow", short_help="Upload to MLflow what a run could not")
def group() -> None:
    """Runs of MLflow record and send by themselves; this is for what they could not send."""


@group.command("upload", short_help="Send what runs have left on disk")
@click.argument("folder", required=False, metavar="[DIR]")
def upload_command(folder: str | None) -> int:
    """Send the segments in DIR to the MLflow runs that they belong to, then remove them.

    DIR is the private folder that runs leave them in; journals of runs that were killed become segments first.
    MLFLOW_TRACKING_URI names the server. Exit status 1 where something had to be left.
    """
    if find_spec("mlflow") is None:
        raise MissingPartError("MLflow is not installed", mend="pip install 'joulecard[mlflow]'")
    settings = require(load_settings(os.environ, os.getcwd()))
    try:
        return _upload(folder, settings)
    except OSError as error:
        raise UsageError(f"the folder cannot be opened: {error.strerror}", where=folder or "") from error


def _upload(folder: str | None, settings: Settings) -> int:
    from joulecard.hosts.mlflow import leftovers
    from joulecard.hosts.mlflow.upload import upload

    if folder is None:
        folder = leftovers.folder_of(_recovered(settings))
    else:
        os.stat(folder)
    if leftovers.segment_files(folder):
        _require_store()
    outcomes = upload(folder, settings)
    click.echo("\n".join(outcome.sentence for outcome in outcomes) or f"nothing to send in {folder}")
    return int(not all(outcome.is_sent for outcome in outcomes))


def _recovered(settings: Settings) -> str:
    """The state folder, with segments made of what killed recorders left; raises UsageError where there is none."""
    if not settings.journal_dir:
        raise UsageError("no state folder is known", where="mlflow upload", mend="name the folder of the segments")
    recover(settings.journal_dir)
    return settings.journal_dir


def _require_store() -> None:
    """Raises UsageError where MLflow would make a new store here instead of finding the runs."""
    if not os.environ.get("MLFLOW_TRACKING_URI") and not any(map(os.path.exists, ("mlflow.db", "mlruns"))):
        raise UsageError("there is no MLflow store here", where="mlflow upload", mend="set MLFLOW_TRACKING_URI")
