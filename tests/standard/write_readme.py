"""The generated parts of schema/README.md; `python -m tests.standard.write_readme` fills them in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.standard.worked import attestation, public_pem, signed_bytes

from joulecard.cli.schema.words import conditions, holds
from joulecard.validation.levels import STEPS
from joulecard.validation.rules import RULES
from joulecard.validation.schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Callable

README = Path(__file__).parents[2] / "schema" / "README.md"
AT_PARSING = {
    "R08": "`NaN`, an infinity, a number beyond all doubles, or an integer beyond 2^53 that RFC 8785 spells otherwise"
}
PART = re.compile(r"(<!-- begin ([a-z-]+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").rstrip(".")


def _kind(part: dict[str, Any], prefix: str) -> str:
    """What a member holds, in a few words."""
    if "$ref" in part:
        name = part["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{prefix}{name})" if "#/$defs/" in part["$ref"] else f"`{part['$ref']}`"
    if "const" in part:
        return f"`{json.dumps(part['const'])}`"
    if "enum" in part:
        return ", ".join(f"`{word}`" for word in part["enum"])
    if part.get("type") == "array":
        return f"list of {_kind(part['items'], prefix)}"
    if part.get("type") in {"number", "integer"}:
        return holds(part).removeprefix("a ").replace("whole number", "integer")
    return str(part.get("type", "any"))


def _table(schema: dict[str, Any], prefix: str) -> str:
    """The members of one object."""
    rows = ["| member | must | holds | meaning |", "| --- | --- | --- | --- |"]
    ways = [rule[way] for rule in schema.get("allOf", ()) for way in ("then", "else") if way in rule]
    demanded = {name for way in ways for name in way.get("required", ())}
    for name, part in schema["properties"].items():
        must = "yes" if name in schema.get("required", ()) else "depends" if name in demanded else ""
        rows.append(f"| `{name}` | {must} | {_kind(part, prefix)} | {_cell(part['description'])} |")
    depends = [f"- {sentence[0].upper()}{sentence[1:]}." for sentence in conditions(schema)]
    return "\n".join([*rows, "", *depends] if depends else rows) + "\n"


def _value(name: str, part: dict[str, Any], prefix: str) -> str:
    """The row of one simple value."""
    anchor, example = f'<a id="{prefix}{name}"></a>', json.dumps(part["examples"][0])
    return f"| {anchor}`{name}` | {_kind(part, prefix)} | `{example}` | {_cell(part['description'])} |"


def objects(kind: Any) -> str:
    """Every object of a schema with its table, then its simple values."""
    schema = schema_of(kind)
    prefix = "" if kind == "disclosure" else f"{kind}-"  # a page has each heading once
    parts = [f"#### {kind}\n\n{schema['description']}\n\n{_table(schema, prefix)}"]
    values = ["| value | holds | for example | meaning |", "| --- | --- | --- | --- |"]
    for name, part in schema["$defs"].items():
        if "properties" in part:
            parts.append(f"#### {prefix.replace('-', ' ')}{name}\n\n{part['description']}\n\n{_table(part, prefix)}")
        else:
            values.append(_value(name, part, prefix))
    return "\n".join([*parts, "\n".join(values) + "\n"])


def rules() -> str:
    """The numbered rules."""
    rows = ["| rule | sentence | breaking it |", "| --- | --- | --- |"]
    rows += [f"| {rule.id} | {_cell(rule.sentence)} | {'a warning' if rule.warns else 'invalid'} |" for rule in RULES]
    return "\n".join(rows) + "\n"


def cases() -> str:
    """For each rule what its checks look for, in their own words."""
    rows = ["| rule | is broken by |", "| --- | --- |"]
    for rule in RULES:
        told = [(check.__doc__ or "").strip().splitlines()[0] for check in rule.checks] or [AT_PARSING[rule.id]]
        rows += [f"| {rule.id} | {_cell(sentence)} |" for sentence in told]
    return "\n".join(rows) + "\n"


def levels() -> str:
    """The levels."""
    rows = ["| level | name | needs, beside the one before |", "| --- | --- | --- |"]
    return "\n".join([*rows, *(f"| {step.level} | {step.name} | {_cell(step.sentence)} |" for step in STEPS)]) + "\n"


def worked() -> str:
    """The attestation of the minimal disclosure, the bytes that were signed, and the key."""
    shown = json.dumps(attestation(), indent=2)
    signed = signed_bytes(attestation()).decode()
    return "\n".join(
        [
            f"```json\n{shown}\n```\n",
            f"The bytes that were signed:\n\n```text\n{signed}\n```\n",
            "The key for `joulecard verify disclosure.json --key key.pem`, with the attestation in `attestations`:\n",
            f"```text\n{public_pem()}```\n",
        ]
    )


PARTS: dict[str, Callable[[], str]] = {
    "disclosure": lambda: objects("disclosure"),
    "segment": lambda: objects("segment"),
    "stage-record": lambda: objects("stage-record"),
    "rules": rules,
    "levels": levels,
    "cases": cases,
    "attestation": worked,
}


def filled(text: str) -> str:
    """The page with every generated part as it should be."""
    return PART.sub(lambda match: f"{match[1]}{PARTS[match[2]]()}{match[3]}", text)


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
