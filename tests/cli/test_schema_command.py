"""`joulecard schema`: the schema as it is, and any of its fields, rules and levels explained."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tests.standard.corpus import VALID

from joulecard.cli import main
from joulecard.shipped import shipped
from joulecard.validation.levels import STEPS
from joulecard.validation.rules import RULES
from joulecard.validation.schema import Kind, kind_of, schema_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    Captured = pytest.CaptureFixture[str]

KINDS: tuple[Kind, ...] = ("disclosure", "segment", "stage-record")


def _told(capsys: Captured, *arguments: str) -> str:
    assert main(["schema", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_field_it_is_the_schema(kind: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Byte for byte, so that it can be piped into any validator."""
    assert main(["schema", "--kind", kind]) == 0
    assert capfdbinary.readouterr().out == (shipped("schema") / "1.0" / f"{kind}.schema.json").read_bytes()


@pytest.mark.parametrize(
    "name",
    [
        "stages.energy.it_total",
        "stages[].energy.it_total",
        "stages[0].energy.it_total",
        "stages.0.energy.it_total",
        "/stages/0/energy/it_total",
        "#/stages/12/energy/it_total",
    ],
)
def test_a_field_is_named_by_path_or_pointer(name: str, capsys: Captured) -> None:
    """Each spelling gives the same page: what it is, whether it must be there, what it holds, its members."""
    told = _told(capsys, name)
    assert told.startswith("stages[].energy.it_total ")
    for line in ("  must    be given", "  holds   energy_quantity, an object", "* unit", '  example {"value"'):
        assert line in told
    assert "  where   method is not_available: reason must be given" in told


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("node_kwh", "stages[].energy.components[].node_kwh "),
        ("energy_quantity", "energy_quantity "),
        ("refs.dvc_stage", "stages[].refs.dvc_stage "),
        ("extensions.org.example", "extensions.org.example "),
        ("/extensions/org.example", "extensions.org.example "),
        ("disclosure", "disclosure "),
        ("activity.cpu_s", "activity.cpu_s "),
    ],
)
def test_a_field_is_named_by_a_part_of_its_path(name: str, line: str, capsys: Captured) -> None:
    """Its last names, a definition, a name that only follows a pattern, a field of segments alone."""
    if name == "refs.dvc_stage":
        name = "stages.refs.dvc_stage"
    assert _told(capsys, name).startswith(line)


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("stages.status", "one of completed, failed, interrupted, cached, skipped"),
        ("stages.attempt", "a whole number from 1 to 1000000"),
        ("factors.value", "a number in the unit that `unit` names, from 0 to 1e15"),
        ("stages.energy.it_total.value", "a number in kWh, from 0 to 1e12"),
        ("stages.energy.it_total.unit", 'only "kWh"'),
        ("stages.name", "text of 1 to 256 characters"),
        ("stages.depends_on", "a list of id, 0 to 10000 of them, each once"),
        ("document_id", "text of 45 characters"),
    ],
)
def test_what_a_field_holds_is_told_in_words(name: str, holds: str, capsys: Captured) -> None:
    """Type, unit, bounds and allowed values."""
    assert f"  holds   {holds}\n" in _told(capsys, name)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_explained(rule: Any, capsys: Captured) -> None:
    """By its sentence in the standard, and by what breaking it means."""
    told = " ".join(_told(capsys, rule.id.lower()).split())
    assert rule.sentence in told
    assert ("a warning" in told) == rule.warns


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.level)
def test_a_level_is_explained(step: Any, capsys: Captured) -> None:
    """By its sentence in the standard."""
    assert step.sentence in " ".join(_told(capsys, step.level).split())


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("stages.enrgy.it_total", "near it: stages.energy.it_total"),
        ("nmae", "near it: name"),
        ("/subject/nmae", "near it: subject.name"),
        ("pue_ref", "stands in 7 places and means several things; name one: stages.segments.pue_ref, "),
        ("xxxxxxxx", "`joulecard schema disclosure` explains the document"),
        ("stages.energy.it_total.value.more", "near it: stages.energy.it_total.value"),
        ("R99", "rules are R01 to R18, levels L0 to L3"),
        ("/", "is no field"),
        ("", "is no field"),
        ("\x1b[2J", "is no field"),
    ],
)
def test_what_is_no_field_is_answered_with_the_nearest(name: str, hint: str, capsys: Captured) -> None:
    """Exit 2, and names that a shell takes as they are."""
    assert main(["schema", name]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert hint in captured.err
    assert "\x1b" not in captured.err


def _pointers(value: Any, pointer: str = "") -> Iterator[str]:
    """A pointer for each member and item of a document."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in parts:
        below = f"{pointer}/{str(step).replace('~', '~0').replace('/', '~1')}"
        yield below
        if not below.startswith("/extensions/"):
            yield from _pointers(inner, below)


@pytest.mark.parametrize("name", ["counted", "market-based", "attested", "segment-counter", "record-measured"])
def test_every_place_of_a_document_is_explained_on_80_columns(name: str, capsys: Captured) -> None:
    """Whatever pointer a violation names, its page is there, and no line is wider than a terminal."""
    document = VALID[name]()
    kind = kind_of(document)
    pages = {re.sub(r"/\d+", "/0", pointer) for pointer in _pointers(document)}
    for pointer in sorted(pages):
        told = _told(capsys, pointer, "--kind", kind)
        assert max(map(len, told.splitlines())) <= 80, pointer
        assert "  holds   " in told


@pytest.mark.parametrize("kind", KINDS)
def test_every_definition_is_explained(kind: Kind, capsys: Captured) -> None:
    """With its description."""
    for name, node in schema_of(kind)["$defs"].items():
        told = _told(capsys, name, "--kind", kind)
        assert " ".join(node["description"].split()) in " ".join(told.split())
        assert max(map(len, told.splitlines())) <= 80, name


def test_json_is_for_programs(capsys: Captured) -> None:
    """The schema of the field, the definition that it refers to filled in."""
    told = json.loads(_told(capsys, "stages.energy.it_total", "--json"))
    assert (told["kind"], told["path"]) == ("disclosure", "stages[].energy.it_total")
    assert (told["definition"], told["required"]) == ("energy_quantity", True)
    assert told["schema"]["properties"].keys() >= {"value", "unit", "method"}
    assert json.loads(_told(capsys, "R03", "--json"))["name"] == "R03"
