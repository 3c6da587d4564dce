"""Segments of one execution meet under one name; everything else has a name of its own."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

import pytest
from tests.capture.conftest import ran

if TYPE_CHECKING:
    from pathlib import Path

from joulecard.capture import identity
from joulecard.capture.plan import Plan
from joulecard.settings import Roots


def test_execution_id_is_a_uuid_of_its_parts() -> None:
    """Equal group, stage and attempt give an equal UUID of version 8; any other gives another."""
    ids = {identity.execution_id(*parts) for parts in (("g", "s", 1), ("g", "s", 2), ("g", "t", 1), ("h", "s", 1))}
    assert len(ids) == 4
    one = identity.execution_id("g", "s", 1)
    assert one == identity.execution_id("g", "s", 1)
    assert (uuid.UUID(one).version, uuid.UUID(one).variant, str(uuid.UUID(one))) == (8, uuid.RFC_4122, one)


def test_fresh_ids() -> None:
    """Random names are UUIDs of version 4 and differ."""
    one, other = identity.fresh_id(), identity.fresh_id()
    assert uuid.UUID(one).version == 4
    assert one != other


@pytest.mark.parametrize(
    ("environ", "group"),
    [
        ({"JOULECARD_SESSION": "a", "SLURM_JOB_ID": "1"}, "a"),
        ({"SLURM_JOB_ID": "1", "TORCHELASTIC_RUN_ID": "2"}, "1"),
        ({"TORCHELASTIC_RUN_ID": "2"}, "2"),
    ],
)
def test_group(environ: dict[str, str], group: str) -> None:
    """The job that was named, else the scheduler's."""
    assert identity.group_of(environ, Roots()) == group


def test_group_without_a_job() -> None:
    """Without a job every recorder has a group of its own."""
    assert identity.group_of({}, Roots()) != identity.group_of({}, Roots())


@pytest.mark.parametrize(("count", "attempt"), [(None, 1), ("0", 1), ("2", 3), ("x", 1), ("-1", 1)])
def test_attempt(count: str | None, attempt: int) -> None:
    """Slurm counts restarts."""
    assert identity.attempt_of({"SLURM_RESTART_COUNT": count} if count else {}) == attempt


@pytest.mark.parametrize(
    ("given", "stored"),
    [("train", "train"), ("a\nb\x1b[0m", "ab[0m"), ("", "unnamed"), ("é" * 300, "é" * 256), (5, "5")],
)
def test_stage_names(given: object, stored: str) -> None:
    """Names are printable and short."""
    assert identity.stage_name(given) == stored


TOLD = """
import os, subprocess, sys
if "DVC_STAGE" not in os.environ:  # this process stands for dvc
    for stage in ("train", "train", "test"):
        environ = {**os.environ, "DVC_STAGE": stage}
        subprocess.run([sys.executable, "-c", PROGRAM], env=environ, check=True)
else:
    from joulecard.capture.identity import group_of
    from joulecard.settings import Roots
    print(group_of(os.environ, Roots()))
"""


def test_commands_of_one_dvc_stage_share_a_group(tmp_path: Path) -> None:
    """The commands that one dvc process runs for one stage meet; another stage is another group."""
    status, output, _ = ran(f"PROGRAM = {TOLD!r}\n{TOLD}", tmp_path)
    first, second, other = output.split()
    assert (status, first == second, first == other) == (0, True, False)


def test_plan_from_environment(tmp_path: Path) -> None:
    """Group, attempt, rank and the recorder around us come from the environment."""
    environ = {"JOULECARD_SESSION": "g", "JOULECARD_WITHIN": "outer", "RANK": "3"}
    plan = Plan.from_environment("train", str(tmp_path), environ, Roots())
    assert (plan.group, plan.within, plan.rank, plan.attempt, plan.scope) == ("g", "outer", 3, 1, "process")
    assert plan.folder == os.path.join(tmp_path, "carbon", "segments")
    assert Plan.from_environment("train", str(tmp_path), environ, Roots(), scope="node").rank is None
