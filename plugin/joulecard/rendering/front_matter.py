"""`co2_eq_emissions` in the YAML front matter of a model card: read, put in, taken out, nothing else touched."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import dataclass
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from joulecard.errors import InvalidInputError
from joulecard.rendering.marked_block import line_number

KEY = "co2_eq_emissions"
ABSENT = object()  # what `read` gives where the key is not there: null is a value

# What the Hub takes for front matter (REGEX_YAML_BLOCK of huggingface_hub), but a line that closes at once opens none.
_BREAK = r"(?>\r\n|\r|\n)"
_BLOCK = re.compile(rf"(\ufeff?\s*---{_BREAK})([\S\s]*?{_BREAK})---[ \t]*(?:\r\n|\n|\Z)")
_LINE_END = re.compile(rf"{_BREAK}|\Z")
_UNPRINTABLE = re.compile("[^\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # of YAML
_UNFIT = f"`{KEY}` cannot be changed without changing what stands beside it"


@dataclass(frozen=True, slots=True)
class Emissions:
    """What Hugging Face asks for under `co2_eq_emissions`."""

    emissions_g: str  # as digits: a number in the file
    source: str
    training_type: str
    geographical_location: str
    hardware_used: str

    def members(self) -> dict[str, str]:
        """The five keys with their values as YAML, in the order of the Hub's documentation."""
        return {
            "emissions": self.emissions_g,
            "source": _quoted(self.source),
            "training_type": _quoted(self.training_type),
            "geographical_location": _quoted(self.geographical_location),
            "hardware_used": _quoted(self.hardware_used),
        }

    def value(self) -> dict[str, object]:
        """The entry as it reads back from YAML."""
        return {name: _load(text, 0) for name, text in self.members().items()}


class _Edit(NamedTuple):
    """Replaces text[start:end]."""

    start: int
    end: int
    text: str


def read(card: str) -> Any:
    """The value of `co2_eq_emissions`, ABSENT where there is none; raises InvalidInputError for broken front matter."""
    block = _BLOCK.match(card)
    if block is None:
        return ABSENT
    found = _load(block[2], line_number(card, block.start(2)))
    return ABSENT if found is None else _mapping(found, card, block).get(KEY, ABSENT)


def body_start(card: str) -> int:
    """Where the text behind the front matter begins."""
    block = _BLOCK.match(card)
    return block.end() if block else 0


def with_emissions(card: str, emissions: Emissions | None, line_break: str) -> str:
    """The card with exactly this entry, or without one; raises InvalidInputError where that cannot be done safely.

    Front matter is made where there is none; that which holds nothing but the entry goes with it.
    """
    block = _BLOCK.match(card)
    if block is None:
        return _begun(card, emissions, line_break) if emissions else card
    inner = _edited(block[2], emissions, line_break)
    if emissions is None and not inner:
        return card[: card.index("---")] + card[block.end() :]
    if not _is_as_meant(block[2], inner, emissions):
        raise InvalidInputError(
            _UNFIT, where=f"line {line_number(card, block.start(2))}", mend="write it as plain YAML"
        )
    return block[1] + inner + card[block.end(2) :]


def _begun(card: str, emissions: Emissions, line_break: str) -> str:
    """The card under a front matter of its own, behind the byte order mark where there is one."""
    mark = "\ufeff" if card.startswith("\ufeff") else ""
    fence = f"---{line_break}"
    return mark + fence + _lines(emissions, "", line_break) + fence + card[len(mark) :]


def _edited(inner: str, emissions: Emissions | None, line_break: str) -> str:
    """The lines between the fences with the entry replaced, added as the last one, or taken out."""
    root = _compose(inner)
    pair = next((pair for pair in root.value if pair[0].value == KEY), None) if root else None
    if root is not None and root.flow_style:
        edit = _flow_edit(inner, root, pair, emissions)
    else:
        edit = _block_edit(inner, root, pair, emissions, line_break)
    return inner[: edit.start] + edit.text + inner[edit.end :]


def _block_edit(
    inner: str, root: MappingNode | None, pair: tuple[Node, Node] | None, emissions: Emissions | None, line_break: str
) -> _Edit:
    """Whole lines, indented as the keys beside them."""
    indent = " " * root.start_mark.column if root else ""
    lines = _lines(emissions, indent, line_break) if emissions else ""
    if pair is None:
        return _Edit(len(inner), len(inner), lines)
    start = pair[0].start_mark.index - pair[0].start_mark.column
    return _Edit(start, _line_after(inner, _end_of(pair[1], inner)), lines)


def _flow_edit(inner: str, root: MappingNode, pair: tuple[Node, Node] | None, emissions: Emissions | None) -> _Edit:
    """A member in braces: the first one, on the same line."""
    text = _in_braces(emissions) if emissions else ""
    if pair is not None:
        start, end = pair[0].start_mark.index, pair[1].end_mark.index
        comma = inner[end : end + 2] if not text and inner.startswith(", ", end) else ""
        return _Edit(start, end + len(comma), text)
    start = root.start_mark.index + 1
    return _Edit(start, start, f"{text}, " if text and root.value else text)


def _lines(emissions: Emissions, indent: str, line_break: str) -> str:
    members = (f"{indent}  {name}: {value}" for name, value in emissions.members().items())
    return "".join(f"{line}{line_break}" for line in (f"{indent}{KEY}:", *members))


def _in_braces(emissions: Emissions) -> str:
    members = ", ".join(f"{name}: {value}" for name, value in emissions.members().items())
    return f"{KEY}: {{{members}}}"


def _quoted(text: str) -> str:
    """Text as a YAML string on one line; JSON's strings are YAML's but for what YAML calls unprintable."""
    return _UNPRINTABLE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(text, ensure_ascii=False))


def _end_of(node: Node, text: str) -> int:
    """Where the text of a node ends, without the blank lines and comments behind it."""
    if node.value and isinstance(node, (MappingNode, SequenceNode)) and not node.flow_style:
        last = node.value[-1]
        return _end_of(last[1] if isinstance(last, tuple) else last, text)
    start: int = node.start_mark.index
    return start + len(text[start : node.end_mark.index].rstrip())


def _line_after(text: str, index: int) -> int:
    """Where the line behind that of `index` begins."""
    found = _LINE_END.search(text, index)
    return found.end() if found else len(text)


def _is_as_meant(before: str, after: str, emissions: Emissions | None) -> bool:
    """Whether the entry reads back as it was meant, and all other keys as before."""
    try:
        found = (_load(after, 0) or {}).get(KEY, ABSENT)
        meant = emissions.value() if emissions else ABSENT
        return found == meant and _others(before) == _others(after)
    except (InvalidInputError, AttributeError):
        return False


def _others(inner: str) -> list[object]:
    """What stands beside the entry: key by key, with tags, and with each alias as the place of its anchor."""
    root = _compose(inner)
    seen: dict[int, int] = {}
    pairs = root.value if root else ()
    return [(_shape(key, seen), _shape(value, seen)) for key, value in pairs if key.value != KEY]


def _shape(node: Node, seen: dict[int, int]) -> object:
    if id(node) in seen:
        return seen[id(node)]
    seen[id(node)] = len(seen)
    if isinstance(node, ScalarNode):
        return (node.tag, node.value)
    parts = (part for item in node.value for part in (item if isinstance(item, tuple) else (item,)))
    return (node.tag, [_shape(part, seen) for part in parts])


def _compose(inner: str) -> MappingNode | None:
    """The root mapping with its places in the text; None where there are only comments."""
    root = _yaml(lambda yaml: yaml.compose(inner), 0)
    return root if isinstance(root, MappingNode) else None


def _load(text: str, first_line: int) -> Any:
    return _yaml(lambda yaml: yaml.load(text), first_line)


def _yaml(read_with: Any, first_line: int) -> Any:
    """What the YAML says; raises InvalidInputError with the line where it says nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)  # YAML allows it
            return read_with(YAML(typ="safe", pure=True))
    except (YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        said = str(getattr(error, "problem", None) or "it cannot be read").partition("\n")[0]
        line = first_line + (mark.line if mark else 0)
        raise InvalidInputError(f"the front matter is not valid YAML: {said}", where=f"line {line}") from error


def _mapping(found: object, card: str, block: re.Match[str]) -> dict[Any, Any]:
    if isinstance(found, dict):
        return found
    where = f"line {line_number(card, block.start(2))}"
    raise InvalidInputError("the front matter is not made of keys and values", where=where)
