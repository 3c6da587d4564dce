"""Who publishes a disclosure, and where it stands: what no record can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from joulecard.errors import SettingsError
from joulecard.settings.values import Entry, Problems, shown, values_of

if TYPE_CHECKING:
    from joulecard.disclosure import document as doc
    from joulecard.settings import Settings

Status = Literal["draft", "final"]


@dataclass(frozen=True, slots=True)
class Imprint:
    """What the publisher says of the document itself; None where nobody said it."""

    status: Status = "draft"
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


def imprint(settings: Settings, *, publisher: str | None = None, status: Status | None = None) -> Imprint:
    """What the settings say of the publisher, unless another one is named; a draft unless it is called final.

    Raises SettingsError for a publisher that is no line of text.
    """
    named = settings.publisher if publisher is None else _publisher(publisher)
    return Imprint(status or "draft", named, settings.contact, settings.license)


def _publisher(text: str) -> str:
    """The name as it would stand in the settings."""
    problems = Problems()
    values = values_of([Entry("publisher", text, "--publisher", shown("publisher", text))], problems)
    if problems.sentences:
        raise SettingsError(problems.sentences[0])
    return str(values["publisher"])
