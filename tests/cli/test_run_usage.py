"""The options of `joulecard run`, and what it says when it is called wrongly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.cli import main
from joulecard.cli.run import HELP, USAGE, parse
from joulecard.errors import UsageError

WORDS = st.lists(st.text(st.characters(exclude_characters="\0"), max_size=8), max_size=5)


@given(st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=8), WORDS)
def test_everything_after_the_dashes_is_the_command(name: str, arguments: list[str]) -> None:
    """Whatever it looks like, options of ours included."""
    assert parse(["--stage", "a", "--", name, *arguments]) == ((name, *arguments), "a")


@given(WORDS)
def test_options_end_at_the_first_word(arguments: list[str]) -> None:
    """Without dashes too, the command's own options are its own."""
    assert parse(["python", *arguments]) == (("python", *arguments), None)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ([], "no command is given"),
        (["--"], "no command is given"),
        (["--", ""], "no command is given"),
        (["--stage"], "--stage needs a name"),
        (["--stage", "--", "true"], "--stage needs a name"),
        (["--stage=", "true"], "--stage needs a name"),
        (["--strage", "a", "true"], "there is no option --strage"),
        (["-x", "true"], "there is no option -x"),
    ],
)
def test_wrong_use_is_one_sentence_and_status_2(
    arguments: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what is wrong and how to write it, and runs nothing."""
    with pytest.raises(UsageError):
        parse(arguments)
    assert main(["run", *arguments]) == 2
    assert capsys.readouterr().err == f"joulecard: run: {what}; write {USAGE} [JC-USAGE]\n"


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["--stage", "a", "--help"]])
def test_help_is_printed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """On standard output, in lines that fit a terminal."""
    assert main(["run", *arguments]) == 0
    assert capsys.readouterr().out == HELP
    assert max(map(len, HELP.splitlines())) <= 80
