"""What the programs of the stages declare beside their energy: how good the model was, how much they computed."""

from __future__ import annotations

from typing import Any

from joulecard.numbers import THIN_SPACE
from joulecard.rendering.figures import applied
from joulecard.rendering.foreign_text import plain

MOST_METRICS = 6
LONGEST_NAME = 40
STEPS = (("GFLOP", 1e9), ("TFLOP", 1e12), ("PFLOP", 1e15), ("EFLOP", 1e18), ("ZFLOP", 1e21))


def declared(document: dict[str, Any]) -> str:
    """Quality and computation in one line: "accuracy 0.91 (train) · 48 GFLOP, declared"; empty where none is told."""
    names = {stage["id"]: stage["name"] for stage in document["stages"]}
    metrics = document["subject"].get("quality_metrics", ())
    told = [_metric(metric, names) for metric in metrics[:MOST_METRICS]]
    if len(metrics) > MOST_METRICS:
        told.append(f"{len(metrics) - MOST_METRICS} more in the disclosure")
    totals = document["totals"]
    compute = totals[totals["headline"]].get("compute", {})
    if compute.get("value") is not None:
        told.append(f"{_flop(compute['value'])}, {compute['method']}")
    return " · ".join(told)


def _metric(metric: dict[str, Any], names: dict[str, str]) -> str:
    """A result with its unit, and in brackets the data and the stage."""
    unit = f"{THIN_SPACE}{metric['unit']}" if metric.get("unit") else ""
    where = ", ".join(filter(None, (metric.get("split", ""), names.get(metric.get("stage_ref", ""), ""))))
    told = f"{plain(metric['name'], LONGEST_NAME)} {metric['value']:.6g}{unit}"
    return f"{told} ({plain(where, LONGEST_NAME)})" if where else told


def _flop(value: float) -> str:
    """Floating-point operations in the unit that fits."""
    unit, scale = next(((name, size) for name, size in reversed(STEPS) if value >= size), ("FLOP", 1.0))
    return f"{applied(float(f'{value / scale:.4g}'))}{THIN_SPACE}{unit}"
