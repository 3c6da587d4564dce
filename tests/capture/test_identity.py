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


def test_group_without_a_job(tmp_path: Path) -> None:
    """Without a job each process has a group of its own, a forked one too, and keeps it."""
    program = (
        "import os\nfrom joulecard.capture.identity import group_of\nfrom joulecard.settings import Roots\n"
        "print(group_of({}, Roots()), group_of({}, Roots()), flush=True)\n"
        "if os.fork() == 0: print(group_of({}, Roots()), flush=True); os._exit(0)\n"
        "os.wait()"
    )
    first, second, forked = ran(program, tmp_path)[1].split()
    assert first == second == first
    assert len({first, forked, identity.group_of({}, Roots())}) == 3


RANKS = """
import os, subprocess, sys
program = "from joulecard.capture.identity import *; import os; from joulecard.settings import Roots;" \\
          "print(group_of(os.environ, Roots()), rank_of(os.environ))"
for rank in "01":
    subprocess.run([sys.executable, "-c", program], env={**os.environ, "LOCAL_RANK": rank}, check=True)
"""


def test_group_of_ranks_whose_run_has_no_name(tmp_path: Path) -> None:
    """What one launcher starts has one group, though torchrun calls each run that was not named `none`."""
    first, second, third, fourth = ran(RANKS, tmp_path, TORCHELASTIC_RUN_ID="none")[1].split()
    assert (second, fourth) == ("0", "1")
    assert first == third != "none"
    assert ran(RANKS, tmp_path, TORCHELASTIC_RUN_ID="none")[1].split()[0] != first


@pytest.mark.parametrize(
    ("environ", "rank"),
    [
        ({}, None),
        ({"RANK": "5", "LOCAL_RANK": "1", "GROUP_RANK": "1"}, 5),
        ({"OMPI_COMM_WORLD_RANK": "3", "SLURM_PROCID": "0"}, 3),
        ({"PMI_RANK": "2"}, 2),
        ({"SLURM_PROCID": "4"}, 4),
        ({"LOCAL_RANK": "1", "GROUP_RANK": "2", "LOCAL_WORLD_SIZE": "8"}, 17),
        ({"LOCAL_RANK": "1"}, 1),
        ({"RANK": "x"}, None),
    ],
)
def test_rank(environ: dict[str, str], rank: int | None) -> None:
    """The number among all ranks of the job, from whoever started them."""
    assert identity.rank_of(environ) == rank


@pytest.mark.parametrize(("count", "attempt"), [(None, 1), ("0", 1), ("2", 3), ("x", 1), ("-1", 1)])
def test_attempt(count: str | None, attempt: int) -> None:
    """Slurm and torchrun count restarts."""
    assert identity.attempt_of({"SLURM_RESTART_COUNT": count} if count else {}) == attempt
    assert identity.attempt_of({"TORCHELASTIC_RESTART_COUNT": count} if count else {}) == attempt


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
