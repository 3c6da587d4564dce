"""The code stays in small pieces, fully annotated, and knows no machine."""

from __future__ import annotations

import ast
import re
import statistics
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "plugin").rglob("*.py"))
FOREIGN_PATHS = re.compile("|".join(["/" + "work/", "/" + "farm/", "/tmp/" + "bash_jobs", r"\.\./" + "shared"]))

pytestmark = pytest.mark.checkout
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions() -> list[tuple[str, Function]]:
    """Every function of the package, with its place."""
    return [
        (f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, Function)
    ]


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def _parameters(function: Function) -> list[ast.arg]:
    """The parameters of a function, without self and cls."""
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    if positional and positional[0].arg in {"self", "cls"}:
        positional = positional[1:]
    return [*positional, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]


def _ninth_decile(values: list[int]) -> float:
    return statistics.quantiles(values, n=10, method="inclusive")[-1]


def test_files_are_short() -> None:
    """No file has more than 400 lines, and nine of ten at most 250."""
    lines = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: count for name, count in lines.items() if count > 400} == {}
    assert _ninth_decile(list(lines.values())) <= 250


def test_functions_are_short() -> None:
    """No function has more than 50 lines, nine of ten at most 25, half of them at most 8."""
    functions = _functions()
    lengths = [_length(function) for _, function in functions]
    assert [place for place, function in functions if _length(function) > 50] == []
    assert _ninth_decile(lengths) <= 25
    assert statistics.median(lengths) <= 8


def test_functions_take_few_parameters() -> None:
    """No function takes more than six parameters beside self."""
    assert [place for place, function in _functions() if len(_parameters(function)) > 6] == []


def test_functions_are_annotated() -> None:
    """Every parameter and every result has a type."""
    bare = [
        place
        for place, function in _functions()
        if function.returns is None or any(parameter.annotation is None for parameter in _parameters(function))
    ]
    assert bare == []


@pytest.mark.needs("git")
def test_no_file_names_a_path_of_one_machine(project_files: tuple[str, ...]) -> None:
    """The project works in any folder: no file spells an absolute path of the machine it was written on."""
    texts = {name: (ROOT / name).read_bytes().decode("utf-8", errors="ignore") for name in project_files}
    assert [name for name, text in texts.items() if FOREIGN_PATHS.search(text)] == []
