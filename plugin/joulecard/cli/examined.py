"""What `joulecard verify` found: its lines for the terminal, its form for programs and its exit status."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from joulecard.cli.validate.text import counted, level_name, violations
from joulecard.cli.violation_text import cut, indented, visible
from joulecard.validation.attestations import WRONG
from joulecard.validation.enclosed import ATTACHED_AS
from joulecard.validation.signature import missing_part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from joulecard.validation import Verdict
    from joulecard.validation.attestations import Judgement, State
    from joulecard.validation.enclosed import Enclosed

VERIFIED, WRONG_STATUS, UNDECIDED_STATUS = 0, 1, 3
WORDS = {
    VERIFIED: ("verified", "green"),
    WRONG_STATUS: ("not verified", "red"),
    UNDECIDED_STATUS: ("undecided", "yellow"),
}
KEPT = ("type", "by", "date", "expires", "statement")  # of an attestation
LONGEST_STATEMENT = 120


@dataclass(frozen=True, slots=True)
class Examined:
    """One disclosure: the report it came in, the verdict on it, its digest and what was found of its attestations."""

    name: str
    verdict: Verdict
    report: Enclosed | None = None
    digest: str = ""  # empty where it does not follow the schema: then nothing was judged either
    judgements: tuple[Judgement, ...] = ()

    @property
    def status(self) -> int:
        """The exit status: 0 verified, 1 something is wrong or nobody has signed, 3 it cannot be told."""
        found = {status for status, _ in self._reasons()}
        return WRONG_STATUS if WRONG_STATUS in found else max(found, default=VERIFIED)

    def lines(self) -> Iterator[str]:
        """What was found of each thing that was looked at, then the answer."""
        if self.report:
            yield f"{self.name}: {_of_report(self.report)}"
        yield from violations(self.name, self.verdict, {})
        yield f"{self.name}: {self._standing()}"
        if self.digest:
            yield f"{self.name}: digest {self.digest}"
        for judgement in self.judgements:
            yield self._of_attestation(judgement)
        word, colour = WORDS[self.status]
        told = "; ".join(reason for _, reason in self._reasons()) or self._signers()
        yield f"{self.name}: {click.style(word, fg=colour, bold=True)}: {told}"

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        report = self.report
        return {
            "status": self.status,
            "verified": self.status == VERIFIED,
            "reasons": [reason for _, reason in self._reasons()],
            **({"attached": {"sha256": report.sha256, "printed_sha256": report.printed_sha256}} if report else {}),
            "valid": self.verdict.valid,
            "level": self.verdict.level,
            "violations": [asdict(violation) for violation in self.verdict.violations],
            "warnings": [asdict(warning) for warning in self.verdict.warnings],
            "digest": self.digest or None,
            "attestations": [_as_json(judgement) for judgement in self.judgements],
        }

    def _reasons(self) -> Iterator[tuple[int, str]]:
        """Why it is not verified, each with the status that it gives; nothing where it is."""
        if self.verdict.violations:
            unjudged = "" if self.digest else ", so its attestations were not judged"
            yield WRONG_STATUS, f"it breaks the standard in {counted(len(self.verdict.violations), 'place')}{unjudged}"
        if self.report and self.report.printed_sha256 != self.report.sha256:
            yield _why_not_its_own(self.report)
        if self.digest:
            yield from self._reasons_of_attestations()

    def _reasons_of_attestations(self) -> Iterator[tuple[int, str]]:
        states = [judgement.state for judgement in self.judgements]
        wrong = sum(state in WRONG for state in states)
        if not states:
            yield WRONG_STATUS, "it holds no attestation: nobody has signed it"
        elif wrong:
            verb = "is" if wrong == 1 else "are"
            yield WRONG_STATUS, f"{wrong} of {counted(len(states), 'attestation')} {verb} wrong"
        elif "verified" not in states:
            yield _why_none_holds(states)

    def _standing(self) -> str:
        """Valid or not, and the level."""
        if not self.verdict.valid:
            count = counted(len(self.verdict.violations), "violation")
            return f"{click.style('invalid', fg='red')} disclosure, {count}"
        level = f"level {self.verdict.level} {level_name(str(self.verdict.level))}"
        return f"{click.style('valid', fg='green')} disclosure, {level}; its totals recompute"

    def _of_attestation(self, judgement: Judgement) -> str:
        """Who says what, and below it what was found."""
        told = judgement.attestation
        word = click.style(judgement.state.replace("_", " "), fg=_colour(judgement.state))
        who = f"{visible(told['by'])} ({told['type'].replace('_', ' ')}), {told['date']}"
        said = indented(f'says "{cut(visible(told["statement"]), LONGEST_STATEMENT)}"')
        return f"{self.name}: {word} #{judgement.pointer}: {who}\n{said}\n{indented(judgement.message)}"

    def _signers(self) -> str:
        """Whose signatures hold, and with which keys."""
        held = [(found.attestation, found.key_name) for found in self.judgements if found.state == "verified"]
        names = dict.fromkeys(
            f"{visible(told['by'])} ({told['type'].replace('_', ' ')}) with {key}" for told, key in held
        )
        inside = "; what is signed is the disclosure inside, not the pages" if self.report else ""
        return f"signed by {', '.join(names)}{inside}"


def _of_report(report: Enclosed) -> str:
    """What a PDF encloses, and whether its pages say so."""
    held = f"holds {ATTACHED_AS}, {len(report.data)} bytes"
    if report.printed_sha256 == report.sha256:
        return f"{held}, with the SHA-256 that the report prints"
    if report.printed_sha256:
        return f"{held}, with the SHA-256 {report.sha256}; the report prints {report.printed_sha256}"
    return f"{held}; the report prints no SHA-256 to compare it with"


def _why_not_its_own(report: Enclosed) -> tuple[int, str]:
    """Why a report may not be that of the disclosure inside, with the status that it gives."""
    if report.printed_sha256:
        return WRONG_STATUS, "the report was made of another disclosure"
    return UNDECIDED_STATUS, "the report prints no SHA-256, so nothing ties its pages to the file"


def _why_none_holds(states: list[State]) -> tuple[int, str]:
    """Why no attestation is verified where none is wrong, with the status that it gives."""
    if "no_trusted_key" in states:
        return UNDECIDED_STATUS, "a signature fits, and nobody said whose key to trust: name it with --key"
    if "not_checked" in states:
        return UNDECIDED_STATUS, missing_part() or ""
    return WRONG_STATUS, "no attestation is in force and signed with a key that was named"


def _as_json(judgement: Judgement) -> dict[str, Any]:
    """The machine form of what was found of one attestation."""
    attestation = judgement.attestation
    told = {name: attestation[name] for name in KEPT if name in attestation}
    key = {"public_key": attestation["signature"]["public_key"]} if "signature" in attestation else {}
    trusted = {"trusted_key": judgement.key_name} if judgement.key_name else {}
    found = {"pointer": judgement.pointer, "state": judgement.state, "message": judgement.message}
    return {**found, **told, **key, **trusted}


def _colour(state: State) -> str:
    if state == "verified":
        return "green"
    return "red" if state in WRONG else "yellow"
