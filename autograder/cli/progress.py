"""How far a class or other work is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from autograder.languages import tr
from autograder.results import Report

EVERY = 5.0  # seconds between lines where there is no terminal


class Bar:
    """What `grading.session.grade_class` tells of; a context manager, since a bar must be taken down."""

    def __init__(self):
        self.assignment, self.total, self.done, self.unchanged = "", 0, 0, 0
        self._bar = self._task = None
        self._said = 0.0

    def starts(self, assignment: str, total: int) -> None:
        """Say so before the first judge has begun."""
        self.assignment, self.total, self._said = assignment, total, time.monotonic()
        if sys.stdout.isatty():
            self._bar = _bar()
            self._task = self._bar.add_task(
                tr("{assignment}: the reference first", assignment=assignment), total=total
            )
            self._bar.start()
        else:
            print(
                tr(
                    "{assignment}: {total} to look at; the reference is judged first",
                    assignment=assignment,
                    total=total,
                ),
                flush=True,
            )

    def steps(self, id: str, report: Report | None) -> None:
        """One more is done; report: None where it was graded before."""
        self.done += 1
        self.unchanged += report is None
        if self._bar:
            self._bar.update(self._task, advance=1, description=self.assignment)
        elif report is not None and (time.monotonic() > self._said + EVERY or self.done == self.total):
            self._said = time.monotonic()
            print(
                tr(
                    "{assignment}: {done} of {total} graded",
                    assignment=self.assignment,
                    done=self.done,
                    total=self.total,
                ),
                flush=True,
            )

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_) -> None:
        if self._bar:
            self._bar.stop()
        if self.unchanged:
            print(
                tr(
                    "{assignment}: {unchanged} of {total} were graded before, and did not change.",
                    assignment=self.assignment,
                    unchanged=self.unchanged,
                    total=self.total,
                )
            )


class Count:
    """How far any other work is; a context manager, since a bar must be taken down."""

    def __init__(self, what: str):
        self._what, self._said = what, time.monotonic()
        self._bar = self._task = None

    def told(self, done: int, total: int) -> None:
        """So many are done, of so many."""
        if self._bar:
            self._bar.update(self._task, completed=done, total=total)
        elif time.monotonic() > self._said + EVERY or done == total:
            self._said = time.monotonic()
            print(f"{self._what}: {done}/{total}", flush=True)

    def __enter__(self) -> Count:
        if sys.stdout.isatty():
            self._bar = _bar()
            self._task = self._bar.add_task(self._what, total=None)
            self._bar.start()
        return self

    def __exit__(self, *_) -> None:
        if self._bar:
            self._bar.stop()


def _bar() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(complete_style="cyan", finished_style="green"),
        MofNCompleteColumn(),
    )
    return Progress(*columns, TimeRemainingColumn(), transient=True)
