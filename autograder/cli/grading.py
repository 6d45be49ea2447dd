"""`grade`: sends submissions to a session, keeps the reports, and prints a summary."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import exercises, patches, settings
from autograder.cli.collecting import collected, demand_known
from autograder.cli.stop import Interrupted, Stop
from autograder.cli.terminal import ClassProgress, console, say, say_some
from autograder.errors import N_
from autograder.grading.session import grade_class, not_graded
from autograder.intake.layouts import SUFFIXES, Layout
from autograder.intake.places import Kind, kind
from autograder.languages import tr
from autograder.reporting import review, tables, words
from autograder.reporting.results_folder import ResultsFolder
from autograder.settings import Settings

if TYPE_CHECKING:
    from autograder.grading.cluster import Scheduler

KEPT = N_("Stopped. What was graded is saved; run the same command again to continue.")
IN_GRADEBOOK = N_("Stopped. What was graded is in the gradebook.")
UNPACKED = "unpacked"  # below the results: what was unpacked
ForReview = list[tuple[str, str]]  # (id, why) of each submission that needs review


def grade_paths(
    paths: Sequence[Path],
    out: Path,
    assignment: str,
    jobs: int | Scheduler,
    chosen: Settings,
    keep: bool = True,
    layout: Layout | None = None,
) -> ForReview:
    """Grade one assignment, or each one found.  keep: whether OUT stays.  layout: of the class, if given."""
    needing: ForReview = []
    for name, found in collected(paths, assignment, out / UNPACKED, out, layout):
        folder = out if assignment else out / name
        needing += _grade_into(folder, found.files, name, jobs, chosen, paths, keep)
    return needing


def show_one(path: Path, assignment: str, jobs: int | Scheduler, chosen: Settings) -> ForReview:
    """Grade one file, print what its student reads, and keep nothing."""
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        return grade_paths([path], Path(folder, "results"), assignment, jobs, chosen, keep=False)


def grade_course(course: Path, assignment: str, jobs: int | Scheduler, chosen: Settings) -> ForReview:
    """Grade an nbgrader course."""
    known = exercises.assignments()
    demand_known(assignment)
    if not course.is_dir():
        raise Stop("No folder {course}. Name the root of an nbgrader course.", course=course)
    there = _submitted(course, known)
    if not assignment and not there:
        nothing = N_("No submissions of {known} in {course}/submitted/. Collect the submissions first.")
        raise Stop(nothing, known=", ".join(known), course=course)
    with patches.without_iri_grammar():
        from autograder.nbgrader_bridge import course as bridge
    needing: ForReview = []
    for name in [assignment] if assignment else there:
        started = time.monotonic()
        with interruptible(IN_GRADEBOOK):
            graded = bridge.grade_course(course, name, chosen, jobs, progress=ClassProgress)
        remarks = (one.problem or "; ".join(one.notes) for one in graded)
        rows = ((one.student, one.score, one.max_score, said) for one, said in zip(graded, remarks))
        tables.show_students(rows, console(), name)
        left = sum(bool(one.problem) for one in graded)
        count, seconds = words.graded_of(len(graded), left), time.monotonic() - started
        say("\nGraded {count} in {seconds:.1f} s. See formgrader.", count=count, seconds=seconds)
        waiting = sum(one.waiting for one in graded)
        if waiting:
            say(words.WAITING(waiting))
        needing += _tell([(one.student, one.problem) for one in graded if one.problem])
    return needing


def _submitted(course, known):
    """The assignments for which any student has a folder; an unreadable student's folder is skipped."""
    submitted = course / "submitted"
    students = sorted(submitted.iterdir()) if os.path.isdir(submitted) else []
    students = [path for path in students if kind(path) is Kind.FOLDER]
    return [name for name in known if any(kind(one / name) in (Kind.FOLDER, Kind.LINK) for one in students)]


def _grade_into(folder, found, name, jobs, chosen, paths, keep):
    started = time.monotonic()
    hidden = sorted({folder.resolve(), *(path.resolve() for path in paths)})  # what an instructor named
    hidden += [path for path in [Path(settings.FILE).resolve()] if path.is_file()]
    with interruptible(KEPT), ResultsFolder(folder, name) as book:
        try:
            is_class = not all(path.suffix.lower() in SUFFIXES for path in paths)
            book.expect({file.id: file.name for file in found}, is_class)
            found = [file.decided(book.review.file_of) for file in found]
            there = [file for file in found if not file.needs_a_person]
            if there:
                with ClassProgress(name, len(there)) as done:
                    grade_class(there, name, chosen, book, jobs=jobs, hidden=hidden, done=done)
            for file in found:
                if file.needs_a_person:
                    book.add(not_graded(file, name), "")
        finally:
            whole = book.write()
        alone = [path for path in paths if path.suffix.lower() in SUFFIXES]
        if len(found) == len(paths) == len(alone) == 1:  # for one file, print the report itself
            tables.show_report(book.report(found[0].id), console())
        else:
            tables.show(whole, console(), name)
        say_some(tr("No longer among the submissions (earlier results kept)"), sorted(book.gone))
        waiting = {id for id, _ in whole.needs_review}
        count = words.graded_of(len(found), sum(file.id in waiting for file in found))
        seconds = time.monotonic() - started
        where = words.RESULTS_IN.format(folder=folder) if keep else str(words.NOTHING_SAVED)
        say("\nGraded {count} in {seconds:.1f} s. {where}", count=count, seconds=seconds, where=where)
        if (whole.unread or whole.needs_review) and keep:
            say(words.WAIT_IN.format(file=review.FILE))
        problems = sorted(book.review.problems.items())
        for number, why in problems:
            say(review.NOT_USED, sys.stderr, file=review.FILE, number=number, why=why)
        return _tell(whole.needs_review) + [(review.FILE, why) for _, why in problems]


@contextlib.contextmanager
def interruptible(stopped: str) -> Iterator[None]:
    """Ctrl-C or a signal ends the command with these words."""
    try:
        yield
    except KeyboardInterrupt:
        raise Stop(stopped, 130) from None
    except Interrupted as told:
        raise Stop(stopped, told.code) from None


def _tell(needing):
    for id, why in needing:
        say("{id} needs review. {why}", sys.stderr, id=id, why=why)
    return needing
