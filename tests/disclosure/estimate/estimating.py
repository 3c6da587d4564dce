"""Facts of runs as tests write them, and what becomes of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from joulecard.disclosure.estimate.reading import read_facts
from joulecard.disclosure.estimate.whole import Estimate, estimate
from joulecard.factors import edition
from joulecard.validation import validate_disclosure

if TYPE_CHECKING:
    from joulecard.disclosure import document as doc
    from joulecard.disclosure.estimate.facts import Facts

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HEAD = '[subject]\nname = "a model"\n\n'
GPUS = 'gpu_hours = 1000\ndevice_w = 400\ncovers = "accelerators"\nplace = "SE"\nyear = 2025'


def facts_of(*stages: str, head: str = HEAD) -> Facts:
    """The facts of a file with these stages, each without its header and name."""
    tables = (f'[[stage]]\nname = "train {n}"\n{stage}\n' for n, stage in enumerate(stages, 1))
    return read_facts(head + "\n".join(tables), "facts.toml")


def estimate_of(*stages: str, head: str = HEAD) -> Estimate:
    """What becomes of them; a disclosure that breaks the standard fails the test."""
    found = estimate(facts_of(*stages, head=head), edition(), NOW)
    verdict = validate_disclosure(found.disclosure.to_json())
    assert verdict.violations == ()
    return found


def only_stage(found: Estimate) -> doc.Stage:
    """Its one stage."""
    (stage,) = found.disclosure.stages
    return stage


def level_of(found: Estimate) -> str:
    """The level that the standard gives it."""
    return str(validate_disclosure(found.disclosure.to_json()).level)


def assumed(found: Estimate, *, default: bool = True) -> list[str]:
    """The statements that are assumed by default, or those that follow from what is told."""
    return [item.statement for item in found.disclosure.assumptions if item.default is default]
