"""The appendix of a model card: one sentence, one table, how to check it, and the five Hugging Face facts."""

from __future__ import annotations

from typing import Any

from joulecard.rendering.markdown import render
from joulecard.rendering.view import view


def model_card(document: dict[str, Any]) -> str:
    """The Markdown appendix of a disclosure that validation has accepted."""
    return render("model_card.md.j2", {"card": view(document)})
