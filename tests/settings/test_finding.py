"""Which file the settings come from, and what overrides it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from joulecard.settings import Roots, Settings, load_settings

if TYPE_CHECKING:
    from pathlib import Path

HOME = {"HOME": "/home/somebody"}


def _loaded(folder: Path, **variables: str) -> Settings:
    return load_settings({**HOME, **variables}, str(folder))


def _git_root(folder: Path) -> Path:
    (folder / ".git").mkdir(parents=True)
    return folder


def test_no_file_and_no_variable_give_the_defaults(tmp_path: Path) -> None:
    """Nothing has to be set; the journal then lies in the user's state folder."""
    assert _loaded(_git_root(tmp_path)) == Settings(journal_dir="/home/somebody/.local/state/joulecard")


def test_every_key_of_a_file_is_understood(tmp_path: Path) -> None:
    """joulecard.toml may hold all twelve settings."""
    (tmp_path / "joulecard.toml").write_text(
        'place = "aws/eu-north-1"\npue = 1.12\nattribution = "machine"\nprofile = "direct"\nperiod = 2\n'
        'strict = true\njournal_dir = "/var/journal"\ndisabled = true\nmlflow = "off"\n'
        'publisher = "Example Institute"\ncontact = " https://example.org "\nlicense = "CC-BY-4.0"\n'
    )
    assert _loaded(tmp_path) == Settings(
        place="aws/eu-north-1",
        pue=1.12,
        attribution="machine",
        profile="direct",
        period_s=2.0,
        strict=True,
        journal_dir="/var/journal",
        disabled=True,
        mlflow="off",
        publisher="Example Institute",
        contact="https://example.org",
        license="CC-BY-4.0",
    )


def test_every_variable_overrides_its_key(tmp_path: Path) -> None:
    """JOULECARD_* win over the file, key by key, and text becomes numbers and truth values."""
    (tmp_path / "joulecard.toml").write_text('place = "FR"\npue = 1.5\nstrict = false\nprofile = "direct"\n')
    loaded = _loaded(
        tmp_path,
        JOULECARD_PLACE="US-CA",
        JOULECARD_PUE="1.2",
        JOULECARD_ATTRIBUTION="process",
        JOULECARD_PERIOD="60",
        JOULECARD_STRICT="Yes",
        JOULECARD_JOURNAL_DIR="/var/journal",
        JOULECARD_DISABLED="on",
        JOULECARD_MLFLOW="metrics",
        JOULECARD_PUBLISHER="Example Institute",
        JOULECARD_CONTACT="7",
    )
    assert loaded == Settings(
        place="US-CA",
        pue=1.2,
        attribution="process",
        profile="direct",
        period_s=60.0,
        strict=True,
        journal_dir="/var/journal",
        disabled=True,
        mlflow="metrics",
        publisher="Example Institute",
        contact="7",
    )


@pytest.mark.parametrize(("text", "meant"), [("1", True), ("TRUE", True), ("0", False), ("no", False), ("Off", False)])
def test_a_switch_is_written_in_several_ways(tmp_path: Path, text: str, *, meant: bool) -> None:
    """1, true, yes, on and 0, false, no, off, in capitals or not."""
    loaded = _loaded(_git_root(tmp_path), JOULECARD_DISABLED=text)
    assert (loaded.disabled, loaded.problems) == (meant, ())


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    """`JOULECARD_PUE= command` sets nothing."""
    (tmp_path / "joulecard.toml").write_text("pue = 1.5\n")
    loaded = _loaded(tmp_path, JOULECARD_PUE="")
    assert (loaded.pue, loaded.problems) == (1.5, ())


def test_the_table_of_pyproject_counts(tmp_path: Path) -> None:
    """[tool.joulecard] holds the same keys; the rest of the file is nobody's business here."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n[tool.joulecard]\nplace = "SE"\n')
    loaded = _loaded(tmp_path)
    assert (loaded.place, loaded.problems) == ("SE", ())


def test_joulecard_toml_wins_over_pyproject_and_nothing_is_merged(tmp_path: Path) -> None:
    """Two files in one folder: the own one counts, whole."""
    (tmp_path / "pyproject.toml").write_text('[tool.joulecard]\nplace = "SE"\npue = 1.3\n')
    (tmp_path / "joulecard.toml").write_text('place = "FR"\n')
    loaded = _loaded(tmp_path)
    assert (loaded.place, loaded.pue) == ("FR", None)


def test_the_nearest_folder_with_settings_wins(tmp_path: Path) -> None:
    """A pyproject.toml without the table is passed over, the first folder with settings ends the search."""
    deep = _git_root(tmp_path) / "a" / "b"
    deep.mkdir(parents=True)
    (tmp_path / "joulecard.toml").write_text('place = "FR"\npue = 1.5\n')
    (tmp_path / "a" / "pyproject.toml").write_text('[tool.joulecard]\nplace = "SE"\n')
    (deep / "pyproject.toml").write_text('[project]\nname = "x"\n')
    loaded = _loaded(deep)
    assert (loaded.place, loaded.pue) == ("SE", None)


def test_a_table_within_the_table_ends_the_search_too(tmp_path: Path) -> None:
    """`[tool.joulecard` in the text is what counts, so that a mistake in it is found."""
    (tmp_path / "pyproject.toml").write_text("[tool.joulecard.sklearn]\nmode = 1\n")
    assert _loaded(tmp_path).problems[0].startswith("pyproject.toml: sklearn is no key that joulecard knows; ")


def test_the_search_ends_at_the_git_root(tmp_path: Path) -> None:
    """What lies above the repository belongs to somebody else; the root itself is looked at."""
    (tmp_path / "joulecard.toml").write_text('place = "FR"\n')
    root = _git_root(tmp_path / "repository")
    below = root / "below"
    below.mkdir()
    assert _loaded(below).place is None
    (root / "joulecard.toml").write_text('place = "SE"\n')
    assert _loaded(below).place == "SE"


def test_a_worktree_is_a_git_root(tmp_path: Path) -> None:
    """`.git` may be a file."""
    (tmp_path / "joulecard.toml").write_text('place = "FR"\n')
    worktree = tmp_path / "worktree"
    worktree.mkdir()
    (worktree / ".git").write_text("gitdir: elsewhere\n")
    assert _loaded(worktree).place is None


def test_a_folder_that_everybody_may_write_is_not_believed(tmp_path: Path) -> None:
    """A joulecard.toml planted in /tmp says nothing to a project below it."""
    shared = tmp_path / "shared"
    below = shared / "project"
    below.mkdir(parents=True)
    (shared / "joulecard.toml").write_text('place = "FR"\n')
    assert _loaded(below).place == "FR"
    shared.chmod(0o1777)
    assert _loaded(below).place is None


def test_a_relative_journal_folder_belongs_to_its_file(tmp_path: Path) -> None:
    """The same journal whichever folder of the project the command starts in."""
    below = _git_root(tmp_path) / "below"
    below.mkdir()
    (tmp_path / "joulecard.toml").write_text('journal_dir = "../journals"\n')
    assert _loaded(below).journal_dir == str(tmp_path.parent / "journals")
    assert _loaded(below, JOULECARD_JOURNAL_DIR="mine").journal_dir == str(below / "mine")
    assert _loaded(below, JOULECARD_JOURNAL_DIR="~/mine").journal_dir == "/home/somebody/mine"


def test_the_state_folder_of_the_user_is_respected(tmp_path: Path) -> None:
    """XDG_STATE_HOME where it is absolute, as its specification wants."""
    folder = _git_root(tmp_path)
    assert _loaded(folder, XDG_STATE_HOME="/state").journal_dir == "/state/joulecard"
    assert _loaded(folder, XDG_STATE_HOME="state").journal_dir == "/home/somebody/.local/state/joulecard"


def test_without_a_home_there_is_no_journal_folder_and_that_is_no_mistake(tmp_path: Path) -> None:
    """Nothing is put into /tmp unasked; commands that need no journal go on."""
    loaded = load_settings({}, str(_git_root(tmp_path)))
    assert (loaded.journal_dir, loaded.problems) == (None, ())


def test_tomllib_is_imported_only_when_a_file_was_found(tmp_path: Path) -> None:
    """A run without a settings file does not pay for reading one."""
    import subprocess

    def modules() -> str:
        code = "import sys; from joulecard.settings import load_settings; load_settings({}, '.'); print(*sys.modules)"
        command = [sys.executable, "-c", code]
        return subprocess.run(command, cwd=tmp_path, env=os.environ, capture_output=True, text=True, check=True).stdout

    _git_root(tmp_path)
    banned = {"tomllib", "pathlib", "logging", "subprocess", "datetime", "platform", "difflib", "uuid"}
    assert not banned & set(modules().split())
    (tmp_path / "joulecard.toml").write_text('place = "FR"\n')
    assert "tomllib" in modules().split()


def test_roots_are_the_system_unless_the_environment_says_otherwise() -> None:
    """Fake trees drive the shipped code; an empty variable is none."""
    assert Roots.from_environment({"JOULECARD_SYSFS_ROOT": ""}) == Roots("/sys", "/proc", "/")
    named = {"JOULECARD_SYSFS_ROOT": "/a", "JOULECARD_PROC_ROOT": "/b", "JOULECARD_FS_ROOT": "/c"}
    assert Roots.from_environment(named) == Roots("/a", "/b", "/c")


@pytest.mark.parametrize(
    "text", ["# [tool.joulecard]\n", 'about = "see [tool.joulecard] there"\n[tool.other]\na = 1\n']
)
def test_the_name_of_the_table_in_a_comment_hides_nothing(tmp_path: Path, text: str) -> None:
    """A pyproject.toml without the table itself is passed over, whatever its comments say."""
    below = _git_root(tmp_path) / "below"
    below.mkdir()
    (tmp_path / "joulecard.toml").write_text('place = "FR"\n')
    (below / "pyproject.toml").write_text(text)
    loaded = _loaded(below)
    assert (loaded.place, loaded.problems) == ("FR", ())
