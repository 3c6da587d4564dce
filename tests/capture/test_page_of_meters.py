"""The page on meters is true: what it shows, put where it says, records."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.capture.conftest import Tree, segments
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

STAGE = "import joulecard, time\nwith joulecard.record('train'):\n    time.sleep(0.3)"

pytestmark = pytest.mark.checkout


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A copy of the package with the meter of the page in it, entered as the page says."""
    folder = tmp_path / "plugin"
    shutil.copytree(ROOT / "plugin" / "joulecard", folder / "joulecard", ignore=shutil.ignore_patterns("__pycache__"))
    for shared in ("schema", "report_templates"):
        (tmp_path / shared).symlink_to(ROOT / shared)
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## A new meter")[1].split("\n## ")[0]
    meter, line = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    [name] = re.findall(r"`plugin/(joulecard/capture/meters/\w+\.py)`", page)
    (folder / name).write_text(meter, encoding="utf-8")
    table = folder / "joulecard/capture/meters/__init__.py"
    text = table.read_text(encoding="utf-8")
    head = re.search(r"^KNOWN_METERS.*= \{\n", text, re.MULTILINE)
    assert head
    table.write_text(text[: head.end()] + line + text[head.end() :], encoding="utf-8")
    return folder


def run(package: Path, tree: Tree, folder: Path, *arguments: str) -> str:
    """What a program says that finds this package first."""
    folder.mkdir(exist_ok=True)
    environ = {**os.environ, **tree.environ, "PYTHONPATH": str(package)}
    line = [sys.executable, *arguments]
    done = subprocess.run(line, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_meter_of_the_page(package: Path, tree: Tree, tmp_path: Path) -> None:
    """It records what its file shows, says in words when it shows nothing, and is silent where it is not."""
    run(package, tree, tmp_path / "without", "-c", STAGE)
    file = tree.write("fs/run/power_meter/milliwatts", "250000\n")
    run(package, tree, tmp_path / "with", "-c", STAGE)
    file.write_text("unplugged\n")
    run(package, tree, tmp_path / "broken", "-c", STAGE)
    [without], [seen], [broken] = (segments(tmp_path / name) for name in ("without", "with", "broken"))
    assert (without["energy"], without["gaps"]) == ([], [])
    [reading] = seen["energy"]
    assert (reading["kind"], reading["sensor"], reading["reads"]) == ("host", "power_meter", "power")
    assert reading["node_j"] == pytest.approx(250.0 * seen["monotonic_s"], rel=0.01)
    assert broken["energy"] == []
    assert [(gap["what"], gap["reason"]) for gap in broken["gaps"]] == [
        ("power_meter:supply", "does not hold a number")
    ]
    assert "power_meter" in run(package, tree, tmp_path / "doctor", "-m", "joulecard", "doctor")
    run(package, tree, tmp_path / "with", "-m", "joulecard", "assemble", "-o", "disclosure.json", "--place", "SE")
