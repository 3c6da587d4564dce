"""Our digests are those of the standard library."""

from __future__ import annotations

import hashlib
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from joulecard.surroundings.sha256 import sha256


@given(st.binary(max_size=300))
def test_the_same(data: bytes) -> None:
    """Whatever the bytes."""
    assert sha256(data) == hashlib.sha256(data).digest()


def test_without_openssl() -> None:
    """Where Python has its own, OpenSSL is not loaded."""
    program = (
        "import sys\nfrom joulecard.surroundings.sha256 import sha256\nsha256(b'')\n"
        "print('_hashlib' in sys.modules and not {'_sha2', '_sha256'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
