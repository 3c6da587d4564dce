"""`python -m joulecard`: the same as the `joulecard` command."""

from __future__ import annotations

import sys

from joulecard.cli import main

if __name__ == "__main__":
    sys.exit(main())
