"""Processes of users who are not the one that runs the tests: of one who records, and of one who means harm."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

RECORDING, HARMFUL = 54_000 + os.getpid() % 1000, 65_534  # a name in /tmp for each worker
OLDEST = (3, 11)


@functools.cache
def python_for_all() -> str | None:
    """An interpreter that any user may start: ours may lie where only root may look. None where there is none."""
    code = f"import sys; raise SystemExit(sys.version_info < {OLDEST})"
    for program in (sys.executable, *(f"/usr/bin/python3{minor}" for minor in ("", ".13", ".12", ".11"))):
        try:
            command = [program, "-c", code]
            if not subprocess.run(
                command, user=RECORDING, group=RECORDING, extra_groups=[], cwd="/", check=False, capture_output=True
            ).returncode:
                return program
        except OSError:
            continue
    return None


@contextmanager
def common_folder() -> Iterator[Path]:
    """A place that all may enter and write, as /tmp is."""
    place = Path(tempfile.mkdtemp(prefix="joulecard-users-"))
    place.chmod(0o1777)
    try:
        yield place
    finally:
        shutil.rmtree(place)


def run_as(
    user: int,
    command: list[str],
    folder: Path,
    *,
    tree: Path | None = None,
    bind: Callable[[], None] | None = None,
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """A program that has ended, as this user, in a folder."""
    paths = [str(path) for path in (tree, ROOT / "plugin") if path and path.is_dir()]
    own = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command,
        cwd=folder,
        env={**own, "PYTHONPATH": os.pathsep.join(paths), **(environ or {})},
        user=user,
        group=user,
        extra_groups=[],
        preexec_fn=bind,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
