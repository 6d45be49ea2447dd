"""Prints to the terminal: no student's text can send it control characters, or letters that it cannot write.

Shows progress as a bar on a terminal, and as a line now and then elsewhere.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self, TextIO

from autograder.errors import N_
from autograder.intake.submission import SubmittedFile
from autograder.languages import plural, tr
from autograder.results import Report
from autograder.untrusted_text import escape_control_characters

if TYPE_CHECKING:
    from rich.console import Console

SHOWN = 10  # names in one line
EVERY = 5.0  # seconds between lines where there is no terminal


def say(text: str, file: TextIO | None = None, /, **values: object) -> None:
    """Print a sentence at once, in the current language; to stdout unless a file is given.

    values: fill its braces; a text among them stays in one line.
    """
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = escape_control_characters(value, keep="")
    print(escape_control_characters(tr(text, **values)), file=file, flush=True)


def submissions(number: int) -> str:
    """A number of submissions, in words."""
    return plural("1 submission", "{n} submissions", number)


def say_some(what: str, names: Sequence[str], between: str = ", ") -> None:
    """Print this with the first names, and how many more there are; print nothing without names."""
    if names:
        rest = tr(" and {count} more", count=len(names) - SHOWN) if len(names) > SHOWN else ""
        shown = between.join(escape_control_characters(name, "") for name in names[:SHOWN])
        print(f"{escape_control_characters(what)}: {shown}{rest}", flush=True)


def console() -> Console:
    """Where tables are printed: as wide as the terminal, or 80 columns."""
    from rich.console import Console  # here and below: a command that prints a line does not wait for it

    return Console(width=80 if not sys.stdout.isatty() else None, highlight=False)


def write_all_letters() -> None:
    """From here on, write a letter that the terminal lacks as its code, instead of ending the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # else there is none, or it was replaced
            stream.reconfigure(errors="backslashreplace")


class ClassProgress:
    """The progress of those files that can be graded, from before the first judge starts.

    Call it after each submission.  A context manager, because a bar must be removed.
    """

    def __init__(self, assignment: str, files: Sequence[SubmittedFile]):
        from rich.progress import Progress

        self._readable = {file.id for file in files if not file.needs_a_person}
        self.assignment, self.total, self.done, self.unchanged = assignment, len(self._readable), 0, 0
        self._said = time.monotonic()
        self._bar = Progress(transient=True, disable=not self.total or not sys.stdout.isatty())
        waiting = tr("{assignment}: grading the reference solution first", assignment=assignment)
        self._task = self._bar.add_task(waiting, total=self.total)
        if self._bar.disable and self.total:
            words = N_("{assignment}: grading {count} (the reference solution first)")
            say(words, assignment=assignment, count=submissions(self.total))

    def __call__(self, id: str, report: Report | None) -> None:
        """Count one submission.  report: None if it was graded before."""
        if id not in self._readable:
            return
        self.done += 1
        self.unchanged += report is None
        self._bar.update(self._task, completed=self.done, description=self.assignment)
        is_time = time.monotonic() > self._said + EVERY or self.done == self.total
        if self._bar.disable and report is not None and is_time:
            self._said = time.monotonic()
            words = N_("{assignment}: graded {done} of {total}")
            say(words, assignment=self.assignment, done=self.done, total=self.total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
        if self.unchanged:
            words = N_("{assignment}: {unchanged} of {total} did not change since the last run.")
            say(words, assignment=self.assignment, unchanged=self.unchanged, total=self.total)
