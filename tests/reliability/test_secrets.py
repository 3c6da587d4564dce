"""REL-R27: of what a machine, a user and a project would not have told, nothing is in any output."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest
from tests.reliability.planted import planted
from tests.reliability.secrets_planted import IN_JOURNALS, IN_LINES, SECRETS, furnished, project, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from tests.stub_nvml.fixture import Stub

pytestmark = pytest.mark.needs("cc")

LEAST_SECRETS = 20
SEGMENT = "00000000-0000-0000-0000-000000000000.json"
PATIENCE_S = 30.0
JOULECARD = (sys.executable, "-m", "joulecard")
ARGUMENT = SECRETS["argument of the command"]
WORK = "sum(i * i for i in range(100_000))"
# fails with a secret on its lips, counts what it may not count, and cannot be rotated
RECORDED = f"""
import sys, joulecard
try:
    with joulecard.record("evaluate", rotate_s=-1) as stage:
        {WORK}
        stage.count("sample", 2)
        stage.note(place={SECRETS["value of a setting that is none"]!r})
        raise RuntimeError({SECRETS["message of an exception"]!r})
except RuntimeError:
    pass
"""
KILLED = "import time, joulecard\nwith joulecard.record('serve'):\n    time.sleep(60)\n"


class Place(NamedTuple):
    """A project of one user of one machine, and the package that records there."""

    folder: Path
    environ: dict[str, str]

    def run(self, *command: str, status: int = 0, **environ: str) -> Iterator[tuple[str, bytes]]:
        """What a command prints, by the name of the stream; it has to end as it should."""
        environ = {**self.environ, **environ}
        ended = subprocess.run(command, cwd=self.folder, env=environ, capture_output=True, check=False, timeout=60)
        assert ended.returncode == status, ended.stderr.decode()[-2000:]
        yield f"output of {command[-1][:40]}", ended.stdout
        yield f"errors of {command[-1][:40]}", ended.stderr


def furnished_place(folder: Path, stub: Stub, tree: Path | None = None) -> Place:
    """The place where everything is a secret."""
    environ = {**os.environ, **stub.environ(), **furnished(folder / "machine")}
    return Place(project(folder), {**environ, **({"PYTHONPATH": str(tree)} if tree else {})})


def recorded(place: Place) -> Iterator[tuple[str, bytes]]:
    """What is printed while a command, a stage of DVC and a block are recorded, and one recording is killed."""
    job = (sys.executable, "-c", WORK, ARGUMENT)
    yield from place.run(*JOULECARD, "run", "--stage", "train", "--", *job)
    yield from place.run(*JOULECARD, "run", "--", *job, DVC_STAGE="fit", DVC_ROOT=str(place.folder))
    yield from place.run(sys.executable, "-c", RECORDED, ARGUMENT)
    victim = subprocess.Popen(
        [sys.executable, "-c", KILLED, ARGUMENT], cwd=place.folder, env=place.environ, stderr=subprocess.PIPE
    )
    deadline_s = time.monotonic() + PATIENCE_S
    while not any(b'"w":' in journal for _, journal in journals(place)) and time.monotonic() < deadline_s:
        time.sleep(0.05)
    victim.send_signal(signal.SIGKILL)
    yield "errors of the killed", victim.communicate()[1]


def journals(place: Place) -> Iterator[tuple[str, bytes]]:
    """The journals that lie there."""
    from pathlib import Path

    for path in Path(place.environ["XDG_STATE_HOME"], "joulecard").glob("*.jsonl"):
        yield path.name, path.read_bytes()


def written(place: Place) -> Iterator[tuple[str, bytes]]:
    """All files below the records' folder."""
    for path in sorted((place.folder / "carbon").rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()


def leaks(outputs: Iterable[tuple[str, bytes]], besides: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """Which secrets stand where, besides those that may."""
    return {name: found for name, content in outputs if (found := told(content, besides))}


def rendered(place: Place, *forms: str) -> Iterator[tuple[str, bytes]]:
    """A disclosure of all records, and its pages."""
    yield from place.run(*JOULECARD, "assemble", "--place", "SE", "-o", "carbon/disclosure.json", JOULECARD_PLACE="")
    for form in forms:
        yield from place.run(
            *JOULECARD, "render", "carbon/disclosure.json", "-o", f"carbon/page.{form}", JOULECARD_PLACE=""
        )


@pytest.fixture
def place(tmp_path: Path, stub_nvml: Stub) -> Place:
    """With the package as it is."""
    return furnished_place(tmp_path, stub_nvml)


def _looked_at(place: Place, *forms: str) -> None:
    assert len(SECRETS) >= LEAST_SECRETS
    assert leaks(recorded(place), IN_LINES) == {}
    kept = list(journals(place))
    assert len(kept) == 1
    assert leaks(kept, IN_JOURNALS) == {}
    (place.folder / "joulecard.toml").unlink()  # commands refuse what is no setting
    assert leaks(place.run(*JOULECARD, "recover", _state(place), JOULECARD_PLACE=""), IN_LINES) == {}
    assert leaks(rendered(place, *forms), IN_LINES) == {}
    outputs = dict(written(place))
    assert {"fit.json", "disclosure.json"} <= outputs.keys()
    assert len([name for name in outputs if len(name) == len(SEGMENT)]) == 4
    assert {f"page.{form}" for form in forms} <= outputs.keys()
    assert leaks(outputs.items()) == {}


def _state(place: Place) -> str:
    return os.path.join(place.environ["XDG_STATE_HOME"], "joulecard")


def test_nothing_is_told(place: Place) -> None:
    """Segments, also of a killed run, stage record, disclosure, card, HTML, TeX, journal and lines that are printed."""
    _looked_at(place, "md", "html", "tex")


@pytest.mark.nightly
@pytest.mark.needs("weasyprint")
def test_nothing_is_told_in_a_pdf(place: Place) -> None:
    """Text, metadata and attachments of a report too."""
    _looked_at(place, "pdf")


LEAKS = {
    "into the record": (
        "surroundings/software.py",
        '    return f"{name[:64]} {numbers[0]}"',
        '    return os.environ["HF_TOKEN"]',
    ),
    "into a line": (
        "capture/saying.py",
        '_print(f"{line}',
        "_print(f\"{sys.modules['os'].environ['USER']}",
    ),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_is_found(tmp_path: Path, stub_nvml: Stub, leak: str) -> None:
    """In the record, in the journal of a killed run, and in what is printed."""
    place = furnished_place(tmp_path, stub_nvml, planted(tmp_path, LEAKS[leak]))
    printed = leaks(recorded(place), IN_LINES)
    if leak == "into a line":
        assert any("user name" in found for found in printed.values())
    else:
        assert any("token of a model hub" in found for found in leaks(written(place)).values())
        assert any("token of a model hub" in found for found in leaks(journals(place)).values())
