"""How factors, search results and sources are printed, for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from joulecard.accounting.quantity import quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from joulecard.factors import Factor
    from joulecard.factors.catalogue import Listed

WIDTH = 80
LABEL = 14
PLAIN_UNITS = {"1": ""}


def factor_page(factor: Factor, edition: str) -> Iterator[str]:
    """All that is known of a factor, an empty line last."""
    yield f"{factor.id}  {factor.name}"
    for label, text in _entries(factor, edition):
        yield from _filled(label, text)
    yield ""


def found_page(found: Sequence[Listed]) -> Iterator[str]:
    """A line for each hit: what to ask `show` for, its value, its name."""
    ids = max(len(each.id) for each in found)
    values = [f"{each.value:g} {PLAIN_UNITS.get(each.unit, each.unit)}".strip() if each.value else "" for each in found]
    widest = max(len(value) for value in values)
    for each, value in zip(found, values, strict=True):
        room = max(12, WIDTH - ids - widest - 4)
        yield f"{each.id:<{ids}}  {value:>{widest}}  {textwrap.shorten(each.name, room, placeholder='...')}".rstrip()


def source_page(row: Mapping[str, str]) -> Iterator[str]:
    """A source with its licence and the line that it asks to print, an empty line last."""
    yield from textwrap.wrap(f"{row['title']}", WIDTH)
    about = ", ".join(text for text in (row["publisher"], row["year"]) if text)
    told = {"id": row["id"], "published": about, "address": row["url"], "licence": row["licence"]}
    told |= {"print": row["attribution"], "taken from": row["obtained_from"], "note": row["note"]}
    for label, text in told.items():
        if text:
            yield from _filled(label, text)
    yield ""


def _entries(factor: Factor, edition: str) -> Iterator[tuple[str, str]]:
    yield "value", _value(factor)
    if factor.basis:
        yield "basis", ", ".join(factor.basis.values())
    if factor.valid:
        yield "valid", f"{factor.valid['start']} to {factor.valid['end']}"
    if factor.zone:
        told = f" ({factor.fallback_level})" if factor.fallback_level else ""
        yield "zone", f"{factor.zone}{told}"
    for source in factor.uncertainty:
        yield "uncertainty", f"{source.class_name}, log-sd {source.log_sd:.2g}: {source.derivation}"
    publisher = factor.source.get("publisher", "")
    yield "source", f"{factor.source['name']}{f' ({publisher})' if publisher else ''}"
    if "uri" in factor.source:
        yield "address", factor.source["uri"]
    yield "licence", factor.source.get("license", "not stated")
    yield "edition", factor.source.get("version", f"own factor, before edition {edition}")
    if factor.assumes:
        yield "assumes", f"{factor.assumes}{' (default)' if factor.is_default else ''}"
    if factor.note:
        yield "note", factor.note


def _value(factor: Factor) -> str:
    """The value with its unit and the 90 % interval that its sources of uncertainty give."""
    unit = PLAIN_UNITS.get(factor.unit, f" {factor.unit}")
    lower, upper = quantity(factor.value, factor.unit, "estimated", factor.uncertainty).interval()
    return f"{factor.value:.6g}{unit}; 90 % interval {_short(lower)} to {_short(upper)}"


def _short(value: float) -> str:
    """Three digits, without an exponent where that stays short."""
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"  # noqa: PLR2004


def _filled(label: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"  {label:<{LABEL - 2}}",
        subsequent_indent=" " * LABEL,
        break_long_words=False,
        break_on_hyphens=False,
    )
