"""`grade`: sends submissions to a session, keeps the reports, and prints a summary."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder import courses, settings
from autograder.cli import tables
from autograder.cli.app import Jobs, Language, Unsafe, app, settings_of, use_course
from autograder.cli.collecting import ClassFiles, ours
from autograder.cli.terminal import (
    Stop,
    class_progress,
    one_of,
    say,
    say_some,
    submissions,
)
from autograder.errors import N_, Interrupted
from autograder.grading.session import Session, grade_class
from autograder.intake import released
from autograder.intake.archives import UNPACKED
from autograder.intake.collector import Collection, folders_of
from autograder.intake.places import SUFFIXES
from autograder.languages import listed, tr
from autograder.platforms import PLATFORMS
from autograder.reporting import review
from autograder.reporting.class_statistics import ClassRow, class_statistics
from autograder.reporting.results_folder import ResultsFolder
from autograder.settings import Settings
from autograder.temporary import temporary_folder

if TYPE_CHECKING:
    from autograder.grading.cluster import Scheduler

KEPT = N_("Stopped. What was graded is saved; run the same command again to continue.")
IN_GRADEBOOK = N_("Stopped. What was graded is in the gradebook.")


@app.command()
def grade(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files, folders, or a platform's .zip.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results; earlier ones are kept.")
    ] = None,
    course: Annotated[
        Path | None, typer.Option(help="The course; without PATHS, grade all of it.")
    ] = None,
    assignment: Annotated[
        str, typer.Option(help="The assignment; by default, all that are found.")
    ] = "",
    jobs: Jobs = 0,
    scheduler: Annotated[
        str, typer.Option(help="A Dask cluster's address, or its scheduler file.")
    ] = "",
    memory: Annotated[
        int | None, typer.Option(help="Memory for each submission, in MiB.")
    ] = None,
    language: Language = None,
    unsafe: Unsafe = False,
    only_list: Annotated[
        bool, typer.Option("--list", help="Only list which file is whose.")
    ] = False,
    platform: Annotated[
        str, one_of(PLATFORMS, "--from", help="What named the files.")
    ] = "",
    roster: Annotated[
        Path | None, typer.Option(help="A table with the ids and names of the class.")
    ] = None,
) -> None:
    """Grade submissions, and write results.json, grades.csv, a class report and a page per
    student to OUT.

    For a single file, print what the student reads; without --out, nothing is saved.

    With --course and no PATHS, grade a whole nbgrader course, as `nbgrader autograde` does.
    Settings and a course's own exercises come from the course that you name with --course,
    or from the current folder.
    """
    paths, folder, is_named = paths or [], course or Path.cwd(), course is not None
    files = ClassFiles(paths, assignment, out, PLATFORMS.get(platform), roster)
    if is_named and out and not paths:
        raise Stop(
            "--course alone grades the course's submitted/ folder. Leave out --out, or add PATH."
        )
    if not paths and (not is_named or only_list):
        raise Stop(
            "A path is missing. Run autograder grade PATH... --out DIR, or grade --course DIR."
        )
    if only_list:
        use_course(folder, paths, is_named=is_named)
        raise typer.Exit(1 if tables.show_files(files) else 0)
    alone = (
        len(paths) == 1
        and paths[0].is_file()
        and paths[0].suffix.lower() in (".ipynb", ".py")
    )
    if paths and out is None and not alone:
        raise Stop("--out is missing. Add --out DIR.")
    given = {"memory": memory, "language": language, "unsafe": unsafe or None}
    chosen = settings_of(
        folder, folders_of(paths), is_named=is_named, paths=paths, **given
    )
    judges = _cluster(scheduler, jobs) if scheduler else jobs
    if paths:
        needing = grade_paths(files, judges, chosen)
    else:
        needing = grade_course(folder, assignment, judges, chosen)
    raise typer.Exit(1 if needing else 0)


def _cluster(scheduler: str, jobs: int) -> Scheduler:
    if jobs:
        raise Stop("--scheduler and --jobs exclude each other. Use one of them.")
    if ":" not in scheduler and not Path(scheduler).is_file():
        raise Stop(
            "No file {file}. Start `dask scheduler --scheduler-file {file}` first.",
            file=scheduler,
        )
    from autograder.grading.cluster import Scheduler

    return Scheduler(scheduler, lambda words: say(words, sys.stderr))


def grade_paths(files: ClassFiles, jobs: int | Scheduler, chosen: Settings) -> int:
    """Grade one assignment, or each one found.  Returns how much needs review."""
    needing = 0
    with contextlib.ExitStack() as stack:
        place = files.out or stack.enter_context(temporary_folder()) / "results"
        hidden = [
            path.resolve()
            for path in (*files.paths, Path(settings.FILE))
            if path.exists()
        ]
        for name, found in files.collected(place / UNPACKED):
            folder = place if files.assignment else place / name
            opening = partial(
                Session, name, chosen, jobs, hidden=[folder.resolve(), *hidden]
            )
            needing += _grade_into(folder, found, name, chosen, opening, files)
    return needing


def grade_course(
    course: Path, assignment: str, jobs: int | Scheduler, chosen: Settings
) -> int:
    """Grade an nbgrader course.  Returns how many submissions need review."""
    from autograder.nbgrader_bridge import course as bridge

    names = [assignment]
    if assignment:
        released.require(assignment)
    else:
        submitted = bridge.submitted_assignments(course)
        if not submitted:
            nothing = N_(
                "No submissions of {known} in {course}/submitted/. Collect the submissions first."
            )
            raise Stop(nothing, known=listed(courses.names()), course=course)
        names = ours(submitted, submitted.get)
    needing = 0
    for name in names:
        started = time.monotonic()
        with interruptible(IN_GRADEBOOK):
            graded = bridge.grade_course(
                course, name, chosen, jobs, progress=class_progress
            )
        whole = class_statistics(graded)
        tables.show_class(whole, tables.console(), name)
        count, seconds = (
            _graded_of(len(graded), len(whole.needs_review)),
            time.monotonic() - started,
        )
        say(
            "\nGraded {count} in {seconds:.1f} s. See formgrader.",
            count=count,
            seconds=seconds,
        )
        needing += _print_for_review(whole.needs_review)
    return needing


def _graded_of(number: int, left: int) -> str:
    count = submissions(number)
    return tr("{n} of {count}", n=number - left, count=count) if left else count


def _grade_into(
    folder: Path,
    collection: Collection,
    name: str,
    chosen: Settings,
    opening: Callable[[int], Session],
    request: ClassFiles,
) -> int:
    started = time.monotonic()
    is_class = any(path.suffix.lower() not in SUFFIXES for path in request.paths)
    with interruptible(KEPT), ResultsFolder(folder, name) as book:
        book.head.absent = [*collection.absent]
        book.head.skipped = dict(collection.skipped)
        files = book.expect(collection.files, is_class)
        with class_progress(name, files) as done:
            grade_class(files, book, name, chosen, opening, done)
        whole = book.statistics
        if (
            len(files) == len(request.paths) == 1 and not is_class
        ):  # for one file, print the report itself
            tables.show_report(book.report(files[0].id), tables.console())
        else:
            tables.show_class(whole, tables.console(), name)
        tables.show_skipped(collection.skipped)
        say_some(
            tr("No longer among the submissions (earlier results kept)"), book.head.gone
        )
        graded = {student.id for student in whole.students if student.grade is not None}
        count = _graded_of(len(files), sum(file.id not in graded for file in files))
        seconds = time.monotonic() - started
        where = tr("Nothing was saved. To save, add --out DIR.")
        if request.out:
            where = tr("Results are in {folder}.", folder=folder)
        say(
            "\nGraded {count} in {seconds:.1f} s. {where}",
            count=count,
            seconds=seconds,
            where=where,
        )
        if whole.needs_review and request.out:
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


def _print_for_review(students: Sequence[ClassRow]) -> int:
    for student in students:
        who = f"{student.id} {student.name}".rstrip()
        say("{id} needs review. {why}", sys.stderr, id=who, why=student.review)
    return len(students)
