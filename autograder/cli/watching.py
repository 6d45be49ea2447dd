"""`watch`: grades submissions as they come, from a course or a folder, until a signal."""

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from autograder import courses, settings
from autograder.cli.app import Unsafe, app, settings_of
from autograder.cli.collecting import ours
from autograder.cli.grading import interruptible
from autograder.cli.terminal import Stop, say
from autograder.errors import N_
from autograder.grading import pool
from autograder.grading.session import WarmSessions
from autograder.intake import released
from autograder.intake.layouts import RESULTS
from autograder.intake.search import Layout
from autograder.untrusted_text import escape_control_characters
from autograder.watching import watcher
from autograder.watching.folder import FolderSource

ENDED = N_("Stopped. All feedback so far was returned; run the same command again to continue.")


@app.command()
def watch(
    course: Annotated[Path | None, typer.Argument(help="The root of a course; by default, this.")] = None,
    assignment: Annotated[list[str] | None, typer.Option(help="Repeat it for more; by default, all.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Watch this folder instead of a course.")] = None,
    out: Annotated[Path | None, typer.Option(help="With --folder: where to write results and pages.")] = None,
    layout: Annotated[
        Layout | None, typer.Option("--from", help="With --folder: how files are named.")
    ] = None,
    detail: Annotated[str | None, typer.Option(help="Before the due date: points, hints or all.")] = None,
    cooldown: Annotated[float | None, typer.Option(help="Minutes between feedbacks to a student.")] = None,
    interval: Annotated[float | None, typer.Option(help="Seconds between two checks.")] = None,
    status: Annotated[
        bool, typer.Option("--status", help="Only report the watcher's state; exit 1 if it is not well.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Number of judge processes for each assignment.")] = 1,
    unsafe: Unsafe = False,
) -> None:
    """Grade submissions as they come and return feedback, until Ctrl-C or SIGTERM.

    Collects from nbgrader's exchange, grades, makes the feedback and releases it. Options override
    the [watch] table in autograder.toml. You can stop and restart it at any time.
    """
    if (folder is None) != (out is None):
        raise Stop("--folder and --out belong together. Give both, or neither.")
    root, is_named, names = course or Path(), course is not None, assignment or []
    results = out or root.resolve() / RESULTS
    if status:
        sentence, is_well = watcher.status(results)
        print(escape_control_characters(sentence))
        raise typer.Exit(0 if is_well else 1)
    settings_of(root, [] if folder is None else [folder], is_named=is_named or folder is None)
    released.require(*names)
    pool.start()
    rules = settings.watching(root) or settings.Watching()
    rules = rules.with_options(detail=detail, cooldown=cooldown, interval=interval)
    with interruptible(ENDED), contextlib.closing(WarmSessions(jobs, unsafe)) as sessions:
        if folder is not None:
            if not folder.is_dir():
                raise Stop("No file or folder {path}. Check the path.", path=folder)
            with watcher.open_attempts(results, rules) as attempts:
                source = FolderSource(folder, results, root, names, sessions, layout)
                watcher.Watcher(results, attempts, rules, say).run(source)
            return
        from nbgrader.api import MissingEntry
        from sqlalchemy.exc import SQLAlchemyError

        from autograder.nbgrader_bridge import course as bridge
        from autograder.nbgrader_bridge.course_files import is_ours
        from autograder.watching.course import CourseSource

        with bridge.open_course(root) as (nb, opened), watcher.open_attempts(results, rules) as attempts:
            known = ours(names or courses.names(), lambda name: is_ours(opened, name))
            course_source = CourseSource(nb, opened, known, sessions)
            transient = SQLAlchemyError, MissingEntry
            watcher.Watcher(results, attempts, rules, say, transient).run(course_source)
