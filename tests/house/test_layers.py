"""Whoever breaks the order of the rooms is told so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.checkout, pytest.mark.needs("git")]

PROGRAM = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"


def _broken_contracts(tree: Path) -> list[str]:
    """The contracts that import-linter finds broken in a source tree."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "--no-cache"],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree / "plugin"), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode == 0) == ("BROKEN" not in done.stdout), done.stdout + done.stderr
    return re.findall(r"^(.+?) BROKEN", done.stdout, flags=re.MULTILINE)


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("validation/__init__.py", "import weasyprint", "One door: weasyprint in rendering.pdf"),
        ("rendering/html.py", "import weasyprint", "One door: weasyprint in rendering.pdf"),
        ("factors/grid.py", "import httpx2", "One door: httpx2 and stamina in factors.providers.client"),
        ("rendering/html.py", "import mlflow", "One door: mlflow in hosts.mlflow"),
        ("surroundings/accelerators.py", "import pynvml", "One door: pynvml in the NVIDIA meter"),
        ("rendering/pdf.py", "import ruamel.yaml", "One door: ruamel where YAML is edited"),
        ("hosts/dvc/commands.py", "import dvc", "No door: dvc, which is spoken to by its command line"),
        ("hosts/mlflow/entry.py", "import jinja2", "The recording path is light"),
        ("capture/meters/rapl/__init__.py", "import click", "The recording path is light"),
        ("accounting/carbon.py", "from joulecard import factors", "Readings flow one way"),
        ("utils.py", "", "Readings flow one way"),
    ],
)
def test_a_planted_violation_is_caught(copy: Path, file: str, line: str, contract: str) -> None:
    """A heavy import, a sideways import and a module without a place each break their contract."""
    with (copy / "plugin/joulecard" / file).open("a") as source:
        source.write(f"\n{line}\n")
    assert contract in _broken_contracts(copy)
