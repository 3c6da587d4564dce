"""`joulecard demo`, from an empty folder to a report, with the real dvc, git, mlflow and scikit-learn."""

from __future__ import annotations

import json
import math
import os
import re
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import joulecard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STAGES = ["prepare", "featurize", "train", "evaluate"]
UNDER_MLFLOW = ["evaluate", "train"]
demo_can_run = pytest.mark.needs("dvc", "git", "mlflow", "scikit-learn", "weasyprint")


class Shell(NamedTuple):
    """A place to call joulecard from, with its `joulecard` command ahead of all others."""

    folder: Path
    programs: Path

    def run(self, command: Sequence[str], **environ: str) -> subprocess.CompletedProcess[str]:
        """Runs a program as a user's shell would, with the folder as its home."""
        variables = self.variables() | environ
        return subprocess.run(
            command, cwd=self.folder, env=variables, capture_output=True, text=True, check=False, timeout=300
        )

    def variables(self) -> dict[str, str]:
        """The environment of the shell."""
        return {
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "PATH": os.pathsep.join([str(self.programs), "/usr/local/bin", "/usr/bin", "/bin"]),
            "PYTHONPATH": str(Path(joulecard.__file__).parents[1]),
            "DVC_SITE_CACHE_DIR": str(self.programs / "cache"),
            "COLUMNS": "100",
        }

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
    knocked: bool  # whether any of its processes tried to reach a server

    @property
    def project(self) -> Path:
        """The project that it wrote."""
        return self.shell.folder / "joulecard-demo"

    def read(self, name: str) -> Any:
        """A JSON file of the project."""
        return json.loads((self.project / name).read_bytes())

    def tracked(self, table: str, run: str) -> dict[str, Any]:
        """The metrics or tags of an MLflow run of that name, by key, as the store holds them."""
        question = f"SELECT key, value FROM {table} JOIN runs USING (run_uuid) WHERE name = ?"  # noqa: S608 - our words
        with closing(sqlite3.connect(self.project / "mlflow.db")) as store:
            return dict(store.execute(question, (run,)).fetchall())

    def runs(self) -> dict[str, tuple[str, Path]]:
        """Status and artifact folder of every MLflow run, by name."""
        with closing(sqlite3.connect(self.project / "mlflow.db")) as store:
            rows = store.execute("SELECT name, status, artifact_uri FROM runs").fetchall()
        return {name: (status, Path(uri.removeprefix("file://"))) for name, status, uri in rows}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The whole demo, once (about 40 CPU seconds); whoever in it speaks HTTP is led to a door that nobody opens."""
    shell = shell_in(tmp_path_factory.mktemp("demo") / "shell")
    with socket.create_server(("127.0.0.1", 0)) as door:
        proxy = f"http://127.0.0.1:{door.getsockname()[1]}"
        done = shell.demo(HTTP_PROXY=proxy, HTTPS_PROXY=proxy, http_proxy=proxy, https_proxy=proxy)
        knocked = bool(select.select([door], [], [], 0)[0])
    assert done.returncode == 0, done.stdout + done.stderr
    return Ran(shell, done.stdout, knocked)


def commands_shown(output: str) -> list[str]:
    """The commands that the demo ends with."""
    shown = output.partition("Next:\n")[2].splitlines()
    return [line.partition("  #")[0].strip() for line in shown]


def asked(url: str, question: bytes, server: subprocess.Popen[bytes]) -> bytes:
    """The answer of a server that may still be starting."""
    request = urllib.request.Request(url, question, {"Content-Type": "application/json"})  # noqa: S310 - loopback
    for _ in range(1200):
        assert server.poll() is None
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
                return bytes(answer.read())
        except OSError:
            time.sleep(0.1)
    pytest.fail("the server does not answer")


@demo_can_run
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

    def test_energy_is_counted_once(self, ran: Ran) -> None:
        """DVC's metrics of the stages add up to the disclosure's total; what MLflow shows is inside, not on top."""
        recorded_wh = {stage: ran.read(f"carbon/stages/{stage}.json")["energy_wh"] for stage in STAGES}
        total_kwh = ran.read("carbon/disclosure.json")["totals"]["new"]["energy_it"]["value"]
        assert math.fsum(recorded_wh.values()) == pytest.approx(total_kwh * 1000, rel=1e-6)
        for run in UNDER_MLFLOW:
            assert 0 < ran.tracked("latest_metrics", run)["carbon/energy_wh"] <= recorded_wh[run]

    def test_the_mlflow_runs_say_what_they_are_a_part_of(self, ran: Ran) -> None:
        """Each run is finished, and its tag names the execution of the stage that counts its energy."""
        runs = ran.runs()
        assert {name: status for name, (status, _) in runs.items()} == dict.fromkeys(UNDER_MLFLOW, "FINISHED")
        stages = {stage["execution_id"]: stage["name"] for stage in ran.read("carbon/disclosure.json")["stages"]}
        assert [stages[ran.tracked("tags", run)["carbon.within"]] for run in UNDER_MLFLOW] == UNDER_MLFLOW

    def test_each_mlflow_run_holds_all_artifacts(self, ran: Ran) -> None:
        """Segment, disclosure, model card and report, also of a run of a second: the project asks for all."""
        for _, folder in ran.runs().values():
            assert len(list(folder.glob("carbon/segments/*.json"))) == 1
            for name in ("disclosure.json", "model_card.md", "report.html"):
                assert (folder / "carbon" / name).stat().st_size > 0

    def test_the_report_is_a_pdf(self, ran: Ran) -> None:
        """Where Pango is, the demo ends with a PDF, and with no word about anything missing."""
        assert (ran.project / "carbon" / "report.pdf").read_bytes().startswith(b"%PDF-")
        assert "PDF needs" not in ran.output

    def test_nothing_leaves_the_machine(self, ran: Ran) -> None:
        """No process of the demo asks a server for anything: no telemetry, no update checks."""
        assert not ran.knocked

    def test_the_scripts_do_not_know_joulecard(self, ran: Ran) -> None:
        """The example's Python code is what anyone would write."""
        texts = [path.read_text(encoding="utf-8") for path in (ran.project / "src").glob("*.py")]
        assert len(texts) == 5
        assert not [text for text in texts if "joulecard" in text or "carbon" in text]

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
        """Disclosure, model card and report lie where it says."""
        for label in ("Disclosure", "Model card", "Report"):
            match = re.search(rf"^{label} +(\S+)$", ran.output, re.MULTILINE)
            assert match
            assert (ran.shell.folder / match[1]).is_file()

    def test_the_commands_it_shows_work_as_typed(self, ran: Ran) -> None:
        """Typed one after the other into the same shell, each succeeds."""
        shown = commands_shown(ran.output)
        assert shown[0] == "cd joulecard-demo"
        again = [command.removeprefix("dvc exp run -S train.trees=20 && ") for command in shown]  # no second training
        typed = [command for command in again if not command.startswith("mlflow ui")]
        done = ran.shell.run(["sh", "-e", "-c", "\n".join(typed)])
        assert done.returncode == 0, done.stdout + done.stderr
        for stage in STAGES:
            assert f"carbon/stages/{stage}.json" in done.stdout

    def test_the_command_for_the_mlflow_pages_opens_them(self, ran: Ran) -> None:
        """Typed into the same shell, it serves the runs of the demo; here on a free port and with one worker."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        typed = [line for line in commands_shown(ran.output) if line.startswith(("cd ", "export ", "mlflow ui "))]
        server = subprocess.Popen(
            ["sh", "-e", "-c", "\n".join(typed) + f" --port {port} --workers 1"],
            cwd=ran.shell.folder,
            env=ran.shell.variables() | {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            question = b'{"experiment_ids": ["1"]}'
            found = json.loads(asked(f"http://127.0.0.1:{port}/api/2.0/mlflow/runs/search", question, server))
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(60)
        assert sorted(run["info"]["run_name"] for run in found["runs"]) == UNDER_MLFLOW

    def test_everything_is_committed_and_dvc_asks_nobody(self, ran: Ran) -> None:
        """The working tree is clean, two commits are there, statistics and updates are off."""
        assert ran.shell.run(["git", "-C", str(ran.project), "status", "--porcelain"]).stdout == ""
        assert ran.shell.run(["git", "-C", str(ran.project), "rev-list", "--count", "HEAD"]).stdout.strip() == "2"
        config = (ran.project / ".dvc" / "config").read_text(encoding="utf-8")
        assert "analytics = false" in config
        assert "check_update = false" in config

    def test_a_second_time_it_brings_the_same_project_up_to_date(self, ran: Ran) -> None:
        """Nothing runs again and no file changes."""
        names = ("disclosure.json", "model_card.md", "report.pdf")
        before = [(ran.project / "carbon" / name).read_bytes() for name in names]
        again = ran.shell.demo()
        assert again.returncode == 0, again.stderr
        assert again.stdout.count("unchanged") == 4
        assert [(ran.project / "carbon" / name).read_bytes() for name in names] == before
        assert sorted(ran.runs()) == UNDER_MLFLOW


@demo_can_run
def test_without_pango_there_is_a_page_instead(ran: Ran, tmp_path: Path) -> None:
    """The report is HTML, one sentence says what is missing, and all else is as ever."""
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0')\n", encoding="utf-8")
    done = ran.shell.demo(PYTHONPATH=os.pathsep.join([str(tmp_path), ran.shell.variables()["PYTHONPATH"]]))
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^A PDF needs the library Pango: run .*$", done.stdout, re.MULTILINE)) == 1
    assert re.search(r"^Report +joulecard-demo/carbon/report\.html$", done.stdout, re.MULTILINE)
    assert (ran.project / "carbon" / "report.html").is_file()


@demo_can_run
def test_a_folder_with_other_files_is_refused_untouched(shell: Shell) -> None:
    """One sentence, exit 2, and nothing is written."""
    (shell.folder / "mine").mkdir()
    (shell.folder / "mine" / "notes.txt").touch()
    refused = shell.demo("mine")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert "not empty" in refused.stderr
    assert os.listdir(shell.folder / "mine") == ["notes.txt"]


@demo_can_run
def test_turned_off_it_says_so_before_it_writes_anything(shell: Shell) -> None:
    """With JOULECARD_DISABLED the demo would show nothing."""
    refused = shell.demo(JOULECARD_DISABLED="1")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "JOULECARD_DISABLED" in refused.stderr
    assert not (shell.folder / "joulecard-demo").exists()


@demo_can_run
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


@pytest.mark.needs("dvc", "mlflow", "scikit-learn")
@pytest.mark.parametrize(("there", "lacking"), [("mlflow", "scikit-learn"), ("scikit-learn", "mlflow")])
def test_without_a_package_one_sentence_has_the_pip_line(shell: Shell, there: str, lacking: str) -> None:
    """Exit 3, and nothing is written."""
    file = next(file for file in distribution(there).files or () if file.name == "METADATA")
    metadata = str(distribution(there).locate_file(file))
    kept = {**core(), "dvc": origin("dvc"), Path(metadata).parent.name: metadata}
    refused = without_packages(shell, kept, "demo")
    assert (refused.returncode, refused.stderr.count("\n")) == (3, 1), refused.stderr
    assert f"not installed here: {lacking}; pip install 'joulecard[demo]'" in refused.stderr
    assert not (shell.folder / "joulecard-demo").exists()


@pytest.mark.needs("dvc", "mlflow", "scikit-learn")
def test_without_git_one_sentence_says_so(shell: Shell) -> None:
    """Exit 3, and nothing is written."""
    git = shutil.which("git")
    refused = shell.demo(PATH=str(shell.programs))
    assert (refused.returncode, refused.stderr.count("\n")) == (3, 1), git
    assert "git is not installed" in refused.stderr
    assert not (shell.folder / "joulecard-demo").exists()
