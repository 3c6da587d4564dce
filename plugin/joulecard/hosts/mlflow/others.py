"""The segments of a run that other processes wrote: earlier parts of a resumed run, and the other ranks of a job."""

from __future__ import annotations

import os
import re
import tempfile
from typing import TYPE_CHECKING, Any, NamedTuple

from joulecard.validation.parse import MAX_BYTES
from joulecard.validation.records import load_segments

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.capture.segment import Segment

SEGMENTS = "carbon/segments"  # below the run's artifacts
MOST = 4096  # ranks times resumes of one run
_NAME = re.compile(rf"{SEGMENTS}/([0-9a-f-]{{36}})\.json")


class Others(NamedTuple):
    """What was found; anybody may have written it, so only valid segments of this very run are taken."""

    segments: tuple[Segment, ...] = ()
    passed_over: tuple[str, ...] = ()  # the names of files that are no such segments
    is_unread: bool = False  # the artifact store did not answer: nobody knows whether there are any


def others(client: Any, run_id: str, known: Iterable[str]) -> Others:
    """The segments in the run's artifacts beside those whose ids are known."""
    try:
        listed = client.list_artifacts(run_id, SEGMENTS)
        names = {match[1]: file for file in listed if (match := _NAME.fullmatch(file.path))}
        wanted = {name: file for name, file in names.items() if name not in set(known)}
        with tempfile.TemporaryDirectory(prefix="joulecard-") as folder:
            return _read(client, run_id, wanted, folder) if wanted else Others()
    except Exception:  # noqa: BLE001 - every store fails in its own way
        return Others(is_unread=True)


def _read(client: Any, run_id: str, files: dict[str, Any], folder: str) -> Others:
    small = [name for name, file in files.items() if 0 <= (file.file_size or 0) <= MAX_BYTES][:MOST]
    store = client._tracking_client._get_artifact_repo(run_id)  # noqa: SLF001 - download_artifacts() draws a bar on stderr
    for name in small:
        store._download_file(f"{SEGMENTS}/{name}.json", os.path.join(folder, f"{name}.json"))  # noqa: SLF001
    found, _ = load_segments(os.path.join(folder, f"{name}.json") for name in small)
    good = tuple(segment for segment in found if segment.group == run_id and segment.id in files)
    bad = files.keys() - {segment.id for segment in good}
    return Others(good, tuple(sorted(bad)))
