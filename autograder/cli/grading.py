"""`grade`: its options, and what they mean together; `runs` does the work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from autograder.cli.app import (
    Jobs,
    Language,
    Unsafe,
    app,
    settings_of,
    use_course,
)
from autograder.cli.terminal import say
from autograder.errors import KitError
from autograder.grading import pool
from autograder.intake.owners import RESULTS
from autograder.platforms import PLATFORMS

if TYPE_CHECKING:
    Platform = str
else:
    Platform = Literal[tuple(PLATFORMS)]


@app.command()
def grade(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files, folders, or a platform's .zip."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the results; earlier ones are kept."),
    ] = None,
    course: Annotated[
        Path | None,
        typer.Option(help="The course; without PATHS, grade all of it."),
    ] = None,
    assignment: Annotated[
        str,
        typer.Option(help="The assignment; by default, all that are found."),
    ] = "",
    jobs: Jobs = 0,
    scheduler: Annotated[
        str,
        typer.Option(help="A Dask cluster's address, or its scheduler file."),
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
        Platform | None, typer.Option("--from", help="What named the files.")
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(help="A table with the ids and names of the class."),
    ] = None,
) -> None:
    """Grade submissions, and write results.json, grades.csv, a class report and a page per
    student to OUT.

    For a single file, print what the student reads; without --out, nothing is saved.

    With --course and no PATHS, grade a whole nbgrader course, as `nbgrader autograde` does.
    Settings and a course's own exercises come from the course that you name with --course,
    or from the current folder.
    """
    paths = paths or []
    folder = course or Path.cwd()
    is_explicit = course is not None
    if is_explicit and out and not paths:
        raise KitError(
            "--course alone grades the course's submitted/ folder. Leave out --out, or add PATH."
        )
    if not paths and (not is_explicit or only_list):
        raise KitError(
            "A path is missing. Run autograder grade PATH... --out DIR, or grade --course DIR."
        )
    if not (only_list or out or _is_one_file(paths) or not paths):
        raise KitError("--out is missing. Add --out DIR.")
    cluster = None
    if scheduler and not only_list:
        cluster = _cluster(scheduler, jobs)
    elif not only_list:
        results = out if paths else folder / RESULTS
        # Where there are results, nothing may have changed.
        if results is None or not results.is_dir():
            pool.start()
    # What follows takes long to import; torch is imported meanwhile.
    from autograder.cli import runs, tables
    from autograder.cli.collecting import Request
    from autograder.intake.collector import folders_of

    files = Request(
        paths, assignment, out, PLATFORMS.get(platform or ""), roster
    )
    if only_list:
        # Nothing is graded, so a setting that is wrong does not matter.
        use_course(folder, paths, is_explicit)
        raise typer.Exit(tables.show_files(files))
    settings = settings_of(
        folder,
        folders_of(paths),
        is_explicit=is_explicit,
        paths=paths,
        memory=memory,
        language=language,
        unsafe=unsafe or None,
    )
    if paths:
        needing = runs.grade_paths(files, jobs, settings, cluster)
    else:
        needing = runs.grade_course(folder, assignment, jobs, settings, cluster)
    raise typer.Exit(needing > 0)


def _is_one_file(paths: list[Path]) -> bool:
    if len(paths) != 1 or not paths[0].is_file():
        return False
    return paths[0].suffix.lower() in (".ipynb", ".py")


def _cluster(scheduler: str, jobs: int) -> Callable:
    if jobs:
        raise KitError(
            "--scheduler and --jobs exclude each other. Use one of them."
        )
    if ":" not in scheduler and not Path(scheduler).is_file():
        raise KitError(
            "No file {file}. Start `dask scheduler --scheduler-file {file}` first.",
            file=scheduler,
        )
    from autograder.grading.cluster import Cluster

    return partial(
        Cluster,
        place=scheduler,
        warn=lambda sentence: say(sentence, sys.stderr),
    )
