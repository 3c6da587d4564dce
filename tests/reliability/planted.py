"""Copies of the package with a bug planted in them: a harness that does not find it proves nothing."""

from __future__ import annotations

from pathlib import Path

import joulecard

PACKAGE = Path(joulecard.__file__).parent


def planted(folder: Path, *bugs: tuple[str, str, str]) -> Path:
    """A tree for PYTHONPATH in which each file of the package has had its text replaced; raises where it is not there.

    What is not touched is linked.
    """
    tree = folder / "tree"
    _link(PACKAGE, tree / "joulecard", {Path(name).parts for name, _, _ in bugs})
    for name, right, wrong in bugs:
        file = tree / "joulecard" / name
        source = file.read_text()
        if source.count(right) != 1:
            raise ValueError(f"{name} does not hold once: {right}")
        if file.is_symlink():
            file.unlink()
        file.write_text(source.replace(right, wrong))
    return tree


def _link(source: Path, target: Path, touched: set[tuple[str, ...]]) -> None:
    """Links everything but the folders in which something is to be touched."""
    target.mkdir(parents=True)
    for path in source.iterdir():
        below = {parts[1:] for parts in touched if parts[0] == path.name and len(parts) > 1}
        if path.name == "__pycache__":
            continue
        if below:
            _link(path, target / path.name, below)
        else:
            (target / path.name).symlink_to(path)


# the call stands there once, whatever the descriptor is called
NO_FSYNC = ("capture/journal/lines.py", "        os.fsync(", "        bool(")
NO_CUT = ("capture/journal/lines.py", "            os.ftruncate(self._file.number, ", "            bool(")
EARLY_REMOVAL = (
    "capture/files.py",
    "            os.fsync(file.number)\n        with contextlib.suppress(FileNotFoundError):\n",
    "        with contextlib.suppress(FileNotFoundError):\n",
)
