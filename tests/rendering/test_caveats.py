"""What is said beside the headline where the numbers are a part of something larger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from joulecard.rendering.html import html_report
from joulecard.rendering.model_card import model_card
from joulecard.rendering.view import view

if TYPE_CHECKING:
    from collections.abc import Callable

INNER = "This is the inner part of another recording, which counts the same energy: never add the two up"


def test_an_inner_part_says_so_beside_its_headline(document: Callable[[str], dict[str, Any]]) -> None:
    """Card and first screen of the report warn of counting the energy twice."""
    inner = document("inner")
    assert INNER in model_card(inner).split("| Stage")[0]
    assert INNER in html_report(inner, b"{}").split("<h2")[0]


def test_only_the_stages_that_lie_inside_are_named(document: Callable[[str], dict[str, Any]]) -> None:
    """A stage that nobody else counts is not warned of."""
    told = view(document("inner_beside")).caveat
    assert told.startswith("train is the inner part of another recording")
    assert "evaluate" not in told


@pytest.mark.parametrize("name", ["typical", "all_cached", "several_hosts"])
def test_a_whole_has_no_caveat(name: str, document: Callable[[str], dict[str, Any]]) -> None:
    """Nothing is warned of where the numbers are all there is."""
    assert view(document(name)).caveat == ""
