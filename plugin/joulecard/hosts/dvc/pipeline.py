"""Adds joulecard to the stages of a dvc.yaml.

The text is changed only at the places that must change; everything else stays byte for byte. What came out is read
again and compared with what was meant, so that an unusual file is refused, never damaged.
"""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from joulecard.hosts.dvc.shell import PREFIX, by_hand, is_recorded, why_not_simple
from joulecard.hosts.dvc.stage import RECORD_FOLDER, record_name
from joulecard.hosts.dvc.yaml_text import (
    LeftAlone,
    Splice,
    Stage,
    command_nodes,
    compose,
    edited,
    end_of,
    insertion,
    line_break,
    line_end,
    lines_of,
    mapped,
    read_stages,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_PLAIN_KEY = re.compile(r"[\w./@${}+-]+")


@dataclass(frozen=True, slots=True)
class ByHand:
    """A stage that is left alone: why, and the lines to write instead."""

    stage: str
    reason: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """A dvc.yaml after the change: its text, which stages changed, which already were so, which are left alone."""

    text: str
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    by_hand: tuple[ByHand, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """What DVC makes of the file: the names of all stages, and how to look up what `foreach` refers to."""

    stages: Sequence[str] = ()
    look_up: Callable[[str], Any] = field(default=lambda _: None)

    def generated(self, group: str) -> list[str]:
        """The names of the stages that DVC makes of a foreach or matrix stage."""
        return [name for name in self.stages if name.startswith(f"{group}@")]


def instrument(text: str, names: Names) -> Edited:
    """The dvc.yaml with the prefix before every simple command and a metrics entry for every record.

    Raises InvalidInputError where the text is not a dvc.yaml.
    """
    change = edited(text, lambda stage: _instrument_stage(stage, text, names))
    stages = {stage.name: stage for stage in read_stages(text)[1]}
    left = [
        ByHand(name, reason, tuple(_lines_by_hand(stages[name], names))) for name, reason in change.left_alone.items()
    ]
    return Edited(change.text, change.changed, change.unchanged, tuple(left))


def _instrument_stage(stage: Stage, text: str, names: Names) -> None:
    if stage.outer.get("frozen") or stage.data.get("frozen"):
        raise LeftAlone("it is frozen, so DVC never runs it")
    record = _record_path(stage, names)
    stage.splices.extend(insertion(place, PREFIX) for place in _places(stage, text))
    stage.data["cmd"] = mapped(stage.data["cmd"], _prefixed)
    if record not in _metric_paths(stage.data):
        stage.splices.append(_metrics_splice(stage, text, record))
        stage.data["metrics"] = [*(stage.data.get("metrics") or []), {record: {"cache": False}}]


def _prefixed(command: str) -> str:
    """The command with the prefix, unless it is recorded already or is no command at all."""
    bare = command.lstrip()
    if not bare or bare.startswith("#") or is_recorded(bare):
        return command
    return command[: len(command) - len(bare)] + PREFIX + bare


def _places(stage: Stage, text: str) -> Iterator[int]:
    """Where the prefix belongs; raises LeftAlone where one of the commands cannot take it."""
    for node, is_item in command_nodes(stage.child("cmd")):
        if is_recorded(str(node.value).lstrip()) and is_item:
            continue
        for index, command in lines_of(node, text, is_item=is_item):
            bare = command.strip()
            if bare.startswith("#") or is_recorded(bare):
                continue
            if reason := why_not_simple(bare):
                raise LeftAlone(reason)
            yield index


def _record_path(stage: Stage, names: Names) -> str:
    """The path of the stage's record as its metrics entry must spell it: relative to the stage's folder."""
    wdir = stage.data.get("wdir") or "."
    if "${" in wdir:
        raise LeftAlone("its wdir is filled in by DVC")
    file = f"{RECORD_FOLDER}/{_record_template(stage, names)}"
    return posixpath.relpath(file, posixpath.normpath(wdir))


def _record_template(stage: Stage, names: Names) -> str:
    if "matrix" not in stage.outer and "foreach" not in stage.outer:
        return record_name(stage.name)
    generated = names.generated(stage.name)
    unfit = [name for name in generated if record_name(name) != f"{name}.json"]
    if unfit:
        raise LeftAlone(f"{unfit[0]} cannot be the name of a file")
    if "matrix" in stage.outer:
        return f"{stage.name}@${{key}}.json"
    return f"{stage.name}@${{{_foreach_word(stage.outer['foreach'], names)}}}.json"


def _foreach_word(values: Any, names: Names) -> str:
    """`key` or `item`: the one that DVC appends to the name of a foreach stage."""
    reference = re.fullmatch(r"\$\{\s*([\w.-]+)\s*\}", values) if isinstance(values, str) else None
    found = names.look_up(reference[1]) if reference else values
    if isinstance(found, dict):
        return "key"
    if not isinstance(found, list):
        raise LeftAlone("what it runs over cannot be found in params.yaml or vars")
    if any(isinstance(item, (dict, list)) for item in found):
        raise LeftAlone("it runs over a list of mappings, whose stages DVC only numbers; name them in a mapping")
    return "item"


def _metric_paths(data: dict[str, Any]) -> list[str]:
    metrics = data.get("metrics") or []
    return [path for item in metrics for path in ([item] if isinstance(item, str) else item)]


def _metrics_splice(stage: Stage, text: str, record: str) -> Splice:
    """The entry behind the last one, or a `metrics` key of its own at the end of the stage."""
    metrics = stage.child("metrics")
    if metrics is None and stage.data.get("metrics"):
        raise LeftAlone("its metrics are merged in from elsewhere")
    flow = f"{{{json.dumps(record)}: {{cache: false}}}}"  # in brackets the path must be quoted
    if metrics is None and stage.node.flow_style:
        return insertion(end_of(stage.node, text), f", metrics: [{flow}]")
    if metrics is None:
        return _new_metrics(stage, text, record)
    if not isinstance(metrics, SequenceNode) or metrics.start_mark.index < stage.node.start_mark.index:
        raise LeftAlone("its metrics are not a list of their own")
    if metrics.flow_style:
        if not metrics.value:
            return insertion(metrics.start_mark.index + 1, flow)
        return insertion(end_of(metrics, text), f", {flow}")
    return insertion(line_end(text, end_of(metrics, text)), _entry(text, metrics.start_mark.column, record))


def _new_metrics(stage: Stage, text: str, record: str) -> Splice:
    column = stage.node.value[0][0].start_mark.column
    head = f"{line_break(text)}{' ' * column}metrics:"
    entry = _entry(text, column + _list_offset(stage, text), record)
    return insertion(line_end(text, end_of(stage.node, text)), head + entry)


def _entry(text: str, column: int, record: str) -> str:
    key = record if _PLAIN_KEY.fullmatch(record) else json.dumps(record)
    line = line_break(text)
    return f"{line}{' ' * column}- {key}:{line}{' ' * (column + 4)}cache: false"


def _list_offset(stage: Stage, text: str) -> int:
    """How far the file indents the dashes of a list below its key; DVC itself does not indent them."""
    for mapping in (stage.node, compose(text)):
        for key, value in _pairs(mapping):
            offset: int = value.start_mark.column - key.start_mark.column
            if isinstance(value, SequenceNode) and not value.flow_style and offset >= 0:
                return offset
    return 0


def _pairs(node: Node) -> Iterator[tuple[Node, Node]]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield key, value
            yield from _pairs(value)
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _pairs(item)


def _lines_by_hand(stage: Stage, names: Names) -> Iterator[str]:
    """The lines that make joulecard record this stage; none where it never runs or has no command."""
    cmd = stage.data.get("cmd")
    if not cmd or stage.data.get("frozen"):
        return
    yield "cmd:"
    for command in cmd if isinstance(cmd, list) else str(cmd).splitlines():
        yield "- |"
        for line in [command] if is_recorded(command) else _simple_or_by_hand(command):
            yield f"  {line}"
    try:
        path = _record_path(stage, names)
    except LeftAlone:
        return
    yield "metrics:"
    yield f"- {path}:"
    yield "    cache: false"


def _simple_or_by_hand(command: str) -> list[str]:
    return by_hand(command) if why_not_simple(command) else [PREFIX + command.strip()]
