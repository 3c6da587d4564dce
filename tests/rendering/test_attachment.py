"""A disclosure goes into a model card and out again, and nothing else of the file changes."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from tests.rendering.conftest import a_document

from joulecard.errors import InvalidInputError, NothingToDoError
from joulecard.rendering.attachment import attached, detached, emissions_of, own_section
from joulecard.rendering.model_card import model_card

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[[str], dict[str, Any]]
    Attach = Callable[[str], str]

CARD = "---\nlicense: mit # ours\ntags:\n- 'NO'\n---\n# Model\n\nText.\n"
KEYS = ["emissions", "source", "training_type", "geographical_location", "hardware_used"]
BEGIN, END = "<!-- carbon:begin v1 sha256=0123456789ab -->\n", "<!-- carbon:end -->\n"
# What cards are made of, and what could be taken for it.
PIECES = [
    *("---", "---\n", "\n", "\r\n", "\r", " ", "\t", "\ufeff", "\u2028", "\f", "text\n", "# Title\n", "no line end"),
    *(
        "a: 1\n",
        "b: 'NO' # c\n",
        "c: |\n  text\n\n",
        "d: |+\n  kept\n\n",
        "tags:\n- a\n- b\n",
        "# comment\n",
        "n: .nan\n",
    ),
    *(
        "{}\n",
        "{a: 1, b: 2}\n",
        "- item\n",
        "? k\n: v\n",
        "e: &n [1]\n",
        "f: *n\n",
        "...\n",
        "%YAML 1.1\n",
        "t: !foo x\n",
    ),
    *("```\n", "~~~\n", "````md\n", "- ```\n", "<!--", "-->", BEGIN, END),
]


@pytest.fixture(scope="module")
def attach() -> Attach:
    """Attaches the typical disclosure."""
    document = a_document("typical")
    data = json.dumps(document).encode()
    return lambda card: attached(card, document, data)


def front_matter(card: str) -> Any:
    """The front matter as another program reads it."""
    return YAML(typ="safe", pure=True).load(card.split("---")[1])


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    card=st.lists(st.sampled_from(PIECES)).map("".join)
    | st.lists(st.sampled_from(PIECES)).map(lambda pieces: f"---\n{''.join(pieces)}\n---\n# Title\n")
    | st.text()
)
def test_what_was_attached_comes_out_again(attach: Attach, card: str) -> None:
    """Whatever a card is made of: attaching twice is attaching once, and taking it out gives back every byte."""
    try:
        once = attach(card)
    except InvalidInputError:
        return
    assert attach(once) == once
    assert detached(once) == card


def test_the_block_stands_at_the_end_and_the_entry_in_the_front_matter(attach: Attach) -> None:
    """Everything that was there is there, in its order, with its comments and quotes."""
    card = attach(CARD)
    assert card.startswith("---\nlicense: mit # ours\ntags:\n- 'NO'\nco2_eq_emissions:\n  emissions: 0.23\n  source: ")
    assert "\n---\n# Model\n\nText.\n\n<!-- carbon:begin v1 sha256=" in card
    assert card.endswith("\n<!-- carbon:end -->\n")


def test_the_entry_has_the_five_keys_of_the_hub(document: Maker, record: str) -> None:
    """The emissions are a number in g, that of the appendix; all else is words, also where nothing is known."""
    found = document(record)
    card = attached(CARD, found, b"{}")
    entry = front_matter(card)["co2_eq_emissions"]
    assert list(entry) == KEYS
    total = found["totals"][found["totals"]["headline"]]["operational_location"]
    ends = total["interval"]
    assert entry["emissions"] == pytest.approx(total["value"], abs=(ends["upper"] - ends["lower"]) / 4)
    shown = re.search(r"Carbon Emitted:\*\* ([0-9.]+)\u202fg", model_card(found))
    assert shown
    assert f"\n  emissions: {shown[1]}\n" in card
    assert all(isinstance(entry[key], str) and entry[key] for key in KEYS[1:])
    assert entry["source"].startswith(f"ML Carbon Disclosure {found['document']['id']}")


def test_what_is_unknown_is_said_in_words(document: Maker) -> None:
    """The place; and what kind of training it was, which only a person can say."""
    found = document("unknown_place")
    entry = emissions_of(found)
    assert entry
    assert entry.geographical_location == "unknown"
    assert entry.training_type == "training"
    told = emissions_of(found, "pre-training")
    assert told
    assert told.training_type == "pre-training"
    assert (emissions_of(document("hostile")) or entry).training_type == "unknown"


def test_unknown_emissions_have_no_entry(document: Maker) -> None:
    """Never a zero: the key is left out, and an earlier one taken out."""
    found = document("typical")
    earlier = attached(CARD, found, b"{}")
    for total in (found["totals"]["new"], found["totals"]["including_reused"]):
        total["operational_location"] = {"method": "not_available", "reason": "no factor"}
    card = attached(CARD, found, b"{}")
    assert emissions_of(found) is None
    assert "co2_eq_emissions" not in card
    assert "**Carbon Emitted:** unknown (no factor)" in card
    assert attached(earlier, found, b"{}") == card
    assert detached(card) == CARD


def test_a_part_of_a_pipeline_says_so(document: Maker) -> None:
    """In the source, before anything that could be cut off."""
    entry = emissions_of(document("partial"))
    assert entry
    assert " (partial: 4 of 7 stages): " in entry.source


def test_hostile_text_stays_text(document: Maker) -> None:
    """In YAML as in Markdown."""
    card = attached(CARD, document("hostile"), b"{}")
    assert front_matter(card)["co2_eq_emissions"]["hardware_used"].startswith(
        "</details><script>alert(1)</script> | **b**"
    )
    assert list(front_matter(card)) == ["license", "tags", "co2_eq_emissions"]


def test_a_card_without_front_matter_gets_one(attach: Attach) -> None:
    """Behind a byte order mark where there is one."""
    assert attach("# Model\n").startswith("---\nco2_eq_emissions:\n")
    assert attach("\ufeff# Model\n").startswith("\ufeff---\nco2_eq_emissions:\n")
    assert attach("---\nno front matter: it has no end").startswith("---\nco2_eq_emissions:\n")


def test_line_ends_stay_as_they_are(attach: Attach) -> None:
    """CRLF everywhere where the file has it; and no line end at its end where it has none."""
    card = attach("# Model\r\n\r\nText.\r\n")
    assert not re.search(r"(?<!\r)\n", card)
    assert attach("# Model").endswith("<!-- carbon:end -->")


def test_a_file_that_git_has_given_other_line_ends_is_the_same_card(attach: Attach) -> None:
    """A block is not changed by hand because a check-out turned LF into CRLF."""
    card = attach(CARD).replace("\n", "\r\n")
    assert attach(card) == card
    assert detached(card) == CARD.replace("\n", "\r\n")


def test_front_matter_in_braces_stays_in_braces(attach: Attach) -> None:
    """The template of the Hub's own library begins with `{}`."""
    card = attach("---\n# For reference\n{}\n---\n# Model\n")
    assert "\n{co2_eq_emissions: {emissions: 0.23, source: " in card
    assert list(front_matter(attach("---\n{license: mit}\n---\n"))) == ["co2_eq_emissions", "license"]


def test_a_new_disclosure_takes_the_place_of_the_old_one(attach: Attach, document: Maker) -> None:
    """Text that was written below and above stays where it is."""
    earlier = attach(CARD) + "\n## Licence\n\nMIT\n"
    later = attached(earlier, document("single_stage"), b"{}")
    assert later.count("carbon:begin") == later.count("co2_eq_emissions:") == 1
    assert later.index("carbon:end") < later.index("## Licence")
    assert "in France used" in later
    assert detached(later) == CARD + "\n## Licence\n\nMIT\n"


@pytest.mark.parametrize(
    ("written", "by_hand"),
    [
        ("## Environmental Impact", "## Environment"),
        ("emissions: 0.23", "emissions: 0.1"),
        ('"training"', '"pre-training"'),
    ],
)
def test_what_was_changed_by_hand_is_not_overwritten(attach: Attach, written: str, by_hand: str) -> None:
    """Neither the block nor the entry: a person meant something by it. `force` writes it anew."""
    card = attach(CARD).replace(written, by_hand)
    with pytest.raises(InvalidInputError, match=r"^line 16: .* changed by hand .*--force"):
        attach(card)
    with pytest.raises(InvalidInputError, match="changed by hand"):
        detached(card)
    assert detached(card, force=True) == CARD
    document = a_document("typical")
    assert attached(card, document, json.dumps(document).encode(), force=True) == attach(CARD)


@pytest.mark.parametrize(
    "entry", ["co2_eq_emissions: 12.5\n", "co2_eq_emissions:\n  emissions: 3\n  source: CodeCarbon\n"]
)
def test_an_entry_of_others_is_not_overwritten(attach: Attach, document: Maker, entry: str) -> None:
    """It is shown; `force` takes its place, with all its lines."""
    card = f"---\n{entry}license: mit\n---\n# Model\n"
    with pytest.raises(
        InvalidInputError, match=r"`co2_eq_emissions` was not written by joulecard: .*(12.5|CodeCarbon)"
    ):
        attach(card)
    forced = attached(card, document("typical"), b"{}", force=True)
    assert list(front_matter(forced)["co2_eq_emissions"]) == KEYS
    assert "CodeCarbon" not in forced
    with pytest.raises(NothingToDoError):
        detached(card)


def test_an_entry_that_another_program_has_written_anew_is_still_ours(attach: Attach) -> None:
    """The Hub's library sorts nothing but folds long strings and takes their quotes away."""
    card = attach(CARD)
    lines = card.splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if line.startswith("  source: "))
    text = json.loads(lines[place].removeprefix("  source: "))
    words = text.split(" ")
    lines[place] = f"  source: '{' '.join(words[:9])}\n\n    {' '.join(words[9:])}'\n".replace("\n\n", "\n")
    assert attach("".join(lines)) == card
    assert detached("".join(lines)) == CARD


@pytest.mark.parametrize(
    ("card", "told"),
    [
        (f"# M\n{BEGIN}text\n", "line 2: `carbon:begin` has no `carbon:end`"),
        (f"# M\n\n{END}", "line 3: `carbon:end` stands without"),
        (f"{BEGIN}{END}\n{BEGIN}{END}", "line 4: a second block, after that in line 1"),
        (f"{BEGIN}{BEGIN}{END}", "line 2: a second `carbon:begin`"),
        ("<!-- carbon:begin v2 sha256=0123456789ab -->\n", "line 1: this `carbon:begin` is in a form that"),
        (f"---\na: 1\nb: 2\n---\n{BEGIN}", "line 5: `carbon:begin` has no"),
        ("# M\n\n```python\nx = 1\n", "line 3: a code fence is opened and never closed"),
        ("---\na: 1\nb: @x\n---\n", "line 3: the front matter is not valid YAML"),
        ("---\n- a\n---\n", "line 2: the front matter is not made of keys and values"),
    ],
)
def test_what_cannot_be_understood_is_named_with_its_line(attach: Attach, card: str, told: str) -> None:
    """One sentence, and nothing is written."""
    with pytest.raises(InvalidInputError) as caught:
        attach(card)
    assert str(caught.value).startswith(told)


def test_markers_in_code_are_text(attach: Attach) -> None:
    """A card may explain how it is made."""
    card = f"# M\n\n````\n```\n{BEGIN}````\n\n~~~md\n{END}~~~\n"
    assert detached(attach(card)) == card
    assert attach(card).startswith("---\nco2_eq_emissions:")


def test_a_fence_in_a_comment_opens_nothing(attach: Attach) -> None:
    """What stands in an HTML comment is not read as Markdown."""
    card = "# M\n\n<!--\n```\n-->\n"
    assert detached(attach(card)) == card


def test_a_section_of_the_card_itself_is_found(attach: Attach) -> None:
    """The one that the Hub's template asks for, not the one in our block, and not one in code."""
    card = attach("# M\n\n```\n## Environmental Impact\n```\n\n## Environmental impact\n\n- **Hours used:** 3\n")
    assert "- **Hours used:** 3\n" in card
    assert card.splitlines()[own_section(card) - 1] == "## Environmental impact"
    assert own_section(attach(CARD)) == 0


def test_nothing_to_take_out_is_said() -> None:
    """A card that was never touched stays so."""
    with pytest.raises(NothingToDoError):
        detached(CARD)


def test_the_digest_of_the_disclosure_is_printed(document: Maker) -> None:
    """Over its bytes as they are on disk, so that `sha256sum` shows the same."""
    found = document("typical")
    told = f"Made from disclosure {found['document']['id']}, SHA-256 `{sha256(b'bytes').hexdigest()}`."
    assert attached(CARD, found, b"bytes").endswith(f"\n\n{told}\n\n<!-- carbon:end -->\n")
