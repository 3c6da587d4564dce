"""`joulecard sign`: adds a signed statement to a valid disclosure, or makes the pair of keys for it."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from joulecard.cli.day import day
from joulecard.cli.output import rewrite, write_output
from joulecard.cli.stage_table import printable
from joulecard.cli.valid_disclosure import name_of, read_input, valid_disclosure
from joulecard.cli.violation_text import visible
from joulecard.errors import InvalidInputError, UsageError
from joulecard.validation import validate_disclosure
from joulecard.validation.attestations import MEMBER, document_digest
from joulecard.validation.attested_text import with_attestation
from joulecard.validation.signature import LARGEST_KEY_FILE_BYTES, new_pair, public_key_of, read_private_key, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.validation import Verdict

PASSPHRASE = "JOULECARD_KEY_PASSPHRASE"  # noqa: S105  # the variable's name
PRIVATE_MODE, PUBLIC_MODE = 0o600, 0o644
ENDING = ".pem"
OPTIONS = ("by", "statement", "expires")  # named as the members they fill


@click.command("sign", short_help="Add a signed statement to a disclosure, or make the keys for it")
@click.argument("file", metavar="FILE", required=False)
@click.option("--key", metavar="KEY.pem", help="Your private Ed25519 key: PEM as openssl writes it, or OpenSSH.")
@click.option("--by", metavar="NAME", help="Who signs: a person, a role or an organisation.")
@click.option("--statement", metavar="TEXT", help='What is attested: "We recomputed every total."')
@click.option(
    "--type",
    "kind",
    type=click.Choice(["self", "second_party", "third_party"]),
    default="self",
    show_default=True,
    help="The publisher, someone with a stake such as a customer, or someone independent.",
)
@click.option("--expires", callback=day, metavar="DATE", help="Last day it holds: 2027-12-31.")
@click.option("-o", "--output", metavar="OUT", help="Where the signed disclosure goes; FILE itself by default.")
@click.option("--new-key", metavar="NAME.pem", help="Make a key: NAME.pem to sign with, NAME.pub.pem for readers.")
def command(file: str | None, new_key: str | None, output: str | None, **told: Any) -> int:
    """Sign the disclosure FILE (`-`: standard input): adds a statement with its Ed25519 signature to `attestations`.

    No other letter of the file changes. The signature covers the whole document except `attestations`, and the
    statement with its name, type and dates (UTC); `joulecard verify` checks it. A key with a passphrase asks for it, or
    takes it from JOULECARD_KEY_PASSPHRASE; --new-key locks the key with that one where it is set.

    Exit status 1 where the disclosure is invalid, 2 where a key or file cannot be used, 3 where a part is missing.
    """
    if new_key is not None:
        if file is not None or output is not None or any(told[name] for name in ("key", *OPTIONS)):
            raise UsageError("--new-key stands alone: make the key first, then sign with it")
        return _make_pair(new_key)
    missing = [f"--{name}" for name in ("key", "by", "statement") if not told[name]]
    if file is None or missing:
        raise UsageError(
            f"needs {', '.join([*([] if file else ['FILE']), *missing])}; `joulecard sign --help` says more"
        )
    return _sign(file, output or file, told)


def _sign(file: str, output: str, told: dict[str, Any]) -> int:
    """Signs one disclosure and says what it holds now."""
    document, data = valid_disclosure(file, "signed")
    key_file = told["key"]
    key = read_private_key(read_input(key_file, LARGEST_KEY_FILE_BYTES), key_file, lambda: _passphrase(key_file))
    statement = _statement(document, told)
    before = document.get(MEMBER, [])
    attestation = signed(statement, key)
    is_new = attestation not in before
    after = with_attestation(data.decode(), attestation).encode() if is_new else data
    verdict = _checked(after, len(before), name_of(file))
    if output == "-" or os.path.realpath(output) != os.path.realpath(file):
        write_output(output, after)
    elif is_new:
        rewrite(file, after)
    name = "the disclosure" if output == "-" else visible(output)
    done = _done(statement, verdict) if is_new else "nothing changed, for this key has signed this statement already"
    for line in (done, f"the public key is {public_key_of(key)}", *_remarks(document, statement, verdict)):
        click.echo(printable(f"{name}: {line}"), err=output == "-")
    return 0


def _passphrase(file: str) -> str:
    """The passphrase of a locked key, from the environment or a terminal; raises UsageError where there is neither."""
    given = os.environ.get(PASSPHRASE)
    if given:
        return given
    if not sys.stdin.isatty():
        raise UsageError("is locked with a passphrase", where=file, mend=f"set {PASSPHRASE}")
    asked: str = click.prompt(f"Passphrase of {visible(file)}", hide_input=True, err=True)
    return asked


def _statement(document: dict[str, Any], told: dict[str, Any]) -> dict[str, str]:
    """The members of the attestation but its signature; raises UsageError for what nobody could sign."""
    for name in ("by", "statement"):
        if any("\ud800" <= sign <= "\udfff" for sign in told[name]):  # bytes that Python could not decode
            raise UsageError("is not UTF-8", where=f"--{name}")
    by, publisher = told["by"].strip(), document["document"].get("publisher", "")
    if publisher and told["kind"] != "self" and by.casefold() == publisher.strip().casefold():
        raise UsageError("is the publisher, whose own word is of the type self", where="--by", mend="leave out --type")
    expires = told["expires"]
    return {
        "type": told["kind"],
        "by": by,
        "date": datetime.now(UTC).date().isoformat(),
        **({"expires": expires.isoformat()} if expires else {}),
        "statement": told["statement"].strip(),
        "digest": document_digest(document),
    }


def _checked(data: bytes, place: int, name: str) -> Verdict:
    """The verdict on the signed text; raises UsageError with the option that breaks the standard, InvalidInputError."""
    verdict = validate_disclosure(data)
    for violation in verdict.violations:
        member = violation.pointer.removeprefix(f"/{MEMBER}/{place}/")
        if member in OPTIONS:
            raise UsageError(violation.message, where=f"--{member}")
        told = f"would be invalid once signed: {violation.message}"
        raise InvalidInputError(told, where=f"{name}#{violation.pointer}")
    return verdict


def _done(statement: dict[str, str], verdict: Verdict) -> str:
    """What was added, and the level that it gives."""
    by, kind = visible(statement["by"]), statement["type"].replace("_", " ")
    until = f", until {statement['expires']}" if "expires" in statement else ""
    return f'signed by "{by}" ({kind}), {statement["date"]}{until}; level {verdict.level}'


def _remarks(document: dict[str, Any], statement: dict[str, str], verdict: Verdict) -> Iterator[str]:
    """What the signer may stumble over."""
    if statement["type"] != "self" and verdict.level == "L2":  # only the publisher's name is missing
        yield f"for L3, {verdict.lacks[0].pointer} {verdict.lacks[0].message}; then sign anew"
    if document["document"]["status"] == "draft":
        yield "its status is draft; once that is changed, this signature no longer fits"
    for place, other in enumerate(document.get(MEMBER, ())):
        if other.get("digest", statement["digest"]) != statement["digest"]:
            yield f'/{MEMBER}/{place} by "{visible(other["by"])}" is about an earlier text: verify will refuse it'


def _make_pair(private_file: str) -> int:
    """Writes a new private key and its public half beside it; raises UsageError where either is there already."""
    if private_file in {"", "-"}:
        raise UsageError("names no file; a key is never written to standard output", where="--new-key")
    public_file = f"{private_file.removesuffix(ENDING)}.pub{ENDING}"
    private, public = new_pair(os.environ.get(PASSPHRASE, ""))
    _create(private_file, private, PRIVATE_MODE)
    try:
        _create(public_file, public, PUBLIC_MODE)
    except BaseException:
        os.unlink(private_file)
        raise
    locked = "locked with the passphrase" if os.environ.get(PASSPHRASE) else "not locked with a passphrase"
    click.echo(printable(f"{visible(private_file)}: the private key, {locked}: sign with it, give it to nobody"))
    click.echo(
        printable(f"{visible(public_file)}: the public key: publish it where readers of your disclosures find it")
    )
    return 0


def _create(file: str, data: bytes, mode: int) -> None:
    """Writes a file that is not there yet; raises UsageError."""
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    except FileExistsError as error:
        raise UsageError("is there already, and keys are never overwritten", where=file) from error
    except (OSError, ValueError) as error:  # a file name that holds a NUL
        told = getattr(error, "strerror", None) or error
        raise UsageError(f"cannot be written: {told}", where=file) from error
    try:
        with open(descriptor, "wb") as opened:
            opened.write(data)
    except OSError as error:
        os.unlink(file)
        raise UsageError(f"cannot be written: {error.strerror}", where=file) from error
