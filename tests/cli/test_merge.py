"""`joulecard assemble --merge`: disclosures in, one out, or a sentence and nothing written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from tests.cli.test_assemble import a_segment, put

from joulecard.canonical import digest
from joulecard.capture.identity import execution_id
from joulecard.capture.segment import Reading
from joulecard.cli import main
from joulecard.surroundings.place import Evidence, Place
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> Path:
    """A folder with the disclosures a.json and b.json of two stages."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    disclose(tmp_path, "a", 1, "prepare")
    disclose(tmp_path, "b", 2, "train")
    capsys.readouterr()
    return tmp_path


def disclose(folder: Path, name: str, number: int, stage: str, **changes: Any) -> Path:
    """Makes a disclosure of one stage."""
    seconds = {"start": f"2026-11-21T09:0{number}:00.000Z", "end": f"2026-11-21T09:0{number}:10.000Z"}
    segment = a_segment(number, stage, **{**seconds, **changes})
    put(folder / name / "segments" / "one.json", segment)
    assert main(["assemble", str(folder / name), "-o", str(folder / f"{name}.json")]) == 0
    return folder / f"{name}.json"


def read(path: Path) -> dict[str, Any]:
    """The document in a file."""
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def test_two_disclosures_become_a_valid_one_that_names_them(folder: Path, capsys: Captured) -> None:
    """With the digests of their files; the output says how many stages there are, and what they cost."""
    assert main(["assemble", "--merge", "a.json", "b.json", "-o", "c.json", "--name", "both"]) == 0
    verdict = validate_disclosure((folder / "c.json").read_bytes())
    assert verdict.violations == ()
    document = read(folder / "c.json")
    origins = [read(folder / name) for name in ("a.json", "b.json")]
    assert {(each["id"], each["digest"]) for each in document["document"]["derived_from"]} == {
        (each["document"]["id"], digest(each)) for each in origins
    }
    assert document["subject"]["name"] == "both"
    counts, summary = capsys.readouterr().out.splitlines()
    assert counts == "disclosures merged: 2, stages: 2"
    for part in ("c.json", "Wh", " to ", "level"):
        assert part in summary


def test_the_order_of_the_files_changes_nothing_but_the_time(folder: Path) -> None:
    """The same id, the same bytes."""
    assert main(["assemble", "--merge", "a.json", "b.json", "-o", "one.json"]) == 0
    assert main(["assemble", "-o", "other.json", "--merge", "b.json", "a.json"]) == 0
    one, other = read(folder / "one.json"), read(folder / "other.json")
    assert {**one["document"], "created": ""} == {**other["document"], "created": ""}
    assert {**one, "document": {}} == {**other, "document": {}}


def test_what_several_hold_is_told_to_count_once(folder: Path, capsys: Captured) -> None:
    """And the merged one can be merged again."""
    assert main(["assemble", "--merge", "a.json", "b.json", "-o", "c.json"]) == 0
    assert main(["assemble", "--merge", "c.json", "a.json", "-o", "d.json"]) == 0
    assert "disclosures merged: 2, stages: 2, counted once though in several: 1" in capsys.readouterr().out
    assert read(folder / "c.json")["totals"] == read(folder / "d.json")["totals"]


def test_one_execution_with_two_numbers_names_files_and_stages(folder: Path, capsys: Captured) -> None:
    """Nothing is written."""
    france = Place((Evidence("setting", "high", country="FR"),), pue=1.4)
    disclose(folder, "other", 1, "prepare", place=france)
    assert main(["assemble", "--merge", "a.json", "other.json", "-o", "c.json"]) == 1
    told = capsys.readouterr().err
    for part in ("stage 'prepare' of a.json", "stage 'prepare' of other.json", "one execution", "[JC-INVALID]"):
        assert part in told
    assert not (folder / "c.json").exists()


def test_disclosures_that_claim_the_same_energy_are_named(folder: Path, capsys: Captured) -> None:
    """Together they took more than the counter of one host saw in that time."""
    group = str(UUID(int=9, version=4))
    again = a_segment(
        3,
        "evaluate",
        start="2026-11-21T09:01:00.000Z",
        end="2026-11-21T09:01:10.000Z",
        group=group,
        execution_id=execution_id(group, "evaluate", 1),
        energy=(Reading("cpu", "rapl", "package-0", 2880.0, 2000.0, 1.0, idle_j=480.0),),
    )
    put(folder / "other" / "segments" / "one.json", again)
    assert main(["assemble", "other", "-o", "other.json"]) == 0
    assert main(["assemble", "--merge", "a.json", "other.json", "-o", "c.json"]) == 1
    told = capsys.readouterr().err
    assert "the disclosures contradict one another" in told
    for part in ("stage 'prepare' of a.json", "stage 'evaluate' of other.json", "R12"):
        assert part in told


def test_an_invalid_input_is_told_with_its_violations(folder: Path, capsys: Captured) -> None:
    """Of every file that is wrong, before anything is merged."""
    document = read(folder / "a.json")
    document["totals"]["new"]["energy_it"]["value"] *= 2
    (folder / "a.json").write_text(json.dumps(document))
    (folder / "b.json").write_text("{}")
    assert main(["assemble", "--merge", "a.json", "b.json", "-o", "c.json"]) == 1
    told = capsys.readouterr().err
    assert "R07" in told
    assert "b.json" in told
    assert "so nothing was merged" in told
    assert not (folder / "c.json").exists()


def test_a_newer_standard_cannot_be_judged(folder: Path, capsys: Captured) -> None:
    """Exit status 3, unless another file is wrong in itself or cannot be opened."""
    newer = (folder / "a.json").read_text().replace(":1.0.0-draft:", ":9.0.0:")
    (folder / "newer.json").write_text(newer)
    (folder / "wrong.json").write_text("{}")
    assert main(["assemble", "--merge", "newer.json", "b.json", "-o", "c.json"]) == 3
    assert main(["assemble", "--merge", "newer.json", "wrong.json", "-o", "c.json"]) == 1
    assert main(["assemble", "--merge", "newer.json", "wrong.json", "absent.json", "-o", "c.json"]) == 2
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--merge", "a.json", "-o", "c.json"], "one disclosure is nothing to merge"),
        (["--merge", "a.json", "b.json", "-o", "b.json"], "b.json: is one of the disclosures to merge"),
        (["--merge", "a.json", "b.json", "-o", "c.json", "--pue", "1.2"], "--pue is about records"),
        (["--merge", "a.json", "b.json", "-o", "c.json", "--skip-invalid"], "--skip-invalid is about records"),
        (["a", "b", "-o", "c.json"], "put together with --merge"),
    ],
)
def test_what_cannot_work_is_said(folder: Path, capsys: Captured, arguments: list[str], sentence: str) -> None:
    """Exit status 2, and nothing is written."""
    before = (folder / "b.json").read_bytes()
    assert main(["assemble", *arguments]) == 2
    assert sentence in capsys.readouterr().err
    assert (folder / "b.json").read_bytes() == before
    assert not (folder / "c.json").exists()


def test_settings_and_options_say_who_publishes(folder: Path) -> None:
    """What level L3 asks for, in `assemble` and with --merge; the option wins."""
    (folder / "joulecard.toml").write_text(
        'publisher = "Example Institute"\ncontact = "https://example.org/contact"\nlicense = "CC-BY-4.0"\n'
    )
    assert main(["assemble", "a", "-o", "made.json", "--status", "final"]) == 0
    told = read(folder / "made.json")["document"]
    assert (told["publisher"], told["contact"], told["license"], told["status"]) == (
        "Example Institute",
        "https://example.org/contact",
        "CC-BY-4.0",
        "final",
    )
    assert main(["assemble", "--merge", "made.json", "b.json", "-o", "c.json", "--publisher", "Example Union"]) == 0
    merged = read(folder / "c.json")["document"]
    assert (merged["publisher"], merged["status"]) == ("Example Union", "draft")


def test_a_publisher_is_a_line_of_text(folder: Path, capsys: Captured) -> None:
    """As the standard has it."""
    assert main(["assemble", "a", "-o", "c.json", "--publisher", " "]) == 2
    assert "one line of 1 to 256 characters" in capsys.readouterr().err
    assert not (folder / "c.json").exists()
