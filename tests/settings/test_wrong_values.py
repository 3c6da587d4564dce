"""What is said of a key, value or file that is not understood, and that it never stops a recording."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.errors import SettingsError
from joulecard.settings import Settings, load_settings, require

if TYPE_CHECKING:
    from pathlib import Path

PLACE_FORMS = "provider/region such as aws/eu-north-1, a country such as FR, or a subdivision such as CA-QC"
CLOUDS = "alibaba, aws, azure, digitalocean, gcp, hetzner, ibm, oci, ovh, scaleway"
BEFORE_THE_SLASH = f"one of the clouds {CLOUDS} before the slash, or the country alone"
AFTER_THE_SLASH = "a region name of letters, digits and hyphens after the slash, such as aws/eu-north-1"
KEYS = (
    "attribution, contact, disabled, embodied, journal_dir, license, live, mlflow, own_factors, period, place, "
    "profile, publisher, pue, strict"
)
SWITCH = "true or false (in a variable 1, yes, on, 0, no and off too)"

IN_A_FILE = [
    ("pue = 0.9", "joulecard.toml: pue = 0.9 is not allowed; allowed: a number from 1 to 5"),
    ("pue = 5.1", "joulecard.toml: pue = 5.1 is not allowed; allowed: a number from 1 to 5"),
    ("pue = nan", "joulecard.toml: pue = nan is not allowed; allowed: a number from 1 to 5"),
    ("pue = true", "joulecard.toml: pue = true is not allowed; allowed: a number from 1 to 5"),
    ('pue = "1.2"', 'joulecard.toml: pue = "1.2" is not allowed; allowed: a number from 1 to 5'),
    ("pue = [1.2]", "joulecard.toml: pue = an array is not allowed; allowed: a number from 1 to 5"),
    ("pue = 1979-05-27", "joulecard.toml: pue = a date or time is not allowed; allowed: a number from 1 to 5"),
    ("period = 0", "joulecard.toml: period = 0 is not allowed; allowed: seconds from 1 to 60"),
    ("period = 61.5", "joulecard.toml: period = 61.5 is not allowed; allowed: seconds from 1 to 60"),
    (
        'attribution = "all"',
        'joulecard.toml: attribution = "all" is not allowed; allowed: allocated, machine, process',
    ),
    ('profile = "Direct"', 'joulecard.toml: profile = "Direct" is not allowed; allowed: lifecycle, direct'),
    ("profile.a = 1", "joulecard.toml: profile = a table is not allowed; allowed: lifecycle, direct"),
    ("strict = 1", f"joulecard.toml: strict = 1 is not allowed; allowed: {SWITCH}"),
    ('disabled = "yes"', f'joulecard.toml: disabled = "yes" is not allowed; allowed: {SWITCH}'),
    ('journal_dir = ""', 'joulecard.toml: journal_dir = "..." is not allowed; allowed: the path of a folder'),
    ('publisher = ""', 'joulecard.toml: publisher = "" is not allowed; allowed: one line of 1 to 256 characters'),
    ("publisher = true", "joulecard.toml: publisher = true is not allowed; allowed: one line of 1 to 256 characters"),
    (
        'contact = "a\\nb"',
        'joulecard.toml: contact = "ab" is not allowed; allowed: one line of 1 to 256 characters',
    ),
    (
        f'license = "{"x" * 129}"',
        f'joulecard.toml: license = "{"x" * 60}" is not allowed; allowed: one line of 1 to 128 characters',
    ),
    ("journal_dir = 3", "joulecard.toml: journal_dir = 3 is not allowed; allowed: the path of a folder"),
    ('place = "Stockholm"', f'joulecard.toml: place = "Stockholm" is not allowed; allowed: {PLACE_FORMS}'),
    ("place = 46", f"joulecard.toml: place = 46 is not allowed; allowed: {PLACE_FORMS}"),
    (
        'place = "UK"',
        'joulecard.toml: place = "UK" is not allowed; allowed: GB, the country code of the United Kingdom',
    ),
    (
        'place = "EU"',
        'joulecard.toml: place = "EU" is not allowed; allowed: a country code of ISO 3166-1, two letters, such as FR',
    ),
    (
        'place = "awss/eu-north-1"',
        f"""joulecard.toml: place = "awss/eu-north-1" is not allowed; allowed: {BEFORE_THE_SLASH}""",
    ),
    (
        'place = "aws/../../etc"',
        f"""joulecard.toml: place = "aws/../../etc" is not allowed; allowed: {AFTER_THE_SLASH}""",
    ),
    (
        'plaec = "FR"',
        f"joulecard.toml: plaec is no key that joulecard knows; did you mean place? allowed: {KEYS}",
    ),
    ("zzz = 1", f"joulecard.toml: zzz is no key that joulecard knows; allowed: {KEYS}"),
    (
        'session = "x"',
        "joulecard.toml: session is not a setting of a file; set the variable JOULECARD_SESSION instead",
    ),
    (
        'proc_root = "/x"',
        "joulecard.toml: proc_root is not a setting of a file; set the variable JOULECARD_PROC_ROOT instead",
    ),
    (
        "pue 1.2",
        "joulecard.toml: is not valid TOML: Expected '=' after a key in a key/value pair (at line 1, column 5)",
    ),
    (
        'place = "FR"\nperiod = 2\npue = ',
        "joulecard.toml: is not valid TOML: Invalid value (at end of document)",
    ),
]


@pytest.mark.parametrize(("text", "sentence"), IN_A_FILE, ids=[text[:24] for text, _ in IN_A_FILE])
def test_one_line_names_file_key_and_what_is_allowed(tmp_path: Path, text: str, sentence: str) -> None:
    """The exact sentence for each kind of mistake in a file; the key keeps its default."""
    (tmp_path / "joulecard.toml").write_text(text)
    loaded = load_settings({}, str(tmp_path))
    assert loaded == Settings(problems=(sentence,))


IN_A_VARIABLE = [
    ("JOULECARD_PUE", "0.9", 'JOULECARD_PUE = "0.9" is not allowed; allowed: a number from 1 to 5'),
    ("JOULECARD_PUE", "inf", 'JOULECARD_PUE = "inf" is not allowed; allowed: a number from 1 to 5'),
    ("JOULECARD_PERIOD", "ten", 'JOULECARD_PERIOD = "ten" is not allowed; allowed: seconds from 1 to 60'),
    ("JOULECARD_STRICT", "maybe", f'JOULECARD_STRICT = "maybe" is not allowed; allowed: {SWITCH}'),
    ("JOULECARD_PLACE", "a\nb\udcff", f'JOULECARD_PLACE = "ab" is not allowed; allowed: {PLACE_FORMS}'),
    (
        "JOULECARD_JOURNAL_DIR",
        "/home/x\n",
        'JOULECARD_JOURNAL_DIR = "..." is not allowed; allowed: the path of a folder',
    ),
]


@pytest.mark.parametrize(("name", "text", "sentence"), IN_A_VARIABLE)
def test_one_line_names_variable_and_what_is_allowed(tmp_path: Path, name: str, text: str, sentence: str) -> None:
    """The exact sentence for each kind of mistake in a variable; the key keeps its default."""
    (tmp_path / ".git").mkdir()
    assert load_settings({name: text}, str(tmp_path)) == Settings(problems=(sentence,))


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("JOULECARD_PLAEC", "JOULECARD_PLACE"),
        ("JOULECARD_PERIOD_S", "JOULECARD_PERIOD"),
        ("JOULECARD_SESION", "JOULECARD_SESSION"),
        ("JOULECARD_PROCROOT", "JOULECARD_PROC_ROOT"),
    ],
)
def test_a_misspelt_variable_is_met_with_the_nearest_name(tmp_path: Path, name: str, nearest: str) -> None:
    """A variable of ours that does not exist is a mistake, not a setting to be ignored; its value is not repeated."""
    (tmp_path / ".git").mkdir()
    (problem,) = load_settings({name: "secret"}, str(tmp_path)).problems
    assert problem.startswith(f"{name} is no variable that joulecard knows; did you mean {nearest}? allowed: ")
    assert "secret" not in problem


def test_variables_that_only_the_environment_may_hold_are_no_mistake(tmp_path: Path) -> None:
    """The group, the outer recorder and the roots of fake trees."""
    (tmp_path / ".git").mkdir()
    names = ("SESSION", "WITHIN", "SYSFS_ROOT", "PROC_ROOT", "FS_ROOT")
    assert load_settings({f"JOULECARD_{name}": "x" for name in names}, str(tmp_path)) == Settings()


def test_a_wrong_variable_leaves_the_value_of_the_file(tmp_path: Path) -> None:
    """What was said rightly still holds."""
    (tmp_path / "joulecard.toml").write_text("pue = 1.5\nperiod = 0\n")
    loaded = load_settings({"JOULECARD_PUE": "0.9"}, str(tmp_path))
    assert (loaded.pue, loaded.period_s, len(loaded.problems)) == (1.5, 10.0, 2)


def test_a_file_above_is_named_without_the_users_folders(tmp_path: Path) -> None:
    """A problem may be written into a record, and a full path would name a person."""
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.joulecard]\npue = 0.9\n")
    (problem,) = load_settings({}, str(below)).problems
    assert problem == "../../pyproject.toml: pue = 0.9 is not allowed; allowed: a number from 1 to 5"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe\x00", "joulecard.toml: is not UTF-8 text"),
        (b"#" * (1 << 20) + b"\n", "joulecard.toml: cannot be read: it is larger than 1 MiB"),
        (b"a = " + b"[" * 50_000, None),
        (b"pue = 1" + b"0" * 5000, None),
        (b"\x00" * 100_000, None),
        (b"", ""),
    ],
    ids=["binary", "huge", "deep", "long-number", "zeros", "empty"],
)
def test_a_hostile_file_becomes_at_most_a_sentence(tmp_path: Path, content: bytes, sentence: str | None) -> None:
    """Whatever lies in the file, loading goes on with the defaults."""
    (tmp_path / "joulecard.toml").write_bytes(content)
    loaded = load_settings({}, str(tmp_path))
    assert loaded.pue is None
    if sentence is None:
        assert loaded.problems[0].startswith("joulecard.toml: is not valid TOML: ")
    else:
        assert loaded.problems == ((sentence,) if sentence else ())


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    """A folder, a pipe that nobody writes to and a link in a circle are not waited for."""
    path = tmp_path / "joulecard.toml"
    os.mkfifo(path)
    assert load_settings({}, str(tmp_path)).problems == ("joulecard.toml: cannot be read: not a regular file",)
    path.unlink()
    path.mkdir()
    assert load_settings({}, str(tmp_path)).problems == ("joulecard.toml: cannot be read: not a regular file",)
    path.rmdir()
    path.symlink_to(path)
    (problem,) = load_settings({}, str(tmp_path)).problems
    assert problem == "joulecard.toml: cannot be read: Too many levels of symbolic links"


def test_tool_joulecard_must_be_a_table(tmp_path: Path) -> None:
    """An array of tables is a slip of the pen; the name in a comment is nothing at all."""
    (tmp_path / "pyproject.toml").write_text("[[tool.joulecard]]\npue = 1.2\n")
    (problem,) = load_settings({}, str(tmp_path)).problems
    assert problem == "pyproject.toml: tool.joulecard must be a table, written [tool.joulecard]"
    (tmp_path / "pyproject.toml").write_text("# [tool.joulecard]\ntool = 5\n")
    assert load_settings({}, str(tmp_path)) == Settings()


def test_a_removed_working_folder_gives_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job whose folder was swept away is still recorded."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert load_settings({}, ".") == Settings()


def test_require_lets_right_settings_pass_and_names_every_problem_of_wrong_ones() -> None:
    """One line a problem, exit status 2."""
    assert require(Settings(pue=1.2)) == Settings(pue=1.2)
    with pytest.raises(SettingsError, match=r"^first\nsecond$") as caught:
        require(Settings(problems=("first", "second")))
    assert (caught.value.exit_status, caught.value.code) == (2, "JC-SETTINGS")


NAMES = ("PLACE", "PUE", "ATTRIBUTION", "PROFILE", "PERIOD", "STRICT", "JOURNAL_DIR", "DISABLED")
TEXT = st.text(st.characters(exclude_characters="\0"), max_size=30)


@given(st.dictionaries(st.sampled_from(NAMES), TEXT))
def test_any_text_in_any_variable_is_either_understood_or_answered(variables: dict[str, str]) -> None:
    """One problem at most for each variable, in one line; what is kept is within its bounds."""
    loaded = load_settings({f"JOULECARD_{name}": text for name, text in variables.items()}, "/proc/self/nowhere")
    assert len(loaded.problems) <= len(variables)
    assert all(problem.isprintable() for problem in loaded.problems)
    assert loaded.pue is None or 1 <= loaded.pue <= 5
    assert 1 <= loaded.period_s <= 60
    assert loaded.journal_dir is None or os.path.isabs(loaded.journal_dir)


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"JOULECARD_PLACE": "UK-ZZQ"}, ""),
        ({"JOULECARD_PLACE": "zzq/eu"}, ""),
        ({"JOULECARD_PROFILE": "zzq"}, ""),
        ({}, 'attribution = "zzq"'),
        ({}, "place = zzq"),
    ],
)
def test_a_refusal_names_the_key_and_not_its_value(tmp_path: Path, variables: dict[str, str], text: str) -> None:
    """What enters a record holds no part of a value."""
    (tmp_path / "joulecard.toml").write_text(text)
    (refusal,) = load_settings(variables, str(tmp_path)).refusals
    assert "zzq" not in refusal.lower()
    assert refusal.startswith(next(iter(variables), "joulecard.toml"))
