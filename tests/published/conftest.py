"""Published cases: which file, one test a claim, and an outcome of its own for what no method covers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

SHIPPED = Path(__file__).with_name("cases.jsonl")
MEMBERS = {"id", "formula", "inputs", "outputs", "recomputed", "follows"}
UNSUPPORTED = "unsupported by any method: "


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--cases FILE`: published cases, one JSON object a line; the shipped ones where none is given."""
    parser.addoption("--cases", metavar="FILE", default=str(SHIPPED), help="published cases to recompute (JSON lines)")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a case; one a published value for the cases whose output follows from their inputs."""
    if "case" not in metafunc.fixturenames and "following" not in metafunc.fixturenames:
        return
    cases = read_cases(Path(metafunc.config.getoption("--cases", default=str(SHIPPED))))
    if "following" in metafunc.fixturenames:
        cases = [case for case in cases if case["follows"] == "yes"]
    name = "case" if "case" in metafunc.fixturenames else "following"
    metafunc.parametrize(name, cases, ids=[case["id"] for case in cases])


def read_cases(file: Path) -> list[dict[str, Any]]:
    """The cases of a file, one a line; raises UsageError for what is no such file."""
    try:
        cases = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise pytest.UsageError(f"--cases {file}: no JSON lines can be read there ({error})") from error
    for place, case in enumerate(cases, 1):
        if not isinstance(case, dict) or not case.keys() >= MEMBERS:
            raise pytest.UsageError(f"--cases {file}: case {place} has not all of {', '.join(sorted(MEMBERS))}")
    return cases


@pytest.hookimpl(wrapper=True)
def pytest_report_teststatus(report: pytest.TestReport) -> Generator[None, Any, Any]:
    """A case without a method has its own letter and heading; it counts as failed, never as passed."""
    status = yield
    if report.when == "call" and report.failed and UNSUPPORTED in report.longreprtext:
        return "unsupported", "U", "UNSUPPORTED"
    return status


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The cases that no method covers, each with the reason."""
    reports = terminalreporter.stats.get("unsupported", [])
    reasons = {_id(report): report.longreprtext.partition(UNSUPPORTED)[2].splitlines()[0] for report in reports}
    if reasons:
        terminalreporter.section("published cases that no method covers")
    for name, reason in reasons.items():
        terminalreporter.write_line(f"{name}: {reason}")


def _id(report: pytest.TestReport) -> str:
    return report.nodeid.partition("[")[2].rstrip("]")
