"""Who publishes a disclosure, and where it stands: what no record can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from joulecard.disclosure import document as doc


@dataclass(frozen=True, slots=True)
class Imprint:
    """What the publisher says of the document itself; None where nobody said it."""

    status: Literal["draft", "final"] = "draft"
    publisher: str | None = None
    contact: str | None = None
    license: str | None = None

    def put_on(self, disclosure: doc.Disclosure) -> doc.Disclosure:
        """The same disclosure with this imprint."""
        members = {
            "status": self.status,
            "publisher": self.publisher,
            "contact": self.contact,
            "license": self.license,
        }
        return disclosure.model_copy(update={"document": disclosure.document.model_copy(update=members)})
