"""No source of uncertainty can be left out, and no method be made stronger, even where all sums are changed alike."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.standard.authoring import Amount
from tests.standard.corpus import VALID
from tests.standard.stages import drivers

from joulecard.validation import validate_document

if TYPE_CHECKING:
    from collections.abc import Iterator


def _made(name: str) -> Any:
    """A document of the corpus that shares nothing with others."""
    return json.loads(json.dumps(VALID[name]()))


def _objects(value: Any) -> Iterator[Any]:
    """Every object of a document."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict):
        yield value
    for each in inner:
        yield from _objects(each)


def _found(document: Any) -> set[tuple[str, str]]:
    return {(item.rule, item.pointer) for item in validate_document(document, "disclosure").violations}


def _narrowed(document: Any, class_: str) -> Any:
    """The document without the contributions of a class of sources, every interval computed anew."""
    for found in _objects(document):
        if "interval" in found and "value" in found:
            items = found["interval"]["contributions"]
            adds = {item["source_ref"]: item["amount"] for item in items if not item["source_ref"].startswith(class_)}
            found["interval"] = Amount(found["value"], "", "", 0.0, adds).document().get("interval") or {
                **found["interval"],
                "contributions": [],
                "lower": found["value"],
                "upper": found["value"],
            }
    document["uncertainty"]["drivers"] = drivers(document["totals"]["new"]["operational_location"])
    return document


@pytest.mark.parametrize(
    ("class_", "place"),
    [
        ("grid-country-lifecycle", "emissions/operational_location"),
        ("grid-year-shift", "emissions/operational_location"),
        ("pue-declared", "energy/facility_total"),
        ("memory-watts-per-gb", "energy/components/1/energy"),
        ("rapl-package", "energy/components/0/energy"),
    ],
)
def test_a_source_dropped_everywhere_is_found_where_it_belongs(class_: str, place: str) -> None:
    """At the contributions of the quantity to which it came with a factor or a counter."""
    document = _narrowed(_made("counted"), class_)
    pointers = {pointer for rule, pointer in _found(document) if rule == "R06"}
    assert any(pointer.startswith(f"/stages/0/{place}/interval/contributions") for pointer in pointers)


def test_a_source_of_no_width_needs_no_contribution() -> None:
    """A factor that is known exactly adds nothing."""
    document = _made("counted")
    document["factors"][1]["uncertainty_refs"].append("exact@f-pue")
    document["uncertainty"]["sources"].append({"id": "exact@f-pue", "class": "exact", "log_sd": 0})
    assert _found(document) == set()


def test_products_of_measured_energy_are_not_measured_however_consistently_they_say_so() -> None:
    """Facility energy and emissions are got by multiplying."""
    document = _made("counters-alone")
    for found in _objects(document):
        if found.get("method") == "modelled":
            found["method"] = "measured"
    assert ("R06", "/stages/0/emissions/operational_location/method") in _found(document)


def test_drivers_may_be_left_out() -> None:
    """An empty list claims nothing."""
    document = _made("counted")
    document["uncertainty"]["drivers"] = []
    assert _found(document) == set()


def test_drivers_of_a_declared_uncertainty_are_not_computed() -> None:
    """Whoever declares it says how; but what is computed cannot be called declared."""
    document, computed = _made("declared-minimal"), _made("counted")
    source = {"id": "guess", "class": "guess", "log_sd": 0.5}
    told = {"method": "declared", "coverage": 0.9, "sources": [source]}
    document["uncertainty"] = {**told, "drivers": [{"source_ref": "guess", "variance_share": 0.9}]}
    assert _found(document) == set()
    computed["uncertainty"]["method"] = "declared"
    assert ("R06", "/uncertainty/method") in _found(computed)
