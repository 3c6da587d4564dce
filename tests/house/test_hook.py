"""The pre-commit hook: what it checks, and that a commit with a broken disclosure is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from tests.standard.corpus import VALID

if TYPE_CHECKING:
    from collections.abc import Callable

    Hook = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.checkout, pytest.mark.needs("git")]


@pytest.fixture
def hook(tmp_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch) -> Hook:
    """Runs pre-commit over documents in a repository of their own.

    The hook is ours but for `language`: building its environment takes the network and half a minute.
    """
    repository = tmp_path / "repository"
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True)
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "pre-commit"))
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    (ours,) = YAML(typ="safe").load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))

    def run(documents: dict[str, Any], *gates: str) -> subprocess.CompletedProcess[str]:
        config = {"repos": [{"repo": "local", "hooks": [{**ours, "language": "system", "args": list(gates)}]}]}
        for name, document in {".pre-commit-config.yaml": config, **documents}.items():
            (repository / name).parent.mkdir(parents=True, exist_ok=True)
            (repository / name).write_text(json.dumps(document), encoding="utf-8")
        subprocess.run(["git", "add", "--all"], cwd=repository, check=True)
        command = [sys.executable, "-m", "pre_commit", "run", "--color=never"]
        return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)

    return run


def test_a_good_disclosure_passes(hook: Hook) -> None:
    """Wherever its folder `carbon` lies."""
    done = hook({"carbon/disclosure.json": VALID["counted"](), "a/carbon/disclosure.json": VALID["counted"]()})
    assert done.returncode == 0, done.stdout
    assert "Passed" in done.stdout


def test_a_broken_disclosure_is_refused(hook: Hook) -> None:
    """With the place and the sentence."""
    done = hook({"carbon/disclosure.json": {**VALID["counted"](), "extra": 1}})
    assert done.returncode == 1
    assert "carbon/disclosure.json:1: schema #/extra" in done.stdout


def test_other_files_are_left_alone(hook: Hook) -> None:
    """Only `carbon/disclosure.json` is ours."""
    done = hook({"carbon/other.json": {}, "disclosure.json": {}, "charcoal-carbon/x/disclosure.json": {}})
    assert done.returncode == 0
    assert "no files to check" in done.stdout


def test_gates_are_arguments(hook: Hook) -> None:
    """As the description of the hook says."""
    done = hook({"carbon/disclosure.json": VALID["counted"]()}, "--level=L2", "--max-co2e=1g")
    assert done.returncode == 1
    assert "fails --max-co2e 1 g" in done.stdout
