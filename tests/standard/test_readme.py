"""The standard's page says what schemas, rules and levels say, and its example works."""

from __future__ import annotations

import json
import re

from tests.standard.write_readme import PART, PARTS, README, filled

from joulecard.validation import validate

PAGE = README.read_text(encoding="utf-8")


def test_generated_parts_are_up_to_date() -> None:
    """Every table is there and is what the schema gives today."""
    assert {match[2] for match in PART.finditer(PAGE)} == set(PARTS)
    assert filled(PAGE) == PAGE


def test_links_within_the_page_lead_somewhere() -> None:
    """Each link to an object finds its heading."""
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)}
    assert len(re.findall(r"^#+ ", PAGE, re.MULTILINE)) == len(headings), "a heading comes twice"
    anchors = headings | set(re.findall(r'<a id="([^"]+)">', PAGE))
    assert [link for link in re.findall(r"\]\(#([^)]+)\)", PAGE) if link not in anchors] == []


def test_the_minimal_example_is_valid() -> None:
    """What a newcomer copies from the page is accepted, at level L0."""
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    verdict = validate(json.dumps(json.loads(example)).encode())
    assert (verdict.violations, verdict.level) == ((), "L0")
