"""The commands for graders, with their options; other modules do the work."""

from __future__ import annotations

import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder import courses, languages, settings
from autograder.cli import exporting
from autograder.cli.app import Jobs, Language, Seed, Unsafe, app, settings_of, use_course
from autograder.cli.collecting import ClassFiles, require_assignment
from autograder.cli.terminal import Stop, say
from autograder.grading import pool
from autograder.intake.collector import folders_of
from autograder.intake.layouts import Layout
from autograder.languages import N_, plural

if TYPE_CHECKING:
    from autograder.grading.cluster import Scheduler


def _cluster(scheduler: str, jobs: int) -> Scheduler:
    if jobs:
        raise Stop("--scheduler and --jobs exclude each other. Use one of them.")
    from autograder.grading.cluster import Scheduler

    if ":" not in scheduler and not Path(scheduler).is_file():
        raise Stop("No file {file}. Start `dask scheduler --scheduler-file {file}` first.", file=scheduler)
    return Scheduler(scheduler, lambda words: say(words, sys.stderr))


@app.command()
def grade(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files, folders, or a platform's .zip.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results; earlier ones are kept.")] = None,
    course: Annotated[Path | None, typer.Option(help="The course; without PATHS, grade all of it.")] = None,
    assignment: Annotated[str, typer.Option(help="The assignment; by default, all that are found.")] = "",
    jobs: Jobs = 0,
    scheduler: Annotated[str, typer.Option(help="A Dask cluster's address, or its scheduler file.")] = "",
    seed: Seed = None,
    memory: Annotated[int | None, typer.Option(help="Memory for each submission, in MiB.")] = None,
    language: Language = None,
    unsafe: Unsafe = False,
    only_list: Annotated[bool, typer.Option("--list", help="Only list which file is whose.")] = False,
    layout: Annotated[Layout | None, typer.Option("--from", help="How the files are named.")] = None,
    roster: Annotated[Path | None, typer.Option(help="A table with the ids and names of the class.")] = None,
) -> None:
    """Grade submissions, and write results.json, grades.csv, a class report and a page per student to OUT.

    For a single file, print what the student reads; without --out, nothing is saved.

    With --course and no PATHS, grade a whole nbgrader course, as `nbgrader autograde` does. Settings and a
    course's own exercises come from the course that you name with --course, or from the current folder.
    """
    paths, folder, is_named = paths or [], course or Path.cwd(), course is not None
    files = ClassFiles(paths, assignment, out, layout, roster)
    if is_named and out and not paths:
        raise Stop("--course alone grades the course's submitted/ folder. Leave out --out, or add PATH.")
    if not paths and (not is_named or only_list):
        raise Stop("A path is missing. Run autograder grade PATH... --out DIR, or grade --course DIR.")
    if only_list:
        from autograder.cli import tables

        use_course(folder, paths, is_named=is_named)
        raise typer.Exit(1 if tables.show_files(files) else 0)
    alone = len(paths) == 1 and paths[0].is_file() and paths[0].suffix.lower() in (".ipynb", ".py")
    if paths and out is None and not alone:
        raise Stop("--out is missing. Add --out DIR.")
    given = {"seed": seed, "memory": memory, "language": language, "unsafe": unsafe or None}
    chosen = settings_of(folder, folders_of(paths), is_named=is_named, paths=paths, **given)
    judges = _cluster(scheduler, jobs) if scheduler else jobs
    if not scheduler:
        pool.start()
    from autograder.cli import grading

    if paths:
        needing = grading.grade_paths(files, judges, chosen)
    else:
        needing = grading.grade_course(folder, assignment, judges, chosen)
    raise typer.Exit(1 if needing else 0)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the sample class and its results.")] = Path("demo"),
    assignment: Annotated[str, typer.Option(help="The assignment; by default, all.")] = "",
    jobs: Jobs = 0,
    language: Language = None,
) -> None:
    """Write a sample class, grade it, and list the pages to open."""
    require_assignment(assignment)
    pool.start()
    from autograder.cli import demo as sample
    from autograder.cli import grading

    names = [assignment] if assignment else courses.names()
    spoken = settings.Settings().with_options(language=language or languages.language())
    languages.speak(spoken.language)
    count = sample.write_class(out, names, spoken.language)
    say("Wrote a sample class of {count} students to {out}/submitted/.\n", count=count, out=out)
    grading.grade_paths(ClassFiles([out], out=out / "results"), jobs, spoken)
    for name in names:
        say("Open {page} first.", page=out / "results" / name / "index.html")


@app.command()
def review(
    results: Annotated[Path | None, typer.Argument(help="A results folder, or its results.json.")] = None,
    course: Annotated[Path | None, typer.Option(help="Instead of RESULTS: an nbgrader course.")] = None,
    assignment: Annotated[str, typer.Option(help="With --course: by default, the only one graded.")] = "",
    port: Annotated[int, typer.Option(help="The port on this machine; by default, a free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Decide what waits for you on a page on this machine: answers in words, files, and any points.

    The decisions are in RESULTS/review.csv, which a spreadsheet can edit in turn; of a course, in nbgrader's
    gradebook, in turn with formgrader. Ctrl-C writes the results. Exit 1: some submissions still wait.
    """
    if (results is None) == (course is None):
        raise Stop("Name a results folder, or a course with --course. Not both.")
    import asyncio
    import webbrowser

    from autograder.reviewing import server
    from autograder.reviewing.desk import Desk

    def ready(address: str) -> None:
        say("Review at {address}. Press Ctrl-C here to finish.", address=address)
        if browser:
            webbrowser.open(address)

    async def until_stopped(desk: Desk) -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        await server.serve(desk, ready, stop, port)

    with ExitStack() as stack:
        manual_grades = None
        if course is not None:
            settings_of(course, is_named=True)
            from autograder.nbgrader_bridge.course import decisions_of

            results, manual_grades = stack.enter_context(decisions_of(course, assignment))
        desk = Desk(results or Path(), manual_grades)
        try:
            asyncio.run(until_stopped(desk))
        except OSError as error:
            words = N_("Cannot open port {port} ({why}). Choose another with --port.")
            raise Stop(words, port=port, why=error.strerror or str(error)) from None
        left = desk.finish()
    say(plural("1 submission still waits for you.", "{n} submissions still wait for you.", left))
    if again := len(desk.chosen):
        say(plural("You chose 1 file. Now grade again.", "You chose {n} files. Now grade again.", again))
    raise typer.Exit(1 if left or again else 0)


app.command()(exporting.export)
