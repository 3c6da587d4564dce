"""The answers for programs: one JSON object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joulecard.cli.validate.answer import Answer
    from joulecard.validation import Lack, Violation


def answers_json(answers: Sequence[Answer]) -> str:
    """One object with the answer on every file."""
    return json.dumps({"files": [_file(answer) for answer in answers]}, indent=2)


def _file(answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = {"file": answer.file, "status": answer.status}
    verdict = answer.verdict
    if verdict is None:
        return {**told, "problem": answer.problem}
    return {
        **told,
        "kind": verdict.kind,
        "valid": verdict.valid,
        "level": verdict.level,
        "violations": [_violation(each, answer) for each in verdict.violations],
        "warnings": [_violation(each, answer) for each in verdict.warnings],
        "advice": [{**_place(each, answer), "message": each.message} for each in answer.advice],
        "next_level_needs": [{**_place(each, answer), "message": each.message} for each in verdict.lacks],
        "failed_gates": [{"gate": failure.gate, "message": failure.sentence} for failure in answer.failures],
    }


def _place(found: Violation | Lack, answer: Answer) -> dict[str, Any]:
    """Pointer and line; no line where the text could not be parsed."""
    return {"pointer": found.pointer, "line": answer.lines.get(found.pointer)}


def _violation(violation: Violation, answer: Answer) -> dict[str, Any]:
    return {
        **_place(violation, answer),
        "rule": violation.rule,
        "message": violation.message,
        "related": list(violation.related),
    }
