"""The line of a JSON pointer: that of the member's name or of the item, in any layout of the text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joulecard.validation.place import lines_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

TEXT = """{
  "a": [1,
    2, {"b": [[], ["x,]",
      null]]},
    "s"
  ],
  "e/~": {"": true},
  "l": "[{,"
}
"""
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5), max_leaves=20
)


class Writer:
    """Writes JSON with white space anywhere it may stand, and knows the line of all that it wrote."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.text = ""
        self.lines: dict[str, int] = {}

    def token(self, token: str) -> None:
        """One token with the space behind it."""
        self.text += token + "".join(self.random.choices(" \t\r\n", k=self.random.choice([0, 0, 1, 3])))

    def write(self, value: Any, pointer: str = "") -> None:
        """A value, and the lines of all that is in it."""
        if isinstance(value, dict):
            self.several("{}", value.items(), pointer)
        elif isinstance(value, list):
            self.several("[]", enumerate(value), pointer)
        else:
            self.token(json.dumps(value))

    def several(self, brackets: str, parts: Any, pointer: str) -> None:
        """The members of an object or the items of an array."""
        self.token(brackets[0])
        for number, (step, value) in enumerate(parts):
            if number:
                self.token(",")
            below = f"{pointer}/{str(step).replace('~', '~0').replace('/', '~1')}"
            self.lines[below] = self.text.count("\n") + 1
            if isinstance(step, str):
                self.token(json.dumps(step))
                self.token(":")
            self.write(value, below)
        self.token(brackets[1])


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("", 1),
        ("/a", 2),
        ("/a/0", 2),
        ("/a/1", 3),
        ("/a/2", 3),
        ("/a/2/b/0", 3),
        ("/a/2/b/1/1", 4),
        ("/a/3", 5),
        ("/e~1~0", 7),
        ("/e~1~0/", 7),
        ("/l", 8),
    ],
)
def test_a_place_has_its_line(pointer: str, line: int) -> None:
    """Also behind strings that look like brackets, below names that are escaped or empty."""
    assert lines_of(TEXT, [pointer]) == {pointer: line}


@pytest.mark.parametrize(
    ("pointer", "line"), [("/nothing/at/all", 1), ("/a/2/b/0/0", 3), ("/a/9", 2), ("/a/-1", 2), ("/e~1~0/x", 7)]
)
def test_what_is_not_there_has_the_line_of_what_should_hold_it(pointer: str, line: int) -> None:
    """A missing member is shown where its object begins."""
    assert lines_of(TEXT, [pointer]) == {pointer: line}


@given(VALUES, st.randoms(use_true_random=False))
def test_every_place_of_every_text_is_found(value: Any, random: Random) -> None:
    """All at once, whatever the layout."""
    writer = Writer(random)
    writer.write(value)
    assert json.loads(writer.text) == value
    assert lines_of(writer.text, writer.lines) == writer.lines
    assert {pointer: lines_of(writer.text, [pointer])[pointer] for pointer in writer.lines} == writer.lines


def test_work_grows_with_the_text_not_with_the_places(calls: Callable[[Callable[[], object]], int]) -> None:
    """A hundred times as many places in one list cost less than twice the calls of one at its end."""
    text = json.dumps({"stages": [{"a": [0, 1, 2]} for _ in range(2000)]}, indent=1)
    last = ["/stages/1999/a/2"]
    many = last + [f"/stages/{index}" for index in range(0, 2000, 20)]
    assert calls(lambda: lines_of(text, many)) < 2 * calls(lambda: lines_of(text, last))
