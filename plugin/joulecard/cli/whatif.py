"""`joulecard whatif`: the energy of a disclosure elsewhere, ranked. What it prints is counterfactual, no disclosure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from joulecard.canonical import digest
from joulecard.cli.factor_options import factors_option, opened_edition, own_factors_option
from joulecard.cli.output import write_output
from joulecard.cli.stage_table import printable
from joulecard.cli.valid_disclosure import name_of, valid_disclosure
from joulecard.disclosure.counterfactual.actual import actual_of
from joulecard.disclosure.counterfactual.asked import Asked, places_named, regions_of
from joulecard.disclosure.counterfactual.ranking import counterfactual
from joulecard.disclosure.document import Disclosure
from joulecard.errors import InvalidInputError, UsageError
from joulecard.rendering.other_grids import COUNTRIES

if TYPE_CHECKING:
    from joulecard.cli.valid_disclosure import Disclosure as Read
    from joulecard.disclosure.counterfactual.actual import Actual
    from joulecard.disclosure.counterfactual.asked import Elsewhere
    from joulecard.disclosure.counterfactual.ranking import Counterfactual
    from joulecard.factors import Edition

FACTORS = ("factors", "own_factors", "profile")


@click.command("whatif", short_help="Rank what the same energy would have emitted elsewhere")
@click.argument("file", metavar="FILE")
@click.option(
    "--in", "places", multiple=True, metavar="PLACE", help="A place: SE, CA-QC, aws/eu-north-1. May be repeated."
)
@click.option("--clouds", metavar="NAMES", help="All regions of these clouds: aws,gcp.")
@click.option("--pue", type=float, metavar="NUMBER", help="Another PUE, here and elsewhere: a number from 1 to 10.")
@click.option("--reference", is_flag=True, help="The reference grid alone, the world's mean.")
@factors_option
@own_factors_option
@click.option(
    "--profile", type=click.Choice(["lifecycle", "direct"]), help="Grid factors; those of the disclosure if not said."
)
@click.option("--json", "form", flag_value="json", help="Print one JSON object.")
@click.option("--markdown", "form", flag_value="markdown", help="Print a Markdown table.")
@click.option("-o", "--output", default="-", metavar="FILE", help="Where it goes; standard output by default.")
@click.pass_context
def command(context: click.Context, /, file: str, form: str | None, output: str, **options: Any) -> int:
    """Rank what the energy of the disclosure FILE (`-`: standard input) would have emitted on other grids.

    The energy stays as it is disclosed and only grid and PUE change, so the ratio of two rows does not depend on how
    well the energy is known. Without --in and --clouds nine large countries are compared; the world's mean is the
    common reference in every table. The answer is counterfactual in every form and is never a disclosure.

    Exit status 1 where the disclosure is invalid or tells no energy, 2 where a place is unknown.
    """
    read = valid_disclosure(file, "ranked")
    options["other_factors"] = any(_is_given(context, name) for name in FACTORS)
    found = _counterfactual(read, options, name_of(file))
    page = _page(found, read.document, form)
    write_output(output, (printable(page) if output == "-" and form is None else page).encode())
    return 0


def _is_given(context: click.Context, option: str) -> bool:
    return context.get_parameter_source(option) is not ParameterSource.DEFAULT


def _counterfactual(read: Read, options: dict[str, Any], name: str) -> Counterfactual:
    """What the options ask for; raises UsageError, InvalidInputError, MissingPartError."""
    edition = opened_edition(options["factors"], options["own_factors"])
    named = places_named((place for several in options["places"] for place in several.split(",")), edition)
    regions = regions_of([] if options["clouds"] is None else options["clouds"].split(","), edition)
    if options["reference"] and (named or regions):
        raise UsageError("--reference is the reference grid alone", mend="leave it out, it is in every table")
    pue = _pue(options["pue"], edition)
    is_specific = named or regions or options["reference"] or options["other_factors"] or pue
    try:
        actual = actual_of(Disclosure.model_validate_json(read.data))
        others = regions if is_specific else _large_countries(actual, edition)
        return counterfactual(actual, Asked(edition, named, others, pue, options["profile"], options["other_factors"]))
    except InvalidInputError as error:
        raise InvalidInputError(error.what, where=error.where or name, mend=error.mend) from error


def _large_countries(actual: Actual, edition: Edition) -> tuple[Elsewhere, ...]:
    """The countries of the report's scenario, without those where the energy was drawn."""
    here = {location.country for location in actual.locations}
    return places_named([code for code in COUNTRIES if code not in here], edition)


def _pue(value: float | None, edition: Edition) -> float | None:
    """The premise; raises UsageError for what no PUE can be."""
    if value is None:
        return None
    try:
        return edition.declared_pue(value).value
    except InvalidInputError as error:
        raise UsageError(error.what, where="--pue", mend=error.mend) from error


def _page(found: Counterfactual, document: dict[str, Any], form: str | None) -> str:
    """The answer in that form; each is imported only when it is asked for."""
    name = document["subject"]["name"]
    if form == "json":
        from joulecard.rendering.whatif.as_json import whatif_json

        return whatif_json(found, {"id": document["document"]["id"], "name": name, "digest": digest(document)})
    if form == "markdown":
        from joulecard.rendering.whatif.page import whatif_markdown

        return whatif_markdown(found, name)
    from joulecard.rendering.whatif.text import whatif_text

    return whatif_text(found, name)
