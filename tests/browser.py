"""Headless Chromium of the system, driven by playwright: opens a page and tells what it asked for, said and showed."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import Page, Playwright

# No request of the browser itself: no updates, no field trials, no component downloads.
_FLAGS = ("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--no-first-run")
_TIMEOUT_MS = 60_000


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening a page has shown."""

    requests: tuple[str, ...]  # every address asked for after the page's own; data: is not asked of anybody
    console: tuple[str, ...]  # "error: text", also of a Content-Security-Policy that stopped something
    page_errors: tuple[str, ...]  # uncaught exceptions of scripts
    overflow_px: int  # how much wider the content is than the window
    text: str  # what can be read on the page
    screenshot: Path  # the whole page as PNG


class Browser:
    """One Chromium for many pages; it lives in a thread of its own, because playwright keeps an event loop running."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser")
        self._count = 0

    def __enter__(self) -> Self:
        self._playwright, self._chromium = self._thread.submit(_start, str(self._folder)).result()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.submit(self._chromium.close).result()
        self._thread.submit(self._playwright.stop).result()
        self._thread.shutdown()

    def open(
        self,
        address: str | Path,
        *,
        width_px: int = 900,
        height_px: int = 900,
        scheme: Literal["light", "dark"] = "light",
        look: Callable[[Page], object] = lambda _page: None,
    ) -> Opened:
        """Opens a file or URL at a width and colour scheme; `look` may wait, click and assert before the screenshot."""
        self._count += 1
        shot = self._folder / f"{self._count}-{width_px}-{scheme}.png"
        url = address.as_uri() if isinstance(address, Path) else address

        def visit() -> Opened:
            page = self._chromium.new_page(
                viewport={"width": width_px, "height": height_px}, color_scheme=scheme, locale="en-GB"
            )
            try:
                return _visit(page, url, shot, look)
            finally:
                page.close()

        return self._thread.submit(visit).result()


def _start(home: str) -> tuple[Playwright, Chromium]:
    playwright = sync_playwright().start()
    flags = [*_FLAGS, *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])]
    return playwright, playwright.chromium.launch(
        executable_path=shutil.which("chromium"), args=flags, env={**os.environ, "HOME": home}
    )


def _visit(page: Page, url: str, shot: Path, look: Callable[[Page], object]) -> Opened:
    requests: list[str] = []
    console: list[str] = []
    errors: list[str] = []
    page.set_default_timeout(_TIMEOUT_MS)
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: console.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(url, wait_until="load")
    look(page)
    overflow_px = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.screenshot(path=shot, full_page=True)
    return Opened(
        requests=tuple(asked for asked in requests if asked != url and not asked.startswith("data:")),
        console=tuple(console),
        page_errors=tuple(errors),
        overflow_px=int(overflow_px),
        text=page.inner_text("body"),
        screenshot=shot,
    )
