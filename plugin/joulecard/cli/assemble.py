"""`joulecard assemble`: the records of a folder become one disclosure, checked before it is written."""

from __future__ import annotations

import gc
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import click
from click.core import ParameterSource

from joulecard.cli.factor_options import factors_option, opened_edition, own_factors_option, tell_unused
from joulecard.cli.killed import tell_missing
from joulecard.cli.live import asked_live, live_option
from joulecard.cli.merging import Wanted, merged
from joulecard.cli.new_disclosure import checked, published, publisher_option, status_option, written
from joulecard.cli.recomputing import Wish, recomputed
from joulecard.cli.violation_text import violation_text
from joulecard.disclosure.assemble import assemble
from joulecard.disclosure.declared import declare_place
from joulecard.disclosure.document import Disclosure, Gap, Subject
from joulecard.disclosure.embodied import hardware_by
from joulecard.disclosure.per_unit import per_unit
from joulecard.disclosure.places import named_with_record, require_known
from joulecard.disclosure.tallied import Factors
from joulecard.errors import InvalidInputError, NothingToDoError, UsageError
from joulecard.rendering.foreign_text import plain
from joulecard.settings import load_settings, require
from joulecard.validation.parse import parse
from joulecard.validation.records import load_segments, read_bounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from joulecard.capture.segment import Segment
    from joulecard.factors import Edition
    from joulecard.validation import Violation

DEFAULT_FOLDER = "carbon"
PARTS = ("segments", "stages")
OF_RECORDS = ("profile", "factors", "own_factors", "live", "place", "pue", "embodied", "in_use", "skip_invalid")
NOT_ANEW = ("name", "place", "pue", "skip_invalid", "embodied", "in_use", "live")


@dataclass(frozen=True, slots=True)
class Choices:
    """What the caller decided; what is None comes from the settings."""

    name: str
    factors: str
    own_factors: str | None
    profile: Literal["lifecycle", "direct"] | None
    live: str | None
    place: str | None
    pue: float | None
    embodied: bool
    in_use: float | None
    per: str | None


@click.command("assemble", short_help="Make one disclosure from recorded segments")
@click.argument("inputs", nargs=-1, metavar="[DIR | DISCLOSURE | --merge FILE...]")
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="Where the disclosure goes; `-` is standard output."
)
@click.option("--name", default="", help="Name of the pipeline; that of the project's folder where none is given.")
@click.option("--profile", type=click.Choice(["lifecycle", "direct"]), help="Which grid factors to prefer.")
@factors_option
@own_factors_option
@live_option
@click.option("--place", metavar="PLACE", help="Where the stages ran, if it was not set: FR, CA-QC, aws/eu-north-1.")
@click.option("--pue", type=float, metavar="NUMBER", help="PUE of that place, if it was not set: a number from 1 to 5.")
@click.option(
    "--embodied", is_flag=True, help="Tell also what making the hardware emitted, the part that the stages used up."
)
@click.option(
    "--in-use",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="SHARE",
    help="--embodied, spread over the share of the hardware's life in which it is in use, 0 to 1, alone.",
)
@click.option(
    "--per", metavar="UNIT", help="Tell also what one UNIT cost: request, token, whatever the stages counted."
)
@click.option("--skip-invalid", is_flag=True, help="Leave invalid files out; the disclosure names them as gaps.")
@click.option("--merge", is_flag=True, help="Make one disclosure of several; no execution is counted twice.")
@publisher_option
@status_option
@click.pass_context
def command(context: click.Context, /, inputs: tuple[str, ...], output: str, **options: Any) -> int:
    """Make one disclosure from the segments and stage records in DIR, DIR/segments and DIR/stages (DIR: carbon).

    With --merge, from several disclosures: `joulecard assemble --merge A.json B.json -o C.json`. The new one names
    them with their digests; its attestations are its own.

    From one DISCLOSURE, a new one with other factors: `joulecard assemble --factors EDITION OLD.json -o NEW.json`.
    Its energy stays; what changed is told factor by factor.

    Nothing is written unless the disclosure follows the standard. Exit status 1 where a file is invalid, nothing is
    recorded or disclosures contradict one another, 2 where something cannot be opened or the settings are wrong, 3
    where a disclosure follows a newer standard.
    """
    gc.disable()  # nearly all that a long document is made of lives to its end: to look through it doubles the time
    context.call_on_close(gc.enable)
    publisher, status = options.pop("publisher"), options.pop("status")
    if options.pop("merge"):
        _refuse(context, OF_RECORDS, "is about records, and disclosures have their own")
        merged(inputs, output, Wanted(options["name"], options["per"], publisher, status))
        return 0
    folder = _folder(inputs)
    if folder is not None and os.path.isfile(folder):
        _refuse(context, NOT_ANEW, "is about records, and a disclosure is only given other factors")
        names = ("factors", "own_factors", "profile", "per")
        recomputed(folder, output, Wish(**{name: options[name] for name in names}, publisher=publisher, status=status))
        return 0
    base = folder or DEFAULT_FOLDER
    tell_missing(
        load_settings(os.environ, os.getcwd()).journal_dir, (base, *(os.path.join(base, part) for part in PARTS))
    )
    files = _record_files(folder, output)
    segments, refused = load_segments(files)
    _tell_refused(files, refused, skip=options.pop("skip_invalid"))
    chosen = Choices(**{**options, "name": plain(options["name"]) or _project(folder)})
    document = published(_with_gaps(_assembled(segments, chosen, folder), refused), publisher, status)
    data = document.to_json()
    written(data, checked(data), output)
    return 0


def _refuse(context: click.Context, names: Sequence[str], why: str) -> None:
    """Raises UsageError for an option about records where disclosures are given, which have their places."""
    for name in names:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise UsageError(f"--{name.replace('_', '-')} {why}", mend="leave it out")


def _folder(inputs: Sequence[str]) -> str | None:
    """The folder of the records, if one is named; raises UsageError for more."""
    if len(inputs) > 1:
        mend = "records lie in one folder; disclosures are put together with --merge"
        raise UsageError(f"{len(inputs)} names are given, and one folder is assembled at a time", mend=mend)
    return inputs[0] if inputs else None


def _tell_refused(files: Sequence[str], refused: Sequence[tuple[str, Violation]], *, skip: bool) -> None:
    """Says which files are no records, and raises InvalidInputError unless they are to be left out."""
    for path, violation in refused:
        click.echo(violation_text(path, violation), err=True)
    if refused and not skip:
        bad = len({path for path, _ in refused})
        raise InvalidInputError(
            f"{bad} of {len(files)} record files cannot be used", mend="--skip-invalid leaves them out and says so"
        )


def _record_files(folder: str | None, output: str) -> list[str]:
    """The files that may hold records, in order of their names; raises UsageError, NothingToDoError."""
    base = folder or DEFAULT_FOLDER
    if folder is not None and not os.path.isdir(folder):
        raise UsageError("is not a folder that can be opened", where=folder)
    own = [path for path in _json_files(base) if not _is_disclosure(path)]
    found = [*own, *(path for part in PARTS for path in _json_files(os.path.join(base, part)))]
    files = [path for path in found if os.path.realpath(path) != os.path.realpath(output)]
    if not files:
        raise NothingToDoError(
            "there are no records here", where=base, mend="make one: joulecard run -- COMMAND, or name the folder"
        )
    return files


def _json_files(folder: str) -> list[str]:
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UsageError(f"cannot be opened: {error.strerror}", where=folder) from error
    paths = (os.path.join(folder, name) for name in names if name.endswith(".json") and not name.startswith("."))
    return [path for path in paths if os.path.isfile(path)]


def _is_disclosure(path: str) -> bool:
    """Whether the file is an earlier disclosure, which lies in the same folder as the records."""
    try:
        document, refused = parse(read_bounded(path))
    except OSError:
        return False
    schema = document.get("schema") if isinstance(document, dict) and refused is None else None
    return isinstance(schema, str) and schema.endswith(":disclosure")


def _assembled(segments: Sequence[Segment], choices: Choices, folder: str | None) -> Disclosure:
    settings = require(load_settings(os.environ, os.getcwd()))
    if not segments:
        raise NothingToDoError("no record holds a segment", where=folder or DEFAULT_FOLDER)
    tables = opened_edition(choices.factors, choices.own_factors)
    _refuse_two_pues(tables, choices.pue)
    hardware = hardware_by(choices.embodied or settings.embodied, choices.in_use)
    factors = Factors(tables, choices.profile or settings.profile, strict=settings.strict, hardware=hardware)
    declared = declare_place(segments, choices.place, choices.pue)
    if choices.place is not None:
        require_known(choices.place, factors.edition)
    try:
        told = asked_live(choices.live or settings.live, declared.segments, tables, factors.profile)
        factors = replace(factors, hourly=told)
        disclosure = assemble(
            declared.segments,
            subject=Subject(type="pipeline", name=choices.name),
            factors=factors,
            created=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
    except InvalidInputError as error:
        raise named_with_record(error, declared.segments, factors, "joulecard assemble") from error
    tell_unused(tables, (factor.id for factor in disclosure.factors))
    said = declared.said_in(disclosure, segments)
    return per_unit(said, choices.per) if choices.per else said


def _refuse_two_pues(tables: Edition, pue: float | None) -> None:
    """Raises UsageError where a PUE is given as an option and in the file of own factors."""
    if pue is not None and tables.own and tables.own.names("pue"):
        raise UsageError("--pue says one PUE and the own factors another", mend="leave one of them out")


def _with_gaps(document: Disclosure, refused: Sequence[tuple[str, Violation]]) -> Disclosure:
    """The same with a gap for each file that was left out."""
    first = dict(reversed(refused))
    gaps = [
        Gap(what="record", reason=plain(f"{os.path.basename(path)}: {first[path].message}")) for path in sorted(first)
    ]
    return document.model_copy(update={"gaps": (*document.gaps, *gaps)})


def _project(folder: str | None) -> str:
    """The name of the folder that the records' folder lies in."""
    path = os.path.abspath(folder or DEFAULT_FOLDER)
    name = os.path.basename(path)
    return plain(os.path.basename(os.path.dirname(path)) if name == DEFAULT_FOLDER else name) or "pipeline"
