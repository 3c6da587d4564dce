"""Without WeasyPrint or its libraries: one sentence with the command that mends it, and nothing on standard output."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.rendering.conftest import a_document, the_bytes

from joulecard.rendering.html import html_report

if TYPE_CHECKING:
    from pathlib import Path

# Stub packages that fail as the real one does on a machine without it, without Pango, without one HarfBuzz library.
STUBS = {
    "without WeasyPrint": (
        "raise ModuleNotFoundError(\"No module named 'weasyprint'\")",
        "",
        "pip install 'joulecard[pdf]'",
    ),
    "without Pango": ("print('long help with links'); raise OSError('cannot load libpango-1.0-0')", "", "Pango"),
    "without harfbuzz-subset": ("", "harfbuzz_subset = None", "harfbuzz-subset"),
}


@pytest.fixture(params=STUBS)
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[dict[str, str], str]:
    """The environment of a machine that lacks a part, and what must be said of it."""
    init, ffi, told = STUBS[request.param]
    package = tmp_path / "stubs" / "weasyprint"
    (package / "text").mkdir(parents=True)
    (package / "__init__.py").write_text(init, encoding="utf-8")
    (package / "text" / "__init__.py").touch()
    (package / "text" / "ffi.py").write_text(ffi, encoding="utf-8")
    path = os.pathsep.join([str(package.parent), os.environ.get("PYTHONPATH", "")])
    return os.environ | {"PYTHONPATH": path, "NO_COLOR": "1"}, told


def test_the_page_is_written_as_html_instead(machine: tuple[dict[str, str], str], tmp_path: Path) -> None:
    """Beside the name that was asked for, with one sentence, and status 3."""
    environment, told = machine
    document = a_document("single_stage")
    source, target = tmp_path / "disclosure.json", tmp_path / "report.pdf"
    source.write_bytes(the_bytes(document))
    arguments = ["-m", "joulecard", "render", str(source), "--to", "pdf", "-o", str(target)]
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 3
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert told in line
    assert "report.html" in line
    assert not target.exists()
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == html_report(document, the_bytes(document))


def test_nothing_is_written_to_standard_output_instead(machine: tuple[dict[str, str], str], tmp_path: Path) -> None:
    """Who pipes a PDF gets a PDF or nothing."""
    environment, told = machine
    source = tmp_path / "disclosure.json"
    source.write_bytes(the_bytes(a_document("single_stage")))
    arguments = ["-m", "joulecard", "render", str(source), "--to", "pdf"]
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, env=environment)
    assert (done.returncode, done.stdout) == (3, "")
    assert told in done.stderr
