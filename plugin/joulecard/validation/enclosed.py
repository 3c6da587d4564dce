"""The disclosure inside a PDF report, and the SHA-256 that the report prints: the only door to pypdf."""

from __future__ import annotations

import io
import logging
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from joulecard.errors import InvalidInputError, MissingPartError

if TYPE_CHECKING:
    import pypdf

PDF = b"%PDF-"
MAX_PDF_BYTES = 64 * 1024 * 1024
ATTACHED_AS = "disclosure.json"
LAST_PAGES = 8  # the record and its SHA-256 close the report
_PRINTED = re.compile(r"SHA-256 is\s*([0-9a-f]{32})\s*([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What a report carries."""

    data: bytes  # of the disclosure, as they were attached
    printed_sha256: str  # 64 hex digits; empty where the pages show none

    @property
    def sha256(self) -> str:
        """The SHA-256 of the attached bytes, 64 hex digits."""
        return sha256(self.data).hexdigest()


def enclosed(data: bytes) -> Enclosed:
    """The disclosure in the bytes of a PDF report.

    Raises MissingPartError where pypdf is not installed, InvalidInputError where the file is damaged, encrypted or
    holds no disclosure.
    """
    if len(data) > MAX_PDF_BYTES:
        raise InvalidInputError(f"the PDF is larger than {MAX_PDF_BYTES // 1024**2} MiB")
    opened = _reader(data)
    if opened.is_encrypted:
        raise InvalidInputError("the PDF is encrypted, and a report never is", mend="verify it as it was published")
    try:
        return Enclosed(_attached(opened), _printed(opened))
    except InvalidInputError:
        raise
    except Exception as error:  # pypdf raises whatever a damaged file makes it stumble over
        raise _unreadable(error) from error


def _reader(data: bytes) -> pypdf.PdfReader:
    """The opened file; raises MissingPartError, InvalidInputError."""
    try:
        import pypdf
    except ImportError as error:
        told = "taking the disclosure out of a PDF needs the package pypdf: run `pip install 'joulecard[pdf]'`"
        raise MissingPartError(told) from error
    log = logging.getLogger("pypdf")
    if not log.handlers:
        log.addHandler(logging.NullHandler())  # else its remarks on damaged files reach the terminal
    try:
        return pypdf.PdfReader(io.BytesIO(data), strict=True)  # a damaged file is told, not mended
    except Exception as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> InvalidInputError:
    """What is said of a file that pypdf stumbles over."""
    told = f"the PDF is damaged and cannot be read ({type(error).__name__})"
    return InvalidInputError(told, mend="get it again from where it was published")


def _attached(opened: pypdf.PdfReader) -> bytes:
    """The attached disclosure; raises InvalidInputError where there is none or more than one."""
    found = opened.attachments.get(ATTACHED_AS, [])
    if not found:
        raise InvalidInputError(
            f"the PDF holds no attached file {ATTACHED_AS}", mend="a report of `joulecard render` holds one"
        )
    if len(found) > 1:
        raise InvalidInputError(f"the PDF holds {len(found)} attached files {ATTACHED_AS}; which one it shows is open")
    return bytes(found[0])


def _printed(opened: pypdf.PdfReader) -> str:
    """The SHA-256 that the last pages print; empty where there is none."""
    for page in reversed(opened.pages[-LAST_PAGES:]):
        if found := _PRINTED.findall(page.extract_text()):
            return "".join(found[-1])
    return ""
