"""Brings home what runs could not send: segments that lie on disk go into the runs that they are of."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from joulecard.capture.closing import SEGMENT_SUFFIX
from joulecard.hosts.mlflow import leftovers
from joulecard.hosts.mlflow.delivery import deliver
from joulecard.hosts.mlflow.modes import mode_of
from joulecard.hosts.mlflow.parcel import PARENT_TAG, IncompleteError, Parcel, is_of_one_run, kind_of
from joulecard.validation.records import load_segments

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.settings import Settings

NOT_FOUND = "RESOURCE_DOES_NOT_EXIST"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the segments of one run, or of one file that is none."""

    is_sent: bool
    sentence: str


def upload(folder: str, settings: Settings) -> list[Outcome]:
    """Sends each run's segments and removes what was sent; after a server that cannot be reached, no other is tried.

    Raises OSError where the folder cannot be read.
    """
    by_run, outcomes = _by_run(leftovers.segment_files(folder))
    parcels = [_parcel(run_id, paths, settings) for run_id, paths in by_run.items()]
    client = _client() if parcels else None
    failure: Exception | None = None
    for parcel in parcels:
        problem = failure or _send(client, parcel)
        failure = problem if problem and not is_of_one_run(problem) else None
        outcomes.append(_outcome(parcel, problem))
    return outcomes


def _by_run(paths: Iterable[str]) -> tuple[dict[str, list[str]], list[Outcome]]:
    """The files by the run that they belong to, and what is wrong with others; segments of no run are left out."""
    by_run: dict[str, list[str]] = {}
    refused = []
    for path in paths:
        segments, violations = load_segments([path])
        refused += [Outcome(is_sent=False, sentence=f"{path} was left: {wrong.message}") for _, wrong in violations[:1]]
        for segment in segments:
            if leftovers.run_of(segment) and os.path.basename(path) == segment.id + SEGMENT_SUFFIX:
                by_run.setdefault(leftovers.run_of(segment), []).append(path)
    return by_run, refused


def _client() -> Any:
    from mlflow import MlflowClient

    return MlflowClient()


def _parcel(run_id: str, paths: Iterable[str], settings: Settings) -> Parcel:
    """The parcel, in the mode that holds; who asks for it gets it even where runs are not recorded."""
    return Parcel(run_id, tuple(paths), mode_of(settings, {}) or "auto", settings)


def _send(client: Any, parcel: Parcel) -> Exception | None:
    """Why the run does not have it all; None where it has."""
    try:
        run = client.get_run(parcel.run_id)
        if run.info.lifecycle_stage == "deleted":
            return IncompleteError("the run has been deleted; restore it, or remove its segments")
        deliver(client, replace(parcel, is_child=PARENT_TAG in run.data.tags))
    except Exception as error:  # noqa: BLE001 - every store fails in its own way, and each is told in one sentence
        return error
    leftovers.remove(parcel.paths)
    return None


def _outcome(parcel: Parcel, problem: Exception | None) -> Outcome:
    count = len(parcel.paths)
    what = f"run {parcel.run_id}: {count} {'segment' if count == 1 else 'segments'}"
    if problem is None:
        return Outcome(is_sent=True, sentence=f"{what} sent")
    why = kind_of(problem)
    if why == NOT_FOUND:
        why = "this tracking server does not know the run; MLFLOW_TRACKING_URI names another"
    return Outcome(is_sent=False, sentence=f"{what} left: {why}")
