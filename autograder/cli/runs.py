"""Sends submissions to a session, keeps the reports, and prints a summary."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from autograder import courses
from autograder import settings as course_settings
from autograder.cli import tables
from autograder.cli.collecting import Request, ours
from autograder.cli.terminal import class_progress, say, say_some, submissions
from autograder.errors import KitError
from autograder.grading.session import Session, grade_class
from autograder.intake import released
from autograder.intake.collector import Submissions
from autograder.intake.places import SUFFIXES
from autograder.languages import listed, tr
from autograder.reporting import pages, review
from autograder.reporting.class_statistics import ClassStatistics
from autograder.reporting.results_folder import ResultsFolder
from autograder.reporting.rows import ClassRow
from autograder.reporting.text import text
from autograder.settings import Settings
from autograder.temporary import temporary_folder


def grade_paths(
    files: Request,
    jobs: int,
    settings: Settings,
    cluster: Callable | None = None,
) -> int:
    """Grade one assignment, or each one found.  Returns how much needs review."""
    needing = 0
    # while another process imports torch
    pages.compile_templates()
    with contextlib.ExitStack() as stack:
        temporary = stack.enter_context(temporary_folder())
        place = files.out or temporary / "results"
        # No student's code may read another's work, earlier results or the seed.
        hidden = [
            path.resolve()
            for path in (*files.paths, Path(course_settings.FILE))
            if path.exists()
        ]
        for assignment, collection in files.collected(temporary / "unpacked"):
            folder = place
            # Each of several assignments has a folder of its own.
            if not files.assignment:
                folder = place / assignment
            open_session = partial(
                Session,
                assignment,
                settings,
                jobs,
                cluster=cluster,
                hidden=[folder.resolve(), *hidden],
            )
            needing += _grade_into(
                folder, assignment, collection, files, settings, open_session
            )
    return needing


def _grade_into(
    folder: Path,
    assignment: str,
    collection: Submissions,
    request: Request,
    settings: Settings,
    open_session: Callable[[int], Session],
) -> int:
    """Grade one assignment into its folder, and print it.  Returns how much needs review."""
    started = time.monotonic()
    # Only of a class can somebody be missing since the last run.
    is_class = any(
        path.suffix.lower() not in SUFFIXES for path in request.paths
    )
    rule = settings.partial_credit_of(assignment)
    with ResultsFolder(folder, assignment, partial_credit=rule) as book:
        book.head.absent = [*collection.absent]
        book.head.skipped = dict(collection.skipped)
        files = book.announce(collection.files, is_class)
        with class_progress(assignment, files) as done:
            grade_class(files, book, assignment, settings, open_session, done)
        whole = book.statistics
        if len(files) == len(request.paths) == 1 and not is_class:
            print(text(book.assessment(files[0].id)), end="")
        else:
            tables.show_class(whole, assignment)
        tables.show_skipped(collection.skipped)
        gone = tr("No longer among the submissions (earlier results kept)")
        say_some(gone, book.head.gone)
        graded = {
            student.id
            for student in whole.students
            if student.grade is not None
        }
        ungraded = sum(file.id not in graded for file in files)
        where = tr("Nothing was saved. To save, add --out DIR.")
        if request.out:
            where = tr("Results are in {folder}.", folder=folder)
        say(
            "\nGraded {count} in {seconds:.1f} s. {where}",
            count=_graded_of(len(files), ungraded),
            seconds=time.monotonic() - started,
            where=where,
        )
        if whole.waiting and request.out:
            say(review.DECIDE, file=review.FILE)
        _print_for_review(whole.waiting)
        return len(whole.waiting) + tables.print_unused_rows(book.review)


def grade_course(
    course: Path,
    assignment: str,
    jobs: int,
    settings: Settings,
    cluster: Callable | None = None,
) -> int:
    """Grade an nbgrader course.  Returns how many submissions need review."""
    from autograder.nbgrader_bridge import course as bridge

    names = [assignment]
    if assignment:
        released.require(assignment)
    else:
        submitted = bridge.submitted_assignments(course)
        if not submitted:
            raise KitError(
                "No submissions of {known} in {course}/submitted/. "
                "Collect the submissions first.",
                known=listed(courses.names()),
                course=course,
            )
        names = ours(submitted, submitted.get)
    needing = 0
    for name in names:
        started = time.monotonic()
        graded = bridge.grade_course(
            course,
            name,
            settings,
            jobs,
            cluster=cluster,
            progress=class_progress,
        )
        whole = ClassStatistics(graded)
        tables.show_class(whole, name)
        say(
            "\nGraded {count} in {seconds:.1f} s. See formgrader.",
            count=_graded_of(len(graded), len(whole.waiting)),
            seconds=time.monotonic() - started,
        )
        _print_for_review(whole.waiting)
        needing += len(whole.waiting)
    return needing


def _graded_of(number: int, ungraded: int) -> str:
    count = submissions(number)
    if ungraded:
        return tr("{n} of {count}", n=number - ungraded, count=count)
    return count


def _print_for_review(students: Sequence[ClassRow]) -> None:
    for student in students:
        who = f"{student.id} {student.name}".rstrip()
        say(
            "{id} needs review. {why}",
            sys.stderr,
            id=who,
            why=student.waits_for,
        )
