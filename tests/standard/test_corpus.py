"""The conformance corpus says of every document what the validator says of it, and leaves no rule and no word out."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.standard.broken import BROKEN
from tests.standard.corpus import FOLDER, VALID
from tests.standard.places import KINDS, places
from tests.standard.sweeps import spots
from tests.standard.write_corpus import corpus

from joulecard.validation import validate
from joulecard.validation.facts import Facts
from joulecard.validation.rules import RULES
from joulecard.validation.schema import kind_of, schema_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from joulecard.validation.at import Finding

NAME = re.compile(r"(parse|schema|R[0-9]{2})-t[0-9]+-(fail|pass|warn)(-[a-z0-9.]+)+")


def _expected(folder: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads((FOLDER / folder / "expected.json").read_text(encoding="utf-8"))
    return table


INVALID = [(folder, name) for folder in ("invalid", "invalid/parse") for name in _expected(folder)]


def test_the_folder_is_what_the_authors_write() -> None:
    """Every file lies there byte for byte, and no other; else `python -m tests.standard.write_corpus`."""
    files = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*.json")}
    assert sorted(files) == sorted(corpus())
    assert [name for name, data in corpus().items() if files[name] != data] == []


@pytest.mark.parametrize("name", _expected("valid"))
def test_valid_documents_are_valid_and_reach_their_level(name: str) -> None:
    """No violation, the warnings that the table names, and its level."""
    verdict = validate((FOLDER / "valid" / name).read_bytes())
    expected = _expected("valid")[name]
    assert verdict.violations == ()
    warned = [{"rule": item.rule, "pointer": item.pointer} for item in verdict.warnings]
    assert warned == expected.get("warnings", [])
    assert (verdict.kind, verdict.level) == (expected["kind"], expected.get("level"))


@pytest.mark.parametrize(("folder", "name"), INVALID)
def test_invalid_documents_break_one_rule_at_their_place(folder: str, name: str) -> None:
    """All violations are of the rule that the name begins with; one stands at each place that the table names."""
    expected, verdict = _expected(folder)[name], validate((FOLDER / folder / name).read_bytes())
    assert {item.rule for item in verdict.violations} == {expected["rule"]} == {name.partition("-")[0]}
    assert {expected["pointer"], *expected.get("also", ())} <= {item.pointer for item in verdict.violations}
    assert verdict.warnings == ()


def test_names_say_rule_number_and_what_is_shown() -> None:
    """`R07-t01-fail-total`; each number once; those that fail are invalid, the others valid."""
    numbered = [path for path in FOLDER.rglob("*-t[0-9]*.json") if path.name != "expected.json"]
    assert [path.name for path in numbered if not NAME.fullmatch(path.stem)] == []
    assert [path.name for path in numbered if ("-fail-" in path.name) != ("invalid" in path.parts)] == []
    assert _repeated(numbered) == set()
    assert {name for _, name in INVALID} <= {path.name for path in numbered}


def _repeated(paths: list[Path]) -> set[str]:
    """Numbers of rules that several documents have; those of the sweeps are of a series."""
    numbers = [path.name.partition("-t")[0] + path.name.partition("-t")[2].split("-")[0] for path in paths]
    sweeps = {f"schema{number}" for number in range(100, 120)}
    return {number for number in numbers if numbers.count(number) > 1} - sweeps


def test_every_rule_has_documents_on_both_sides() -> None:
    """Each rule has one that breaks it (or is warned of) and one that stands just on the right side."""
    names = [path.name for path in FOLDER.rglob("R*.json")]
    for rule in RULES:
        word = "warn" if rule.warns else "fail"
        assert any(name.startswith(f"{rule.id}-") and f"-{word}-" in name for name in names), rule.id
        assert any(name.startswith(f"{rule.id}-") and "-pass-" in name for name in names), rule.id


def test_every_check_of_every_rule_finds_something() -> None:
    """No check is there in vain: a document that breaks its rule, or one that is warned of, shows what it finds."""
    paths = [path for word in ("fail", "warn") for path in sorted(FOLDER.rglob(f"R*-{word}-*.json"))]
    read = [json.loads(path.read_bytes()) for path in paths if path.parent.name != "parse"]
    facts = [Facts(document) for document in read if "totals" in document]
    idle = [check.__name__ for rule in RULES for check in rule.checks if not any(_found(check, each) for each in facts)]
    assert idle == []


def _found(check: Callable[[Facts], Iterable[Finding]], facts: Facts) -> bool:
    return next(iter(check(facts)), None) is not None


def test_the_corpus_is_large_enough_to_be_a_proof() -> None:
    """At least 60 valid and 200 invalid documents."""
    assert len(VALID) >= 60
    assert len(BROKEN) >= 200


def test_every_level_is_reached() -> None:
    """From numbers that somebody only declared to a signed statement."""
    assert {row["level"] for row in _expected("valid").values() if "level" in row} == {"L0", "L1", "L2", "L3"}


def test_every_member_and_word_of_the_standard_is_in_a_valid_document() -> None:
    """Each place of the schemas, and each word that it allows."""
    seen = {(id(spot.schema), spot.value if "enum" in spot.schema else None) for spot in _spots()}
    known = {place for place, _ in seen}
    for kind in KINDS:
        for where, schema in places(kind):
            assert id(schema) in known, (kind, where)
            assert [word for word in schema.get("enum", ()) if (id(schema), word) not in seen] == [], (kind, where)


def _spots() -> list[Any]:
    """Every value of every valid document with its part of the schema."""
    made = [make() for make in VALID.values()]
    return [spot for document in made for spot in spots(kind_of(document), document, schema_of(kind_of(document)))]
