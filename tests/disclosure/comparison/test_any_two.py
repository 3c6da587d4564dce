"""Any two valid documents compare exactly, or are refused in a sentence: the whole corpus of the standard."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from joulecard.canonical import digest
from joulecard.disclosure.comparison import compare
from joulecard.disclosure.comparison.as_json import as_json
from joulecard.disclosure.comparison.side import side
from joulecard.disclosure.document import Disclosure
from joulecard.errors import InvalidInputError
from joulecard.rendering.comparison.text import comparison_text
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from joulecard.disclosure.comparison import Comparison
    from joulecard.disclosure.comparison.side import Side

pytestmark = pytest.mark.checkout
CORPUS = Path(__file__).parents[3] / "schema" / "1.0" / "conformance" / "valid"


@cache
def documents() -> dict[str, dict[str, Any]]:
    """The disclosures of the corpus by their names, as they are read."""
    found = {path.stem: validate_disclosure(path.read_bytes()) for path in sorted(CORPUS.glob("*.json"))}
    return {name: each.document for name, each in found.items() if each.document and not each.violations}


@cache
def sided(label: str, name: str) -> Side:
    """A side of a comparison."""
    return side(label, name, Disclosure.model_validate(documents()[name]))


def compared(one: str, other: str) -> Comparison | None:
    """The two side by side; None where they do not compare, for which there is one sentence."""
    try:
        return compare([sided("A", one), sided("B", other)])
    except InvalidInputError as refused:
        if "\n" in str(refused):
            raise
        return None


def test_the_factors_of_any_two_multiply_to_the_ratio() -> None:
    """To a part in 10^12, where they compare; hundreds of pairs of the corpus do."""
    names, closed = list(documents()), 0
    for place, one in enumerate(names):
        for other in names[place::7]:
            found = compared(one, other)
            for pair in found.pairs if found else ():
                product = math.prod(row.ratio.value for row in pair.factors)
                assert product == pytest.approx(pair.carbon.ratio.value, rel=1e-12, abs=0), (one, other)
                closed += 1
    assert closed > 200


def test_a_disclosure_is_as_much_as_itself() -> None:
    """Exactly, and not distinguishable; what is written about it can be read by a program."""
    closed = 0
    for name, document in documents().items():
        found = compared(name, name)
        if found is None:  # nothing drawn, or not known
            continue
        assert found.pairs[0].carbon.ratio.value == 1
        assert found.pairs[0].carbon.is_distinguishable is not True
        assert max(map(len, comparison_text(found).splitlines())) <= 80
        told = json.loads(json.dumps(as_json(found), allow_nan=False))
        assert told["disclosures"][0]["digest"] == digest(document), name
        closed += 1
    assert closed > 80
