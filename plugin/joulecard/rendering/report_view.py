"""The one view that both templates of the report see: a valid disclosure in words, rounded numbers and charts, frozen.

All members are text, truth values, counts, charts or tuples of these; a template needs no arithmetic and no document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from joulecard.rendering.findings import strip_finding
from joulecard.rendering.sections.cover import Cover, cover
from joulecard.rendering.sections.quality import Quality, quality
from joulecard.rendering.sections.record import Record, record
from joulecard.rendering.sections.stages import Stages, stages
from joulecard.rendering.view import View, view


@dataclass(frozen=True, slots=True)
class Report:
    """A disclosure as its report shows it, section by section; `card` is what the model card shows too."""

    card: View
    cover: Cover
    strip_finding: str
    stages: Stages
    quality: Quality
    record: Record


def report_view(document: dict[str, Any], data: bytes) -> Report:
    """The view of a disclosure that validation has accepted; `data` are its bytes as they lie on disk."""
    card = view(document)
    return Report(
        card=card,
        cover=cover(document, card),
        strip_finding=strip_finding(document),
        stages=stages(document, card),
        quality=quality(document, card),
        record=record(document, data, card),
    )
