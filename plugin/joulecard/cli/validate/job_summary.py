"""The answers as Markdown for the page of a job: a table of the files, then what is wrong or still missing."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, NamedTuple

from joulecard import __version__, numbers
from joulecard.cli.validate.answer import CANNOT_JUDGE, VALID
from joulecard.cli.validate.gates import co2e, next_level
from joulecard.cli.validate.text import counted, level_name
from joulecard.rendering.foreign_text import plain
from joulecard.rendering.markdown import escape
from joulecard.rendering.words import methods
from joulecard.validation.schema import KNOWN_VERSION_TEXT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from joulecard.cli.validate.answer import Answer
    from joulecard.validation import Lack, Violation

MOST_FILES = 100
MOST_BYTES = 1000 * 1000  # GitHub takes 1 MiB a step, and shows nothing of more
MOST_FINDINGS = 10
LONGEST = 400
HEAD = ("File", "Verdict", numbers.CO2E, "Range", "Method", "Next level")
RIGHT = {numbers.CO2E}
FOOT = (
    f"{numbers.CO2E}: operational, location-based, without the making of the hardware. Checked by joulecard "
    f"{__version__} against ML Carbon Disclosure {KNOWN_VERSION_TEXT}."
)


class _Figures(NamedTuple):
    """The cells that only a valid disclosure fills."""

    co2e: str = ""
    range: str = ""
    method: str = ""


def job_summary(answers: Sequence[Answer]) -> str:
    """The page: heading, table, findings of the files that do not pass, what the others are missing."""
    shown = answers[:MOST_FILES]
    table = [_line(HEAD), _line(["---:" if title in RIGHT else "---" for title in HEAD]), *map(_row, shown)]
    more = len(answers) - len(shown)
    parts = [f"### {_heading(answers)}", "\n".join(table), *([f"and {more} more files"] if more else []), FOOT]
    parts += [part for answer in shown for part in _findings(answer)]
    return "\n\n".join(_fitting([*parts, *_missing(shown)])) + "\n\n"


def _fitting(parts: Sequence[str]) -> Iterator[str]:
    """The parts that the page has room for."""
    room = MOST_BYTES
    for part in parts:
        room -= len(part.encode("utf-8", "backslashreplace"))
        if room < 0:
            yield "and more, for which this page has no room"
            return
        yield part


def _heading(answers: Sequence[Answer]) -> str:
    passed = sum(answer.status == VALID for answer in answers)
    if passed == len(answers):
        return f"✅ ML carbon: {counted(passed, 'file')} checked, {'it passes' if passed == 1 else 'all pass'}"
    return f"❌ ML carbon: {len(answers) - passed} of {counted(len(answers), 'file')} {_fail(len(answers) - passed)}"


def _fail(count: int) -> str:
    return "does not pass" if count == 1 else "do not pass"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _row(answer: Answer) -> str:
    return _line([_code(answer.name), _verdict(answer), *_figures(answer), _next(answer)])


def _verdict(answer: Answer) -> str:
    """A mark and the verdict in a few words."""
    verdict = answer.verdict
    if verdict is None:
        return "❔ not judged" if answer.status == CANNOT_JUDGE else "❌ not opened"
    if not verdict.valid:
        return f"❌ invalid, {counted(len(verdict.violations), 'violation')}"
    level = f"{verdict.level} {level_name(verdict.level)}" if verdict.level else str(verdict.kind).replace("-", " ")
    warnings = f", {counted(len(verdict.warnings), 'warning')}" if verdict.warnings else ""
    return f"❌ {level}, below a gate" if answer.failures else f"✅ {level}{warnings}"


def _figures(answer: Answer) -> _Figures:
    if answer.totals is None:
        return _Figures()
    energy, carbon = answer.totals["energy_it"], answer.totals["operational_location"]
    if "value" not in carbon:
        return _Figures("unknown", _text(carbon["reason"]), "")
    printed = co2e(carbon)
    unit = printed.unit.removesuffix(f"{numbers.THIN_SPACE}{numbers.CO2E}")
    return _Figures(f"**{printed.text}**", printed._replace(unit=unit).range, _text(methods(energy, carbon)))


def _next(answer: Answer) -> str:
    """The next level and how much it needs."""
    verdict = answer.verdict
    if verdict is None or not verdict.lacks:
        return ""
    return f"{next_level(verdict)} needs {counted(len(verdict.lacks), 'thing')}"


def _findings(answer: Answer) -> Iterator[str]:
    """What is wrong with a file or should be looked at, told in full."""
    verdict = answer.verdict
    found = (*verdict.violations, *verdict.warnings, *answer.advice) if verdict else ()
    if answer.status == VALID and not found:
        return
    yield f"#### {_code(answer.name)}"
    if verdict is None:
        yield _text(answer.problem)
    yield from (f"Fails {_code(failure.gate)}: {_text(failure.sentence)}." for failure in answer.failures)
    if verdict and found:
        told = "What is wrong" if verdict.violations else "A warning" if verdict.warnings else "To ask its authors"
        head = ("Line", "Where", "Rule", told)
        rows = [_finding(each, answer.lines, warns=each in verdict.warnings) for each in found[:MOST_FINDINGS]]
        yield "\n".join([_line(head), _line(["---:", "---", "---", "---"]), *rows])
    if len(found) > MOST_FINDINGS:
        yield f"and {len(found) - MOST_FINDINGS} more"


def _finding(violation: Violation, lines: Mapping[str, int], *, warns: bool) -> str:
    where = _code(violation.pointer) if violation.pointer else "the whole document"
    rule = f"{violation.rule} (warning)" if warns else violation.rule
    return _line([str(lines.get(violation.pointer, "")), where, rule, _text(violation.message)])


def _missing(answers: Sequence[Answer]) -> Iterator[str]:
    """What valid disclosures need for their next level, folded away: nothing is wrong with them."""
    for answer in answers:
        if answer.verdict is None or not answer.verdict.lacks:
            continue
        lacks = answer.verdict.lacks
        following = next_level(answer.verdict)
        items = [f"- {_lack(lack, answer.lines)}" for lack in lacks[:MOST_FINDINGS]]
        more = len(lacks) - MOST_FINDINGS
        told = "\n".join([*items, *([f"- and {more} more"] if more > 0 else [])])
        name = html.escape(plain(answer.name))  # up to the empty line all is HTML, and no Markdown
        title = f"<summary>What <code>{name}</code> needs for {following} {level_name(following)}</summary>"
        yield f"<details>{title}\n\n{told}\n\n</details>"


def _lack(lack: Lack, lines: Mapping[str, int]) -> str:
    line = f" (line {lines[lack.pointer]})" if lack.pointer in lines else ""
    return f"{_code(lack.pointer)}{line} {_text(lack.message)}"


def _text(text: str) -> str:
    """Foreign text that nothing makes a link or a mention of."""
    return escape(text, LONGEST).replace("@", "@<!-- -->")


def _code(text: str) -> str:
    """Foreign text in the type of code; an element, since a table cell cannot hold every code span."""
    return f"<code>{escape(text)}</code>"
