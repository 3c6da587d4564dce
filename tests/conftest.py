"""What every test stands on: a clean environment of its own, and an honest account of what this machine lacks."""

from __future__ import annotations

import functools
import glob
import os
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from tests.browser import Browser

ROOT = Path(__file__).parents[1]
JAVASCRIPT = ROOT / "tests" / "standard" / "javascript"  # where ajv, the third validator, is installed
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}

hypothesis.settings.register_profile(
    "here", deadline=None, max_examples=60, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile(
    "ci", hypothesis.settings.get_profile("here"), derandomize=True, max_examples=30, print_blob=True
)
hypothesis.settings.load_profile("ci" if IN_CI else "here")


class Part(NamedTuple):
    """Something beside Python that tests need: its name, the command that installs it, and whether it is here."""

    name: str
    install: str
    is_here: Callable[[], bool]


def _program(name: str, packages: str = "") -> Part:
    return Part(name, f"sudo apt-get install {packages or name}", lambda: shutil.which(name) is not None)


def _package(name: str, module: str, extra: str) -> Part:
    return Part(name, f"pip install 'joulecard[{extra}]'", lambda: find_spec(module) is not None)


@functools.cache
def _makes_pdf() -> bool:
    """Whether WeasyPrint finds Pango and HarfBuzz; asked of another process, for here it would stay loaded."""
    code = "from weasyprint.text.ffi import harfbuzz_subset; raise SystemExit(harfbuzz_subset is None)"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def faketime_library() -> str | None:
    """The library that moves the wall clock of a process; None where it is not installed."""
    found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") + glob.glob("/usr/lib*/faketime/libfaketimeMT.so.1")
    return next(iter(found), None)


@functools.cache
def _makes_time_namespaces() -> bool:
    """Whether a process may be given steady clocks of its own: Linux, and root."""
    command = ["unshare", "--time", "--boottime", "60", "--fork", "true"]
    return (
        shutil.which("unshare") is not None and not subprocess.run(command, capture_output=True, check=False).returncode
    )


PARTS = (
    _program("git"),
    *([_program("strace")] if sys.platform == "linux" else []),
    *(
        [Part("libfaketime", "sudo apt-get install libfaketime", lambda: faketime_library() is not None)]
        if sys.platform == "linux"
        else []
    ),
    *([Part("time namespaces", "run the tests as root", _makes_time_namespaces)] if sys.platform == "linux" else []),
    _program("cc", "gcc libc6-dev"),
    Part("root", "run the tests as root", lambda: sys.platform == "linux" and os.geteuid() == 0),
    _program("chromium"),
    _program("pdftoppm", "poppler-utils"),
    _program("pdfdetach", "poppler-utils"),
    _program("pdflatex", "texlive-latex-base texlive-latex-recommended texlive-science"),
    _program("node", "nodejs npm"),
    _program("openssl"),
    _program("ssh-keygen", "openssh-client"),
    Part("ajv", f"npm ci --prefix {JAVASCRIPT}", (JAVASCRIPT / "node_modules" / "ajv" / "package.json").is_file),
    _package("dvc", "dvc", "dvc"),
    _package("mlflow", "mlflow", "mlflow"),
    _package("httpx2", "httpx2", "live"),
    _package("scikit-learn", "sklearn", "demo"),
    Part(
        "weasyprint",
        "pip install 'joulecard[pdf]' && sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
        _makes_pdf,
    ),
)
# Nothing that a test starts reports its use: DVC, MLflow, and whoever heeds the common sign.
QUIET = {"DVC_TEST": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
os.environ.update(QUIET)  # for fixtures of the session, which start before any test has its own environment


if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # started in the background: tests send it to what they start
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _missing() -> dict[str, Part]:
    return {part.name: part for part in PARTS if not part.is_here()}


def _lacking(item: pytest.Item) -> list[str]:
    """What a test needs and this machine does not have."""
    needed = {name for mark in item.iter_markers("needs") for name in mark.args}
    unknown = needed - {part.name for part in PARTS}
    if unknown:
        pytest.fail(f"needs {', '.join(sorted(unknown))}, which conftest.py does not know", pytrace=False)
    return [part.name for part in PARTS if part.name in needed and not part.is_here()]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Set aside a test whose `needs` are not met; the account at the end names it, and with CI=true it fails."""
    lacking = _lacking(item)
    if lacking and IN_CI:
        pytest.fail(f"needs {', '.join(lacking)}", pytrace=False)
    if lacking:
        pytest.skip(f"needs {', '.join(lacking)}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each missing part, with the command that installs it."""
    missing = _missing()
    if missing:
        terminalreporter.section("missing on this machine: some tests could not run")
        for part in missing.values():
            terminalreporter.line(f"{part.name}: {part.install}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI=true a missing part fails the run, whatever the tests said."""
    if IN_CI and _missing() and not hasattr(session.config, "workerinput") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


FOREIGN = ("JOULECARD_", "DVC_", "SLURM_", "MLFLOW_", "DATABRICKS_", "TORCHELASTIC_", "GIT_", "XDG_")


@pytest.fixture(autouse=True)
def _own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A home, state and run-time folder for this test alone, and none of the settings of the machine it runs on."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as change:
        for name in [name for name in os.environ if name.startswith(FOREIGN) and name not in QUIET]:
            change.delenv(name)
        for name, folder in {"XDG_STATE_HOME": ".local/state", "XDG_RUNTIME_DIR": "run"}.items():
            (home / folder).mkdir(parents=True, mode=0o700)
            change.setenv(name, str(home / folder))
        change.setenv("HOME", str(home))
        for role in ("AUTHOR", "COMMITTER"):
            change.setenv(f"GIT_{role}_NAME", "test")
            change.setenv(f"GIT_{role}_EMAIL", "test@example.invalid")
        change.setenv("GIT_CONFIG_NOSYSTEM", "1")
        if (ROOT / "plugin").is_dir():  # child processes find the same joulecard as the tests
            change.setenv("PYTHONPATH", str(ROOT / "plugin"))
        yield


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Headless Chromium, started once in a session (about 1 CPU second); the test `needs("chromium")`."""
    from tests.browser import Browser

    with Browser(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture
def calls() -> Callable[[Callable[[], object]], int]:
    """Counts the function calls of a piece of work: how work grows, told without a clock."""

    def count(work: Callable[[], object]) -> int:
        seen = 0

        def note(_frame: FrameType, event: str, _argument: object) -> None:
            nonlocal seen
            seen += event in {"call", "c_call"}

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            work()
        finally:
            sys.setprofile(before)
        return seen

    return count
