"""`joulecard assemble`: records in, one valid disclosure out, or a sentence and nothing written."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from joulecard.capture.files import lock_existing
from joulecard.capture.identity import execution_id
from joulecard.capture.segment import Activity, Reading, Segment
from joulecard.cli import main
from joulecard.numbers import plain
from joulecard.surroundings.machine import Machine
from joulecard.surroundings.place import Evidence, Place
from joulecard.surroundings.software import Software
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]

GROUP = str(UUID(int=1, version=4))


def a_segment(number: int = 1, stage: str = "train", **changes: Any) -> Segment:
    """A plain segment of ten measured seconds."""
    made = Segment(
        id=str(UUID(int=number, version=4)),
        execution_id=execution_id(GROUP, stage, 1),
        group=GROUP,
        stage=stage,
        attempt=1,
        scope="node",
        status="completed",
        start="2026-11-21T09:00:00.000Z",
        end="2026-11-21T09:00:10.000Z",
        monotonic_s=10.0,
        clock_step_s=0.0,
        attribution="allocated",
        host_ref="0123456789ab",
        coverage=1.0,
        energy=(Reading("cpu", "rapl", "package-0", 2880.0, 1200.0, 1.0, idle_j=480.0),),
        activity=Activity(8.0, "wait4", 9.0, 320.0, 2000.0, "cpuset", 1.0),
        machine=Machine("Intel(R) Xeon(R) Gold 6226R CPU @ 2.90GHz", 32, 200.0, "x86_64"),
        place=Place((Evidence("setting", "high", country="SE"),), pue=1.2),
        software=Software("joulecard", "0.1.0", "3.12.4", "Linux 6.1"),
    )
    return replace(made, **changes)


def put(path: Path, segment: Segment) -> Path:
    """The segment as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(segment.to_document()), encoding="utf-8")
    return path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder called digits with one segment, and the working directory in it."""
    folder = tmp_path / "digits"
    put(folder / "carbon" / "segments" / "one.json", a_segment())
    (folder / ".git").mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_what_failed_is_told_in_the_last_line(project: Path, capsys: Captured) -> None:
    """A failed attempt counts, and the line says how much of the sums is its own; without one it says nothing."""
    again: dict[str, Any] = {"attempt": 2, "execution_id": execution_id(GROUP, "train", 2)}
    again |= {"start": "2026-11-21T09:00:20.000Z", "end": "2026-11-21T09:00:30.000Z"}
    put(project / "carbon" / "segments" / "one.json", a_segment(status="failed"))
    put(project / "carbon" / "segments" / "two.json", a_segment(2, **again))
    assert main(["assemble", "-o", "carbon/disclosure.json"]) == 0
    line = plain(capsys.readouterr().out)
    document = json.loads((project / "carbon" / "disclosure.json").read_text(encoding="utf-8"))
    half_wh = document["totals"]["new"]["energy_it"]["value"] * 500
    found = re.search(r"; 1 failed execution took ([0-9.]+) Wh and [0-9.]+ g CO2e of it; level L", line)
    assert found
    assert float(found[1]) == pytest.approx(half_wh, rel=0.05)


def test_records_become_a_valid_disclosure(project: Path, capsys: Captured) -> None:
    """In carbon/, carbon/segments and carbon/stages; the last line gives energy, emissions and level."""
    put(project / "carbon" / "two.json", a_segment(2, "prepare"))
    assert main(["assemble", "-o", "carbon/disclosure.json"]) == 0
    data = (project / "carbon" / "disclosure.json").read_bytes()
    assert validate_disclosure(data).violations == ()
    document = json.loads(data)
    assert {stage["name"] for stage in document["stages"]} == {"train", "prepare"}
    assert document["subject"] == {"type": "pipeline", "name": "digits"}
    (line,) = capsys.readouterr().out.splitlines()
    for part in ("carbon/disclosure.json", "Wh", " to ", "modelled", "level L1"):
        assert part in line


def test_an_earlier_disclosure_in_the_folder_is_no_record(project: Path) -> None:
    """Assembling twice gives the same, and a disclosure under another name does no harm."""
    assert main(["assemble", "-o", "carbon/disclosure.json"]) == 0
    assert main(["assemble", "-o", "carbon/other.json"]) == 0
    assert main(["assemble", "-o", "carbon/disclosure.json"]) == 0
    assert len(json.loads((project / "carbon" / "disclosure.json").read_bytes())["stages"]) == 1


def test_standard_output_gets_the_document_alone(project: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """So that it can be piped; the summary goes to standard error."""
    assert main(["assemble", str(project / "carbon"), "-o", "-", "--name", "letters"]) == 0
    told = capsysbinary.readouterr()
    assert json.loads(told.out)["subject"]["name"] == "letters"
    assert b"level L1" in told.err


def test_the_profile_comes_from_the_option_or_the_settings(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The option wins."""
    monkeypatch.setenv("JOULECARD_PROFILE", "direct")
    assert main(["assemble", "-o", "a.json"]) == 0
    assert main(["assemble", "-o", "b.json", "--profile", "lifecycle"]) == 0
    told = [json.loads((project / name).read_bytes())["generator"]["profile"] for name in ("a.json", "b.json")]
    assert told == ["direct", "lifecycle"]


def test_a_unit_of_work_is_told_for_the_whole(project: Path, capsys: Captured) -> None:
    """--per: a functional unit and its rates; a unit that nobody counted is refused, and nothing is written."""
    put(project / "carbon" / "two.json", a_segment(2, "serve", work_done=(("request", 40.0),)))
    assert main(["assemble", "-o", "a.json", "--per", "request"]) == 0
    document = json.loads((project / "a.json").read_bytes())
    assert document["functional_units"][0]["quantity"] == 40
    assert document["totals"]["per_functional_unit"][0]["functional_unit_ref"] == "request"
    capsys.readouterr()
    assert main(["assemble", "-o", "b.json", "--per", "token"]) == 1
    assert "they counted request" in capsys.readouterr().err
    assert not (project / "b.json").exists()


def test_a_unit_of_work_is_told_for_what_is_merged(project: Path) -> None:
    """--per counts what the stages of all disclosures did."""
    for number, name in enumerate(("a", "b"), 3):
        folder = project / name / "segments"
        folder.mkdir(parents=True)
        times = {"start": f"2026-11-21T09:0{number}:00.000Z", "end": f"2026-11-21T09:0{number}:10.000Z"}
        put(folder / "one.json", a_segment(number, name, work_done=(("request", 40.0),), **times))
        assert main(["assemble", str(project / name), "-o", f"{name}.json"]) == 0
    assert main(["assemble", "--merge", "a.json", "b.json", "--per", "request", "-o", "c.json"]) == 0
    document = json.loads((project / "c.json").read_bytes())
    assert [unit["quantity"] for unit in document["functional_units"]] == [80]
    rate = document["totals"]["per_functional_unit"][0]["energy_it"]["value"]
    assert rate == pytest.approx(document["totals"]["new"]["energy_it"]["value"] / 80)


def test_an_invalid_record_stops_it_and_is_named(project: Path, capsys: Captured) -> None:
    """With its place and rule; nothing is written."""
    (project / "carbon" / "segments" / "bad.json").write_text('{"schema": "urn:joulecard:mlcd:1.0.0-draft:segment"}')
    assert main(["assemble", "-o", "out.json"]) == 1
    told = capsys.readouterr().err
    assert "bad.json: schema" in told
    assert "1 of 2 record files cannot be used" in told
    assert not (project / "out.json").exists()


def test_an_invalid_record_can_be_left_out_as_a_gap(project: Path) -> None:
    """What is missing stands in the document."""
    (project / "carbon" / "segments" / "bad.json").write_text("{")
    assert main(["assemble", "-o", "out.json", "--skip-invalid"]) == 0
    (gap,) = json.loads((project / "out.json").read_bytes())["gaps"]
    assert (gap["what"], gap["reason"].startswith("bad.json: ")) == ("record", True)


def test_one_id_with_two_contents_is_refused(project: Path, capsys: Captured) -> None:
    """Both are described; nothing is written."""
    put(project / "carbon" / "segments" / "copy.json", a_segment(1, "evaluate"))
    assert main(["assemble", "-o", "out.json"]) == 1
    assert "00000000-0000-4000-8000-000000000001" in capsys.readouterr().err
    assert not (project / "out.json").exists()


def test_nothing_found_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """With the command that makes a record."""
    monkeypatch.chdir(tmp_path)
    assert main(["assemble", "-o", "out.json"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "joulecard run" in line


@pytest.mark.parametrize(
    "arguments",
    [
        ["assemble", "nowhere", "-o", "out.json"],
        ["assemble"],
        ["assemble", "-o", "carbon/segments/one.json/out.json"],
        ["assemble", "-o", "out.json", "--profile", "marginal"],
    ],
)
def test_wrong_usage_is_status_2(project: Path, arguments: list[str]) -> None:
    """A folder that is not there, no output, an output that cannot be written, an unknown word."""
    assert main(arguments) == 2
    assert not (project / "out.json").exists()


def test_broken_settings_are_status_2(project: Path, capsys: Captured) -> None:
    """A disclosure must not silently take another profile than the one that was meant."""
    (project / "joulecard.toml").write_text('profile = "lifecycel"')
    assert main(["assemble", "-o", "out.json"]) == 2
    assert "profile" in capsys.readouterr().err


def test_an_edition_that_is_not_here_is_status_3(project: Path, capsys: Captured) -> None:
    """The sentence names those at hand."""
    del project
    assert main(["assemble", "-o", "out.json", "--factors", "1999.01"]) == 3
    assert "2026.11" in capsys.readouterr().err


def test_an_unknown_place_is_refused_when_asked_to_be_strict(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JOULECARD_STRICT holds here too."""
    put(project / "carbon" / "segments" / "one.json", a_segment(place=Place()))
    monkeypatch.setenv("JOULECARD_STRICT", "1")
    assert main(["assemble", "-o", "out.json"]) == 1
    assert not (project / "out.json").exists()


def test_place_and_pue_can_be_declared_afterwards(project: Path) -> None:
    """They replace what was set while recording; the document says so, and its digests are those of the records."""
    assert main(["assemble", "-o", "before.json"]) == 0
    assert main(["assemble", "-o", "after.json", "--place", "aws/eu-west-3", "--pue", "1.1"]) == 0
    before, after = (json.loads((project / name).read_bytes()) for name in ("before.json", "after.json"))
    assert after["locations"][0]["region"] == "eu-west-3"
    assert [factor["value"] for factor in after["factors"] if factor["kind"] == "pue"] == [1.1]
    assert "The place aws/eu-west-3 and the PUE 1.1 of all stages were declared after the recording" in [
        item["statement"] for item in after["assumptions"]
    ]
    digests = [document["stages"][0]["segments"][0]["digest"] for document in (before, after)]
    assert digests[0] == digests[1]


def test_a_declared_place_mends_a_record_that_strict_refuses(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was unknown while recording is known now."""
    put(project / "carbon" / "segments" / "one.json", a_segment(place=Place()))
    monkeypatch.setenv("JOULECARD_STRICT", "1")
    assert main(["assemble", "-o", "out.json", "--place", "SE"]) == 0


@pytest.mark.parametrize(
    ("place", "strict", "remedy"),
    [
        (Place((Evidence("setting", "high", provider="aws", region="eu-nort-1"),)), "0", "--place aws/eu-north-1"),
        (Place((Evidence("setting", "high", country="XX"),)), "0", "--place FR"),
        (Place(), "1", "--place FR"),
    ],
    ids=["mistyped region", "no country", "unknown under strict"],
)
def test_a_place_that_cannot_be_used_names_its_record_and_the_remedy(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured, place: Place, strict: str, remedy: str
) -> None:
    """Stage, segment and the option that declares another place."""
    put(project / "carbon" / "segments" / "two.json", a_segment(2, "prepare", place=place))
    monkeypatch.setenv("JOULECARD_STRICT", strict)
    assert main(["assemble", "-o", "out.json"]) == 1
    told = capsys.readouterr().err
    for part in ("stage prepare", "00000000-0000-4000-8000-000000000002", f"joulecard assemble {remedy}"):
        assert part in told
    assert not (project / "out.json").exists()


@pytest.mark.parametrize("option", [("--place", "aws/eu-nort-1"), ("--place", "nowhere at all"), ("--pue", "0.5")])
def test_a_declaration_that_cannot_be_is_status_2(project: Path, option: tuple[str, str]) -> None:
    """A region that no table knows, what is no place, less than all the energy."""
    assert main(["assemble", "-o", "out.json", *option]) == 2
    assert not (project / "out.json").exists()


def test_what_a_killed_recorder_left_is_told(
    project: Path, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal of a record that belongs here is missed; one of another folder, of a live recorder or kept is not."""
    journals = tmp_path / "journals"
    journals.mkdir()
    monkeypatch.setenv("JOULECARD_JOURNAL_DIR", str(journals))
    here = str(project / "carbon" / "segments")
    openings = {"dead": here, "elsewhere": str(tmp_path), "one": here, "alive": here}
    for name, folder in openings.items():
        (journals / f"{name}.jsonl").write_text(json.dumps({"id": name, "folder": folder}) + "\n", encoding="utf-8")
    (journals / "damaged.jsonl").write_bytes(b"[\xff")
    alive = lock_existing(str(journals / "alive.jsonl"))
    assert alive is not None
    with alive:
        assert main(["assemble", "-o", "-"]) == 0
    told = "1 record of a killed recorder is missing here: run `joulecard recover`, then assemble again"
    assert capsys.readouterr().err.splitlines()[0] == told
    assert main(["assemble", "-o", "-"]) == 0
    assert capsys.readouterr().err.startswith("2 records of killed recorders are missing here")


@pytest.mark.parametrize(
    ("region", "advice"), [("nowhere", "--place FR`"), ("eu-nort-1", "--place aws/eu-north-1`"), ("", "--place FR`")]
)
def test_advice_for_a_place_that_no_table_knows_is_near_or_an_example(
    project: Path, capsys: Captured, region: str, advice: str
) -> None:
    """A misspelt region is corrected; what is like none is not sent to the other end of the world."""
    wrong = Place((Evidence("setting", "high", provider="aws", region=region or "xx-xxxx-9"),))
    put(project / "carbon" / "segments" / "one.json", a_segment(place=wrong))
    assert main(["assemble", "-o", "out.json"]) == 1
    assert advice in capsys.readouterr().err
