"""Another language comes to the same digest and the same answer on a signature, from the standard's text alone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.rendering.conftest import RECORDS, a_document
from tests.validation.keys import ASSURER

from joulecard.validation.attestations import document_digest
from joulecard.validation.signature import read_private_key, signed

PROGRAM = Path(__file__).with_name("attested.mjs")
ODD = {"org.example": {"€": [0.1, 1e21, 5e-324, -0.0, 333333333.33333329], "\U0001f600": None, "\ufb33": "\u2028é\x7f"}}


def _signed(document: dict[str, Any], **changes: str) -> dict[str, Any]:
    """The document with one attestation by the assurer."""
    statement = {
        "type": "third_party",
        "by": "Zoë & Søn",
        "date": "2026-11-30",
        "statement": "“Recomputed”: 0.4 kWh × 1.2 = 0.48 kWh.",
        "digest": document_digest(document),
    }
    attestation = signed(statement, read_private_key(ASSURER.private_pem, "key.pem", str))
    return {**document, "attestations": [{**attestation, **changes}]}


def _answers(folder: Path, documents: list[dict[str, Any]]) -> list[list[list[bool]]]:
    """What JavaScript says of each: whether its digest fits, and whether its signature does."""
    paths = [folder / f"{number}.json" for number in range(len(documents))]
    for path, document in zip(paths, documents, strict=True):
        path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    done = subprocess.run(["node", PROGRAM, *paths], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.needs("node")
def test_javascript_verifies_what_we_sign(tmp_path: Path) -> None:
    """Every kind of record that the reports are tested with, and the oddest values that an extension may hold."""
    documents = [a_document(name) for name in RECORDS]
    documents.append({**documents[0], "extensions": ODD})
    assert _answers(tmp_path, [_signed(each) for each in documents]) == [[[True, True]]] * len(documents)


@pytest.mark.needs("node")
def test_javascript_finds_what_was_changed(tmp_path: Path) -> None:
    """A changed document by its digest, a changed statement by its signature: the same two answers as ours."""
    document = a_document("single_stage")
    other = {**_signed(document), "methodology": "as planned"}
    assert _answers(tmp_path, [other, _signed(document, statement="Seen.")]) == [[[False, True]], [[True, False]]]
