"""The name of a document, made from what it says: the same content always has the same one."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any


def document_id(content: Any) -> str:
    """A name that the same content always gets (UUIDv8, RFC 9562), over its JSON with members in order.

    Not over RFC 8785 bytes, which nobody needs here: a long document takes ten times as long to bring into that form.
    """
    bits = sha256(json.dumps(content, sort_keys=True, allow_nan=False).encode()).hexdigest()
    text = f"{bits[:12]}8{bits[13:16]}{'89ab'[int(bits[16], 16) % 4]}{bits[17:32]}"
    return f"urn:uuid:{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
