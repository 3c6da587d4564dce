"""Without the packages of the extras: one sentence with the line that installs them, and all else is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.cli.attest.signing import BY, TOLD, a_disclosure, changed
from tests.validation.test_enclosed import a_pdf

if TYPE_CHECKING:
    from pathlib import Path

PIP = "signatures need the package cryptography: run `pip install 'joulecard[sign]'`"


def test_without_cryptography_nothing_is_signed(without: Any) -> None:
    """One sentence with the line that installs it, status 3."""
    for arguments in (["--new-key", "mine.pem"], ["disclosure.json", "--key", "assurer.pem", *TOLD]):
        assert without("cryptography", "sign", *arguments) == (3, "", f"joulecard: {PIP} [JC-MISSING]\n")


def test_without_cryptography_all_else_is_verified(signed: Path, without: Any) -> None:
    """Rules, level and digest are told; the signature is left open, and a changed document is still found."""
    status, out, err = without("cryptography", "verify", "disclosure.json", "--key", "assurer.pub.pem")
    assert (status, err) == (3, "")
    assert "valid disclosure, level L" in out
    assert f"not checked #/attestations/0: {BY}" in out
    assert out.splitlines()[-1] == f"disclosure.json: undecided: {PIP}"
    changed(signed, '"gaps": []', '"gaps": [],\n  "methodology": "as planned"')
    status, out, _ = without("cryptography", "verify", "disclosure.json")
    assert status == 1
    assert "digest differs" in out


def test_without_pypdf_a_report_stays_closed(folder: Path, without: Any) -> None:
    """One sentence with the line that installs it, status 3; a disclosure as JSON needs no pypdf."""
    (folder / "report.pdf").write_bytes(a_pdf(a_disclosure()))
    told = "taking the disclosure out of a PDF needs the package pypdf: run `pip install 'joulecard[pdf]'`"
    assert without("pypdf", "verify", "report.pdf") == (3, "", f"joulecard: report.pdf: {told} [JC-MISSING]\n")
    assert without("pypdf", "verify", "disclosure.json")[0] == 1
