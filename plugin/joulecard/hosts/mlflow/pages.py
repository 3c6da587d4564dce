"""The files that go into a run beside its segments: the disclosure, and for runs of some length what people read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from joulecard.hosts.mlflow.account import Account
    from joulecard.hosts.mlflow.parcel import Mode

FOLDER = "carbon"  # below the run's artifacts
LONG_S = 10.0  # under "auto", shorter runs get no card and no page


class File(NamedTuple):
    """One artifact."""

    folder: str
    name: str
    data: bytes


class Pages:
    """The disclosure and what is made of it, one after the other; a page that fails costs none of the others."""

    def __init__(self, result: Account, mode: Mode, *, is_child: bool) -> None:
        self.said: list[str] = []
        self._result = result
        self._is_short = mode == "auto" and (is_child or result.duration_s < LONG_S)

    def files(self) -> Iterator[File]:
        """What belongs into the run, made when it is asked for."""
        document, data = self._result.document, self._result.data
        yield File(FOLDER, "disclosure.json", data)
        if not self._is_short:
            yield from self._page("model_card.md", lambda: _model_card(document))
            yield from self._page("report.html", lambda: _html_report(document, data))

    def _page(self, name: str, make: Callable[[], str]) -> Iterator[File]:
        try:
            text = make()
        except Exception as error:  # noqa: BLE001 - the figures and the other files are worth having without it
            self.said.append(f"{name} could not be made ({type(error).__name__})")
        else:
            yield File(FOLDER, name, text.encode())


def _model_card(document: dict[str, Any]) -> str:
    from joulecard.rendering.model_card import model_card

    return model_card(document)


def _html_report(document: dict[str, Any], data: bytes) -> str:
    from joulecard.rendering.html import html_report

    return html_report(document, data)
