"""A dvc.yaml as data and as text with places, so that it can be changed where it must be and nowhere else."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


_SHARED = "it is written with an anchor or alias (& or *), whose text other stages share"


class LeftAlone(Exception):  # noqa: N818  not an error: a reason
    """Why a stage is not touched."""


@dataclass(frozen=True, slots=True)
class Splice:
    """Replaces text[start:end]."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class Stage:
    """A stage as text (nodes with places) and as data, side by side."""

    name: str
    node: MappingNode
    data: dict[str, Any]
    outer: dict[str, Any]  # holds foreach, where the stage is generated
    splices: list[Splice] = field(default_factory=list)

    def child(self, key: str) -> Node | None:
        """The value of a key, if it is written in this very stage and not merged in from elsewhere."""
        return next((value for name, value in self.node.value if name.value == key), None)


@dataclass(frozen=True, slots=True)
class Change:
    """A dvc.yaml after a change: which stages changed, which already were so, which are left alone and why."""

    text: str
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    left_alone: dict[str, str]


def edited(text: str, change: Callable[[Stage], None]) -> Change:
    """Changes every stage that can be changed; raises InvalidInputError where the text is no dvc.yaml."""
    meant, stages = read_stages(text)
    left = {stage.name: reason for stage in stages if (reason := _tried(stage, change))}
    result = _spliced(text, stages)
    if _says(result, meant):
        return _outcome(result, stages, left)
    return _one_by_one(text, change)


def _tried(stage: Stage, change: Callable[[Stage], None]) -> str:
    """Applies the change, or undoes it and says why it cannot be made."""
    before = copy.deepcopy(stage.data)
    try:
        change(stage)
    except LeftAlone as reason:
        stage.splices.clear()
        stage.data.clear()
        stage.data.update(before)
        return str(reason)
    return ""


def _one_by_one(text: str, change: Callable[[Stage], None]) -> Change:
    """The same for a file in which stages share text (anchors and aliases): those that do are left alone."""
    kept: list[Stage] = []
    left: dict[str, str] = {}
    unfit = _SHARED if _has_anchors(text) else "the change would not come out as meant"
    for index in range(len(read_stages(text)[1])):
        meant, stages = read_stages(text)
        stage = stages[index]
        reason = _tried(stage, change) or ("" if _says(_spliced(text, [stage]), meant) else unfit)
        if reason:
            stage.splices.clear()
            left[stage.name] = reason
        kept.append(stage)
    return _outcome(_spliced(text, kept), kept, left)


def _has_anchors(text: str) -> bool:
    return any(getattr(event, "anchor", None) for event in YAML(typ="safe", pure=True).parse(text))


def _says(text: str, meant: object) -> bool:
    """Whether the changed text can be read again and says what was meant."""
    try:
        return bool(_load(text) == meant)
    except InvalidInputError:
        return False


def _outcome(text: str, stages: list[Stage], left: dict[str, str]) -> Change:
    changed = tuple(stage.name for stage in stages if stage.splices)
    return Change(text, changed, tuple({stage.name for stage in stages} - {*changed, *left}), left)


def read_stages(text: str) -> tuple[Any, list[Stage]]:
    """The file as data, and its stages as text and data; the data of the stages are parts of the former."""
    data, root = _load(text), compose(text)
    found = data.get("stages") if isinstance(data, dict) else None
    node = next((value for key, value in root.value if key.value == "stages"), None) if found else None
    if not isinstance(found, dict) or not isinstance(node, MappingNode):
        raise InvalidInputError("it has no stages", where="dvc.yaml", mend="add a stage with `dvc stage add`")
    stages = []
    for key, value in node.value:
        outer = found.get(key.value) if isinstance(key, ScalarNode) else None
        if isinstance(outer, dict) and isinstance(value, MappingNode):
            stages.append(_inner(str(key.value), value, outer))
    return data, stages


def _inner(name: str, node: MappingNode, outer: dict[str, Any]) -> Stage:
    """The mapping that holds the command: the stage itself, or the `do` of a foreach stage."""
    inside = next((value for key, value in node.value if key.value == "do"), None)
    if "foreach" in outer and isinstance(inside, MappingNode) and isinstance(outer.get("do"), dict):
        return Stage(name, inside, outer["do"], outer)
    return Stage(name, node, outer, outer)


def _load(text: str) -> Any:
    try:
        # Copied, so that what an alias shares in the file is not shared in memory.
        return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))
    except (YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"dvc.yaml line {mark.line + 1}" if mark else "dvc.yaml"
        said = getattr(error, "problem", None) or "it cannot be read"
        raise InvalidInputError(f"not valid YAML: {said}", where=where, mend="correct it and try again") from error


def plain_load(text: str | bytes) -> Any:
    """The content of a YAML or JSON file; None where it cannot be read."""
    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, UnicodeDecodeError, RecursionError):
        return None


def compose(text: str) -> Any:
    """The file as nodes that know their place in the text."""
    return YAML(typ="safe", pure=True).compose(text)


def _spliced(text: str, stages: list[Stage]) -> str:
    splices = {(splice.start, splice.end): splice for stage in stages for splice in stage.splices}
    for splice in sorted(splices.values(), key=lambda item: item.start, reverse=True):
        text = text[: splice.start] + splice.text + text[splice.end :]
    return text


def mapped(cmd: Any, change: Callable[[str], str]) -> Any:
    """The value of `cmd` with each command changed; DVC runs each line of a string, and each item of a list."""
    if isinstance(cmd, list):
        return [change(item) for item in cmd]
    return "".join(change(line) for line in cmd.splitlines(keepends=True))


def command_nodes(cmd: Node | None) -> list[tuple[ScalarNode, bool]]:
    """The scalars that hold commands, and whether each is an item of a list; raises LeftAlone where there are none."""
    if isinstance(cmd, ScalarNode) and cmd.value:
        return [(cmd, False)]
    if isinstance(cmd, SequenceNode) and cmd.value and all(isinstance(item, ScalarNode) for item in cmd.value):
        return [(item, True) for item in cmd.value]
    raise LeftAlone("it has no command of its own")


def lines_of(node: ScalarNode, text: str, *, is_item: bool) -> Iterator[tuple[int, str]]:
    """Each command of a scalar with its place in the text; raises LeftAlone where the two cannot be matched."""
    commands = [line for line in str(node.value).splitlines() if line.strip()]
    is_script = is_item or node.style == ">"
    if len(commands) > 1 and (is_script or node.style != "|"):
        raise LeftAlone("it is a script of several lines")
    if node.style in {"|", ">"}:
        yield from zip(content_places(text, node), commands, strict=False)
    else:
        yield node.start_mark.index + (node.style is not None), str(node.value)


def content_places(text: str, node: ScalarNode) -> Iterator[int]:
    """Where the lines of a block scalar begin, behind their indentation; blank lines are left out."""
    at, end = text.index("\n", node.start_mark.index) + 1, node.end_mark.index
    while at < end:
        stop = text.find("\n", at)
        stop = end if stop < 0 else stop
        line = text[at:stop]
        if line.strip():
            yield at + len(line) - len(line.lstrip())
        at = stop + 1


def insertion(index: int, text: str) -> Splice:
    """Puts text in and takes nothing out."""
    return Splice(index, index, text)


def line_break(text: str) -> str:
    """How the file ends its lines."""
    return "\r\n" if "\r\n" in text else "\n"


def end_of(node: Node, text: str) -> int:
    """Where the text of a node ends, without blank lines and comments behind it; raises LeftAlone at an alias."""
    if node.value and isinstance(node, (MappingNode, SequenceNode)):
        last = node.value[-1]
        leaf = last[1] if isinstance(last, tuple) else last
        if leaf.start_mark.index < node.start_mark.index:
            raise LeftAlone("it ends with an alias")
        return end_of_item(leaf, text)
    start: int = node.start_mark.index
    return start + len(text[start : node.end_mark.index].rstrip())


def end_of_item(node: Node, text: str) -> int:
    """The same for an item: of a list or mapping in brackets the place behind the bracket."""
    return int(node.end_mark.index) if getattr(node, "flow_style", None) else end_of(node, text)


def line_end(text: str, index: int) -> int:
    """The end of the line at `index`, before its line break."""
    stop = text.find("\n", index)
    stop = len(text) if stop < 0 else stop
    return stop - (text[index:stop].endswith("\r"))
