"""The conformance corpus says of every document what the validator says of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.standard.corpus import FOLDER
from tests.standard.write_corpus import corpus

from joulecard.validation import validate


def _expected(folder: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads((FOLDER / folder / "expected.json").read_text(encoding="utf-8"))
    return table


INVALID = [(folder, name) for folder in ("invalid", "invalid/parse") for name in _expected(folder)]


def test_the_folder_is_what_the_authors_write() -> None:
    """Every file lies there byte for byte, and no other."""
    files = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*.json")}
    assert sorted(files) == sorted(corpus())
    assert [name for name, data in corpus().items() if files[name] != data] == []


@pytest.mark.parametrize("name", _expected("valid"))
def test_valid_documents_are_valid_and_reach_their_level(name: str) -> None:
    """No violation and no warning, and the level that the table names."""
    verdict = validate((FOLDER / "valid" / name).read_bytes())
    assert verdict.violations == ()
    assert verdict.warnings == ()
    expected = _expected("valid")[name]
    assert (verdict.kind, verdict.level) == (expected["kind"], expected.get("level"))


@pytest.mark.parametrize(("folder", "name"), INVALID)
def test_invalid_documents_break_their_rule_at_their_place(folder: str, name: str) -> None:
    """The violation that the table names is among those found."""
    verdict = validate((FOLDER / folder / name).read_bytes())
    expected = _expected(folder)[name]
    assert (expected["rule"], expected["pointer"]) in {(item.rule, item.pointer) for item in verdict.violations}
    assert name.startswith(expected["rule"]) or name == "R06-t06-fail-unknown-source.json" or "t12-fail-not" in name


def test_every_rule_has_a_document_that_breaks_it() -> None:
    """Each numbered rule that can make a document invalid is broken by at least one document."""
    from joulecard.validation.rules import RULES

    broken = {item["rule"] for folder in ("invalid", "invalid/parse") for item in _expected(folder).values()}
    assert {rule.id for rule in RULES if not rule.warns} <= broken
