"""The totals that were worked by hand: each working is exact, uses numbers of its document, and gives its number."""

from __future__ import annotations

import ast
import json
import re
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from tests.standard.corpus import FOLDER

PAGE = (FOLDER / "totals-by-hand.md").read_text(encoding="utf-8")
HEADING = re.compile(r"^## (\S+\.json)$", re.MULTILINE)
ROW = re.compile(r"^\| (/\S+) \| (.+) = (.+) \|$", re.MULTILINE)
UNIT = re.compile(r"(?<=[0-9]) (kWh|g/kWh|L/kWh|g|L|J|s|GB\.s|vCPU\.s|W/GB|W/vCPU)(?= |\)|$)")
JOULES_PER_KWH = Fraction(3600000)


class Working(NamedTuple):
    """One line of the page."""

    file: str
    pointer: str
    left: str
    right: str


def _workings() -> list[Working]:
    """Every line of the page, with the document that its heading names."""
    _, *parts = HEADING.split(PAGE)
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [Working(file, *row) for file, text in pairs for row in ROW.findall(text)]


WORKINGS = _workings()


def _parsed(text: str) -> ast.expr:
    """The arithmetic of a side, units left out."""
    return ast.parse(UNIT.sub("", text).replace(" x ", " * "), mode="eval").body


def _value(node: ast.expr) -> Fraction:
    """The exact value of arithmetic with +, x and /."""
    if isinstance(node, ast.Constant):
        return Fraction(Decimal(str(node.value)))
    assert isinstance(node, ast.BinOp)
    left, right = _value(node.left), _value(node.right)
    if isinstance(node.op, ast.Add):
        return left + right
    assert isinstance(node.op, ast.Mult | ast.Div)
    return left * right if isinstance(node.op, ast.Mult) else left / right


def _operands(node: ast.expr) -> list[Fraction]:
    """The numbers that arithmetic is made of."""
    return [_value(item) for item in ast.walk(node) if isinstance(item, ast.Constant)]


def _document(file: str) -> Any:
    return json.loads((FOLDER / "valid" / file).read_text(encoding="utf-8"), parse_float=Decimal)


def _at(document: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def _numbers(value: Any) -> set[Fraction]:
    """Every number of a document."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return set().union(*(_numbers(item) for item in inner))
    return {Fraction(value)} if isinstance(value, int | Decimal) else set()


@pytest.mark.parametrize("working", WORKINGS, ids=lambda working: f"{working.file}{working.pointer}")
def test_a_working_gives_the_number_of_its_document(working: Working) -> None:
    """Exactly, in decimals, with no code of the product."""
    left, right = _value(_parsed(working.left)), _value(_parsed(working.right))
    assert left == right
    assert right == Fraction(_at(_document(working.file), working.pointer))


@pytest.mark.parametrize("working", WORKINGS, ids=lambda working: f"{working.file}{working.pointer}")
def test_a_working_uses_only_numbers_of_its_document(working: Working) -> None:
    """Beside the joules of a kWh, nothing comes from elsewhere."""
    known = _numbers(_document(working.file)) | {JOULES_PER_KWH}
    assert set(_operands(_parsed(working.left))) <= known


def test_the_page_works_enough_totals() -> None:
    """At least twenty totals of at least eight documents, and every line of every table is read."""
    totals = [working for working in WORKINGS if working.pointer.startswith("/totals")]
    assert len(totals) >= 20
    assert len({working.file for working in totals}) >= 8
    assert len(WORKINGS) == sum(line.startswith("| /") for line in PAGE.splitlines())
