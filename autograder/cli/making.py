"""The commands for authors, with their options; other modules do the work."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from autograder import courses, settings
from autograder.cli.app import Jobs, Language, Seed, app, settings_of
from autograder.cli.collecting import demand_known
from autograder.cli.stop import Stop
from autograder.cli.terminal import say, say_some
from autograder.languages import N_, plural, tr

NOT_TRANSLATED = N_("Not translated, so left out (run `autograder translate`)")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The root folder of the course.")] = Path(),
) -> None:
    """Write autograder.toml with a secret seed for this course, and add it to .gitignore."""
    if not folder.is_dir():
        raise Stop("No folder {folder}. Create it first.", folder=folder)
    with _writing_to(folder):
        try:
            path = settings.write(folder)
        except FileExistsError:
            words = N_("{folder} already exists. Its seed was not changed.")
            raise Stop(words, folder=folder / settings.FILE) from None
        ignored = folder / ".gitignore"
        lines = ignored.read_text("utf-8", "replace").splitlines() if ignored.is_file() else []
        if f"/{settings.FILE}" not in lines and settings.FILE not in lines:
            with open(ignored, "a", encoding="utf-8") as file:
                # its last line may lack a line break
                start = "\n" if lines and not ignored.read_bytes().endswith(b"\n") else ""
                file.write(f"{start}/{settings.FILE}\n")
    say("Wrote {path} with a secret seed for this course. Keep the file, and keep it secret.", path=path)


@contextlib.contextmanager
def _writing_to(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        words = N_("Cannot write to {folder} ({why}). Make it writable, then run the command again.")
        raise Stop(words, folder=folder, why=error.strerror) from None


@app.command()
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Assignments, or ASSIGNMENT.EXERCISE; by default, all.", metavar="[NAME...]"),
    ] = None,
    mutants: Annotated[
        int, typer.Option(min=0, help="Mutants (wrong answers) to make for each exercise.")
    ] = 20,
    jobs: Jobs = 0,
    seed: Seed = None,
    shares: Annotated[
        bool,
        typer.Option(
            "--shares", help="Count how many cases reveal each mutant, and how many cases are needed."
        ),
    ] = False,
    seeds: Annotated[
        int,
        typer.Option(min=1, help="Draw the cases with this many seeds, and list the verdicts that differ."),
    ] = 1,
) -> None:
    """Check assignments that you write, and print each problem.

    Updates assignments/, then grades the stub, the reference, lazy answers, known mistakes, the
    answers in right_answers/ and wrong_answers/, and mutants, and runs the visible self-check on them.
    Exit 1: something must be fixed.
    """
    chosen = settings_of(Path.cwd(), seed=seed)
    from autograder.grading import pool

    pool.start()
    from autograder.cli import checking
    from autograder.cli.grading import interruptible

    with interruptible("Stopped."):
        asked = checking.named(names or [])
        fine = checking.check(asked, chosen, mutants, jobs, shares, seeds)
    if not fine:
        raise typer.Exit(1)


@app.command()
def release(
    names: Annotated[list[str] | None, typer.Argument(help="Assignments; by default, all.")] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; exit 1 with a diff if assignments/ is out of date."),
    ] = False,
    language: Language = None,
) -> None:
    """Make assignments/ from solutions/ with nbgrader's generate_assignment; without solutions/, the kit's.

    Each test cell gets as many points as the checks of its exercise have.
    """
    from autograder.nbgrader_bridge import release as making

    root = Path.cwd()
    known = courses.names()  # another assignment is released by nbgrader alone
    if (root / "solutions").is_dir():
        known = sorted({path.name for path in (root / "solutions").iterdir()}.intersection(known))
    elif not (root / settings.FILE).is_file():
        raise Stop(
            "No folder solutions/ here. Run the command in the root of the course, or "
            "`autograder init` first."
        )
    else:  # the kit's own, to hand out
        for name in names or ():
            demand_known(name)
    spoken = settings_of(root, language=language).language
    if not names:
        names = [name for name in known if making.has_edition(root, name, spoken)]
        say_some(tr(NOT_TRANSLATED), sorted({*known} - {*names}))
        if not names:
            return
    if check:
        diff = making.differences(root, names, spoken)
        if diff:
            print(diff)
            raise Stop("assignments/ does not match solutions/. Run `autograder release`.", 1)
        say("assignments/ matches solutions/.")
        for other in making.editions(root, names, spoken):
            say("The {other!r} edition is fully translated.", other=other)
        return
    points = {name: making.points_of(name) for name in names}
    changed = making.release(root, names, spoken, points)
    for path in changed:
        say("Wrote {path}.", path=path.relative_to(root))
    say(plural("1 file changed.", "{n} files changed.", len(changed)))


@app.command()
def new(
    assignment: Annotated[str, typer.Argument(help="The name of the assignment.", metavar="ASSIGNMENT")],
    functions: Annotated[
        list[str],
        typer.Argument(
            help='What students write: "f(X)", or "g(X, W, b): f" if it calls f.',
            metavar="FUNCTION...",
        ),
    ],
) -> None:
    """Write the files of a new assignment, with blanks to fill in. Run this in the root of the course."""
    from autograder.cli import skeleton

    with _writing_to(Path.cwd()):
        paths = skeleton.write(Path.cwd(), assignment, functions)
    for path in paths:
        say("Wrote {path}.", path=path.relative_to(Path.cwd()))
    say(
        "\nNext: fill in the lines marked FILL IN, then run `autograder check {assignment}`.",
        assignment=assignment,
    )


@app.command()
def add(
    assignment: Annotated[str, typer.Argument(help="An assignment of this kit.", metavar="ASSIGNMENT")],
) -> None:
    """Add an assignment to an existing nbgrader course. Run this in the root of the course.

    Copies its source into the course, overwrites nothing, and adds two lines to nbgrader_config.py.
    """
    from autograder.cli import adding

    for path in adding.add(Path.cwd(), assignment):
        say("Wrote {path}.", path=path)
    say("\nNext: nbgrader generate_assignment {assignment}", assignment=assignment)


@app.command()
def translate() -> None:
    """Update the translation catalogues; exit 1 if a sentence has no translation."""
    from autograder.cli import translating

    root = Path.cwd()
    for path in translating.bring_up(root):
        print(f"Wrote {path}.")
    waiting = translating.waiting(root)
    for line in waiting:
        print(line)
    if waiting:
        raise Stop(
            f"{len(waiting)} sentences have no translation. Write their msgstr, and remove `fuzzy`.", 1
        )
    print("Every sentence is translated.")
