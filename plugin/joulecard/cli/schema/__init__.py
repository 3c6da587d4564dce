"""`joulecard schema`: prints a schema of the standard, or explains one of its fields, rules or levels."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any, get_args

import click

from joulecard.cli.schema.field import find
from joulecard.cli.schema.page import entry, page
from joulecard.cli.stage_table import printable
from joulecard.errors import UsageError
from joulecard.validation.levels import STEPS
from joulecard.validation.rules import RULES
from joulecard.validation.schema import Kind, schema_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from joulecard.cli.schema.field import Field


@click.command("schema", short_help="Print the schema, or explain a field, a rule or a level")
@click.argument("field", required=False, metavar="[FIELD]")
@click.option("--kind", type=click.Choice(get_args(Kind)), help="Whose schema; a disclosure's where none is named.")
@click.option("--json", "as_json", is_flag=True, help="Write what is known of FIELD as JSON, with whole examples.")
def command(field: str | None, kind: Kind | None, *, as_json: bool) -> int:
    """Print the JSON Schema of the standard, or explain FIELD.

    FIELD is a path (stages.energy.it_total), a pointer as `joulecard validate` prints it (/stages/0/energy/it_total),
    the name of a member or a definition (node_kwh, energy_quantity), a rule (R03) or a level (L2).

    Exit status 2 where there is no such field.
    """
    if field is None:
        sys.stdout.buffer.write(schema_text(kind or "disclosure").encode())
        return 0
    numbered = _rule_or_level(field.upper())
    if numbered:
        told = numbered
        lines: Iterable[str] = entry(**told)
    else:
        found = find(field, kind)
        told, lines = _as_json(found[0]), page(found)
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return 0
    for line in lines:
        click.echo(printable(line))
    return 0


def _rule_or_level(name: str) -> dict[str, Any]:
    """What the standard says of a rule or a level; empty for other names. Raises UsageError for R99."""
    for rule in RULES:
        if rule.id == name:
            more = "Breaking it is a warning." if rule.warns else "Breaking it makes a document invalid."
            cases = [check.__doc__.strip().splitlines()[0] for check in rule.checks if check.__doc__]
            return {"name": name, "what": "rule", "sentence": rule.sentence, "more": more, "broken_by": cases}
    for step in STEPS:
        if step.level == name:
            more = "A level is computed from a valid disclosure, never claimed by it; each needs all of those before."
            return {"name": f"{name} {step.name}", "what": "level", "sentence": step.sentence, "more": more}
    if re.fullmatch(r"[RL][0-9]{1,3}", name):
        known = f"rules are {RULES[0].id} to {RULES[-1].id}, levels {STEPS[0].level} to {STEPS[-1].level}"
        raise UsageError("is no rule and no level", where=name, mend=known)
    return {}


def _as_json(field: Field) -> dict[str, Any]:
    """The machine form of a field: its schema with the definition that it refers to filled in."""
    return {
        "kind": field.kind,
        "path": field.path,
        "definition": field.definition or None,
        "required": field.must,
        "schema": field.node,
    }
