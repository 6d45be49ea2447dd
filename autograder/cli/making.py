"""The commands for authors, with their options; other modules do the work."""

from pathlib import Path
from typing import Annotated

import typer

from autograder import courses, languages, settings
from autograder.cli.app import Jobs, Language, app, settings_of
from autograder.cli.terminal import say
from autograder.errors import KitError
from autograder.intake import released
from autograder.languages import N_

WROTE = N_("Wrote {path}.")
Names = Annotated[
    list[str] | None, typer.Argument(help="Assignments; by default, all.")
]


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(help="The root folder of the course.")
    ] = Path(),
    language: Language = None,
) -> None:
    """Write autograder.toml with a secret seed for this course."""
    chosen = settings.Settings().with_options(
        language=language or languages.language()
    )
    languages.set_language(chosen.language)
    try:
        path = settings.write(folder)
    except FileExistsError:
        raise KitError(
            "{folder} already exists. Its seed was not changed.",
            folder=folder / settings.FILE,
        ) from None
    say(
        "Wrote {path} with a secret seed for this course. Keep the file, and keep it secret.",
        path=path,
    )


@app.command()
def check(
    names: Names = None,
    mutants: Annotated[
        int, typer.Option(min=0, help="Mutants to make for each exercise.")
    ] = 20,
    jobs: Jobs = 0,
) -> None:
    """Check assignments that you write, and print each problem.

    Updates assignments/, then grades the stub, the reference, lazy answers, known mistakes,
    the answers in right_answers/ and wrong_answers/, and mutants of the reference. Asks you
    about each mutant that passes. Runs the visible self-check on right and lazy answers.
    Exit 1: something must be fixed.
    """
    chosen = settings_of(Path.cwd())
    from autograder.grading import pool

    pool.start()
    from autograder.cli import checking

    problems = checking.check(names or [], chosen, mutants, jobs)
    raise typer.Exit(problems > 0)


@app.command()
def release(names: Names = None) -> None:
    """Make assignments/ from solutions/ with nbgrader's generate_assignment; without
    solutions/, the kit's.

    Each test cell gets as many points as the checks of its exercise have.
    """
    from autograder.nbgrader_bridge.release import release

    root = Path.cwd()
    language = settings_of(root).language
    chosen = _to_release(root, names or [])
    release(root, chosen, language)
    for name in chosen:
        say(WROTE, path=f"{courses.ASSIGNMENTS}/{name}/")


def _to_release(root: Path, names: list[str]) -> list[str]:
    """Return the assignments to release, of these names or of all that are ours."""
    from autograder.cli.collecting import ours

    solutions = root / courses.SOLUTIONS
    assignments = courses.names()
    if solutions.is_dir():
        folders = {path.name for path in solutions.iterdir()}
        folders &= {*(names or assignments)}
        mine = ours(
            sorted(folders),
            lambda name: released.is_ours(name, solutions / name),
        )
        return mine + [name for name in names if name not in folders]
    released.require(*names)
    return names or assignments


@app.command()
def new(
    assignment: Annotated[
        str, typer.Argument(help="The name of the assignment.")
    ],
    functions: Annotated[
        list[str],
        typer.Argument(help='"f(X)", or "g(X, W, b): f" if it calls f.'),
    ],
) -> None:
    """Write an assignment with blanks to fill in. Run this in the course's root."""
    from autograder.cli import skeleton

    root = Path.cwd()
    for path in skeleton.write(root, assignment, functions):
        say(WROTE, path=path.relative_to(root))
    say(
        "\nNext: fill in the lines marked FILL IN, then run `autograder check {assignment}`.",
        assignment=assignment,
    )


@app.command()
def add(
    assignment: Annotated[
        str, typer.Argument(help="An assignment of this kit.")
    ],
) -> None:
    """Add an assignment to an existing nbgrader course. Run this in the root of the course.

    Copies its source, in the course's language, overwrites nothing, and adds two lines to
    nbgrader_config.py.
    """
    # nbgrader takes a second to import
    from autograder.nbgrader_bridge import release

    root = Path.cwd()
    for path in release.add(root, assignment, settings_of(root).language):
        say(WROTE, path=path)
    say(
        "\nNext: nbgrader generate_assignment {assignment}",
        assignment=assignment,
    )
