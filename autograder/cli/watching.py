"""`watch`: grades submissions as they come into a course's exchange, until a signal."""

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from autograder import courses
from autograder.cli.app import Unsafe, app, settings_of
from autograder.cli.terminal import say
from autograder.grading import pool
from autograder.intake import released


@app.command()
def watch(
    course: Annotated[
        Path, typer.Argument(help="The root of a course; by default, this.")
    ] = Path(),
    assignment: Annotated[
        list[str] | None,
        typer.Option(help="Repeat it for more; by default, all."),
    ] = None,
    jobs: Annotated[
        int,
        typer.Option(
            min=1, help="Number of judge processes for each assignment."
        ),
    ] = 1,
    unsafe: Unsafe = False,
) -> None:
    """Grade submissions as they come and return feedback, until Ctrl-C or SIGTERM.

    Collects from nbgrader's exchange, grades, makes the feedback and releases it, and does
    so again every few seconds. What feedback shows before the due date is in the [watch]
    table of autograder.toml. You can stop and restart it at any time.
    """
    names = assignment or []
    settings_of(course, [], is_explicit=True)
    released.require(*names)
    pool.start()
    # nbgrader takes a second to import
    from autograder.cli.collecting import ours
    from autograder.grading.session import WarmSessions
    from autograder.nbgrader_bridge.course import open_course
    from autograder.nbgrader_bridge.course_files import is_ours
    from autograder.watching.watcher import Watcher

    with (
        contextlib.closing(WarmSessions(jobs, unsafe)) as sessions,
        open_course(course) as (nbgrader, opened),
    ):
        mine = ours(
            names or courses.names(), lambda name: is_ours(opened, name)
        )
        Watcher(nbgrader, opened, mine, sessions, say).run()
