"""`joulecard render`: a valid disclosure becomes a page."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from joulecard.cli.output import write_output
from joulecard.cli.valid_disclosure import valid_disclosure
from joulecard.errors import MissingPartError, UsageError

if TYPE_CHECKING:
    from joulecard.cli.valid_disclosure import Disclosure

TARGETS = {".md": "md", ".markdown": "md", ".html": "html", ".htm": "html", ".pdf": "pdf", ".tex": "tex"}


@click.command("render", short_help="Write a disclosure as model-card appendix, HTML, PDF or TeX")
@click.argument("file", metavar="FILE")
@click.option(
    "--to",
    "target",
    type=click.Choice(["md", "html", "pdf", "tex"]),
    help="Form of the page; without it the name given with -o tells, else it is md.",
)
@click.option("-o", "--output", default="-", metavar="FILE", help="Where the page goes; standard output by default.")
def command(file: str, target: str | None, output: str) -> int:
    """Write the disclosure FILE (`-`: standard input) as a page.

    md is the appendix of a model card, tex that of a paper, html one file for browsers and MLflow, pdf a report with
    the disclosure inside. Where no PDF can be made, the HTML is written beside its name instead.

    Exit status 1 where the disclosure is invalid, 2 where a file cannot be opened or its name tells no
    form, 3 where a part is missing.
    """
    form = target or _form(output)
    if form == "pdf" and output == "-" and sys.stdout.isatty():
        raise UsageError("a PDF is not for a terminal: name a file with -o")
    disclosure = valid_disclosure(file, "rendered")
    if form == "pdf":
        _refuse_without_parts(disclosure, output)
    write_output(output, _page(disclosure, form))
    return 0


def _form(output: str) -> str:
    """The form that the name of the page tells, md where it has no ending; raises UsageError."""
    ending = os.path.splitext(output)[1].lower()
    if ending and ending not in TARGETS:
        raise UsageError(
            f"a page is Markdown, HTML, PDF or TeX: end its name in {', '.join(TARGETS)}, or tell the form with --to",
            where=output,
        )
    return TARGETS.get(ending, "md")


def _page(disclosure: Disclosure, form: str) -> bytes:
    """The page in that form; each is imported only when it is asked for."""
    document, data = disclosure
    if form == "pdf":
        from joulecard.rendering.pdf import pdf_report

        return pdf_report(document, data)
    if form == "html":
        from joulecard.rendering.html import html_report

        return html_report(document, data).encode()
    if form == "tex":
        from joulecard.rendering.latex import paper_appendix

        return paper_appendix(document, data).encode()
    from joulecard.rendering.model_card import model_card

    return model_card(document).encode()


def _refuse_without_parts(disclosure: Disclosure, output: str) -> None:
    """Where no PDF can be made: writes the HTML beside its name and raises MissingPartError."""
    from joulecard.rendering.pdf import missing_part

    lacking = missing_part()
    if not lacking:
        return
    if output == "-":
        raise MissingPartError(lacking)
    instead = f"{os.path.splitext(output)[0]}.html"
    write_output(instead, _page(disclosure, "html"))
    raise MissingPartError(f"was not written, but {instead} was: {lacking}", where=output)
