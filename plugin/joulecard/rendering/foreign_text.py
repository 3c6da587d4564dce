"""Text that others wrote, made fit to be shown: one line of visible characters, not longer than a name may be."""

from __future__ import annotations

import re
import unicodedata

LONGEST_TEXT = 256

_BREAKS = re.compile(r"[\r\n\t\v\f\x85\u2028\u2029]+")
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
_BIDI = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_ZERO_WIDTH = r"\u200b\u2060\ufeff\U000e0000-\U000e007f"
_UNSEEN = re.compile(f"[{_CONTROLS}{_BIDI}{_ZERO_WIDTH}]")


def plain(text: str, longest: int = LONGEST_TEXT) -> str:
    """Foreign text as one line of visible characters in NFC, at most so many of them."""
    line = _BREAKS.sub(" ", text)
    seen = _UNSEEN.sub("", unicodedata.normalize("NFC", line)).strip()
    return seen if len(seen) <= longest else seen[: longest - 1] + "…"
