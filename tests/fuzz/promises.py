"""What holds of the answer on any input whatever; each broken promise is an AssertionError."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from joulecard.canonical import canonical_bytes
from joulecard.validation import Lack, Verdict, Violation
from joulecard.validation.parse import parse
from joulecard.validation.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RULE_IDS = {rule.id for rule in RULES}
MOST_CHARACTERS = 4000  # of one sentence: more is no sentence
MOST_TOLD = 500  # lines of one rule
MOST_PLACES = 50_000  # named by one answer in all
SPACES = "\u00a0\u2009\u202f"  # of printed numbers


def check_answer(verdict: Verdict, given: Any) -> None:
    """Every line of a verdict says where and what; `given` is the parsed document that it speaks of."""
    _check_lines(verdict.violations, given, {"parse", "schema", *RULE_IDS})
    _check_lines(verdict.warnings, given, RULE_IDS)
    _check_lines(verdict.lacks, given, set())
    valid_disclosure = verdict.valid and verdict.kind == "disclosure"
    assert (verdict.level is not None) == valid_disclosure


def _check_lines(lines: Sequence[Violation | Lack], given: Any, rules: set[str]) -> None:
    """Sentences of one line that can be printed, each at a place that is there, by a rule that exists."""
    assert len(lines) <= MOST_TOLD * max(1, len(rules))
    assert sum(len(line.related) for line in lines if isinstance(line, Violation)) <= MOST_PLACES
    for line in lines:
        check_sentence(line.message)
        place = line.pointer
        if isinstance(line, Lack) and not is_place(given, place):
            place = place.rpartition("/")[0]  # what is to be added
        assert is_place(given, place), line
        assert not isinstance(line, Violation) or line.rule in rules, line


def check_sentence(text: str) -> None:
    """One line that can be printed anywhere."""
    assert 0 < len(text) <= MOST_CHARACTERS, text[:200]
    assert is_plain(text), text[:200]


def is_plain(text: str) -> bool:
    """Whether no sign of a text steers a terminal, turns the direction of reading or cannot be written as UTF-8."""
    return text.isprintable() or all(sign.isprintable() or sign in SPACES for sign in text)


def is_place(document: Any, pointer: str) -> bool:
    """Whether something stands in the document where an RFC 6901 pointer leads."""
    found = document
    for step in _steps(pointer):
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return False
    return True


def _steps(pointer: str) -> Iterable[str]:
    """The names in a pointer, unescaped."""
    assert not pointer or pointer.startswith("/")
    return (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def check_reading(data: bytes) -> Any:
    """What can be read is what every reader reads, also from its canonical bytes; None where it is refused."""
    value, refused = parse(data)
    if refused:
        assert value is None
        _check_lines([refused], None, {"parse", "R08"})
        return None
    assert value == json.loads(data, parse_int=float)
    canonical = canonical_bytes(value)
    again, _ = parse(canonical)
    assert again == value
    assert canonical_bytes(again) == canonical
    return value


def unchanged(value: Any, data: bytes) -> bool:
    """Whether a value is still the one that was read from these bytes: true is not 1, -0.0 is not 0.0."""
    return json.dumps(value) == json.dumps(parse(data)[0])


def check_printed(text: str) -> None:
    """What a command printed is plain lines, and no traceback."""
    assert is_plain(text.replace("\n", "")), text[:500]
    assert "Traceback (most recent call last)" not in text
