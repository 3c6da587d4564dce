"""Text and numbers as LaTeX that pdflatex and lualatex set letter by letter, whatever the preamble loads."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from joulecard.numbers import MINUS, THIN_SPACE
from joulecard.rendering.foreign_text import plain

LONG_RUN, STEP = 24, 8  # where there is nothing to break a line at, TeX is shown places

_SIGNS = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{\char`\"}",  # no ligature, and no command of babel
    "`": r"\`{}",  # the accent alone, which every font has
    "[": "{[}",  # never the beginning of an optional argument
    "]": "{]}",
    "-": "-{}",  # no ligature
    "'": "'{}",
    ",": ",{}",
    THIN_SPACE: r"\,",
    "\N{NO-BREAK SPACE}": "~",
    MINUS: r"\ensuremath{-}",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "’": "'",
    "‘": r"\textquoteleft{}",
    "“": r"\textquotedblleft{}",
    "”": r"\textquotedblright{}",
    "×": r"\ensuremath{\times}",
    "±": r"\ensuremath{\pm}",
    "≈": r"\ensuremath{\approx}",
    "≤": r"\ensuremath{\leq}",
    "≥": r"\ensuremath{\geq}",
    "·": r"\ensuremath{\cdot}",
    "°": r"\ensuremath{^\circ}",
    "µ": r"\ensuremath{\mu}",
    "®": r"\textregistered{}",
    "™": r"\textsuperscript{TM}",
    "©": r"\textcopyright{}",
    **{chr(0x2080 + digit): rf"\textsubscript{{{digit}}}" for digit in range(10)},
    **{sign: rf"\textsuperscript{{{digit}}}" for sign, digit in zip("¹²³", "123", strict=True)},
}
# Letters that every encoding of pdflatex can set: ASCII with an accent that OT1 has, and a few more.
_ACCENTS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327"
_LETTERS = "ßæœøłÆŒØŁ"
_DOUBLED = frozenset("-',")  # escaped only where another one follows

_NUMBER = rf"{MINUS}?\d(?:[\d.]|{THIN_SPACE}(?=\d))*"
_AMOUNT = re.compile(
    rf"({_NUMBER})(?: to ({_NUMBER}))?{THIN_SPACE}([nµmkMG]?Wh|[nµmk]?g|t)(?:({THIN_SPACE}CO₂e)|(?![\w/]))"
)


class SafeTeX(str):
    """Text that is LaTeX already and is not escaped again."""

    __slots__ = ()


class Amount(NamedTuple):
    """An energy or a mass as siunitx reads it."""

    digits: str
    upper: str  # of a range; else empty
    unit: str
    is_co2e: bool


def escape(text: str) -> SafeTeX:
    r"""Foreign text as LaTeX that shows it; a letter that the document's fonts may lack goes to `\joulecardchar`."""
    line = plain(text)
    return _broken([_sign(*pair) for pair in zip(line, f"{line[1:]} ", strict=False)])


def with_quantities(text: str) -> SafeTeX:
    """Our own text with its energies and masses as quantities of siunitx."""
    parts, at = [], 0
    for match in _AMOUNT.finditer(text):
        parts += [_inside(text[at : match.start()]), _quantity(_amount(match))]
        at = match.end()
    return SafeTeX("".join([*parts, _inside(text[at:])]))


def amount_of(text: str) -> Amount | None:
    """A figure, or its range, as numbers; None where it is in words."""
    match = _AMOUNT.fullmatch(text)
    return _amount(match) if match else None


def _inside(text: str) -> SafeTeX:
    """A part of a sentence: the blanks at its ends are kept."""
    start, end = text[: len(text) - len(text.lstrip(" "))], text[len(text.rstrip(" ")) :]
    return SafeTeX(f"{start}{escape(text)}{end}") if text.strip(" ") else SafeTeX(text)


def _sign(sign: str, following: str) -> str:
    """One character; `following` is the next one."""
    if sign in _DOUBLED and following != sign:
        return sign
    if sign in _SIGNS:
        return _SIGNS[sign]
    if sign.isascii() or sign in _LETTERS:
        return sign
    apart = unicodedata.normalize("NFD", sign)
    if len(apart) == 2 and apart[0].isascii() and apart[0].isalpha() and apart[1] in _ACCENTS:  # noqa: PLR2004
        return sign
    return rf"\joulecardchar{{{ord(sign):04X}}}{{{sign}}}"


def _broken(signs: list[str]) -> SafeTeX:
    """The characters with places to break in runs of many."""
    text, run = [], []
    for sign in [*signs, " "]:
        if sign != " ":
            run.append(sign)
            continue
        is_long = len(run) >= LONG_RUN
        pieces = ["".join(run[at : at + STEP]) for at in range(0, len(run), STEP)] if is_long else ["".join(run)]
        text.append(r"\allowbreak{}".join(pieces))
        run = []
    return SafeTeX(" ".join(text))


def _amount(match: re.Match[str]) -> Amount:
    return Amount(_digits(match[1]), _digits(match[2] or ""), match[3], is_co2e=bool(match[4]))


def _quantity(amount: Amount) -> str:
    of = r"~CO\textsubscript{2}e" if amount.is_co2e else ""
    unit = amount.unit.replace("µ", r"\text{\textmu}")  # the letter itself is lost in fonts of pdflatex, unseen
    if not amount.upper:
        return rf"\qty{{{amount.digits}}}{{{unit}}}{of}"
    return rf"\qtyrange[range-units=single]{{{amount.digits}}}{{{amount.upper}}}{{{unit}}}{of}"


def _digits(number: str) -> str:
    """A printed number as siunitx reads it."""
    return number.replace(THIN_SPACE, "").replace(MINUS, "-")
