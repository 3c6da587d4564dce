"""The first page that users meet is short, and names only what is there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from joulecard.cli.commands import SECTIONS
from joulecard.settings import Settings

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
NOT_SET_BY_USERS = {"problems", "refusals"}
RUN_TIME_NAMES = {"period_s": "period"}
LARGEST_PICTURE_BYTES = 200_000


def _prose() -> str:
    """The text without pictures, code and addresses."""
    unfenced = re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"^ {4}.*$|<img[^>]*>|\]\([^)]*\)", "", unfenced, flags=re.MULTILINE)


def test_it_is_short() -> None:
    """Up to 700 words beside code and pictures, six headings, and what it is about stands in the first 25 lines."""
    assert 400 < len([word for word in _prose().split() if re.search(r"\w", word)]) <= 700
    assert len(re.findall(r"^#+ ", TEXT, re.MULTILINE)) <= 6
    first = "\n".join(TEXT.splitlines()[:25])
    for word in ("make demo", "make test", "modelled", " to ", "<img"):
        assert word in first


def test_every_link_leads_somewhere() -> None:
    """Links into the project name files and folders that are there."""
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", TEXT) if "://" not in target]
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_its_pictures_are_there_and_small() -> None:
    """Each picture has a text for those who do not see it, and less than 200 KB."""
    pictures = re.findall(r'<img src="([^"]+)"[^>]* alt="[^"]+">', TEXT)
    assert len(pictures) == TEXT.count("<img") == 2
    for picture in pictures:
        assert (ROOT / picture).stat().st_size < LARGEST_PICTURE_BYTES


def test_it_names_every_setting() -> None:
    """The table of settings has a row for each."""
    rows = "\n".join(re.findall(r"^\| `.*$", TEXT, re.MULTILINE))
    names = {RUN_TIME_NAMES.get(field.name, field.name) for field in fields(Settings)} - NOT_SET_BY_USERS
    assert {name for name in names if f"`{name}`" not in rows} == set()


def test_it_names_only_commands_that_exist() -> None:
    """Every `joulecard ...` in it is a command of the table."""
    commands = {name for section in SECTIONS.values() for name in section}
    named = set(re.findall(r"\bjoulecard ([a-z]+)", TEXT)) - {"demo"}
    assert named <= commands
    assert commands - {"demo"} <= named
