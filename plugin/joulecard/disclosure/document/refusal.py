"""What a model refuses, as the error that commands tell."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import ValidationError

from joulecard.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator

SHOWN_CHARACTERS = 60


@contextmanager
def refusals_told() -> Iterator[None]:
    """Raises InvalidInputError where a part of a disclosure cannot be built of what it is given."""
    try:
        yield
    except ValidationError as error:
        raise _told(error) from error


def _told(error: ValidationError) -> InvalidInputError:
    """The first refusal in one sentence."""
    first = error.errors(include_url=False, include_context=False)[0]
    member = ".".join(map(str, first["loc"]))
    found = json.dumps(first["input"], default=lambda _: "...")[:SHOWN_CHARACTERS]
    return InvalidInputError(
        f"a disclosure cannot hold the {error.title} that would be made: {member} is {found} ({first['msg']})",
        mend="change it where it comes from; where that is joulecard itself, please report it",
    )
