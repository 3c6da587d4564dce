"""One changed time, number, word, order or reference in a valid disclosure is found by the rule that owns it."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from tests.disclosure.conftest import a_disclosure, a_segment
from tests.standard.corpus import VALID
from tests.validation import mutations
from tests.validation.mutations import Change, at_path, pointer

from joulecard.capture.segment import Reading
from joulecard.surroundings.place import Evidence, Place
from joulecard.validation import validate_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST = 150  # changes of one kind in one document, spread evenly over it

SWEEPS = ("R", "every-", "left-out", "declared-minimal")  # one thing each, with numbers that follow from little
CORPUS = [name for name, make in VALID.items() if "totals" in make() and not name.startswith(SWEEPS)]


def _one() -> Any:
    return a_disclosure([a_segment()])


def _pipeline() -> Any:
    prepare = a_segment(1, stage="prepare", series=None)
    train = a_segment(2, from_s=20, until_s=50, place=Place((Evidence("setting", "high", country="FR"),)))
    return a_disclosure([prepare, train, a_segment(3, stage="train", from_s=60, until_s=90, attempt=2)])


def _two_hosts() -> Any:
    gpu = Reading("gpu", "nvml", "gpu-0", 9000.0, 9000.0, 1.0, None, "aaaaaaaaaaaa", "NVIDIA H100 80GB HBM3")
    other = a_segment(2, from_s=2, until_s=12, host_ref="ba9876543210", energy=(*a_segment().energy, gpu))
    return a_disclosure([a_segment(1, series=None), other])


ASSEMBLED: dict[str, Callable[[], Any]] = {
    "assembled-one": _one,
    "assembled-pipeline": _pipeline,
    "assembled-two-hosts": _two_hosts,
}


@cache
def _document(name: str) -> Any:
    """A document of the corpus, or one that the product assembled."""
    return json.loads(ASSEMBLED[name]().to_json() if name in ASSEMBLED else json.dumps(VALID[name]()))


def _missed(name: str, changes: Callable[[Any], Iterator[Change]]) -> tuple[int, list[str]]:
    """How many changes were tried, and those that no rule that owns them finds at their place."""
    document = _document(name)
    listed = list(changes(document))
    tried = listed[:: max(1, -(-len(listed) // MOST))]
    return len(tried), [missed for change in tried if (missed := _unnoticed(document, change))]


def _unnoticed(document: Any, change: Change) -> str | None:
    """Why a change would pass; None where a rule that owns it names one of its places."""
    before = {path: at_path(document, path) for path in change.values}
    _write(document, change.values)
    verdict = validate_document(document, "disclosure")
    _write(document, before)
    places = {pointer(path) for path in change.values} | {
        pointer(path[:-1]) for path in change.values if isinstance(path[-1], int)
    }
    owners = change.owners | {"schema"}
    for violation in verdict.violations:
        if violation.rule in owners and places & {violation.pointer, *violation.related}:
            return None
    found = sorted({f"{violation.rule} {violation.pointer}" for violation in verdict.violations})
    told = {pointer(path): (before[path], value) for path, value in change.values.items()}
    return f"{told} (owned by {sorted(change.owners)}, found by {found[:6]})"


def _write(document: Any, values: dict[mutations.Path, Any]) -> None:
    for path, value in values.items():
        at_path(document, path[:-1])[path[-1]] = value


@pytest.mark.parametrize("name", [*CORPUS, *ASSEMBLED])
@pytest.mark.parametrize("kind", ["times", "numbers", "orders", "references", "words"])
def test_any_single_change_is_found_by_the_rule_that_owns_it(name: str, kind: str) -> None:
    """At the place of the change, whatever else is found too; what the schema forbids may be found by the schema."""
    _, missed = _missed(name, getattr(mutations, kind))
    assert missed == []


@pytest.mark.parametrize("name", ASSEMBLED)
def test_assembled_documents_are_changed_in_many_ways(name: str) -> None:
    """The changes reach every part of them."""
    kinds = (mutations.times, mutations.numbers, mutations.references, mutations.words)
    assert all(_missed(name, kind)[0] >= 10 for kind in kinds)
