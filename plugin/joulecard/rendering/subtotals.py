"""Sums of a document's quantities, for lines that stand for several executions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joulecard.accounting.quantity import Quantity, add

if TYPE_CHECKING:
    from collections.abc import Sequence

NONE_KNOWN = "none of them has a value"


def subtotal(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The sum in the document's form: without a range where a part's own range cannot be added up.

    Parts without a value are left out, and the reason says how many.
    """
    if len(parts) == 1:
        return parts[0]
    known = [part for part in parts if part.get("value") is not None]
    if not known:
        return {"method": "not_available", "reason": parts[0].get("reason", NONE_KNOWN)}
    members = add([_quantity(part) for part in known]).to_document()
    if not all(_adds_up(part) for part in known):
        del members["interval"]
    if len(known) < len(parts):
        members["reason"] = f"without {len(parts) - len(known)} of {len(parts)}, of which nothing is known"
    return members


def _adds_up(part: dict[str, Any]) -> bool:
    """Whether the part's range is made of named sources."""
    return part["value"] == 0 or "contributions" in part.get("interval", {})


def _quantity(part: dict[str, Any]) -> Quantity:
    sources = part.get("interval", {}).get("contributions", ())
    return Quantity(
        part["value"],
        part["unit"],
        part["method"],
        tuple((source["source_ref"], source["amount"]) for source in sources),
        part.get("measured_fraction"),
    )
