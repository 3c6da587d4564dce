"""No value can act as markup: what goes in as text is seen as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2.exceptions import SecurityError, UndefinedError

from joulecard.rendering.foreign_text import LONGEST_TEXT, plain
from joulecard.rendering.markdown import SafeMarkdown, environment, escape


def rendered(template: str, **values: object) -> str:
    """A template from a string, in the environment of our own templates."""
    return environment().from_string(template).render(**values)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", "a\\|b"),
        ("# head", "\\# head"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("0.85 Wh", "0.85 Wh"),
        ("{{7*7}}", "\\{\\{7\\*7\\}\\}"),
        ("https://x.example", "https\\://x.example"),
        ("www.x.example", "www\\.x.example"),
        ("<b>&amp;", "\\<b\\>\\&amp;"),
        ("two\nlines", "two lines"),
    ],
)
def test_markup_is_escaped(text: str, shown: str) -> None:
    """Each character that Markdown reads is written so that it is shown."""
    assert escape(text) == shown


def test_invisible_and_turning_characters_are_dropped() -> None:
    """Bidi controls can make a page say the opposite of its bytes."""
    assert plain("a\u202eb\u2066c\u200bd\x00e\U000e0041") == "abcde"


def test_long_text_is_cut_with_a_sign() -> None:
    """At most 256 characters of anything foreign."""
    assert plain("x" * 1000) == "x" * (LONGEST_TEXT - 1) + "…"


def test_text_is_composed() -> None:
    """NFC: one way to write a letter."""
    assert plain("u\u0308") == "ü"


@given(st.text())
def test_escaping_keeps_every_visible_letter(text: str) -> None:
    """Taking the backslashes that were added away again gives the text."""
    assert escape(text).replace("\\\\", "\0").replace("\\", "").replace("\0", "\\") == plain(text)


@given(st.text())
def test_escaped_text_is_one_line_without_open_markup(text: str) -> None:
    """No line break, no bare bracket, pipe, backtick or brace."""
    bare = escape(text).replace("\\\\", "")
    assert "\n" not in bare
    for place, sign in enumerate(bare):
        assert sign not in "|`*_[]<>{}$~#&" or bare[place - 1 : place] == "\\"


def test_values_are_escaped_and_never_read_as_templates() -> None:
    """A run name that looks like a template stays a name."""
    assert rendered("{{ name }}", name="{{7*7}} *x*") == "\\{\\{7\\*7\\}\\} \\*x\\*"


def test_text_that_is_markdown_already_passes() -> None:
    """The one way round the escaping, by type."""
    assert rendered("{{ name }}", name=SafeMarkdown("**x**")) == "**x**"


def test_an_unknown_name_is_an_error() -> None:
    """A misspelt member never becomes an empty place on the page."""
    with pytest.raises(UndefinedError):
        rendered("{{ nothing }}")


def test_a_template_cannot_reach_into_python() -> None:
    """The sandbox stands even for templates that users bring."""
    with pytest.raises(SecurityError):
        rendered("{{ ().__class__.__bases__ }}")
