"""`joulecard dvc init` and `remove` on pipelines that the real dvc has run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Copy = Callable[["Project", Path], "Project"]

Project = Any  # the class of that name in conftest.py

pytestmark = pytest.mark.needs("dvc", "git")

PLAIN = """\
# made by hand
vars:
- sizes: {small: 1, large: 2}

stages:
  first:
    cmd: python work.py raw.txt first.txt    # simple
    deps: [raw.txt]
    outs: [first.txt]
  piped:
    cmd: cat first.txt | tr a b > piped.txt
    deps:
    - first.txt
    outs:
    - piped.txt
  each:
    foreach: ${sizes}
    do:
      cmd: python work.py first.txt each_${key}.txt
      deps: [first.txt]
      outs: ["each_${key}.txt"]
  listed:
    foreach: [a, 1.5]
    do:
      wdir: sub
      cmd:
      - python ../work.py ../first.txt ${item}.txt
      outs: ["${item}.txt"]
  grid:
    matrix:
      x: [1, 2]
      y: [{k: 1}]
    cmd: python work.py first.txt grid_${key}.txt
    deps: [first.txt]
    outs:
      - grid_${key}.txt
"""
NAMES = ["first", "each@small", "each@large", "listed@a", "listed@1.5", "grid@1-y0", "grid@2-y0"]


@pytest.fixture(scope="module")
def ran(empty: Project, copy_of: Copy, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A pipeline of many kinds of stages that ran without joulecard; never changed."""
    project = copy_of(empty, tmp_path_factory.mktemp("ran") / "project")
    project.write("dvc.yaml", PLAIN)
    (project.path / "sub").mkdir()
    done = project.dvc("repro")
    assert done.returncode == 0, done.stderr
    return project


@pytest.fixture
def plain(ran: Project, copy_of: Copy, tmp_path: Path) -> Project:
    """A copy of it."""
    return copy_of(ran, tmp_path / "project")


def test_adopted_results_stay_valid_until_a_stage_runs_and_is_recorded(plain: Project) -> None:
    """Adding runs nothing again; a forced run records every generated stage; removing gives the same bytes back."""
    lock = plain.text("dvc.lock")
    added = plain.joulecard("dvc", "init")
    assert added.returncode == 0, added.stderr
    assert "<<'END'" in added.stdout
    assert added.stdout.splitlines()[-2] == "Next:  git add dvc.yaml dvc.lock carbon"
    assert "place = " in added.stdout.splitlines()[-1]
    assert plain.record("each@small") == {
        "recorded": False,
        "reason": "this stage ran before joulecard was added to it",
    }
    assert "Running" not in plain.dvc("repro").stdout
    assert plain.dvc("status", "--json").stdout.strip() == "{}"

    forced = plain.dvc("repro", "--force")
    assert forced.returncode == 0, forced.stderr
    for name in NAMES:
        assert plain.record(name)["energy_wh"] > 0
        assert plain.record(name)["segments"][0]["refs"]["dvc_stage"] == name

    removed = plain.joulecard("dvc", "remove")
    assert removed.returncode == 0, removed.stderr
    assert plain.text("dvc.yaml") == PLAIN
    assert plain.text("dvc.lock") == lock
    assert plain.dvc("status", "--json").stdout.strip() == "{}"


def test_a_dry_run_shows_the_lines_and_changes_nothing(plain: Project) -> None:
    """What would be written is shown as a difference."""
    shown = plain.joulecard("dvc", "init", "--dry-run").stdout
    assert "+    cmd: joulecard run -- python work.py raw.txt first.txt    # simple" in shown
    assert "-    cmd: python work.py raw.txt first.txt    # simple" in shown
    assert plain.text("dvc.yaml") == PLAIN
    assert not (plain.path / "carbon").exists()


def test_changed_stages_are_not_adopted_unasked(plain: Project) -> None:
    """Results that no longer belong to their inputs must not pass for new ones; --rerun says how many will run."""
    plain.write("raw.txt", "other")
    refused = plain.joulecard("dvc", "init")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "first changed" in refused.stderr
    assert "dvc repro" in refused.stderr
    assert plain.text("dvc.yaml") == PLAIN
    accepted = plain.joulecard("dvc", "init", "--rerun")
    assert accepted.returncode == 0
    assert "7 stages will run again" in accepted.stdout
    assert plain.dvc("status", "--json").stdout.count("changed command") == 7


def test_a_second_time_nothing_is_changed_and_it_says_so(project: Project) -> None:
    """A pipeline that is recorded already stays as it is."""
    before = project.text("dvc.yaml"), project.text("dvc.lock")
    again = project.joulecard("dvc", "init")
    assert again.returncode == 0
    assert "needs no change: 2 stages are recorded already" in again.stdout
    assert (project.text("dvc.yaml"), project.text("dvc.lock")) == before


def test_the_lines_to_write_by_hand_work(make: Callable[[str], Project]) -> None:
    """A pipe with quotes and values that DVC fills in is recorded as a whole by the lines that init shows."""
    command = """printf '%s\\n' "it's ${text}" '$HOME' | tr a b > out.txt"""
    project = make(f"vars:\n- text: a  b\nstages:\n  piped:\n    cmd: {command}\n    outs: [out.txt]\n")
    assert project.dvc("repro").returncode == 0
    expected = project.text("out.txt")
    shown = project.joulecard("dvc", "init").stdout
    written = [line for line in shown.splitlines() if line.startswith("    ")]
    project.write(
        "dvc.yaml", "\n".join(["vars:", "- text: a  b", "stages:", "  piped:", *written, "    outs: [out.txt]", ""])
    )
    ran = project.dvc("repro")
    assert ran.returncode == 0, ran.stderr
    assert project.text("out.txt") == expected
    assert project.record("piped")["segments"][0]["status"] == "completed"
    assert "recorded already" in project.joulecard("dvc", "init").stdout


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("stages:\n  a:\n    cmd: [\n", 1, "line"),
        ("stages:\n  a:\n    cmd: python a.py\n    oops: 1\n", 1, "DVC cannot read it"),
        ("plots: []\n", 1, "no stages"),
    ],
)
def test_a_broken_pipeline_gets_one_sentence(
    make: Callable[[str], Project], text: str, status: int, words: str
) -> None:
    """What cannot be read is named with the place, and stays as it is."""
    project = make(text)
    refused = project.joulecard("dvc", "init")
    assert refused.returncode == status
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert project.text("dvc.yaml") == text


def test_without_a_pipeline_or_a_project_one_sentence_says_what_to_do(project: Project, tmp_path: Path) -> None:
    """No dvc.yaml and no DVC project are told apart."""
    (tmp_path / "nothing").mkdir()
    none = project.joulecard("dvc", "init", cwd=str(tmp_path / "nothing"))
    assert (none.returncode, none.stderr.count("\n")) == (2, 1)
    assert "no dvc.yaml" in none.stderr
    (tmp_path / "nothing" / "dvc.yaml").write_text("stages:\n  a:\n    cmd: python a.py\n", encoding="utf-8")
    loose = project.joulecard("dvc", "init", cwd=str(tmp_path / "nothing"))
    assert (loose.returncode, loose.stderr.count("\n")) == (2, 1)
    assert "dvc init" in loose.stderr


def test_a_prefix_written_by_hand_is_taken_out_with_its_name(make: Callable[[str], Project]) -> None:
    """Both spellings of --stage go; a stage that starts joulecard in its own way stays whole and is listed."""
    metrics = "\n    metrics:\n    - carbon/stages/{0}.json: {{cache: false}}\n"
    stages = {
        "blank": "joulecard run --stage z -- touch blank",
        "equals": "joulecard run --stage='z y' -- touch equals",
        "own": "true && joulecard run -- touch own",
    }
    text = "stages:\n" + "".join(f"  {name}:\n    cmd: {cmd}{metrics.format(name)}" for name, cmd in stages.items())
    project = make(text)
    removed = project.joulecard("dvc", "remove")
    assert removed.returncode == 0, removed.stderr
    assert "own stays as it is" in removed.stdout
    assert "2 stages are no longer recorded" in removed.stdout
    own = text.partition("  own:")[2]
    assert project.text("dvc.yaml") == (
        f"stages:\n  blank:\n    cmd: touch blank\n  equals:\n    cmd: touch equals\n  own:{own}"
    )
