"""How good the model was, as the programs of its stages declare it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joulecard.disclosure import document as doc
from joulecard.disclosure.work import quality

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.disclosure.tallied import Tallied

MOST_METRICS = 1000


def with_quality(subject: doc.Subject, placed: Iterable[tuple[str, Tallied]]) -> doc.Subject:
    """The subject with the results that stages declare, each with its stage; of very many the last."""
    told = [
        doc.QualityMetric(name=name, value=value, stage_ref=stage_id)
        for stage_id, joined in placed
        for name, value in quality(joined.execution.segments).items()
    ]
    metrics = (*(subject.quality_metrics or ()), *told)[-MOST_METRICS:]
    return subject.model_copy(update={"quality_metrics": metrics}) if told else subject
