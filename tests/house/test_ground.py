"""The ground that tests stand on: a clean environment, and missing parts that do not go unnoticed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run_test(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs one test below this project's conftest.py, in a pytest of its own and an environment with additions."""
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "tests/conftest.py", tmp_path / "tests")

    def run(test: str, **environment: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "tests/test_it.py").write_text(test, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "tests"]
        kept = {name: value for name, value in os.environ.items() if name != "CI"}
        return subprocess.run(
            command, cwd=tmp_path, env=kept | environment, capture_output=True, text=True, check=False
        )

    return run


NEEDS_GIT = "import pytest\n@pytest.mark.needs('git')\ndef test_it(): pass\n"
NEEDS_NOTHING = "def test_it(): pass\n"
SEES_ENVIRONMENT = """
import os
def test_it():
    foreign = [name for name in os.environ if name.startswith(("JOULECARD_", "SLURM_", "MLFLOW_", "TORCHELASTIC_"))]
    assert foreign == ["MLFLOW_DISABLE_TELEMETRY"]
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == os.environ["DO_NOT_TRACK"] == "true"
    assert "DVC_STAGE" not in os.environ
    assert os.environ["HOME"] != "elsewhere"
    assert os.path.isdir(os.environ["XDG_RUNTIME_DIR"]) and os.path.isdir(os.environ["XDG_STATE_HOME"])
"""


def test_a_missing_part_is_named_with_its_command(
    run_test: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    """Without git, a test that needs it is set aside, and the end of the run says how to install it."""
    done = run_test(NEEDS_GIT, PATH="")
    assert done.returncode == 0
    assert "git: sudo apt-get install git" in done.stdout
    assert "1 skipped" in done.stdout


@pytest.mark.parametrize("test", [NEEDS_GIT, NEEDS_NOTHING])
def test_a_missing_part_fails_a_build_machine(
    run_test: Callable[..., subprocess.CompletedProcess[str]], test: str
) -> None:
    """With CI=true the run fails when a part is missing, even where every test that ran passed."""
    done = run_test(test, PATH="", CI="true")
    assert done.returncode == 1
    assert "git: sudo apt-get install git" in done.stdout


def test_a_part_that_nobody_knows_is_refused(run_test: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """A misspelt part would never be missing: the test that names it fails."""
    done = run_test(NEEDS_GIT.replace("'git'", "'gti'"))
    assert done.returncode == 1
    assert "needs gti, which conftest.py does not know" in done.stdout


def test_tests_see_none_of_the_machines_settings(
    run_test: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    """Settings of joulecard and its hosts in the environment of the run do not reach a test; its home is its own."""
    foreign = {"JOULECARD_PLACE": "FR", "DVC_STAGE": "train", "SLURM_JOB_ID": "1", "MLFLOW_RUN_ID": "a"}
    done = run_test(SEES_ENVIRONMENT, HOME="elsewhere", TORCHELASTIC_RUN_ID="b", **foreign)
    assert done.returncode == 0, done.stdout
