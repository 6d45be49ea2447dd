"""`grade`: sends submissions to a session, keeps the reports, and prints a summary."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from autograder import exercises, settings
from autograder.cli import tables
from autograder.cli.collecting import ClassFiles, ours, require_assignment
from autograder.cli.terminal import Stop, class_progress, console, say, say_some, submissions
from autograder.errors import N_, Interrupted
from autograder.grading.cluster import Scheduler
from autograder.grading.session import Session, grade_class
from autograder.intake.archives import UNPACKED
from autograder.intake.collector import Collection
from autograder.intake.filenames import SUFFIXES
from autograder.languages import listed, plural, tr
from autograder.reporting import review
from autograder.reporting.class_statistics import class_statistics
from autograder.reporting.results_folder import ResultsFolder
from autograder.settings import Settings
from autograder.temporary import temporary_folder

KEPT = N_("Stopped. What was graded is saved; run the same command again to continue.")
IN_GRADEBOOK = N_("Stopped. What was graded is in the gradebook.")


def grade_paths(files: ClassFiles, jobs: int | Scheduler, chosen: Settings) -> int:
    """Grade one assignment, or each one found.  Returns how much needs review."""
    needing = 0
    with contextlib.ExitStack() as stack:
        place = files.out or stack.enter_context(temporary_folder()) / "results"
        hidden = [path.resolve() for path in (*files.paths, Path(settings.FILE)) if path.exists()]
        for name, found in files.collected(place / UNPACKED):
            folder = place if files.assignment else place / name
            opening = partial(Session, name, chosen, jobs, hidden=[folder.resolve(), *hidden])
            needing += _grade_into(folder, found, name, opening, files)
    return needing


def grade_course(course: Path, assignment: str, jobs: int | Scheduler, chosen: Settings) -> int:
    """Grade an nbgrader course.  Returns how many submissions need review."""
    require_assignment(assignment)
    from autograder.nbgrader_bridge import course as bridge

    names = [assignment]
    if not assignment:
        submitted = bridge.submitted(course)
        if not submitted:
            nothing = N_("No submissions of {known} in {course}/submitted/. Collect the submissions first.")
            raise Stop(nothing, known=listed(exercises.assignments()), course=course)
        names = ours(submitted, submitted.get)
    needing = 0
    for name in names:
        started = time.monotonic()
        with interruptible(IN_GRADEBOOK):
            graded = bridge.grade_course(course, name, chosen, jobs, progress=class_progress)
        whole = class_statistics(graded)
        tables.show_class(whole, console(), name)
        count, seconds = _graded_of(len(graded), len(whole.needs_review)), time.monotonic() - started
        say("\nGraded {count} in {seconds:.1f} s. See formgrader.", count=count, seconds=seconds)
        if left := sum(whole.waiting.values()):
            say(plural("1 cell needs manual grading.", "{n} cells need manual grading.", left))
        needing += _print_for_review(whole.needs_review)
    return needing


def _graded_of(number: int, left: int) -> str:
    count = submissions(number)
    return tr("{n} of {count}", n=number - left, count=count) if left else count


def _grade_into(
    folder: Path, found: Collection, name: str, opening: Callable[[int], Session], given: ClassFiles
) -> int:
    started = time.monotonic()
    is_class = any(path.suffix.lower() not in SUFFIXES for path in given.paths)
    with interruptible(KEPT), ResultsFolder(folder, name) as book:
        book.head.absent = [*found.absent]
        files = book.expect(found.files, is_class)
        with class_progress(name, files) as done:
            grade_class(files, book, name, opening, done)
        whole = book.statistics
        if len(files) == len(given.paths) == 1 and not is_class:  # for one file, print the report itself
            tables.show_report(book.report(files[0].id), console())
        else:
            tables.show_class(whole, console(), name)
        say_some(tr("No longer among the submissions (earlier results kept)"), book.head.gone)
        graded = {one.report.id for one in whole.students if one.report.grade is not None}
        count = _graded_of(len(files), sum(file.id not in graded for file in files))
        seconds = time.monotonic() - started
        where = tr("Nothing was saved. To save, add --out DIR.")
        if given.out:
            where = tr("Results are in {folder}.", folder=folder)
        say("\nGraded {count} in {seconds:.1f} s. {where}", count=count, seconds=seconds, where=where)
        if (whole.waiting or whole.needs_review) and given.out:
            say(review.DECIDE, file=review.FILE)
        needing = _print_for_review(whole.needs_review)
        unused = sorted(book.review.problems.items()) if book.review else []
        for number, why in unused:
            say(review.NOT_USED, sys.stderr, file=review.FILE, number=number, why=why)
        return needing + len(unused)


@contextlib.contextmanager
def interruptible(stopped: str) -> Iterator[None]:
    """Let Ctrl-C or a signal end the command with a sentence."""
    try:
        yield
    except KeyboardInterrupt:
        raise Stop(stopped, 130) from None
    except Interrupted as signal:
        raise Stop(stopped, signal.code) from None


def _print_for_review(needing: Sequence[tuple[str, str]]) -> int:
    for id, why in needing:
        say("{id} needs review. {why}", sys.stderr, id=id, why=why)
    return len(needing)
