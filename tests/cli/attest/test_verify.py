"""`joulecard verify`: everything that can be wrong with a signed disclosure has its own sentence."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cli.attest.signing import BY, STATEMENT, TOLD, a_disclosure, changed, refused, verified
from tests.validation.keys import ASSURER

from joulecard.canonical import canonical_bytes
from joulecard.cli import main
from joulecard.cli.examined import Examined
from joulecard.validation import Verdict, Violation
from joulecard.validation.parse import parse

if TYPE_CHECKING:
    from pathlib import Path

    Captured = pytest.CaptureFixture[str]


def test_a_verified_disclosure_is_told_line_by_line(signed: Path, capsys: Captured) -> None:
    """Rules and level, digest, each attestation, the answer."""
    status, lines = verified(capsys, "--key", "stranger.pub.pem", "--key", "assurer.pub.pem")
    (attestation,) = json.loads(signed.read_bytes())["attestations"]
    start = next(place for place, line in enumerate(lines) if "disclosure, level" in line)
    assert status == 0
    assert lines[start].startswith("disclosure.json: valid disclosure, level L")
    assert lines[start].endswith("; its totals recompute")
    assert lines[start + 1 :] == [
        f"disclosure.json: digest {attestation['digest']}",
        f"disclosure.json: verified #/attestations/0: {BY} (third party), {attestation['date']}",
        f'    says "{STATEMENT}"',
        "    the signature fits, made with the key of assurer.pub.pem",
        f"disclosure.json: verified: signed by {BY} (third party) with assurer.pub.pem",
    ]


def test_a_changed_document_is_told(signed: Path, capsys: Captured) -> None:
    """A letter that no rule looks at breaks the digest."""
    changed(signed, '"gaps": []', '"gaps": [],\n  "methodology": "as planned"')
    status, lines = verified(capsys, "--key", "assurer.pub.pem")
    assert status == 1
    assert "disclosure.json: digest differs #/attestations/0: " in lines[-4]
    assert "the document was changed since: its digest is sha256:" in lines[-2]
    assert lines[-1] == "disclosure.json: not verified: 1 of 1 attestation is wrong"


def test_a_changed_number_breaks_a_rule_and_the_digest(signed: Path, capsys: Captured) -> None:
    """Both are said."""
    document = json.loads(signed.read_bytes())
    document["totals"]["new"]["energy_it"]["value"] *= 2
    signed.write_text(json.dumps(document), encoding="utf-8")
    status, lines = verified(capsys, "--key", "assurer.pub.pem")
    assert status == 1
    assert any("#/totals/new/energy_it" in line for line in lines)
    assert any("digest differs" in line for line in lines)
    assert "it breaks the standard in " in lines[-1]
    assert lines[-1].endswith("; 1 of 1 attestation is wrong")


@pytest.mark.parametrize(("before", "after"), [("every total", "every totel"), (BY, "Example Insurance")])
def test_a_changed_statement_is_told(signed: Path, capsys: Captured, before: str, after: str) -> None:
    """What is said and who says it are signed too."""
    changed(signed, before, after)
    status, lines = verified(capsys, "--key", "assurer.pub.pem")
    assert status == 1
    assert "signature wrong" in lines[-4]
    assert "the statement, its key or the signature itself was changed" in lines[-2]


def test_a_changed_signature_is_told(signed: Path, capsys: Captured) -> None:
    """One letter of its 88."""
    value = json.loads(signed.read_bytes())["attestations"][0]["signature"]["value"]
    changed(signed, value, ("B" if value[0] == "A" else "A") + value[1:])
    status, lines = verified(capsys, "--key", "assurer.pub.pem")
    assert status == 1
    assert "signature wrong" in lines[-4]


def test_a_foreign_key_is_told(signed: Path, capsys: Captured) -> None:
    """The signature fits, and that is not enough."""
    del signed
    status, lines = verified(capsys, "--key", "stranger.pub.pem")
    assert status == 1
    assert lines[-2].endswith(f"its key {ASSURER.public_base64} is none of those named with --key")
    assert lines[-1] == "disclosure.json: not verified: no attestation is in force and signed with a key that was named"


def test_without_a_key_nobody_is_trusted(signed: Path, capsys: Captured) -> None:
    """Status 3: a signature fits, and whose it is is for the reader to say."""
    del signed
    status, lines = verified(capsys)
    assert status == 3
    assert lines[-1] == (
        "disclosure.json: undecided: a signature fits, and nobody said whose key to trust: name it with --key"
    )


def test_a_missing_attestation_is_told(folder: Path, capsys: Captured) -> None:
    """A valid disclosure that nobody has signed is not verified."""
    del folder
    status, lines = verified(capsys, "--key", "assurer.pub.pem")
    assert status == 1
    assert lines[-1] == "disclosure.json: not verified: it holds no attestation: nobody has signed it"


def test_an_attestation_without_signature_is_told(folder: Path, capsys: Captured) -> None:
    """Words alone do not count."""
    path = folder / "disclosure.json"
    document = json.loads(path.read_bytes())
    document["attestations"] = [{"type": "third_party", "by": BY, "date": "2021-11-22", "statement": STATEMENT}]
    path.write_text(json.dumps(document), encoding="utf-8")
    status, lines = verified(capsys, "--key", "assurer.pub.pem")
    assert status == 1
    assert lines[-2].endswith("it is not signed: anybody may have written it")


def test_the_day_is_today_or_the_one_asked_for(folder: Path, capsys: Captured) -> None:
    """Before its date and after its last day an attestation does not hold; both days are said."""
    assert main(["sign", "disclosure.json", "--key", "assurer.pem", *TOLD, "--expires", "2998-06-30"]) == 0
    (attestation,) = json.loads((folder / "disclosure.json").read_bytes())["attestations"]
    capsys.readouterr()
    for day, expected in {"2021-12-01": 1, attestation["date"]: 0, "2998-06-30": 0, "2998-07-01": 1}.items():
        status, lines = verified(capsys, "--key", "assurer.pub.pem", "--at", day)
        assert status == expected, day
        if day == "2998-07-01":
            assert lines[-2].endswith("it expired on 2998-06-30: the day asked for is 2998-07-01 (UTC)")
        if day == "2021-12-01":
            assert f"it is dated {attestation['date']}, in the future: the day asked for is 2021-12-01" in lines[-2]
    assert main(["verify", "disclosure.json", "--at", "yesterday"]) == 2


def test_one_wrong_attestation_spoils_the_answer_and_a_foreign_one_does_not(signed: Path, capsys: Captured) -> None:
    """Others may sign too; nobody may leave a forgery in."""
    assert main(["sign", str(signed), "--key", "stranger.pem", "--by", "A stranger", "--statement", "Seen."]) == 0
    capsys.readouterr()
    assert verified(capsys, "--key", "assurer.pub.pem")[0] == 0
    changed(signed, "Seen.", "Read.")
    status, lines = verified(capsys, "--key", "assurer.pub.pem")
    assert status == 1
    assert lines[-1] == "disclosure.json: not verified: 1 of 2 attestations is wrong"


def test_the_answer_is_there_for_programs(signed: Path, capsys: Captured) -> None:
    """One JSON object with the state of each attestation."""
    assert main(["verify", str(signed), "--key", "assurer.pub.pem", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    (attestation,) = told.pop("attestations")
    assert {name: told[name] for name in ("status", "verified", "reasons", "valid", "violations")} == {
        "status": 0,
        "verified": True,
        "reasons": [],
        "valid": True,
        "violations": [],
    }
    assert told["digest"] == json.loads(signed.read_bytes())["attestations"][0]["digest"]
    assert (attestation["state"], attestation["by"], attestation["pointer"]) == ("verified", BY, "/attestations/0")
    assert main(["verify", str(signed), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["attestations"][0]["state"] == "no_trusted_key"


def test_a_name_is_told_with_the_key_that_signed_it(signed: Path, capsys: Captured) -> None:
    """The holder of one trusted key may write the name of another's: the answer says whose key it was."""
    sign = ["sign", "disclosure.json", "--key", "stranger.pem", "--by", BY, "--statement", "Seen."]
    assert main(sign) == 0
    capsys.readouterr()
    status, lines = verified(capsys, "--key", "assurer.pub.pem", "--key", "stranger.pub.pem")
    assert status == 0
    assert lines[-1].endswith(f": signed by {BY} (third party) with assurer.pub.pem, {BY} (self) with stranger.pub.pem")
    assert main(["verify", str(signed), "--key", "stranger.pub.pem", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["attestations"]
    assert [each.get("trusted_key") for each in told] == [None, "stranger.pub.pem"]


def test_names_that_a_terminal_cannot_show_are_no_crash(folder: Path) -> None:
    """Neither of a signer nor of a file, on a terminal of western Europe."""
    environment = os.environ | {"PYTHONIOENCODING": "iso-8859-15"}

    def told(*arguments: str) -> str:
        command = [sys.executable, "-m", "joulecard", *arguments]
        done = subprocess.run(command, capture_output=True, check=True, env=environment)
        return done.stdout.decode("iso-8859-15")

    (folder / "disclosure.json").rename(folder / "Ж.json")
    assert '?.json: signed by "Müller ?? ?"' in told(
        "sign", "Ж.json", "--key", "assurer.pem", "--by", "Müller 木木 Ж", "--statement", "Seen."
    )
    assert "?.json: verified: signed by Müller ?? ?" in told("verify", "Ж.json", "--key", "assurer.pub.pem")


def test_attestations_are_not_judged_where_the_schema_is_broken(folder: Path, capsys: Captured) -> None:
    """Whatever stands in their place; and it is said."""
    path = folder / "disclosure.json"
    document = json.loads(path.read_bytes())
    odd: object
    for odd in ([7], {"a": 1}, [{"signature": []}], "text"):
        path.write_text(json.dumps({**document, "attestations": odd}), encoding="utf-8")
        status, lines = verified(capsys)
        assert status == 1
        assert lines[-1].endswith("so its attestations were not judged")
        assert "#/attestations" in lines[0]


def test_not_more_violations_are_shown_than_anybody_reads() -> None:
    """As validate does; all are counted, and programs get all."""
    found = tuple(Violation(f"/stages/{number}", "R01", "is wrong") for number in range(200))
    examined = Examined("d.json", Verdict(found, kind="disclosure"))
    lines = list(examined.lines())
    assert "    and 150 more, which --json lists" in lines
    assert len(lines) < 60
    assert "it breaks the standard in 200 places" in lines[-1]
    assert len(examined.as_json()["violations"]) == 200


def test_files_that_are_no_disclosure_are_named(folder: Path, capsys: Captured) -> None:
    """A segment has another command; what cannot be opened is status 2; what is not JSON is told as by validate."""
    (folder / "segment.json").write_text('{"schema": "urn:joulecard:mlcd:1.0.0-draft:segment"}')
    assert refused(capsys, "verify", "segment.json") == (
        1,
        "joulecard: segment.json: is a segment: run `joulecard assemble` first [JC-INVALID]",
    )
    assert refused(capsys, "verify", "nothing.json")[0] == 2
    assert refused(capsys, "verify", "disclosure.json", "--key", "nothing.pem")[0] == 2
    (folder / "text.json").write_text("{")
    assert main(["verify", "text.json"]) == 1
    assert "not JSON" in capsys.readouterr().out


def test_a_newer_version_of_the_standard_cannot_be_judged(folder: Path, capsys: Captured) -> None:
    """Status 3, as everywhere."""
    changed(folder / "disclosure.json", "mlcd:1.0.0-draft", "mlcd:9.0.0")
    for command in (["verify", "disclosure.json"], ["sign", "disclosure.json", "--key", "assurer.pem", *TOLD]):
        status, line = refused(capsys, *command)
        assert status == 3
        assert "pip install --upgrade joulecard" in line


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a signed disclosure, d.json, and the key that it was signed with, key.pub.pem."""
    place = tmp_path_factory.mktemp("signed")
    (place / "d.json").write_bytes(a_disclosure())
    (place / "key.pem").write_bytes(ASSURER.private_pem)
    (place / "key.pub.pem").write_bytes(ASSURER.public_pem)
    assert main(["sign", str(place / "d.json"), "--key", str(place / "key.pem"), *TOLD]) == 0
    return place


@settings(max_examples=60)
@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_no_flipped_byte_is_verified(kept: Path, place: float, mask: int) -> None:
    """Wherever it lies; only white space and another spelling of the same number change nothing."""
    whole = (kept / "d.json").read_bytes()
    flipped = bytearray(whole)
    flipped[int(place * len(whole))] ^= mask
    document, _ = parse(bytes(flipped))
    is_same = document is not None and canonical_bytes(document) == canonical_bytes(json.loads(whole))
    status = _status(bytes(flipped), str(kept / "key.pub.pem"))
    assert (status == 0) == is_same
    assert status in {0, 1} or document["schema"] != json.loads(whole)["schema"]  # a newer one cannot be judged


def _status(data: bytes, key: str) -> int:
    """The exit status for bytes on standard input."""
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = io.TextIOWrapper(io.BytesIO(data))
    sys.stdout = sys.stderr = io.StringIO()
    try:
        return main(["verify", "-", "--key", key])
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
