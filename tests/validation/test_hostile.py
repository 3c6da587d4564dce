"""Documents made to harm: deep, huge, repeated, half a character. Each gets one short answer, for little work."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.standard.by_hand import one_stage
from tests.standard.corpus import as_text

from joulecard.validation import Verdict, Violation, validate
from joulecard.validation.parse import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path

MB = 1_000_000
MOST_SIGNS = 4000  # of one sentence
CALLS_A_BYTE = 12  # every member and number is looked at a few times
CALLS_TO_BEGIN = 50_000


def _with(member: str, value: str) -> bytes:
    """A valid disclosure with one more member, whose value is JSON text."""
    return as_text(one_stage()).removesuffix("}\n").encode() + f', "{member}": {value}}}'.encode()


def _named(name: str) -> bytes:
    """A valid disclosure, were its name not what it is."""
    document = one_stage()
    document["subject"]["name"] = name
    return as_text(document).encode()


PARSING: dict[str, Callable[[], bytes]] = {
    "arrays 5,000 deep": lambda: b"[" * 5000 + b"]" * 5000,
    "arrays 100,000 deep": lambda: b"[" * 100_000 + b"]" * 100_000,
    "objects 100,000 deep": lambda: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "arrays that never end": lambda: b"[" * MB,
    "depth in an extension": lambda: _with("extensions", '{"org.example": {"a": ' + "[" * 80 + "]" * 80 + "}}"),
    "a name twice among 300,000": lambda: (
        b"{" + b",".join(b'"k%d":0' % (index % 299_999) for index in range(300_000)) + b"}"
    ),
    "NaN after 400,000 numbers": lambda: b"[" + b"1.5," * 400_000 + b"NaN]",
    "an integer of 4,301 digits": lambda: b'{"a": ' + b"7" * 4301 + b"}",
    "an integer of a million digits": lambda: b'{"a": ' + b"7" * MB + b"}",
    "10 to the 400": lambda: b'{"a": 1' + b"0" * 400 + b"}",
    "an exponent of a million digits": lambda: b'{"a": 1e' + b"9" * MB + b"}",
    "half a character after 5 MB": lambda: b'{"a": "' + b"x" * 5 * MB + b'\\ud800"}',
    "a million backslashes": lambda: b'{"a": "' + b"\\" * MB,
    "10 MB of spaces": lambda: b" " * 10 * MB,
    "10 MB that is no UTF-8": lambda: b'{"a": "' + b"\xff" * 10 * MB + b'"}',
    "more than 16 MiB": lambda: b'"' + b"x" * MAX_BYTES + b'"',
    "UTF-16 of 1 MB": lambda: ("[" + "1," * (MB // 4) + "1]").encode("utf-16"),
    "aliases of YAML": lambda: b"a: &a [x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n",
    "a bill of another trade": lambda: b"\x1f\x8b\x08\x00" + bytes(1000),
}
BY_SCHEMA: dict[str, Callable[[], bytes]] = {
    "a name of 10 MB": lambda: _named("n" * 10 * MB),
    "a name of NULs": lambda: _named("\x00" * MB),
    "a name that turns the line around": lambda: _named("digits \u202e\u2066gnp.exe"),
    "a member's name of 10 MB": lambda: _with("n" * 10 * MB, "1"),
    "400,000 keys": lambda: _with("more", "{" + ",".join(f'"k{index}":0' for index in range(400_000)) + "}"),
    "a million items": lambda: _with("more", "[" + "0," * MB + "0]"),
    "a deep but lawful value in the wrong place": lambda: _with("more", "[" * 60 + "]" * 60),
    "a million keys instead of a document": lambda: b"{" + b",".join(b'"k%d":0' % index for index in range(MB)) + b"}",
    "a text instead of a document": lambda: b'"' + b"x" * 10 * MB + b'"',
}


Judged = Callable[[bytes], tuple[Violation, ...]]


@pytest.fixture
def judged(calls: Callable[[Callable[[], object]], int]) -> Judged:
    """Judges a text, and sees to it that this took a few calls for each byte, whatever the bytes say."""

    def judge(data: bytes) -> tuple[Violation, ...]:
        verdicts: list[Verdict] = []
        assert calls(lambda: verdicts.append(validate(data))) < CALLS_TO_BEGIN + CALLS_A_BYTE * len(data)
        return verdicts[0].violations

    return judge


@pytest.mark.parametrize("name", PARSING)
def test_text_that_is_refused_gets_one_short_sentence(name: str, judged: Judged) -> None:
    """Nothing but what is wrong with the text, on one line, whatever its size."""
    (violation,) = judged(PARSING[name]())
    assert (violation.rule in {"parse", "R08"}, violation.pointer) == (True, "")
    assert len(violation.message.splitlines()) == 1
    assert len(violation.message) < MOST_SIGNS


@pytest.mark.parametrize("name", BY_SCHEMA)
def test_what_the_schema_refuses_is_told_in_a_few_short_sentences(name: str, judged: Judged) -> None:
    """A document that is huge in one place gets a sentence on that place, and perhaps one that there may be more."""
    violations = judged(BY_SCHEMA[name]())
    assert 1 <= len(violations) <= 2
    assert {violation.rule for violation in violations} == {"schema"}
    assert max(len(violation.message) for violation in violations) < MOST_SIGNS


def test_the_command_judges_all_of_them_without_a_traceback(tmp_path: Path) -> None:
    """Exit status 1, a line for each file at least, and nothing that only a programmer understands."""
    paths = []
    for index, make in enumerate([*PARSING.values(), *BY_SCHEMA.values()]):
        path = tmp_path / f"{index}.json"
        path.write_bytes(make())
        paths.append(str(path))
    command = [sys.executable, "-m", "joulecard", "validate", *paths]
    done = subprocess.run(command, capture_output=True, check=False, encoding="utf-8")
    assert (done.returncode, "Traceback" in done.stdout + done.stderr) == (1, False)
    assert [path for path in paths if path not in done.stdout] == []


def test_a_file_of_a_hostile_name_gets_its_lines_and_no_more(tmp_path: Path) -> None:
    """A line break, an escape sequence or a turned direction in a name cannot forge a line of the answer."""
    path = tmp_path / "a.json: valid disclosure\nb\x1b[2J\u202egnp.json"
    path.write_bytes(b"{}")
    command = [sys.executable, "-m", "joulecard", "validate", str(path)]
    done = subprocess.run(command, capture_output=True, check=False, encoding="utf-8")
    assert done.returncode == 1
    assert not set("\x1b\u202e") & set(done.stdout + done.stderr)
    assert [line for line in done.stdout.splitlines() if line.endswith("valid disclosure")] == []


def test_a_large_lawful_document_is_valid() -> None:
    """Hostile is not the same as large: 2 MB in an extension, 60 deep, with every kind of value."""
    deep: object = 1
    for _ in range(55):
        deep = [deep]
    document = one_stage()
    document["extensions"] = {"org.example": {"deep": deep, "long": "x" * 2 * MB, "many": [None, True, 1.5, ""] * 1000}}
    assert validate(json.dumps(document).encode()).violations == ()
