"""The HTML report in a real browser: it asks for nothing, says nothing, and fits from phone to desk."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import pytest

from joulecard.rendering.html import html_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page
    from tests.browser import Browser

    Maker = Callable[[str], dict[str, Any]]

pytestmark = pytest.mark.needs("chromium")

WIDTHS_PX = (375, 900, 1440)
OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"
# The contrast of every piece of text with the ground it stands on, by WCAG 2.2; charts are drawn, not laid out.
LEAST_CONTRAST = """() => {
  const linear = v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const light = c => { const [r, g, b] = c.map(v => linear(v / 255)); return .2126 * r + .7152 * g + .0722 * b };
  const colour = text => text.match(/[\\d.]+/g).map(Number);
  const ground = e => { for (; e; e = e.parentElement) { const c = colour(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c.slice(0, 3) } return [255, 255, 255] };
  const ratios = [...document.querySelectorAll('body *')]
    .filter(e => !e.closest('svg') && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => { const [a, b] = [light(colour(getComputedStyle(e).color)), light(ground(e))];
      return (Math.max(a, b) + .05) / (Math.min(a, b) + .05) });
  return Math.min(...ratios) }"""


@pytest.fixture
def page(document: Maker, tmp_path: Path) -> Callable[[str], Path]:
    """Writes the report of a record to a file."""

    def write(name: str) -> Path:
        found = document(name)
        path = tmp_path / f"{name}.html"
        path.write_text(html_report(found, json.dumps(found).encode()), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["typical", "partial", "hostile", "many_stages"])
def test_the_page_fits_and_asks_for_nothing(
    browser: Browser, page: Callable[[str], Path], name: str, scheme: Literal["light", "dark"]
) -> None:
    """At each width, with every list open: no request, no message, no sideways scrolling."""
    for width_px in WIDTHS_PX:
        opened = browser.open(page(name), width_px=width_px, scheme=scheme, look=lambda shown: shown.evaluate(OPEN_ALL))
        assert opened.requests == ()
        assert opened.console == ()
        assert opened.page_errors == ()
        assert opened.overflow_px == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(browser: Browser, page: Callable[[str], Path], scheme: Literal["light", "dark"]) -> None:
    """Every text has the contrast that WCAG asks of small text (AA), in both schemes."""
    ratios: list[float] = []
    browser.open(page("partial"), scheme=scheme, look=lambda shown: ratios.append(shown.evaluate(LEAST_CONTRAST)))
    assert ratios[0] >= 4.5


def test_a_phone_gets_the_narrow_charts(browser: Browser, page: Callable[[str], Path]) -> None:
    """And a desk the wide ones; never both."""
    for width_px, hidden in ((375, ".wide"), (1440, ".narrow")):
        shown: list[int] = []

        def count(opened: Page, hidden: str = hidden, shown: list[int] = shown) -> None:
            shown.append(opened.locator(f"{hidden} >> visible=true").count())

        browser.open(page("typical"), width_px=width_px, look=count)
        assert shown == [0]


def test_paper_is_white(browser: Browser, page: Callable[[str], Path]) -> None:
    """Also where the screen is dark."""
    grounds: list[str] = []

    def look(opened: Page) -> None:
        opened.emulate_media(media="print", color_scheme="dark")
        grounds.append(opened.evaluate("getComputedStyle(document.body).backgroundColor"))
        opened.emulate_media(media="screen", color_scheme="dark")
        grounds.append(opened.evaluate("getComputedStyle(document.body).backgroundColor"))

    browser.open(page("typical"), look=look)
    assert grounds == ["rgb(255, 255, 255)", "rgb(16, 22, 19)"]


@pytest.mark.parametrize("width_px", WIDTHS_PX)
def test_words_without_a_break_do_not_widen_the_page(
    browser: Browser, document: Maker, tmp_path: Path, width_px: int
) -> None:
    """Names of sixty letters, wherever a stranger may write one."""
    found = document("partial")
    long = "W" * 60
    found["subject"]["name"] = found["generator"]["name"] = long
    for named in (*found["stages"], *found["factors"]):
        named["name"] = long
    for said in (*found["boundary"]["exclusions"], *found["gaps"]):
        said["reason"] = long
    path = tmp_path / "long.html"
    path.write_text(html_report(found, json.dumps(found).encode()), encoding="utf-8")
    assert browser.open(path, width_px=width_px).overflow_px == 0


def test_every_stage_is_printed(browser: Browser, page: Callable[[str], Path]) -> None:
    """Paper cannot be opened: a list that is closed on the screen is there in print."""
    visible = "document.querySelector('.listed td').checkVisibility({contentVisibilityAuto: 1})"
    on_screen: list[bool] = []

    def look(opened: Page) -> None:
        on_screen.append(opened.evaluate(visible))
        opened.emulate_media(media="print")
        opened.wait_for_function(visible)  # the page takes a moment to be laid out anew; raises where it never is

    browser.open(page("many_stages"), look=look)
    assert on_screen == [False]
