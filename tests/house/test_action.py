"""The GitHub action: its shell steps, run as the runner runs them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.standard.corpus import VALID

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".github" / "actions" / "validate"
PINNED = re.compile(r"[a-z-]+/[a-z-]+@[0-9a-f]{40}")
EXPRESSION = re.compile(r"\$\{\{ *([a-z0-9.-]+) *\}\}")

pytestmark = pytest.mark.checkout


@dataclass(frozen=True)
class Step:
    """How a step of the action ended."""

    status: int
    log: str
    outputs: dict[str, str]
    page: str


def _action() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load((FOLDER / "action.yml").read_text(encoding="utf-8"))
    return loaded


def _steps() -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = _action()["runs"]["steps"]
    return steps


class Job:
    """A job's folder, and the runner that runs steps of the action in it."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.workspace = folder / "workspace"
        self.files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        self.temporary = folder / "temporary"
        for made in (self.workspace, self.temporary):
            made.mkdir()
        self.path = f"{programs}{os.pathsep}{os.environ['PATH']}"

    def write(self, name: str, document: object) -> None:
        """A file of the repository that the job checks."""
        path = self.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=2), encoding="utf-8")

    def run(self, step: str, **inputs: str) -> Step:
        """One shell step, as the runner starts it: expressions filled in its environment, bash -e -o pipefail."""
        for file in self.files.values():
            file.write_text("", encoding="utf-8")
        given = {f"inputs.{name}": str(told["default"]) for name, told in _action()["inputs"].items()}
        given |= {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
        found = next(each for each in _steps() if each.get("id") == step)
        told = {
            name: EXPRESSION.sub(lambda match: given.get(match[1], ""), text) for name, text in found["env"].items()
        }
        script = self.temporary / "script.sh"
        script.write_text(found["run"], encoding="utf-8")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self.workspace,
            env={**os.environ, **told, **self._runner(), "PATH": self.path},
            capture_output=True,
            text=True,
            check=False,
        )
        return Step(done.returncode, done.stdout + done.stderr, self._outputs(), self._page())

    def _runner(self) -> dict[str, str]:
        named = {name: str(path) for name, path in self.files.items()}
        return {
            **named,
            "RUNNER_TEMP": str(self.temporary),
            "GITHUB_ACTION_PATH": str(FOLDER),
            "GITHUB_ACTIONS": "true",
        }

    def _outputs(self) -> dict[str, str]:
        lines = self.files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def _page(self) -> str:
        return self.files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8")


@pytest.fixture
def job(tmp_path: Path, programs: Path) -> Job:
    """A job with one good disclosure in its workspace."""
    job = Job(tmp_path, programs)
    job.write("model/carbon/disclosure.json", VALID["counted"]())
    return job


def test_a_good_disclosure_passes(job: Job) -> None:
    """The default pattern finds it; the page and the outputs say so."""
    step = job.run("validate")
    assert step.status == 0, step.log
    assert step.log.splitlines()[0] == "model/carbon/disclosure.json: valid disclosure, level L2 traced"
    assert step.outputs == {"valid": "true", "level": "L2"}
    assert "✅ L2 traced" in step.page


def test_a_bad_disclosure_fails_with_an_annotation(job: Job) -> None:
    """The step fails after page and outputs are written."""
    job.write("model/carbon/disclosure.json", {**VALID["counted"](), "extra": 1})
    step = job.run("validate")
    assert step.status == 1
    assert re.search(r"^::error file=model/carbon/disclosure\.json,line=\d+,title=schema::", step.log, re.MULTILINE)
    assert step.outputs == {"valid": "false", "level": ""}
    assert "❌ invalid, 1 violation" in step.page


def test_gates_and_several_files_are_handed_on(job: Job) -> None:
    """Files and patterns one a line, blank lines and carriage returns passed over."""
    job.write("odd name.json", VALID["declared-minimal"]())
    step = job.run("validate", files="odd name.json\r\n\n**/carbon/*.json\n", level="L1", max_co2e="1g")
    assert step.status == 1
    assert "odd name.json: fails --level L1" in step.log
    assert "model/carbon/disclosure.json: fails --max-co2e 1 g" in step.log
    assert step.outputs["valid"] == "false"


@pytest.mark.parametrize("name", ["files", "level", "max_co2e"])
@pytest.mark.parametrize(
    "text", ["$(touch made)", "`touch made`", '"; touch made; "', "a\ntouch made", "--summary=made", "&& touch made"]
)
def test_no_input_is_run(job: Job, name: str, text: str) -> None:
    """Whatever an input holds, it is an argument and no command; what cannot be used fails the step."""
    step = job.run("validate", **{name: text})
    assert step.status == 2
    assert step.outputs["valid"] == "false"
    assert not (job.workspace / "made").exists()


@pytest.mark.parametrize("version", ["$(touch made)", "1.0 --index-url=x", "git+https://example.invalid/x", "-r x"])
def test_only_a_version_is_installed(job: Job, version: str) -> None:
    """Anything else fails the step before anything is made."""
    step = job.run("install", version=version)
    assert step.status == 2
    assert "::error title=joulecard::" in step.log
    assert list(job.workspace.glob("made")) == list(job.temporary.glob("joulecard")) == []


def test_the_action_reads_inputs_from_the_environment_alone() -> None:
    """No expression stands in a script; every other action is pinned by its hash, the one that CI uses."""
    ci = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    for step in _steps():
        assert "${{" not in step.get("run", "")
        if "uses" in step:
            assert PINNED.fullmatch(step["uses"])
            assert step["uses"] in ci


def test_outputs_come_from_steps_that_are_there() -> None:
    """Every input is used, and every output is one that a step writes."""
    text = (FOLDER / "action.yml").read_text(encoding="utf-8")
    action = _action()
    ids = {step["id"] for step in _steps() if "id" in step}
    assert all(f"inputs.{name}" in text for name in action["inputs"])
    named = [EXPRESSION.fullmatch(each["value"]) for each in action["outputs"].values()]
    assert all(match and match[1].split(".")[1] in ids for match in named)
