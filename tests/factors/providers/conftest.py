"""A provider on the loopback for each test that asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.factors.providers.provider_server import Server, running

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that answers what the test tells it to."""
    monkeypatch.setenv("NO_PROXY", "*")  # of a machine behind a proxy, which does not know our loopback
    with running() as started:
        yield started
