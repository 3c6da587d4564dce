"""What is to be recorded, under which names, and where the record goes: fixed before the first tick."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from joulecard.capture import identity
from joulecard.capture.node.registry import Registry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from joulecard.capture.node.sharing import Entry
    from joulecard.capture.segment import Scope
    from joulecard.settings import Roots


@dataclass(frozen=True, slots=True)
class Plan:
    """One recording: what it is called, whose processes it watches, and where its segment is written."""

    stage: str
    base: str  # segments go to carbon/segments below it, if `segments` names no other; the git commit is read here
    group: str
    attempt: int = 1
    scope: Scope = "process"  # node: this process is a wrapper, and only its descendants count
    root_pid: int | None = None  # watch this process's tree instead of our own
    within: str | None = None
    rank: int | None = None
    refs: tuple[tuple[str, str], ...] = ()
    stage_file: str | None = None  # the DVC stage record that the host writes beside the segment
    segments: str | None = None  # the folder of the segment where the host moves it on; the folder above it exists

    @classmethod
    def from_environment(
        cls, stage: str, base: str, environ: Mapping[str, str], roots: Roots, scope: Scope = "process"
    ) -> Plan:
        """The plan of a recorder started here.

        Group, attempt, rank and outer recorder are told by the environment; an outer recorder that could not tell
        its children (`record` around a subprocess) by the list of live ones.
        """
        told = identity.stage_name(environ["JOULECARD_WITHIN"]) if environ.get("JOULECARD_WITHIN") else None
        above = None if told else _watcher_above(environ, roots)
        run = above.group if above and not environ.get("DVC_STAGE") else None
        return cls(
            stage=identity.stage_name(stage),
            base=os.path.abspath(base),
            group=identity.group_of(environ, roots, run),
            attempt=identity.attempt_of(environ),
            scope=scope,
            within=above.execution_id if above else told,
            rank=identity.rank_of(environ) if scope == "process" else None,
        )

    @property
    def execution_id(self) -> str:
        """The execution that this recording is a part of."""
        return identity.execution_id(self.group, self.stage, self.attempt)

    @property
    def folder(self) -> str:
        """Where the segment file goes."""
        return self.segments or os.path.join(self.base, "carbon", "segments")


def _watcher_above(environ: Mapping[str, str], roots: Roots) -> Entry | None:
    """The live recorder of a process above ours; None also where there is no list of live recorders."""
    try:
        return Registry(environ).watcher_above(roots.proc)
    except OSError:
        return None
