"""A sample class of students: right in different styles, and wrong as students are."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from autograder import courses, languages
from autograder.cli.app import Jobs, Language, app
from autograder.cli.terminal import say
from autograder.grading import pool
from autograder.intake.owners import SUBMITTED
from autograder.settings import Settings


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option(help="Folder for the sample class and its results.")
    ] = Path("demo"),
    jobs: Jobs = 0,
    language: Language = None,
) -> None:
    """Write a sample class, grade it, and list the pages to open."""
    pool.start()
    from autograder.cli.collecting import Request
    from autograder.cli.runs import grade_paths

    settings = Settings().with_options(
        language=language or languages.language()
    )
    languages.set_language(settings.language)
    submitted = out / SUBMITTED
    shutil.copytree(courses.sample_class(), submitted, dirs_exist_ok=True)
    say("Wrote a sample class to {folder}/.\n", folder=submitted)
    results = out / "results"
    grade_paths(Request([out], out=results), jobs, settings)
    for page in sorted(results.glob("*/index.html")):
        say("Open {page} first.", page=page)
