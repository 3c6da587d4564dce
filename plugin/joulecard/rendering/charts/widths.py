"""How wide text is in Inter: the advance widths of the shipped fonts, so that nothing is drawn where it has no room."""

from __future__ import annotations

import unicodedata
from functools import cache

ELLIPSIS = "…"
REGULAR = 400
SEMIBOLD = 600
PER_EM = 1000
UNKNOWN = 1000  # a full square: what the fonts for other scripts mostly keep to
PICTURE = 1400
FIRST_PICTURE = 0x1F000

# Made from report_templates/fonts/Inter-400.woff2 and Inter-600.woff2: characters, and their advances in 1/1000 em.
_RANGES = (
    (0x0020, 0x007E),
    (0x00A0, 0x00AC),
    (0x00AE, 0x0148),
    (0x014A, 0x017F),
    (0x0192, 0x0192),
    (0x0218, 0x021B),
    (0x02C6, 0x02C7),
    (0x02D8, 0x02DD),
    (0x2009, 0x2009),
    (0x2010, 0x2014),
    (0x2018, 0x201E),
    (0x2020, 0x2022),
    (0x2026, 0x2026),
    (0x202F, 0x2030),
    (0x2032, 0x2033),
    (0x2039, 0x203A),
    (0x2044, 0x2044),
    (0x2070, 0x2070),
    (0x2074, 0x208E),
    (0x20AC, 0x20AC),
    (0x2122, 0x2122),
    (0x2190, 0x2193),
    (0x2212, 0x2212),
    (0x221E, 0x221E),
    (0x2248, 0x2248),
    (0x2260, 0x2260),
    (0x2264, 0x2265),
    (0x25CB, 0x25CB),
    (0x25CF, 0x25CF),
    (0x2713, 0x2713),
)
_ADVANCES_400 = (
    "281 288 466 633 642 982 644 300 365 365 501 662 288 460 288 360 631 407 610 618 646 593 620 566 619 620 288 "
    "302 662 662 662 511 966 690 654 730 722 601 590 746 743 269 571 672 565 903 753 765 639 765 644 642 646 744 "
    "690 985 682 679 629 365 360 365 471 456 323 562 612 571 612 583 370 613 591 242 242 549 242 876 591 600 612 "
    "612 376 528 327 591 562 818 546 562 552 426 333 426 662 281 288 571 611 725 550 270 568 591 914 454 583 662 "
    "666 478 456 662 442 446 323 586 603 288 268 304 482 583 802 847 882 511 690 690 690 690 690 690 994 730 601 "
    "601 601 601 269 269 269 269 735 753 765 765 765 765 765 662 765 744 744 744 744 679 636 616 562 562 562 562 "
    "562 562 917 571 583 583 583 583 242 242 242 242 583 591 600 600 600 600 600 662 600 591 591 591 591 562 612 "
    "562 690 562 690 562 690 562 730 571 730 571 730 571 730 571 722 710 735 612 601 583 601 583 601 583 601 583 "
    "601 583 746 613 746 613 746 613 746 613 743 591 776 591 269 242 269 242 269 242 269 242 269 242 839 484 571 "
    "242 672 549 525 565 242 565 242 565 340 562 359 595 242 753 591 753 591 753 591 753 591 765 600 765 600 765 "
    "600 1005 1000 644 376 644 376 644 376 642 528 642 528 642 528 642 528 646 327 646 376 646 327 744 591 744 591 "
    "744 591 744 591 744 591 744 591 985 818 679 562 679 629 552 629 552 629 552 314 390 642 528 646 327 413 413 "
    "380 242 298 269 505 496 182 358 358 648 500 1000 261 261 241 261 440 440 421 491 491 562 864 182 1335 223 442 "
    "384 384 192 459 460 440 444 406 450 444 429 429 429 269 269 435 459 304 442 446 460 440 444 406 450 444 429 "
    "429 429 269 269 667 611 954 834 954 834 662 936 662 662 662 662 914 914 884 "
)
_ADVANCES_600 = (
    "252 321 523 644 650 1004 663 326 373 373 540 673 319 465 319 379 660 423 623 636 666 612 640 576 640 640 319 "
    "329 673 673 673 543 999 728 659 737 722 605 588 749 746 277 580 703 565 922 759 769 645 773 652 650 660 736 "
    "728 1020 720 713 652 373 379 373 481 469 351 574 624 583 624 591 389 625 612 262 262 569 262 900 612 609 624 "
    "624 397 549 353 612 587 839 569 588 566 455 359 455 673 252 321 583 629 749 563 316 568 612 914 460 634 673 "
    "664 452 458 673 454 463 351 614 600 319 332 324 487 634 831 870 907 543 728 728 728 728 728 728 1013 737 605 "
    "605 605 605 277 277 277 277 751 759 769 769 769 769 769 673 769 736 736 736 736 713 658 644 574 574 574 574 "
    "574 574 913 583 591 591 591 591 262 262 262 262 594 612 609 609 609 609 609 673 609 612 612 612 612 588 624 "
    "588 728 574 728 574 728 574 737 583 737 583 737 583 737 583 722 739 751 624 605 591 605 591 605 591 605 591 "
    "605 591 749 625 749 625 749 625 749 625 746 612 797 612 277 262 277 262 277 262 277 262 277 262 856 523 580 "
    "262 703 569 566 565 262 565 262 565 377 573 419 602 262 759 612 759 612 759 612 759 612 769 609 769 609 769 "
    "609 1014 992 652 397 652 397 652 397 650 549 650 549 650 549 650 549 660 353 660 419 660 353 736 612 736 612 "
    "736 612 736 612 736 612 736 612 1020 839 713 588 713 652 566 652 566 652 566 334 438 650 549 660 353 444 444 "
    "412 272 342 265 503 534 166 422 422 647 500 1000 294 294 272 294 507 501 480 552 552 503 956 166 1372 257 512 "
    "416 416 205 483 478 463 464 418 471 464 457 457 457 284 284 453 483 324 454 463 478 463 464 418 471 464 457 "
    "457 457 284 284 679 630 954 881 954 881 673 966 673 673 673 673 914 914 883 "
)


@cache
def _advances(weight: int) -> dict[str, int]:
    """The advances of all characters; of every weight but regular those of semibold, which is the widest shipped."""
    table = _ADVANCES_400 if weight == REGULAR else _ADVANCES_600
    characters = (chr(code) for first, last in _RANGES for code in range(first, last + 1))
    return dict(zip(characters, map(int, table.split()), strict=True))


def text_width_pt(text: str, size_pt: float, weight: int = REGULAR) -> float:
    """The width of a line of text in points, without kerning; a generous guess for letters of other scripts."""
    known = _advances(weight)
    return sum(known[letter] if letter in known else _guess(letter) for letter in text) * size_pt / PER_EM


def shortened(text: str, room_pt: float, size_pt: float, weight: int = REGULAR) -> str:
    """The text, cut with an ellipsis where it has no room; empty where not even one letter has."""
    if text_width_pt(text, size_pt, weight) <= room_pt:
        return text
    kept = text
    while kept and text_width_pt(kept + ELLIPSIS, size_pt, weight) > room_pt:
        kept = kept[:-1].rstrip()
    return kept + ELLIPSIS if kept else ""


def wrapped(text: str, room_pt: float, size_pt: float, most: int = 2) -> tuple[str, ...]:
    """The text in at most so many lines, broken at spaces; what is left over ends in an ellipsis."""
    lines: list[str] = []
    words = text.split(" ")
    while words and len(lines) < most - 1:
        count = len(words)
        while count > 1 and text_width_pt(" ".join(words[:count]), size_pt) > room_pt:
            count -= 1
        lines.append(shortened(" ".join(words[:count]), room_pt, size_pt))
        words = words[count:]
    return (*lines, shortened(" ".join(words), room_pt, size_pt)) if words else tuple(lines)


def _guess(letter: str) -> int:
    """The advance of a letter that Inter does not have."""
    if unicodedata.combining(letter):
        return 0
    return PICTURE if ord(letter) >= FIRST_PICTURE else UNKNOWN
