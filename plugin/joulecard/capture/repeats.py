"""A stage that is recorded again under one name in one process: what goes on, and what is a new try.

A loop over epochs or folds is one execution with a segment for each; what comes after a failure is a retry, a new
execution with `attempt` + 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from joulecard.capture.plan import Plan
    from joulecard.capture.segment import Status

_MOST = 1000  # names that are remembered: a program may make up a new one for each thing that fails
_failed: dict[tuple[str, str], int] = {}  # the last attempt that failed, by group and stage


def remember(plan: Plan, status: Status) -> None:
    """Takes note of how a stage ended."""
    if status == "failed":
        _failed[plan.group, plan.stage] = max(plan.attempt, _failed.get((plan.group, plan.stage), 0))
        if len(_failed) > _MOST:
            del _failed[next(iter(_failed))]


def numbered(plan: Plan) -> Plan:
    """The plan with the attempt that it is in this process."""
    failed = _failed.get((plan.group, plan.stage), 0)
    if plan.attempt > failed:
        return plan
    from dataclasses import replace

    return replace(plan, attempt=failed + 1)
