"""The standard's page says what schemas, rules and levels say, its examples work, and its paths lead somewhere."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from tests.standard.places import target, validator_at
from tests.standard.write_readme import PART, PARTS, README, filled

from joulecard.canonical import canonical_bytes, digest
from joulecard.validation import validate
from joulecard.validation.schema import identifier, schema_of

PAGE = README.read_text(encoding="utf-8")
BLOCKS = [json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)]
DISCLOSURES = [block for block in BLOCKS if "schema" in block]
CLAUSE = re.compile(r"^- \*\*(\d+)\.(\d+)\*\* (.+(?:\n  .+)*)", re.MULTILINE)
WORDS = re.compile(r"\b(MUST|SHOULD|MAY)\b")
CROSSWALK = PAGE[PAGE.index("## 10. Crosswalk") : PAGE.index("## 11.")]
PATH = re.compile(r"`([a-z_]+(?:\[\])?(?:\.[a-z_]+(?:\[\])?)*)`")


def _slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_generated_parts_are_up_to_date() -> None:
    """Every table is there and is what the schema gives today."""
    assert {match[2] for match in PART.finditer(PAGE)} == set(PARTS)
    assert filled(PAGE) == PAGE


def test_links_within_the_page_lead_somewhere() -> None:
    """Each link to an object or a section finds its heading."""
    headings = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    slugs = {_slug(heading) for heading in headings}
    assert len(headings) == len(slugs), "a heading comes twice"
    anchors = slugs | set(re.findall(r'<a id="([^"]+)">', PAGE))
    assert [link for link in re.findall(r"\]\(#([^)]+)\)", PAGE) if link not in anchors] == []


def test_files_that_the_page_names_are_there() -> None:
    """A path in the page is a file or folder beside it."""
    named = re.findall(r"`((?:1\.0/|RELEASED|CHANGELOG)[\w./-]*)`", PAGE)
    assert [name for name in named if not (README.parent / name).exists()] == []


def test_tables_have_as_many_cells_in_each_row() -> None:
    """No row of a table is short or has a cell too many, which GitHub would drop without a word."""
    for table in re.findall(r"(?:^\|.*\n)+", PAGE, re.MULTILINE):
        rows = [re.sub(r"\\\|", "", row).count("|") for row in table.splitlines()]
        assert len(set(rows)) == 1, table[:200]


def test_clauses_are_numbered_in_order() -> None:
    """Clauses count from 1 in each section, stand in the section of their number, and each binds somebody."""
    section, last = 0, 0
    for line in re.finditer(r"^## (\d+)\.|^- \*\*(\d+)\.(\d+)\*\*", PAGE, re.MULTILINE):
        if line[1]:
            section, last = int(line[1]), 0
        else:
            assert (int(line[2]), int(line[3])) == (section, last + 1)
            last += 1
    assert [match[0] for match in CLAUSE.finditer(PAGE) if not WORDS.search(match[3])] == []


@pytest.mark.parametrize(("document", "level"), [(DISCLOSURES[0], "L0"), (DISCLOSURES[1], "L1")])
def test_disclosures_in_the_page_are_valid(document: dict[str, Any], level: str) -> None:
    """What a newcomer copies from the page is accepted without a warning, at the level that the page says."""
    verdict = validate(json.dumps(document).encode())
    assert (verdict.violations, verdict.warnings, verdict.level) == ((), (), level)


def test_the_minimal_example_is_that_of_the_schema() -> None:
    """The page and the schema show the same disclosure."""
    assert schema_of("disclosure")["examples"] == [DISCLOSURES[0]]


def test_the_minimal_example_is_explained_line_by_line() -> None:
    """The table below it speaks of every member that it has, but for those that other lines explain."""
    text = PAGE[PAGE.index("## 4.") : PAGE.index("**The next level.**")]
    explained = " ".join(row.split("|")[1] for row in text.splitlines() if row.startswith("| `"))
    for name in DISCLOSURES[0]:
        assert f"`{name}" in explained, name
    for name in (*DISCLOSURES[0]["boundary"], *DISCLOSURES[0]["totals"]):
        assert f"{name}`" in explained, name


def test_lines_to_copy_are_right() -> None:
    """The objects that the table tells a newcomer to add are an exclusion, an assumption and a gap of the standard."""
    text = PAGE[PAGE.index("## 4.") : PAGE.index("**The next level.**")]
    shown = [json.loads(line) for line in re.findall(r"`(\{\"[^`]+\})`", text)]
    for name, line in zip(("exclusion", "assumption", "gap"), shown, strict=True):
        assert validator_at("disclosure", schema_of("disclosure")["$defs"][name]).is_valid(line), line


def test_the_worked_attestation_verifies() -> None:
    """Its digest is that of the minimal disclosure, and its signature fits the bytes that the page shows."""
    (attestation,) = [block for block in BLOCKS if "signature" in block]
    (signed,) = re.findall(r"^```text\n(\{.*\})\n```", PAGE, re.MULTILINE)
    assert attestation["digest"] == digest(DISCLOSURES[0])
    key = Ed25519PublicKey.from_public_bytes(b64decode(attestation["signature"]["public_key"]))
    key.verify(b64decode(attestation["signature"]["value"]), signed.encode())
    assert load_pem_public_key(PAGE[PAGE.index("-----BEGIN PUBLIC") : PAGE.index("## 9.")].encode()) == key
    with pytest.raises(InvalidSignature):
        key.verify(b64decode(attestation["signature"]["value"]), signed.replace("every", "any").encode())


def test_the_worked_attestation_fits_the_minimal_disclosure() -> None:
    """With it the disclosure stays valid."""
    (attestation,) = [block for block in BLOCKS if "signature" in block]
    document = {**DISCLOSURES[0], "attestations": [attestation]}
    assert validate(json.dumps(document).encode()).violations == ()
    assert validator_at("disclosure", schema_of("disclosure")["$defs"]["attestation"]).is_valid(attestation)


def test_the_canonical_example_is_right() -> None:
    """The spelling that the page gives for canonical bytes is that of RFC 8785."""
    spelled, canonical = re.findall(r"`(\{\"[^`]+\})` becomes `([^`]+)`", PAGE)[0]
    assert canonical_bytes(json.loads(spelled)).decode() == canonical


@pytest.mark.parametrize("document", DISCLOSURES)
def test_disclosures_in_the_page_are_valid_in_canonical_spelling(document: dict[str, Any]) -> None:
    """Members sorted, white space gone and numbers respelled: the verdict stays."""
    assert validate(canonical_bytes(document)).violations == ()


def test_entries_of_the_corpus_that_the_page_shows_are_there() -> None:
    """Each line of `expected.json` in the page stands there word for word."""
    shown = re.findall(r"^\| `([a-z/]+)/` \| `(\".+\})` \|", PAGE, re.MULTILINE)
    assert len(shown) == 3
    for folder, entry in shown:
        table = json.loads((README.parent / "1.0/conformance" / folder / "expected.json").read_text(encoding="utf-8"))
        assert json.loads(f"{{{entry}}}").items() <= table.items()


def _rows() -> list[list[str]]:
    """The cells of each row of the crosswalk's tables that have our paths in their second column."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in CROSSWALK.splitlines()
        if line.startswith("| ")
    ]
    tables = [index for index, row in enumerate(rows) if row[:2] == ["concept", "here"]]
    end = next(index for index, row in enumerate(rows) if row[0] == "form")
    return [row for row in rows[tables[0] : end] if row[1] != "here" and not row[1].startswith("---")]


def _missing(path: str) -> str | None:
    """The part of a path that the schema does not have."""
    here = schema_of("disclosure")
    for step in path.split("."):
        found = here.get("properties", {}).get(step.removesuffix("[]"))
        if found is None:
            return step
        here = target("disclosure", found)
        if step.endswith("[]"):
            here = target("disclosure", here.get("items", {}))
        elif "items" in here and step != path.rsplit(".", 1)[-1]:
            return f"{step}[]"
    return None


def test_paths_of_the_crosswalk_are_in_the_schema() -> None:
    """Every path in our column leads to a member, through each list on its way."""
    cells = [row[1] for row in _rows()]
    assert len(cells) > 40
    assert [cell for cell in cells if not PATH.search(cell)] == ["— (grid factors)"]
    beyond = CROSSWALK[CROSSWALK.index("**What no other form") : CROSSWALK.index("Sources: ")]
    paths = [path for text in (*cells, beyond) for path in PATH.findall(text)]
    assert {path: step for path in paths if (step := _missing(path))} == {}


def test_every_form_has_a_row_of_conversions() -> None:
    """The columns of the crosswalk are the forms whose conversions and losses are told."""
    heads = [line for line in CROSSWALK.splitlines() if line.startswith("| concept |")]
    told = CROSSWALK[CROSSWALK.index("| form |") :]
    named = {"BoAmps": "BoAmps", "SCI": "SCI", "Hugging Face": "Hugging Face", "CycloneDX": "CycloneDX"}
    named |= {"SPDX": "SPDX", "EU AI Act": "EU form", "codecarbon": "codecarbon", "NeurIPS": "NeurIPS, ACL"}
    for form, row in named.items():
        assert any(form in head for head in heads), form
        assert f"| {row}" in told, row


def test_the_page_names_the_version_of_the_schemas() -> None:
    """The title carries the version that the schemas have."""
    version = identifier("disclosure").split(":")[3]
    assert PAGE.startswith(f"# ML Carbon Disclosure (MLCD) {version}\n")
