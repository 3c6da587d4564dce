"""R02: days and instants that exist, and spans of days in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.validation.at import At, Finding
from joulecard.validation.facts import Facts
from joulecard.validation.instants import milliseconds

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY_MS = 86_400_000


def existing_instants(facts: Facts) -> Iterator[Finding]:
    """An instant or day that no calendar has, such as 30 February."""
    for span, members in _dated(facts):
        for member in members:
            text = span.value.get(member)
            if text is not None and milliseconds(text) is None:
                yield Finding(f"{span.pointer}/{member}", f"no calendar has {text}")


SPAN = ("start", "end")


def _dated(facts: Facts) -> Iterator[tuple[At, tuple[str, ...]]]:
    """Every object that holds instants or days, and the members that may be some."""
    if document := facts.root.member("document"):
        yield document, ("created",)
    if period := facts.boundary.member("period"):
        yield period, SPAN
    for stage in facts.stages:
        for span in (stage.member("time"), stage.member("series"), *stage.items("segments")):
            if span:
                yield span, SPAN
    for name in ("factors", "instruments", "attestations"):
        for item in facts.root.items(name):
            yield item, ("date", "expires")
            for member, members in OF_ITEMS.items():
                if member in item.value and (inner := item.member(member)):
                    yield inner, members


OF_ITEMS = {"valid": SPAN, "vintage": SPAN, "source": ("retrieved",)}


def days_in_order(facts: Facts) -> Iterator[Finding]:
    """A span of days that ends before it starts."""
    for item in [*facts.root.items("factors"), *facts.root.items("instruments")]:
        span = item.member("valid") or item.member("vintage")
        if span and span.value["end"] < span.value["start"]:
            yield Finding(f"{span.pointer}/end", "lies before the start", (f"{span.pointer}/start",))


def attestations(facts: Facts) -> Iterator[Finding]:
    """A statement that had expired when it was made, or that is older than the document that it is about."""
    created = milliseconds(facts.root.value["document"]["created"])
    for item in facts.root.items("attestations"):
        date, expires = item.value["date"], item.value.get("expires", item.value["date"])
        if expires < date:
            told = f"the statement of {date} had expired when it was made"
            yield Finding(f"{item.pointer}/expires", told, (f"{item.pointer}/date",))
        spoken = milliseconds(date)
        if created is not None and spoken is not None and spoken + 2 * DAY_MS <= created:
            told = "lies more than a day before the document was made: nobody can have read it"
            yield Finding(f"{item.pointer}/date", told, ("/document/created",))


CHECKS = (existing_instants, days_in_order, attestations)
