"""Inputs that earlier searches found worth keeping still get an answer that keeps every promise."""

from __future__ import annotations

import pytest
from tests.fuzz.targets import KEPT, TARGETS, kept

MOST_BYTES = 1_000_000  # of the whole corpus, which travels with the source


@pytest.mark.parametrize("target", TARGETS)
def test_every_kept_input_is_answered(target: str) -> None:
    """Nothing crashes, and every answer says where and what, as when the input was found."""
    inputs = kept(target)
    assert inputs
    broken = {}
    for path in inputs:
        try:
            TARGETS[target].check(path.read_bytes())
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what a search would have found
            broken[path.name] = repr(error)[:500]
    assert broken == {}


def test_the_corpus_is_small_and_knows_its_targets() -> None:
    """Below 1 MB in all, and no folder without a target."""
    files = [path for path in KEPT.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
    assert {path.parent.name for path in files} == set(TARGETS)
