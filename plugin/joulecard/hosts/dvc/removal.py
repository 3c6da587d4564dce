"""Takes joulecard out of the stages of a dvc.yaml: the exact inverse of adding it."""

from __future__ import annotations

import re
from typing import Any

from ruamel.yaml.nodes import ScalarNode, SequenceNode

from joulecard.hosts.dvc.shell import is_recorded, our_prefix
from joulecard.hosts.dvc.stage import RECORD_FOLDER
from joulecard.hosts.dvc.yaml_text import (
    Change,
    LeftAlone,
    Splice,
    Stage,
    command_nodes,
    content_places,
    edited,
    end_of,
    end_of_item,
    line_end,
    lines_of,
    mapped,
    read_stages,
)

_RECORD_PATH = re.compile(rf"(?:^|/){RECORD_FOLDER}/[^/]+\.json$")


def strip(text: str) -> Change:
    """The dvc.yaml without our prefixes and metrics entries; raises InvalidInputError where it is not a dvc.yaml."""
    return edited(text, lambda stage: _strip_stage(stage, text))


def holds_ours(text: str, name: str) -> bool:
    """Whether joulecard is in a stage of the dvc.yaml: in its command or its metrics."""
    data = next(stage.data for stage in read_stages(text)[1] if stage.name == name)
    metrics = data.get("metrics")
    return _is_still_recorded(data.get("cmd")) or any(map(_is_ours, metrics if isinstance(metrics, list) else []))


def _is_still_recorded(cmd: Any) -> bool:
    return any(is_recorded(str(item)) for item in (cmd if isinstance(cmd, list) else [cmd]))


def _strip_stage(stage: Stage, text: str) -> None:
    cmd = stage.child("cmd")
    for node, is_item in command_nodes(cmd):
        for index, command in _lines_to_strip(node, text, is_item=is_item):
            if span := our_prefix(command.lstrip()):
                stage.splices.append(Splice(index + span[0], index + span[1], ""))
    stage.data["cmd"] = mapped(stage.data["cmd"], _bare)
    if _is_still_recorded(stage.data["cmd"]):
        raise LeftAlone("its command starts joulecard where it can only be taken out by hand")
    _strip_metrics(stage, text)


def _bare(command: str) -> str:
    bare = command.lstrip()
    span = our_prefix(bare)
    return command[: len(command) - len(bare)] + bare[: span[0]] + bare[span[1] :] if span else command


def _lines_to_strip(node: ScalarNode, text: str, *, is_item: bool) -> list[tuple[int, str]]:
    """Each command with its place; of a script only the first line, where the prefix stands."""
    value = str(node.value)
    if node.style in {"|", ">"} and (is_item or node.style == ">"):
        place = next(content_places(text, node), None)
        return [] if place is None else [(place, value)]
    try:
        return list(lines_of(node, text, is_item=is_item))
    except LeftAlone:
        return []


def _strip_metrics(stage: Stage, text: str) -> None:
    metrics = stage.child("metrics")
    data = stage.data.get("metrics")
    if not isinstance(metrics, SequenceNode) or not isinstance(data, list):
        return
    ours = [index for index, item in enumerate(data) if _is_ours(item)]
    if not ours:
        return
    stage.data["metrics"] = [item for index, item in enumerate(data) if index not in ours]
    whole = not stage.data["metrics"] and (stage.node.flow_style or not metrics.flow_style)
    if whole:
        del stage.data["metrics"]
        stage.splices.append(_without_key(stage, text))
    else:
        stage.splices.extend(_without_item(metrics, index, text) for index in ours)


def _is_ours(item: Any) -> bool:
    return isinstance(item, dict) and len(item) == 1 and _RECORD_PATH.search(next(iter(item))) is not None


def _without_key(stage: Stage, text: str) -> Splice:
    """Takes out `metrics` as a whole, in the way it was added."""
    at = next(index for index, (key, _) in enumerate(stage.node.value) if key.value == "metrics")
    key, value = stage.node.value[at]
    if stage.node.flow_style:
        spans = [(name.start_mark.index, end_of_item(item, text)) for name, item in stage.node.value]
        return _flow_splice(spans, at)
    return Splice(_previous_line_end(text, key.start_mark.index), line_end(text, end_of(value, text)), "")


def _without_item(metrics: SequenceNode, index: int, text: str) -> Splice:
    item = metrics.value[index]
    if metrics.flow_style:
        return _flow_splice([(node.start_mark.index, end_of_item(node, text)) for node in metrics.value], index)
    return Splice(_previous_line_end(text, item.start_mark.index), line_end(text, end_of(item, text)), "")


def _flow_splice(spans: list[tuple[int, int]], index: int) -> Splice:
    """Takes one item out of brackets, with the comma before it, or behind it if it is the first."""
    if index:
        return Splice(spans[index - 1][1], spans[index][1], "")
    return Splice(spans[0][0], spans[1][0] if len(spans) > 1 else spans[0][1], "")


def _previous_line_end(text: str, index: int) -> int:
    """The end of the line before the one at `index`, before its line break."""
    start = text.rfind("\n", 0, index)
    return start - (text[:start].endswith("\r"))
