"""What a pipeline tool knows of its stages and segments do not: order, edges, files, what was reused."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file or folder that a stage read or wrote, named as the pipeline names it."""

    uri: str
    digest: str | None = None  # "md5:..." or "sha256:..." over the bytes, as the tool stores it


@dataclass(frozen=True, slots=True)
class StageLineage:
    """One stage of the pipeline as its lock file describes it."""

    name: str
    depends_on: tuple[str, ...] = ()  # names of stages
    inputs: tuple[Artifact, ...] = ()
    outputs: tuple[Artifact, ...] = ()
    refs: tuple[tuple[str, str], ...] = ()  # dvc_stage, git_commit, ...
    cached: bool = False  # its results were restored: the segments found are those of the earlier execution
    execution_ids: frozenset[str] | None = None  # those that made these outputs; None where the tool does not tell
    unrecorded: str = ""  # why nothing was recorded, in words; empty where a record is expected


@dataclass(frozen=True, slots=True)
class Lineage:
    """The stages in pipeline order, and how many nodes the job was given where its launcher says so."""

    stages: tuple[StageLineage, ...] = ()
    nodes_expected: int | None = None

    def named(self) -> dict[str, StageLineage]:
        """The stages by name."""
        return {stage.name: stage for stage in self.stages}
