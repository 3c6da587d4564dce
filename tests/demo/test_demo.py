"""`joulecard demo`, from an empty folder to a disclosure, with the real dvc, git and scikit-learn."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

import joulecard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STAGES = ["prepare", "featurize", "train", "evaluate"]


class Shell(NamedTuple):
    """A place to call joulecard from, with its `joulecard` command ahead of all others."""

    folder: Path
    programs: Path

    def run(self, command: Sequence[str], **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs a program as a user's shell would, with the folder as its home."""
        variables = {
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "PATH": os.pathsep.join([str(self.programs), "/usr/local/bin", "/usr/bin", "/bin"]),
            "PYTHONPATH": str(Path(joulecard.__file__).parents[1]),
            "DVC_TEST": "true",
            "DVC_SITE_CACHE_DIR": str(self.programs / "cache"),
            "COLUMNS": "100",
            **environ,
        }
        return subprocess.run(
            command, cwd=self.folder, env=variables, capture_output=True, text=True, check=False, timeout=300
        )

    def demo(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs `joulecard demo`."""
        return self.run([sys.executable, "-m", "joulecard", "demo", *arguments], **environ)


def shell_in(folder: Path) -> Shell:
    """A shell in the folder."""
    programs = folder / "programs"
    programs.mkdir(parents=True)
    command = programs / "joulecard"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m joulecard "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return Shell(folder, programs)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell in an empty folder."""
    return shell_in(tmp_path / "shell")


class Ran(NamedTuple):
    """A demo that has run, and what it said."""

    shell: Shell
    output: str

    @property
    def project(self) -> Path:
        """The project that it wrote."""
        return self.shell.folder / "joulecard-demo"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The whole demo, once."""
    shell = shell_in(tmp_path_factory.mktemp("demo") / "shell")
    done = shell.demo()
    assert done.returncode == 0, done.stdout + done.stderr
    return Ran(shell, done.stdout)


def commands_shown(output: str) -> list[str]:
    """The commands that the demo ends with."""
    shown = output.partition("Next:\n")[2].splitlines()
    return [line.partition("  #")[0].strip() for line in shown]


@pytest.mark.needs("dvc", "git", "scikit-learn")
class TestWholeDemo:
    """What one run of the demo leaves behind."""

    def test_the_disclosure_is_valid_and_has_four_stages_in_order(self, ran: Ran) -> None:
        """Every stage has energy above zero, and the edges of the pipeline are there."""
        document = json.loads((ran.project / "carbon" / "disclosure.json").read_bytes())
        assert [stage["name"] for stage in document["stages"]] == STAGES
        assert all(stage["energy"]["it_total"]["value"] > 0 for stage in document["stages"])
        assert [len(stage["depends_on"]) for stage in document["stages"]] == [0, 1, 1, 2]
        checked = ran.shell.run(
            [sys.executable, "-m", "joulecard", "validate", "joulecard-demo/carbon/disclosure.json"]
        )
        assert checked.returncode == 0, checked.stdout + checked.stderr

    def test_the_model_learns(self, ran: Ran) -> None:
        """It is a real model: nine of ten digits and more are read."""
        assert json.loads((ran.project / "metrics.json").read_bytes())["accuracy"] > 0.9

    def test_the_screen_shows_a_line_per_stage_and_fits(self, ran: Ran) -> None:
        """At most 30 lines of 100 columns: progress, table with ranges, paths, commands."""
        lines = ran.output.splitlines()
        assert len(lines) <= 30
        assert max(len(line) for line in lines) <= 100
        for stage in STAGES:
            assert any(re.fullmatch(rf"  {stage} +\d+\.\d s", line) for line in lines)
            assert any(re.match(rf"{stage} .* to .* (modelled|measured) .* to ", line) for line in lines)
        assert "Traceback" not in ran.output

    def test_every_path_it_names_is_there(self, ran: Ran) -> None:
        """Disclosure and model card lie where it says."""
        for label in ("Disclosure", "Model card"):
            match = re.search(rf"^{label} +(\S+)$", ran.output, re.MULTILINE)
            assert match
            assert (ran.shell.folder / match[1]).is_file()

    def test_the_commands_it_shows_work_as_typed(self, ran: Ran) -> None:
        """Typed one after the other into the same shell, each succeeds; `dvc repro` runs nothing."""
        shown = commands_shown(ran.output)
        assert shown[0] == "cd joulecard-demo"
        typed = [command for command in shown if "exp run" not in command]
        done = ran.shell.run(["sh", "-e", "-c", "\n".join(typed)])
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Running stage" not in done.stdout
        for stage in STAGES:
            assert f"carbon/stages/{stage}.json" in done.stdout

    def test_everything_is_committed_and_dvc_asks_nobody(self, ran: Ran) -> None:
        """The working tree is clean, two commits are there, statistics and updates are off."""
        assert ran.shell.run(["git", "-C", str(ran.project), "status", "--porcelain"]).stdout == ""
        assert ran.shell.run(["git", "-C", str(ran.project), "rev-list", "--count", "HEAD"]).stdout.strip() == "2"
        config = (ran.project / ".dvc" / "config").read_text(encoding="utf-8")
        assert "analytics = false" in config
        assert "check_update = false" in config

    def test_a_second_time_it_brings_the_same_project_up_to_date(self, ran: Ran) -> None:
        """Nothing runs again and no file changes."""
        before = (ran.project / "carbon" / "disclosure.json").read_bytes()
        again = ran.shell.demo()
        assert again.returncode == 0, again.stderr
        assert again.stdout.count("unchanged") == 4
        assert (ran.project / "carbon" / "disclosure.json").read_bytes() == before


@pytest.mark.needs("dvc", "git", "scikit-learn")
def test_a_folder_with_other_files_is_refused_untouched(shell: Shell) -> None:
    """One sentence, exit 2, and nothing is written."""
    (shell.folder / "mine").mkdir()
    (shell.folder / "mine" / "notes.txt").touch()
    refused = shell.demo("mine")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert "not empty" in refused.stderr
    assert os.listdir(shell.folder / "mine") == ["notes.txt"]


@pytest.mark.needs("dvc", "git", "scikit-learn")
def test_turned_off_it_says_so_before_it_writes_anything(shell: Shell) -> None:
    """With JOULECARD_DISABLED the demo would show nothing."""
    refused = shell.demo(JOULECARD_DISABLED="1")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "JOULECARD_DISABLED" in refused.stderr
    assert not (shell.folder / "joulecard-demo").exists()


@pytest.mark.needs("dvc", "git", "scikit-learn")
def test_when_a_stage_fails_the_raw_output_is_shown(shell: Shell) -> None:
    """The end of what dvc said, and where all of it is; files that the user changed are not overwritten."""
    source = shell.folder / "demo" / "src" / "prepare.py"
    source.parent.mkdir(parents=True)
    (shell.folder / "demo" / ".joulecard-demo").touch()
    source.write_text("raise SystemExit('no digits today')\n", encoding="utf-8")
    failed = shell.demo("demo")
    assert failed.returncode == 2
    assert re.search(r"^  prepare +failed$", failed.stdout, re.MULTILINE)
    assert "no digits today" in failed.stderr
    assert failed.stderr.splitlines()[-1].startswith("joulecard: demo: stage prepare failed; all of its output is in ")
    assert (shell.folder / "demo" / "dvc-repro.log").is_file()


def without_packages(shell: Shell, kept: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs joulecard with no installed package but those that are linked into a folder under their module's name."""
    packages = shell.folder / "packages"
    packages.mkdir()
    for name, origin in {"joulecard": joulecard.__file__, **kept}.items():
        (packages / name).symlink_to(Path(origin).parent)
    return shell.run([sys.executable, "-S", "-m", "joulecard", *arguments], PYTHONPATH=str(packages))


def origin(module: str) -> str:
    """The file that a module is loaded from."""
    spec = find_spec(module)
    assert spec
    assert spec.origin
    return spec.origin


def core() -> dict[str, str]:
    """The packages that the command line itself needs."""
    return {"click": origin("click"), "ruamel": str(Path(origin("ruamel.yaml")).parent)}


@pytest.mark.parametrize("command", [("demo",), ("dvc", "init")])
def test_without_dvc_one_sentence_has_the_pip_line(shell: Shell, command: tuple[str, ...]) -> None:
    """Exit 3, and nothing is written."""
    (shell.folder / ".dvc").mkdir()
    (shell.folder / "dvc.yaml").write_text("stages:\n  a:\n    cmd: python a.py\n", encoding="utf-8")
    refused = without_packages(shell, core(), *command)
    assert (refused.returncode, refused.stderr.count("\n")) == (3, 1), refused.stderr
    assert f"pip install 'joulecard[{command[0]}]'" in refused.stderr


@pytest.mark.needs("dvc")
def test_without_scikit_learn_one_sentence_has_the_pip_line(shell: Shell) -> None:
    """Exit 3, and nothing is written."""
    refused = without_packages(shell, {**core(), "dvc": origin("dvc")}, "demo")
    assert (refused.returncode, refused.stderr.count("\n")) == (3, 1), refused.stderr
    assert "pip install 'joulecard[demo]'" in refused.stderr
    assert not (shell.folder / "joulecard-demo").exists()


@pytest.mark.needs("dvc", "scikit-learn")
def test_without_git_one_sentence_says_so(shell: Shell) -> None:
    """Exit 3, and nothing is written."""
    git = shutil.which("git")
    refused = shell.demo(PATH=str(shell.programs))
    assert (refused.returncode, refused.stderr.count("\n")) == (3, 1), git
    assert "git is not installed" in refused.stderr
    assert not (shell.folder / "joulecard-demo").exists()
