"""A journal can only lose its tail: damaged lines are stepped over, half lines never stay."""

from __future__ import annotations

import json
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest
from tests.capture.conftest import journals, python, ran

from joulecard.capture.files import lock_existing
from joulecard.capture.journal.lines import Journal, read_lines
from joulecard.capture.journal.recovery import read_journal

if TYPE_CHECKING:
    from pathlib import Path


def written(folder: Path, lines: int) -> bytes:
    """The bytes of a journal with so many lines."""
    journal = Journal(str(folder), "a", {"number": 0})
    for number in range(1, lines):
        journal.append({"number": number})
    journal.close()
    return (folder / "a.jsonl").read_bytes()


def good(folder: Path, content: bytes) -> list[int]:
    """The numbers of the lines that can be read."""
    path = folder / "damaged.jsonl"
    path.write_bytes(content)
    return [line["number"] for line in read_lines(str(path)) if line]


DAMAGES: list[tuple[str, Any, list[int]]] = [
    ("none", lambda text: text, [0, 1, 2, 3]),
    ("torn last line", lambda text: text[:-5], [0, 1, 2]),
    ("last newline missing", lambda text: text[:-1], [0, 1, 2]),
    ("two lines glued", lambda text: text.replace(b"1}\n", b"1}"), [0, 3]),
    ("half a line glued to the next", lambda text: text.replace(b'1}\n{"number"', b'1{"number"'), [0, 3]),
    ("bad JSON in the middle", lambda text: text.replace(b'"number":2', b'"number":'), [0, 1, 3]),
    ("not an object", lambda text: text.replace(b'{"number":2}', b"[2]"), [0, 1, 3]),
    ("zeros in the middle", lambda text: text.replace(b'{"number":2}', bytes(12)), [0, 1, 3]),
    ("zeros at the end", lambda text: text + bytes(4096), [0, 1, 2, 3]),
    ("not UTF-8", lambda text: text.replace(b'"number":2', b'"\xff":2'), [0, 1, 3]),
    ("nested too deep", lambda text: text.replace(b'{"number":2}', b"[" * 60_000), [0, 1, 3]),
    ("a line without end", lambda text: text.replace(b'{"number":2}', b"x" * 200_000), [0, 1, 3]),
    ("empty lines", lambda text: text.replace(b"\n", b"\n\n"), [0, 1, 2, 3]),
    ("empty", lambda _text: b"", []),
]


@pytest.mark.parametrize(("damage", "survivors"), [row[1:] for row in DAMAGES], ids=[row[0] for row in DAMAGES])
def test_what_survives(tmp_path: Path, damage: Any, survivors: list[int]) -> None:
    """Each kind of damage costs the lines that it touches and no other."""
    assert good(tmp_path, damage(written(tmp_path, 4))) == survivors


def test_private_and_locked(tmp_path: Path) -> None:
    """The file is 0600 in a folder of 0700 and locked as long as its writer holds it."""
    journal = Journal(str(tmp_path / "new/state"), "a", {})
    assert stat.S_IMODE(os.stat(journal.path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(tmp_path / "new/state").st_mode) == 0o700
    assert lock_existing(journal.path) is None
    journal.close()
    file = lock_existing(journal.path)
    assert file is not None
    file.close()


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A link in the place of a journal is not opened."""
    (tmp_path / "target").write_text("precious")
    (tmp_path / "a.jsonl").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="symbolic links"):
        lock_existing(str(tmp_path / "a.jsonl"))


FULL = """
import resource, sys
from joulecard.capture.journal.lines import Journal
journal = Journal(sys.path[0] or ".", "a", {"number": -1})
def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
limit(100)
for number in range(30):
    if number == 20:
        limit(resource.RLIM_INFINITY)
    try:
        journal.append({"number": number})
        journal.sync()
        print(number, flush=True)
    except OSError:
        pass
"""


def test_no_space_and_space_again(tmp_path: Path) -> None:
    """Writes that fall short leave no half line; every line that was acknowledged can be read; writing goes on."""
    status, output, errors = ran(FULL, tmp_path)
    assert (status, errors) == (0, "")
    acknowledged = [int(word) for word in output.split()]
    [path] = tmp_path.glob("a.jsonl")
    assert [json.loads(line)["number"] for line in path.read_text().splitlines()] == [-1, *acknowledged]
    assert 0 < len(acknowledged) < 30
    assert acknowledged[-10:] == list(range(20, 30))


def test_a_full_disk_while_recording(tmp_path: Path) -> None:
    """A recording whose journal cannot grow goes on, says so in one line and in the record."""
    program = (
        "import resource, time, joulecard\n"
        "with joulecard.record('train'):\n"
        "    time.sleep(0.5)\n"
        "    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))\n"
        "    time.sleep(1.8)\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))\n"
    )
    status, _output, errors = ran(program, tmp_path)
    assert status == 0
    [document] = [json.loads(path.read_text()) for path in tmp_path.glob("carbon/segments/*.json")]
    assert [gap["what"] for gap in document["gaps"]] == ["journal"]
    assert errors.count("\n") == 1
    assert "the journal could not be written (File too large)" in errors


def test_checkpoints_of_a_running_recording(tmp_path: Path) -> None:
    """A running recording has a journal of short lines, one more each second at first, whose first line says where."""
    process = python("import joulecard, time\nwith joulecard.record('train'): time.sleep(60)", tmp_path)
    try:
        lines: list[bytes] = []
        while len(lines) < 3 and process.poll() is None:
            lines = journals()[0].read_bytes().splitlines() if journals() else []
    finally:
        process.kill()
        process.communicate()
    assert all(len(line) < 700 for line in lines[1:])
    journalled = read_journal(str(journals()[0]))
    assert journalled.opening.folder == str(tmp_path / "carbon/segments")
    assert journalled.totals.elapsed_s >= 1.0
