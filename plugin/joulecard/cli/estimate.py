"""`joulecard estimate`: what the authors of a finished run know of it becomes a disclosure."""

from __future__ import annotations

import os
import re
import textwrap
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from joulecard.cli.factor_options import factors_option, opened_edition, own_factors_option
from joulecard.cli.new_disclosure import checked, published, publisher_option, status_option, written
from joulecard.cli.stage_table import printable
from joulecard.cli.valid_disclosure import name_of, read_input
from joulecard.disclosure.estimate.keys import MEANINGS, keys_of
from joulecard.disclosure.estimate.reading import read_facts
from joulecard.disclosure.estimate.whole import estimate
from joulecard.errors import InvalidInputError, UsageError
from joulecard.shipped import shipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.resources.abc import Traversable

    from joulecard.disclosure.document import Disclosure

MOST_BYTES = 1024 * 1024
WIDTH = 80
NUMBER_GAP = re.compile(r"(?<=\d) (?=\d{3}\b|[kMGT]?Wh\b|[kM]?g\b|t\b)")  # within a number, and before its unit


@click.command("estimate", short_help="Make a disclosure of a finished run from what is known of it")
@click.argument("facts", required=False, metavar="FACTS.toml")
@click.option("-o", "--output", metavar="FILE", help="Where the disclosure goes; `-` is standard output.")
@click.option(
    "--example", metavar="NAME", help="A published run: its facts, or with -o its disclosure; `list` names them."
)
@click.option("--keys", is_flag=True, help="Print every key that a [[stage]] may have, with its meaning.")
@factors_option
@own_factors_option
@publisher_option
@status_option
def command(facts: str | None, output: str | None, *, example: str | None, keys: bool, **options: Any) -> int:
    """Make a disclosure of a run that is over, from what its authors know: FACTS.toml (`-`: standard input).

    A [subject] with a name, and a [[stage]] with what is known of its energy: gpu_hours and device_w, devices and
    hours and accelerator, flop and peak_tflop_per_s_per_device, energy_kwh, or bill and price_per_kwh. Then place,
    year, pue, intensity_g_per_kwh, as far as they are known. stated_energy_kwh and stated_co2e_kg are compared.

    \b
    [subject]
    name = "my model"
    [[stage]]
    name = "train"
    gpu_hours = 1_000
    device_w = 400
    place = "SE"
    year = 2025

    Each value that is assumed is told here and listed in the disclosure, and so is each place where what is published
    contradicts itself. Nothing is written unless the disclosure follows the standard. Exit status 1 where a fact is
    wrong or missing, 2 where a file cannot be opened.
    """  # noqa: D301  the backspace tells click to keep the lines
    if keys:
        _print_keys()
    elif example is not None and (output is None or example == "list"):
        click.echo(_example(example), nl=False)
    elif example is not None:
        _estimate(_example(example), f"{example}.toml", output, options)
    else:
        _estimate(*_facts(facts, output), output, options)
    return 0


def _facts(facts: str | None, output: str | None) -> tuple[str, str]:
    """The facts as text and what a sentence calls their file; raises UsageError."""
    if facts is None:
        raise UsageError("no file of facts is named", mend="joulecard estimate FACTS.toml -o OUT.json")
    if output and output != "-" and os.path.realpath(output) == os.path.realpath(facts):
        raise UsageError("would be overwritten with the disclosure", where=facts, mend="give another name to -o")
    return _text(facts), name_of(facts)


def _estimate(text: str, name: str, output: str | None, options: dict[str, Any]) -> None:
    """Writes the disclosure of facts and says what was assumed."""
    if output is None:
        raise UsageError("nothing says where the disclosure goes", mend="add -o FILE, or -o - for standard output")
    tables = opened_edition(options["factors"], options["own_factors"])
    found = estimate(read_facts(text, name), tables, datetime.now(UTC).replace(microsecond=0))
    document = published(found.disclosure, options["publisher"], options["status"])
    data = document.to_json()
    verdict = checked(data)
    _tell("assumed", (item.statement for item in document.assumptions if item.default))
    _tell("noted", _noted(document, found.compared.contradictions))
    _tell("agrees", found.compared.agreements)
    _tell("differs", found.compared.differences)
    _tell("contradiction", found.compared.contradictions)
    written(data, verdict, output)


def _text(file: str) -> str:
    """The facts as text; raises UsageError, InvalidInputError."""
    data = read_input(file, MOST_BYTES)
    if len(data) > MOST_BYTES:
        raise InvalidInputError("is larger than 1 MiB", where=name_of(file))
    try:
        return data.decode("utf-8-sig")  # some editors begin with a byte order mark
    except UnicodeDecodeError as error:
        raise InvalidInputError("is not UTF-8", where=name_of(file)) from error


def _noted(document: Disclosure, contradictions: Sequence[str]) -> Iterable[str]:
    """What else the figures rest on, beside contradictions: they are told by themselves."""
    for item in document.assumptions:
        if not item.default and not any(told in item.statement for told in contradictions):
            yield item.statement


def _tell(word: str, sentences: Iterable[str]) -> None:
    """Sentences on standard error, each after a word that says what it is."""
    for sentence in sentences:
        whole = NUMBER_GAP.sub("\N{NO-BREAK SPACE}", printable(f"{word}: {sentence}"))
        told = textwrap.fill(whole, WIDTH, subsequent_indent="  ", break_long_words=False)
        click.echo(told.replace("\N{NO-BREAK SPACE}", " "), err=True)


def _examples() -> dict[str, Traversable]:
    """The published runs that ship with joulecard, by name."""
    files = (each for each in shipped("examples").joinpath("published").iterdir() if each.name.endswith(".toml"))
    return {each.name.removesuffix(".toml"): each for each in sorted(files, key=lambda each: each.name)}


def _example(name: str) -> str:
    """The facts of a published run; raises UsageError for one that is not there."""
    known = _examples()
    if name == "list":
        return "".join(f"{each}\n" for each in known)
    if name not in known:
        raise UsageError(f"there is no example {name!r}", where="--example", mend=f"there are {', '.join(known)}")
    return known[name].read_text(encoding="utf-8")


def _print_keys() -> None:
    """Every key of a stage with what it means; those of one number in other units stand together."""
    for member, meaning in MEANINGS.items():
        click.echo(textwrap.fill(", ".join(keys_of(member)), WIDTH, break_long_words=False, break_on_hyphens=False))
        click.echo(textwrap.indent(textwrap.fill(meaning, WIDTH - 4, break_on_hyphens=False), "    "))
