"""`python -m tests.fuzz.run TARGET --seconds N` looks for inputs that break a promise; it needs `pip install atheris`.

With --keep what reaches something new, in as few bytes as possible, is added to tests/fuzz/corpus/TARGET.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzz.targets import KEPT, TARGETS, kept

MOST_BYTES = 1 << 16
MOST_MIB = 512
KEPT_BYTES = 90_000  # of one target: the whole corpus stays below 1 MB
SMALL = 20_000
FOUND = "found-"


def main() -> int:
    """Fuzzes one target; the exit status is that of the fuzzer, 0 where nothing was found."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("target", choices=TARGETS)
    asked.add_argument("--seconds", type=int, default=60)
    asked.add_argument("--keep", action="store_true", help="add what reaches something new to the saved corpus")
    asked.add_argument("--findings", type=Path, default=Path("build/fuzz"), help="folder for what breaks a promise")
    given = asked.parse_args()
    given.findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / "work"
        work.mkdir()
        for number, data in enumerate(TARGETS[given.target].begin()):
            (work / f"begin-{number}").write_bytes(data)
        for path in kept(given.target):
            shutil.copy(path, work)
        limits = [f"-max_total_time={given.seconds}", f"-max_len={MOST_BYTES}", f"-rss_limit_mb={MOST_MIB}"]
        status = _engine(given.target, *limits, f"-artifact_prefix={given.findings}/{given.target}-", str(work))
        if given.keep:
            _keep(given.target, work)
    return status


def _engine(target: str, *options: str) -> int:
    """Runs the fuzzer in a process of its own: it never comes back to its caller."""
    seed = random.SystemRandom().randrange(1, 1 << 31)
    command = [sys.executable, "-m", "tests.fuzz.engine", target, f"-seed={seed}", "-print_final_stats=1", *options]
    return subprocess.run(command, check=False).returncode


def _keep(target: str, work: Path) -> None:
    """Replaces the saved corpus of a target with the smallest inputs that reach all that it and the search reached.

    What is called found-... broke a promise once and stays for ever.
    """
    (KEPT / target).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder)
        _engine(target, "-merge=1", f"-max_len={SMALL}", str(small), str(KEPT / target), str(work))
        for path in kept(target):
            if not path.name.startswith(FOUND):
                path.unlink()
        room = KEPT_BYTES
        for path in sorted(small.iterdir(), key=lambda path: (path.stat().st_size, path.name)):
            room -= path.stat().st_size
            if room >= 0:
                shutil.copy(path, KEPT / target / path.name)


if __name__ == "__main__":
    sys.exit(main())
