"""What `joulecard run` records of a command, and what it says where it cannot."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from joulecard.capture.segment import Segment

if TYPE_CHECKING:
    from collections.abc import Mapping

JOULECARD = (sys.executable, "-m", "joulecard")
RUN = (*JOULECARD, "run", "--")
# Starts 200 short processes and prints the CPU seconds that the kernel counted for them.
SWARM = """
import os, resource
for _ in range(200):
    if os.fork() == 0:
        sum(range(200_000))
        os._exit(0)
    os.wait()
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(usage.ru_utime + usage.ru_stime)
"""
# A grandchild that is nobody's child any more uses 0.3 CPU seconds while the command waits for it.
ORPHAN = """
import os, time
reading, writing = os.pipe()
if os.fork() == 0:
    if os.fork() == 0:
        os.setsid()
        while time.process_time() < 0.3: pass
        os.write(writing, b"x")
    os._exit(0)
os.wait()
os.read(reading, 1)
"""


def run(folder: Path, *command: str, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """A command line, ended."""
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def segments(folder: Path) -> list[Segment]:
    """All segments below the folder, in the order of their start."""
    documents = [json.loads(path.read_bytes()) for path in folder.glob("carbon/segments/*.json")]
    return sorted((Segment.from_document(document) for document in documents), key=lambda segment: segment.start)


def only_segment(folder: Path) -> Segment:
    """The one segment below the folder."""
    (segment,) = segments(folder)
    return segment


def stage_record(folder: Path) -> dict[str, Any]:
    """The record of the DVC stage `fit`."""
    record: dict[str, Any] = json.loads((folder / "carbon/stages/fit.json").read_bytes())
    return record


@pytest.fixture
def in_dvc(tmp_path: Path) -> dict[str, str]:
    """An environment as DVC gives it to the command of stage `fit`."""
    (tmp_path / ".dvc").mkdir()
    (tmp_path / "dvc.yaml").write_text("stages:\n  fit:\n    cmd: joulecard run -- true\n")
    return {"DVC_STAGE": "fit", "DVC_ROOT": str(tmp_path)}


def test_success_prints_nothing(tmp_path: Path) -> None:
    """The record is written and nothing is said."""
    ended = run(tmp_path, *RUN, "true")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert only_segment(tmp_path).status == "completed"


def test_failed_command_is_recorded_as_failed(tmp_path: Path) -> None:
    """Status and exit status stand in the segment."""
    run(tmp_path, *RUN, "sh", "-c", "exit 7")
    segment = only_segment(tmp_path)
    assert (segment.status, segment.exit_status) == ("failed", 7)


def test_killed_command_is_recorded_with_its_signal(tmp_path: Path) -> None:
    """A signal is stored as a negative exit status."""
    run(tmp_path, *RUN, "sh", "-c", "kill -9 $$")
    segment = only_segment(tmp_path)
    assert (segment.status, segment.exit_status) == ("failed", -9)


@pytest.mark.parametrize(
    ("options", "environ", "stage"),
    [
        ((), {}, "sh"),
        (("--stage", "train it"), {}, "train it"),
        (("--stage=train",), {"DVC_STAGE": "other"}, "train"),
        ((), {"DVC_STAGE": "sub/dvc.yaml:fit@a"}, "fit@a"),
        ((), {"DVC_STAGE": "sub/dvc.yaml:fit@x:y"}, "fit@x:y"),
        ((), {"DVC_STAGE": "fit@x:y"}, "fit@x:y"),
    ],
)
def test_stage_is_named(tmp_path: Path, options: tuple[str, ...], environ: dict[str, str], stage: str) -> None:
    """By --stage, else after the DVC stage, else after the command without its path."""
    run(tmp_path, *JOULECARD, "run", *options, "--", "/bin/sh", "-c", "true", environ=environ)
    assert only_segment(tmp_path).stage == stage


def test_cpu_time_of_short_children_is_counted(tmp_path: Path) -> None:
    """Of 200 processes that each live for milliseconds at least 95 % of the CPU time is in the segment."""
    spent_s = float(run(tmp_path, *RUN, sys.executable, "-c", SWARM).stdout)
    activity = only_segment(tmp_path).activity
    assert activity.cpu_source == "wait4"
    assert activity.cpu_s >= 0.95 * spent_s


def test_cpu_time_of_orphans_is_counted(tmp_path: Path) -> None:
    """A process whose parent has gone becomes our child, so the kernel tells us of it."""
    run(tmp_path, *RUN, sys.executable, "-c", ORPHAN)
    assert only_segment(tmp_path).activity.cpu_s >= 0.3


def test_what_outlives_the_command_is_a_gap(tmp_path: Path) -> None:
    """We do not wait for it, and the record says that it went on."""
    ended = run(tmp_path, *RUN, "sh", "-c", "sleep 5 >/dev/null 2>&1 &")
    segment = only_segment(tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert segment.monotonic_s < 4
    assert [gap.reason[:24] for gap in segment.gaps if gap.what == "processes"] == ["1 started by the command"]


def test_inner_wrapper_is_within_the_outer(tmp_path: Path) -> None:
    """One job, one count: the inner segment names the outer execution and shares its group."""
    run(tmp_path, *JOULECARD, "run", "--stage", "outer", "--", *JOULECARD, "run", "--stage", "inner", "--", "true")
    by_stage = {segment.stage: segment for segment in segments(tmp_path)}
    assert by_stage["inner"].within == by_stage["outer"].execution_id
    assert by_stage["inner"].group == by_stage["outer"].group
    assert by_stage["outer"].within is None


def test_turned_off_runs_the_command_alone(tmp_path: Path) -> None:
    """The wrapper becomes the command: same process, no record, no trace in the environment."""
    line = "echo $$ >&2; env | grep -c -e JOULECARD_WITHIN -e JOULECARD_SESSION; exit 7"
    with subprocess.Popen(
        (*RUN, "sh", "-c", line), cwd=tmp_path, env={**os.environ, "JOULECARD_DISABLED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (7, "0\n", f"{process.pid}\n")
    assert not list(tmp_path.iterdir())


def test_turned_off_in_the_settings_file(tmp_path: Path) -> None:
    """`disabled = true` does the same."""
    (tmp_path / "joulecard.toml").write_text("disabled = true\n")
    ended = run(tmp_path, *RUN, "sh", "-c", "exit 7")
    assert (ended.returncode, ended.stderr) == (7, "")
    assert not (tmp_path / "carbon").exists()


def test_broken_settings_are_told_and_the_command_recorded(tmp_path: Path) -> None:
    """One sentence for the broken key, after the command; the rest is recorded with its default."""
    (tmp_path / "joulecard.toml").write_text("pue = 0.5\n")
    ended = run(tmp_path, *RUN, "sh", "-c", "echo out; exit 7")
    assert (ended.returncode, ended.stdout) == (7, "out\n")
    assert re.fullmatch(r"joulecard: joulecard\.toml: pue.*\[JC-SETTINGS\]\n", ended.stderr)
    assert [gap.what for gap in only_segment(tmp_path).gaps] == ["settings"]


def test_record_that_cannot_be_written_is_kept_and_recovered(tmp_path: Path) -> None:
    """One sentence says what, where, why and how to get it; recover writes it with its true status."""
    (tmp_path / "carbon").write_text("in the way")
    ended = run(tmp_path, *RUN, "sh", "-c", "exit 7")
    assert (ended.returncode, ended.stdout) == (7, "")
    assert ended.stderr.count("\n") == 1
    assert f"could not be written to {tmp_path}/carbon/segments" in ended.stderr
    assert "joulecard recover --to DIR" in ended.stderr
    (journal,) = re.findall(r"it lies in (\S+\.jsonl)", ended.stderr)
    assert Path(journal).exists()
    recovered = run(tmp_path, *JOULECARD, "recover", "--to", str(tmp_path / "carbon2/segments"))
    assert recovered.returncode == 0
    (path,) = (tmp_path / "carbon2/segments").glob("*.json")
    segment = Segment.from_document(json.loads(path.read_bytes()))
    assert (segment.status, segment.exit_status) == ("failed", 7)


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"JOULECARD_PLACE": "aws/eu-nord-1"}, "has no region eu-nord-1 in the tables; near names: eu-north-1"),
        ({"JOULECARD_STRICT": "1"}, "the place is unknown"),
    ],
)
def test_place_without_factor_is_told_at_once(tmp_path: Path, environ: dict[str, str], told: str) -> None:
    """The energy is recorded all the same, and the sentence comes while the place can still be mended."""
    ended = run(tmp_path, *RUN, "true", environ=environ)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (0, "", 1)
    assert told in ended.stderr
    assert only_segment(tmp_path).status == "completed"


@pytest.mark.parametrize("descriptors", range(6, 14))  # Python itself needs the first few
def test_command_runs_where_descriptors_are_scarce(tmp_path: Path, descriptors: int) -> None:
    """Whatever fails of ours, wherever it fails: the command runs with its streams and status, and no traceback."""
    line = f'ulimit -n {descriptors}; exec "{sys.executable}" -m joulecard run -- sh -c "echo out; exit 7"'
    ended = run(tmp_path, "sh", "-c", line)
    assert (ended.returncode, ended.stdout) == (7, "out\n")
    assert all(told.startswith("joulecard: ") for told in ended.stderr.splitlines())


def checkpointed_s() -> float:
    """How far the one journal of this test has come."""
    paths = list((Path(os.environ["XDG_STATE_HOME"]) / "joulecard").glob("*.jsonl"))
    lines = [json.loads(line) for path in paths for line in path.read_text().splitlines()[1:] if line.endswith("}")]
    return max((float(line.get("t", 0.0)) for line in lines), default=0.0)


def test_killed_with_its_wrapper_the_command_is_recovered(tmp_path: Path) -> None:
    """A SIGKILL to the whole group leaves a journal, and recover makes an interrupted segment of it."""
    with subprocess.Popen((*RUN, "sleep", "60"), cwd=tmp_path, start_new_session=True) as process:
        deadline_s = time.monotonic() + 40
        while checkpointed_s() < 1.5 and time.monotonic() < deadline_s:
            time.sleep(0.1)
        assert process.poll() is None
        os.killpg(process.pid, 9)
    ended = run(tmp_path, *JOULECARD, "recover")
    assert (ended.returncode, ended.stdout.count("\n")) == (0, 1)
    segment = only_segment(tmp_path)
    assert segment.status == "interrupted"
    assert segment.monotonic_s >= 1.5


def test_dvc_stage_has_its_record(tmp_path: Path, in_dvc: dict[str, str]) -> None:
    """Inside a DVC stage the figures stand beside the segment that they come from."""
    ended = run(tmp_path, *RUN, "sh", "-c", "exit 0", environ=in_dvc)
    assert (ended.returncode, ended.stderr) == (0, "")
    record = stage_record(tmp_path)
    segment = only_segment(tmp_path)
    assert {"energy_wh", "co2e_g", "duration_s"} <= record.keys()
    assert [Segment.from_document(document) for document in record["segments"]] == [segment]
    assert (segment.stage, dict(segment.refs)) == ("fit", {"dvc_stage": "fit"})


def test_wrapper_within_a_wrapper_counts_once_in_the_dvc_record(tmp_path: Path, in_dvc: dict[str, str]) -> None:
    """Only the outer one of the same stage writes the stage's record."""
    run(tmp_path, *RUN, *RUN, "true", environ=in_dvc)
    assert len(segments(tmp_path)) == 2
    assert len(stage_record(tmp_path)["segments"]) == 1


@pytest.mark.usefixtures("in_dvc")
def test_outer_wrapper_of_the_stages_name_leaves_the_record_to_the_inner(
    tmp_path: Path,
) -> None:
    """`joulecard run --stage fit -- dvc repro`: outside DVC, so it does not write the record of stage fit."""
    script = tmp_path / "repro"
    script.write_text(f'DVC_STAGE=fit DVC_ROOT={tmp_path} exec "{sys.executable}" -m joulecard run -- true\n')
    ended = run(tmp_path, *JOULECARD, "run", "--stage", "fit", "--", "sh", str(script))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(stage_record(tmp_path)["segments"]) == 1


def test_inner_wrapper_that_is_turned_off_leaves_the_outer_ones_record(tmp_path: Path, in_dvc: dict[str, str]) -> None:
    """The figures of the outer one are whole."""
    run(tmp_path, *RUN, "env", "JOULECARD_DISABLED=1", *RUN, "true", environ=in_dvc)
    assert "energy_wh" in stage_record(tmp_path)


def test_stage_name_in_another_coding_is_recorded(tmp_path: Path, in_dvc: dict[str, str]) -> None:
    """In a locale without UTF-8 the metrics file has the name that dvc.yaml gives it."""
    environ = {**in_dvc, "DVC_STAGE": "tré", "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = run(tmp_path, *RUN, "true", environ=environ)
    assert (ended.returncode, ended.stderr) == (0, "")
    record = json.loads((tmp_path / "carbon/stages/tré.json").read_bytes())
    assert record["segments"][0]["stage"] == "tré"


def test_record_tells_the_kind_of_a_failure_only(tmp_path: Path, in_dvc: dict[str, str]) -> None:
    """What is committed holds no text of the system's own, which names paths; standard error tells all."""
    reasons = []
    for descriptors in range(6, 10):  # with one of them there are too few for us, but enough for the record
        line = f'ulimit -n {descriptors}; exec "{sys.executable}" -m joulecard run -- true'
        assert run(tmp_path, "sh", "-c", line, environ=in_dvc).returncode == 0
        for path in tmp_path.glob("carbon/stages/*.json"):
            reasons.append(json.loads(path.read_bytes()).get("reason", ""))
            path.unlink()
    assert any("OSError: Too many open files" in reason for reason in reasons)
    assert not any("/" in reason or "Errno" in reason for reason in reasons)


def test_deleted_folder_is_one_clear_sentence(tmp_path: Path) -> None:
    """Without a working directory there is nowhere to record to."""
    program = "import sys; from joulecard.cli import main; sys.exit(main())"
    line = f"mkdir gone; cd gone; rmdir ../gone; exec \"{sys.executable}\" -c '{program}' run -- false"
    ended = run(tmp_path, "sh", "-c", line)
    assert (ended.returncode, ended.stderr.count("\n")) == (1, 1)
    assert "the folder that it is started in has been deleted [JC-RECORD]" in ended.stderr


def test_turned_off_in_dvc_says_why_there_are_no_figures(tmp_path: Path, in_dvc: dict[str, str]) -> None:
    """DVC finds its metrics file, the reason in it, and the command keeps its status."""
    ended = run(tmp_path, *RUN, "sh", "-c", "exit 7", environ={**in_dvc, "JOULECARD_DISABLED": "1"})
    assert (ended.returncode, ended.stderr) == (7, "")
    record = stage_record(tmp_path)
    assert record.keys() == {"recorded", "reason"}
    assert (record["recorded"], "turned off" in record["reason"]) == (False, True)


@pytest.mark.parametrize("place", ["", "FR"])
def test_a_wrong_file_of_own_factors_costs_the_carbon_and_not_the_record(
    tmp_path: Path, in_dvc: dict[str, str], place: str
) -> None:
    """The energy stands in the record, which holds no path, and one line says what to correct."""
    (tmp_path / "own.toml").write_text("[[factor]]\nkind = 'pue'\nplace = 'FR'\nvalue = 0.9\n")
    told = {"JOULECARD_OWN_FACTORS": "own.toml", **({"JOULECARD_PLACE": place} if place else {})}
    ended = run(tmp_path, *RUN, "sh", "-c", "exit 7", environ={**in_dvc, **told})
    record = stage_record(tmp_path)
    assert (ended.returncode, ended.stderr.count("\n")) == (7, 1)
    assert "own.toml" in ended.stderr
    assert "its carbon cannot be told" in ended.stderr
    assert (record["energy_wh"] > 0, "co2e_g" in record) == (True, False)
    assert "the file of own factors cannot be used" in json.dumps(record)
    assert "own.toml" not in json.dumps(record)


def test_stage_record_that_cannot_be_written_is_told(tmp_path: Path, in_dvc: dict[str, str]) -> None:
    """The sentence names the file and where the segment lies; the command is unharmed."""
    (tmp_path / "carbon").mkdir()
    (tmp_path / "carbon/stages").write_text("in the way")
    ended = run(tmp_path, *RUN, "sh", "-c", "exit 7", environ=in_dvc)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (7, "", 1)
    assert str(tmp_path / "carbon/stages/fit.json") in ended.stderr
    assert str(next((tmp_path / "carbon/segments").glob("*.json"))) in ended.stderr


@pytest.mark.needs("strace")
def test_no_address_of_the_internet_is_contacted(tmp_path: Path, in_dvc: dict[str, str]) -> None:
    """Recording, with the record of a DVC stage, opens no connection."""
    trace = tmp_path / "trace"
    command = ("strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o", str(trace), *RUN, "true")
    assert run(tmp_path, *command, environ=in_dvc).returncode == 0
    assert stage_record(tmp_path)["energy_wh"] > 0
    assert "AF_INET" not in trace.read_text()
