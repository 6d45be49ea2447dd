"""What is printed: nothing that a student named steers the terminal, or is more than it can write."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from typing import TextIO

from autograder.languages import tr
from autograder.seen import visible

SHOWN = 10  # names in one line


def say(text: str, file: TextIO | None = None) -> None:
    """Print at once, to stdout unless a file is given."""
    print(visible(text), file=file, flush=True)


def say_some(what: str, names: Sequence[str], between: str = ", ") -> None:
    """Say this of the first of some names, and how many more there are; nothing where there are none."""
    if names:
        rest = tr(" and {count} more", count=len(names) - SHOWN) if len(names) > SHOWN else ""
        say(f"{what}: {between.join(visible(name, '') for name in names[:SHOWN])}{rest}")


def write_all_letters() -> None:
    """From here on, a letter that the terminal does not have is written as its code.

    All is on the disk by the time that names are printed: they end no run.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):  # there is none, or it was replaced
            stream.reconfigure(errors="backslashreplace")
