"""`grade`: sends submissions to a session, keeps the reports, and prints a summary."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import exercises, patches, settings
from autograder.cli.collecting import collected, ours, require_assignment
from autograder.cli.stop import Interrupted, Stop
from autograder.cli.terminal import ClassProgress, console, say, say_some, submissions
from autograder.errors import N_
from autograder.grading.session import Session, grade_class
from autograder.intake.filenames import SUFFIXES
from autograder.intake.layouts import Layout
from autograder.intake.submissions import Collection
from autograder.languages import plural, tr
from autograder.reporting import review, tables
from autograder.reporting.results_folder import ResultsFolder
from autograder.reporting.view import View
from autograder.settings import Settings
from autograder.temporary import temporary_folder

if TYPE_CHECKING:
    from autograder.grading.cluster import Scheduler

KEPT = N_("Stopped. What was graded is saved; run the same command again to continue.")
IN_GRADEBOOK = N_("Stopped. What was graded is in the gradebook.")
UNPACKED = "unpacked"  # below the results: what was unpacked
ForReview = list[tuple[str, str]]  # (id, why) of each submission that needs review


def grade_paths(
    paths: Sequence[Path],
    out: Path | None,
    assignment: str,
    jobs: int | Scheduler,
    chosen: Settings,
    layout: Layout | None = None,
    roster: Path | None = None,
) -> ForReview:
    """Grade one assignment, or each one found.  out: None keeps nothing.

    layout, roster: of the class, if given.
    """
    needing: ForReview = []
    with contextlib.ExitStack() as stack:
        place = out or stack.enter_context(temporary_folder()) / "results"
        for name, found in collected(paths, assignment, place / UNPACKED, out, layout, roster):
            folder = place if assignment else place / name
            needing += _grade_into(folder, found, name, jobs, chosen, paths, out is not None)
    return needing


def grade_course(course: Path, assignment: str, jobs: int | Scheduler, chosen: Settings) -> ForReview:
    """Grade an nbgrader course."""
    require_assignment(assignment)
    with patches.without_iri_grammar():
        from autograder.nbgrader_bridge import course as bridge
    names = [assignment] if assignment else _submitted(course)
    needing: ForReview = []
    for name in names:
        started = time.monotonic()
        with interruptible(IN_GRADEBOOK):
            graded = bridge.grade_course(course, name, chosen, jobs, progress=ClassProgress)
        views = [*map(View, graded)]
        asked = [(view.report.id, view.review) for view in views if view.review]
        remarks = (view.review or "; ".join(view.report.flags) for view in views)
        rows = ((one.id, one.grade, one.max_score, remark) for one, remark in zip(graded, remarks))
        tables.show_students(rows, console(), name)
        count, seconds = _graded_of(len(graded), len(asked)), time.monotonic() - started
        say("\nGraded {count} in {seconds:.1f} s. See formgrader.", count=count, seconds=seconds)
        waiting = sum(len(one.unread) for one in graded)
        if waiting:
            say(
                plural(
                    "1 written answer needs manual grading in formgrader.",
                    "{n} written answers need manual grading in formgrader.",
                    waiting,
                )
            )
        needing += _tell(asked)
    return needing


def _graded_of(number: int, left: int) -> str:
    """How many submissions were graded, of how many if some were left."""
    count = submissions(number)
    return tr("{n} of {count}", n=number - left, count=count) if left else count


def _submitted(folder: Path) -> list[str]:
    """Return the assignments of ours that students submitted.  Raises Stop if there are none."""
    from autograder.nbgrader_bridge import course as bridge

    there = bridge.submitted(folder)
    if not there:
        nothing = N_("No submissions of {known} in {course}/submitted/. Collect the submissions first.")
        raise Stop(nothing, known=", ".join(exercises.assignments()), course=folder)
    return ours(there, there.get)


def _grade_into(
    folder: Path,
    collection: Collection,
    name: str,
    jobs: int | Scheduler,
    chosen: Settings,
    paths: Sequence[Path],
    keep: bool,
) -> ForReview:
    started, found = time.monotonic(), collection.files
    hidden = sorted({folder.resolve(), *(path.resolve() for path in paths)})  # what an instructor named
    hidden += [path for path in [Path(settings.FILE).resolve()] if path.is_file()]
    opening = partial(Session, name, chosen, jobs, hidden=hidden)
    alone = [path for path in paths if path.suffix.lower() in SUFFIXES]
    with interruptible(KEPT), ResultsFolder(folder, name) as book:
        book.absent = [*collection.absent]
        files = book.expect(found, len(alone) < len(paths))
        with ClassProgress(name, files) as done:
            grade_class(files, book, name, opening, done)
        whole = book.statistics
        if len(found) == len(paths) == len(alone) == 1:  # for one file, print the report itself
            tables.show_report(book.report(found[0].id), console())
        else:
            tables.show(whole, console(), name)
        say_some(tr("No longer among the submissions (earlier results kept)"), sorted(book.gone))
        graded = {one.report.id for one in whole.students if one.report.grade is not None}
        count = _graded_of(len(found), sum(file.id not in graded for file in found))
        seconds = time.monotonic() - started
        where = tr("Nothing was saved. To save, add --out DIR.")
        if keep:
            where = tr("Results are in {folder}.", folder=folder)
        say("\nGraded {count} in {seconds:.1f} s. {where}", count=count, seconds=seconds, where=where)
        if (whole.unread or whole.needs_review) and keep:
            say(review.DECIDE, file=review.FILE)
        needing = _tell(whole.needs_review)
        for number, why in sorted(book.review.problems.items() if book.review else ()):
            say(review.NOT_USED, sys.stderr, file=review.FILE, number=number, why=why)
            needing.append((review.FILE, why))
        return needing


@contextlib.contextmanager
def interruptible(stopped: str) -> Iterator[None]:
    """Ctrl-C or a signal ends the command with these words."""
    try:
        yield
    except KeyboardInterrupt:
        raise Stop(stopped, 130) from None
    except Interrupted as told:
        raise Stop(stopped, told.code) from None


def _tell(needing: Sequence[tuple[str, str]]) -> ForReview:
    for id, why in needing:
        say("{id} needs review. {why}", sys.stderr, id=id, why=why)
    return [*needing]
