"""One valid document, spelled in ways that JSON allows and a careless reader trips over."""

from __future__ import annotations

import json
from typing import Any

from tests.standard.stages import declared_minimal

DEPTH = 64


def _text(document: Any) -> str:
    return json.dumps(document, indent=1) + "\n"


def _reversed(value: Any) -> Any:
    """The same value with the members of each object in the other order."""
    if isinstance(value, dict):
        return {name: _reversed(inner) for name, inner in reversed(value.items())}
    return [_reversed(inner) for inner in value] if isinstance(value, list) else value


def _deep() -> Any:
    """The document with an extension that nests as deep as is allowed, the document itself being the first level."""
    inner: Any = []
    for _ in range(DEPTH - 4):
        inner = [inner]
    return {**declared_minimal(), "extensions": {"org.example": {"deep": inner}}}


def _titled(title: str) -> str:
    """The document with a title, whose JSON spelling is given."""
    return _text(declared_minimal()).replace('"status": "draft"', f'"status": "draft",\n  "title": "{title}"')


PLAIN = _text(declared_minimal())
OTHER_NUMBERS = {'"attempt": 1': '"attempt": 1.0', ": 12.5": ": 1.25E+1", ": 4100": ": 4.1e3", ": 43200": ": 432000E-1"}


def _respelled() -> str:
    text = PLAIN
    for usual, unusual in OTHER_NUMBERS.items():
        assert usual in text
        text = text.replace(usual, unusual)
    return text


SPELLED: dict[str, bytes] = {
    "parse-t40-pass-carriage-returns-and-tabs": PLAIN.replace("\n", "\r\n").replace(" ", "\t", 40).encode(),
    "parse-t41-pass-escaped-names": PLAIN.replace('"schema"', '"\\u0073chema"').encode(),
    "parse-t42-pass-pair-of-surrogates": _titled("a \\ud83c\\udf33").encode(),
    "parse-t43-pass-numbers-spelled-otherwise": _respelled().encode(),
    "parse-t44-pass-64-deep": _text(_deep()).encode(),
    "parse-t45-pass-one-line": json.dumps(declared_minimal(), separators=(",", ":")).encode(),
    "parse-t46-pass-signs-of-every-plane": _titled("a ä 中 🌳").encode(),
    "parse-t47-pass-members-in-another-order": _text(_reversed(declared_minimal())).encode(),
    "parse-t48-pass-escaped-solidus": _titled("kg\\/kWh \\u006B").encode(),
}
