"""The appendix of a paper compiles, fits, and shows every foreign word as text."""

from __future__ import annotations

import json
import os
import re
import subprocess
import unicodedata
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pylatexenc.latexwalker import LatexCommentNode, LatexEnvironmentNode, LatexMacroNode, LatexMathNode, LatexWalker
from tests.rendering.conftest import HOSTILE, RECORDS, a_document

from joulecard.rendering.foreign_text import plain
from joulecard.rendering.latex import paper_appendix
from joulecard.rendering.model_card import model_card
from joulecard.rendering.tex_text import escape, with_quantities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Maker = Callable[[str], dict[str, Any]]

GOLDEN = Path(__file__).parent / "golden"
REWRITE = os.environ.get("JOULECARD_REWRITE_GOLDEN") == "1"
DATA = b"the bytes of the disclosure"
PREAMBLE = r"""\documentclass{article}
\usepackage[paperwidth=%s,textwidth=%s,textheight=9in]{geometry}
\usepackage{booktabs}
\usepackage{siunitx}
\begin{document}
%s
\end{document}
"""
NASTY = (
    HOSTILE,
    r"\input{/etc/passwd} \write18{id} \csname end\endcsname \def\x{\x}\x ^^5cinput ^^M % & # $ _ { } ~ ^",
    r"\begin{verbatim} \end{document} \\ \\[3cm] [x] ]x[ *x \verb|x| \( \) \[ $$",
    "ligatures: -- --- `` '' ,, << >> ?` !` \"quoted\" it's",
    "Größe, café, señor, Åse, Łódź, Příliš, żółć, ß, æ, œ, ø",
    "Ðorđe þing ŋ ą ę",
    "中文 עברית русский ελληνικά 😀 e\u0301 \u0301",
    "90\u202f% ± 3 × 10² µm ≤ 5° “quoted” ‘q’ en–dash … ™ ₂ −1",
    "a" * 250,
    "/" * 100 + "_" * 100,
)
# How pdftotext reads what OT1 has as accents, as a rule, or by another shape.
SEEN = str.maketrans(
    {
        "~": "\u02dc",
        "^": "\u02c6",
        "_": None,
        "'": "’",
        '"': "”",
        "₂": "2",
        "²": "2",
        "Ł": "L",
        "ł": "l",
        "í": "ı\u0301",
        "°": "◦",
        "…": "...",
        "™": "TM",
    }
)


def made(name: str) -> str:
    """The appendix of a record."""
    return paper_appendix(a_document(name), DATA)


def nodes(latex: str) -> Iterator[Any]:
    """Every node of the LaTeX, read by a parser that stops at what is not closed."""
    waiting = list(LatexWalker(latex, tolerant_parsing=False).get_latex_nodes()[0])
    while waiting:
        node = waiting.pop()
        if node is not None:
            yield node
            arguments = getattr(getattr(node, "nodeargd", None), "argnlist", None) or ()
            waiting += [*(getattr(node, "nodelist", None) or ()), *arguments]


def compiled(folder: Path, text: str, paper: str = "8.5in", width: str = "5.5in") -> tuple[str, str]:
    """What TeX says and what can be read on the pages."""
    (folder / "paper.tex").write_text(PREAMBLE % (paper, width, text), encoding="utf-8")
    tex = ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    subprocess.run(tex, cwd=folder, capture_output=True, check=False)  # learns the numbers of tables
    told = subprocess.run(tex, cwd=folder, capture_output=True, check=False)
    assert told.returncode == 0, told.stdout.decode(errors="replace")[-2000:]
    pages = subprocess.run(["pdftotext", "paper.pdf", "-"], cwd=folder, capture_output=True, check=True)
    return told.stdout.decode(errors="replace"), pages.stdout.decode()


@pytest.mark.parametrize("name", ["typical", "hostile", "partial", "all_cached", "several_hosts", "serving"])
def test_appendices_read_as_agreed(name: str) -> None:
    """Golden files that a person has looked at as pages; JOULECARD_REWRITE_GOLDEN=1 writes them anew."""
    page, golden = made(name), GOLDEN / f"{name}.tex"
    if REWRITE:
        golden.write_text(page, encoding="utf-8")
    assert page == golden.read_text(encoding="utf-8")


@pytest.mark.needs("pdflatex", "pdftoppm")
def test_every_record_compiles_and_fits(tmp_path: Path) -> None:
    """In a column of 5.5 in nothing reaches into the margin; the table can be referred to."""
    for name in RECORDS:
        (tmp_path / f"{name}.tex").write_text(made(name), encoding="utf-8")
    told, read = compiled(tmp_path, "\n".join(rf"\input{{{name}}}\clearpage" for name in RECORDS))
    assert "Overfull" not in told
    assert "each stage in Table 1" in read.replace("\n", " ")
    assert "??" not in read
    assert sha256(DATA).hexdigest() in re.sub(r"\s", "", read)


@pytest.mark.needs("pdflatex", "pdftoppm")
def test_a_tiny_number_is_a_bound(tmp_path: Path) -> None:
    """So the table keeps its width; the cell is text to siunitx."""
    page = made("tiny_stage")
    assert r"tiny & 0.001\,s & {\textless{}0.0001} &  & {\textless{}0.0001} &  \\" in page
    told, read = compiled(tmp_path, rf"\usefont{{T1}}{{cmr}}{{m}}{{n}}{page}")
    assert "Overfull" not in told
    assert read.count("<0.0001") == 3


@pytest.mark.needs("pdflatex", "pdftoppm")
def test_every_valid_document_of_the_standard_compiles(tmp_path: Path) -> None:
    """Declared numbers, nothing known, several places: whatever the standard allows."""
    valid = Path(__file__).parents[2] / "schema/1.0/conformance/valid"
    texts = (path.read_bytes() for path in sorted(valid.iterdir()) if path.name.endswith(".json"))
    documents = [(json.loads(data), data) for data in texts if b':disclosure"' in data]
    pages = [paper_appendix(document, data) for document, data in documents]
    told, _ = compiled(tmp_path, "\\clearpage\n".join(pages))
    assert pages
    assert "Overfull" not in told


@pytest.mark.needs("pdflatex", "pdftoppm")
def test_hostile_text_is_read_on_the_page(tmp_path: Path) -> None:
    """Letter by letter; a letter that the fonts may lack by its code point. No command of it was obeyed."""
    macro = next(line for line in made("typical").splitlines() if line.startswith(r"\protected\def\joulecardchar"))
    lines = "\n\n".join(rf"\noindent {escape(text)}" for text in NASTY)
    _, read = compiled(tmp_path, rf"{macro}\pagestyle{{empty}}{lines}", "200in", "190in")
    found = [re.sub(r"\s+", "", line) for line in read.splitlines() if line.strip()]
    for text, line in zip(NASTY, found, strict=True):
        assert unicodedata.normalize("NFC", line) == shown(text)


def shown(text: str) -> str:
    """What pdftotext reads of a text that was set in the fonts of plain LaTeX."""
    signs = (
        f"[U+{ord(sign):04X}]" if "joulecardchar" in escape(sign) else sign.translate(SEEN) for sign in plain(text)
    )
    return re.sub(r"\s+", "", "".join(signs))


@given(st.text() | st.lists(st.sampled_from(NASTY)).map("".join))
def test_escaped_text_holds_no_command_but_ours(text: str) -> None:
    """As a parser of LaTeX reads it: no environment, no mathematics, no comment, no macro of the text."""
    ours = {"allowbreak", "joulecardchar", "char", "ensuremath", "ldots", "times", "pm", "approx", "leq", "geq", "cdot"}
    for node in nodes(escape(text)):
        assert not isinstance(node, (LatexEnvironmentNode, LatexMathNode, LatexCommentNode))
        if isinstance(node, LatexMacroNode):
            assert (
                node.macroname in ours
                or node.macroname.startswith("text")
                or not node.macroname.isalpha()
                or (node.macroname in {"circ", "mu"})
            )


@given(st.text())
def test_escaping_is_per_character(text: str) -> None:
    """No special character stands bare."""
    bare = re.sub(r"\\[&%$#_{}]|\\joulecardchar\{[0-9A-F]{4,6}\}\{.\}", "", escape(text))
    bare = re.sub(r"\\(?:[a-z]+|[,`])|\{\\char`\\\"\}|\^\\circ", "", bare)
    assert not set(bare) & set('&%$#_^\\<>|"')


def test_figures_become_quantities_of_siunitx() -> None:
    """Value, range and what the mass is of; foreign text that looks like one is left alone in between."""
    assert with_quantities("10.2\u202fWh") == r"\qty{10.2}{Wh}"
    assert with_quantities("90\u202f% interval 8.7 to 1\u202f100\u202fg\u202fCO₂e") == (
        r"90\,\% interval \qtyrange[range-units=single]{8.7}{1100}{g}~CO\textsubscript{2}e"
    )
    assert with_quantities("20\u202fg/kWh & more") == r"20\,g/kWh \& more"


def test_the_sentence_and_the_rows_are_those_of_the_card(document: Maker, record: str) -> None:
    """Paper and card show the same numbers."""
    found = document(record)
    page, card = paper_appendix(found, DATA), model_card(found)
    told = re.findall(r"\\qty\{([0-9.]+)\}\{([mk]?Wh)\}", page.split(r"\begin{table*}")[0])
    assert told
    for value, unit in told:
        assert f"{value}\u202f{unit}" in card
    rows = page[page.index(r"\midrule") : page.index(r"\bottomrule")].count(r"\\" + "\n")
    lines = re.findall(r"^\|", card[card.index("| Stage |") : card.index("**To check")], re.MULTILINE)
    assert rows == len(lines) - 2


def test_a_part_of_a_pipeline_says_so(document: Maker) -> None:
    """In the sentence, the caption, the total line and the checklist."""
    page = paper_appendix(document("partial"), DATA)
    assert "These are partial figures: 3 stages are not recorded" in page
    assert "Partial: 4 of 7 stages.}" in page
    assert "; partial: 4 of 7 stages; ranges in" in page
    assert "partial" not in paper_appendix(document("typical"), DATA)


def test_what_was_reused_refers_to_no_durations(document: Maker) -> None:
    """The table has none to refer to."""
    answers = {
        name: paper_appendix(document(name), b"").partition("Compute time:]")[2] for name in ("all_cached", "typical")
    }
    assert answers["all_cached"].startswith(" unknown (nothing ran anew).\n")
    assert answers["typical"].startswith(
        r" 0.04\,h (all stages and nodes together, by the clock); each stage in Table~"
    )


def test_checklists_learn_whether_other_runs_are_counted(document: Maker) -> None:
    """By what the disclosure says of it."""
    found = document("typical")
    assert "runs:] not counted. The numbers are those of one completed execution" in paper_appendix(found, DATA)
    found["boundary"]["runs_counted"] = "all"
    assert "runs:] counted, as far as they are on record" in paper_appendix(found, DATA)


def test_methods_that_differ_stand_beside_their_rows(document: Maker) -> None:
    """Else once, above the table."""
    found = document("typical")
    assert "All figures: modelled" in paper_appendix(found, DATA)
    found["stages"][0]["energy"]["it_total"]["method"] = "declared"
    page = paper_appendix(found, DATA)
    assert "All figures" not in page
    assert "prepare \\emph{(energy declared" in page
