"""A disclosure inside a model card: the appendix between markers, and `co2_eq_emissions` in the front matter."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from joulecard import numbers
from joulecard.errors import InvalidInputError, NothingToDoError
from joulecard.rendering import front_matter, marked_block
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.front_matter import ABSENT, KEY, Emissions
from joulecard.rendering.markdown import escape
from joulecard.rendering.model_card import model_card
from joulecard.rendering.view import view

if TYPE_CHECKING:
    from joulecard.rendering.marked_block import Block
    from joulecard.rendering.view import View

STANDARD = "ML Carbon Disclosure"  # how the source of an entry begins that was made from a disclosure
UNKNOWN = "unknown"
MEND = "`--force` writes it anew"
MEND_REMOVAL = "`--force` takes it out"


def attached(card: str, document: dict[str, Any], data: bytes, *, training_type: str = "", force: bool = False) -> str:
    """The card with the appendix and the entry of a valid disclosure: where they stand already, else at the end.

    `data` are the bytes of the disclosure, whose SHA-256 is printed. Raises InvalidInputError for markers or front
    matter that cannot be read and, without `force`, for what was changed by hand or written by others.
    """
    start = front_matter.body_start(card)
    block, entry = marked_block.find_block(card, start), front_matter.read(card)
    if not force:
        _refuse_changed(block, entry, MEND)
    emissions = emissions_of(document, training_type)
    line_break = block.line_break if block else _line_break(card)
    body = _body(document, data)
    text = marked_block.written(body, _digest(body, emissions.value() if emissions else ABSENT), line_break)
    if block:
        changed = card[: block.start] + text + card[block.end :]
    else:
        changed = marked_block.appended(card, start, text, line_break)
    return front_matter.with_emissions(changed, emissions, line_break)


def detached(card: str, *, force: bool = False) -> str:
    """The card as it was before the first `attached`; raises NothingToDoError where there is nothing to take out.

    Raises InvalidInputError as `attached` does.
    """
    block = marked_block.find_block(card, front_matter.body_start(card))
    entry = front_matter.read(card)
    is_ours = _names_a_disclosure(entry)
    if block is None and not is_ours:
        raise NothingToDoError("it holds nothing that `joulecard attach` has written")
    if block and not force:
        _refuse_changed(block, entry, MEND_REMOVAL)
    kept = marked_block.removed(card, block) if block else card
    return front_matter.with_emissions(kept, None, _line_break(card)) if is_ours else kept


def own_section(card: str) -> int:
    """The line of the card's own section on its environmental impact; 0 where there is none."""
    return marked_block.own_section(card, front_matter.body_start(card))


def emissions_of(document: dict[str, Any], training_type: str = "") -> Emissions | None:
    """The entry of a disclosure; None where its emissions are unknown: there is no number to give then."""
    seen = view(document)
    carbon = seen.hugging_face.carbon
    if not carbon.known:
        return None
    place = seen.place.replace("an unknown place", UNKNOWN)
    return Emissions(
        emissions_g=carbon.text.partition(numbers.THIN_SPACE)[0],
        source=_words(_source(seen)),
        training_type=_words(training_type) or _training_type(document),
        geographical_location=_words(place),
        hardware_used=_words(seen.hugging_face.hardware),
    )


def _source(seen: View) -> str:
    """Which disclosure the number is from, of how much it is, and how it was got."""
    partial = f" (partial: {seen.partial})" if seen.partial else ""
    reused = "what the reused results had cost" if seen.reused_only else ""
    carbon = seen.hugging_face.carbon
    told = ", ".join(part for part in (reused, carbon.method, carbon.interval, seen.carbon_basis) if part)
    return f"{STANDARD} {seen.document_id}{partial}: {told}"


def _training_type(document: dict[str, Any]) -> str:
    """What the stages and the subject say of it; whether a training is a pre-training they do not say."""
    phases = {stage["phase"] for stage in document["stages"]}
    is_tuned = "fine-tuning" in phases or "base_model" in document["subject"].get("model", {})
    if is_tuned:
        return "fine-tuning"
    return "training" if "training" in phases else UNKNOWN


def _words(text: str) -> str:
    """Text for programs: one line, with plain spaces."""
    return plain(numbers.plain(text))


def _body(document: dict[str, Any], data: bytes) -> str:
    """What stands between the markers."""
    digest = sha256(data).hexdigest()
    named = f"Made from disclosure {escape(document['document']['id'])}, SHA-256 `{digest}`."
    return f"\n{model_card(document).rstrip()}\n\n{named}\n\n"


def _digest(body: str, entry: object) -> str:
    """The 12 hex digits that tell a change by hand: of the block's text and the entry's values."""
    values = "" if entry is ABSENT else json.dumps(entry, sort_keys=True, default=str)
    return sha256(f"{body}{values}".encode()).hexdigest()[:12]


def _refuse_changed(block: Block | None, entry: object, mend: str) -> None:
    """Raises InvalidInputError for a block or entry that is not as it was written, and for an entry of others."""
    if block and block.digest != _digest(block.body, entry):
        what = f"the block between the markers, or `{KEY}` above it, was changed by hand since it was written"
        raise InvalidInputError(what, where=f"line {block.line}", mend=mend)
    if block is None and entry is not ABSENT and not _names_a_disclosure(entry):
        raise InvalidInputError(f"its `{KEY}` was not written by joulecard: {entry!r}", mend=mend)


def _names_a_disclosure(entry: object) -> bool:
    return isinstance(entry, dict) and str(entry.get("source")).startswith(f"{STANDARD} ")


def _line_break(card: str) -> str:
    r"""How the card ends its lines: \r\n where all of them do."""
    ends = set(re.findall(r"\r?\n", card))
    return "\r\n" if ends == {"\r\n"} else "\n"
