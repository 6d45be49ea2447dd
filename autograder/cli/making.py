"""What who makes a course or its exercises may ask for; what each command does stands elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder import courses, settings
from autograder.cli.app import Jobs, Language, Seed, app, settings_of
from autograder.cli.stop import Stop
from autograder.cli.terminal import say
from autograder.errors import N_


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The course's root.")] = Path(),
) -> None:
    """Write autograder.toml with a secret seed of this course's own, and keep it out of git."""
    if not folder.is_dir():
        raise Stop("there is no folder {folder}: make it first", folder=folder)
    try:
        path = settings.write(folder)
        ignored = folder / ".gitignore"
        lines = ignored.read_text("utf-8", "replace").splitlines() if ignored.is_file() else []
        if f"/{settings.FILE}" not in lines and settings.FILE not in lines:
            with open(ignored, "a", encoding="utf-8") as file:
                # a last line without an end must not swallow ours
                start = "\n" if lines and not ignored.read_bytes().endswith(b"\n") else ""
                file.write(f"{start}/{settings.FILE}\n")
    except FileExistsError:
        words = N_("{folder} is there already: its seed stays as it is")
        raise Stop(words, folder=folder / settings.FILE) from None
    except OSError as error:
        raise Stop("cannot write into {folder}: {why}", folder=folder, why=error.strerror) from None
    say("wrote {path}: this course's cases are its own now; keep the file, and keep it secret.", path=path)


@app.command()
def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Assignments, or ASSIGNMENT.EXERCISE; all by default.", metavar="[NAME...]"),
    ] = None,
    mutants: Annotated[int, typer.Option(min=0, help="Wrong answers that a program makes of each.")] = 20,
    jobs: Jobs = 0,
    seed: Seed = None,
    shares: Annotated[
        bool, typer.Option("--shares", help="Count in how many cases each shows, and how many are needed.")
    ] = False,
    seeds: Annotated[
        int, typer.Option(min=1, help="Draw the checks' cases by so many seeds, and list what differs.")
    ] = 1,
    flakes: Annotated[
        int, typer.Option(min=0, help="Judge some of them so often instead, and list what changes.")
    ] = 0,
) -> None:
    """Check assignments as their author: what is wrong with each is a sentence with its file and line.

    Brings assignments/ in step, then grades the stub, the reference, lazy answers, known mistakes, the
    answers in right_answers/ and wrong_answers/, and mutants; and asks the visible self-check about them.
    Exit 1: something is to be fixed.
    """
    chosen = settings_of(Path.cwd(), seed=seed)
    from autograder.grading import pool

    pool.start()
    from autograder.cli import checking
    from autograder.cli.grading import one_line

    with one_line("stopped", checking.ReleaseError):
        asked = checking.named(names or [])
        if flakes:
            fine = checking.stands(asked, chosen, mutants, flakes, jobs)
        else:
            fine = checking.check(asked, chosen, mutants, jobs, shares, seeds)
    if not fine:
        raise typer.Exit(1)


@app.command()
def release(
    names: Annotated[list[str] | None, typer.Argument(help="Assignments; all by default.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail with a diff where they are out of step.")
    ] = False,
    language: Language = None,
) -> None:
    """Make assignments/ from solutions/, by nbgrader's own generate_assignment.

    Each test cell is worth what the checks of its exercise are: it gets its points there.
    """
    from autograder.cli.grading import one_line
    from autograder.nbgrader_bridge import release as making
    from autograder.reporting import words

    root = Path.cwd()
    if not (root / "solutions").is_dir():
        raise Stop("there is no folder solutions/ here: run this in the root of the course")
    folders = [p.name for p in (root / "solutions").iterdir() if p.is_dir()]
    known = courses.names()  # another assignment is released by nbgrader alone
    names = names or sorted(name for name in folders if name in known)
    spoken = settings_of(root, language=language).language
    try:
        if check:
            diff = making.differences(root, names, spoken)
            if diff:
                print(diff)
                raise Stop("assignments/ is out of step with solutions/: run `autograder release`", 1)
            say("assignments/ is in step with solutions/.")
            for other in making.editions(root, names, spoken):
                say("The edition in {other!r} can be made: every sentence has its translation.", other=other)
            return
        with one_line("stopped"):
            points = {name: making.points_of(name) for name in names}
        changed = making.release(root, names, spoken, points)
    except making.ReleaseError as error:
        raise Stop.by(error) from None
    for path in changed:
        say("wrote {path}", path=path.relative_to(root))
    say(f"{words.FILES_CHANGED(len(changed))}.")


@app.command()
def new(
    assignment: Annotated[str, typer.Argument(help="A name for the assignment.", metavar="ASSIGNMENT")],
    functions: Annotated[
        list[str],
        typer.Argument(
            help='What students write: "softmax(X)", or "net(X, W, b): softmax" where it calls another.',
            metavar="FUNCTION...",
        ),
    ],
) -> None:
    """Write a new assignment into the course, in whose root you run this: all but the blanks to fill in."""
    from autograder.cli import skeleton

    for path in skeleton.write(Path.cwd(), assignment, functions):
        say("Wrote {path}.", path=path.relative_to(Path.cwd()))
    say(
        "\nNext: fill in the lines marked FILL IN, then run `autograder check {assignment}`.",
        assignment=assignment,
    )


@app.command()
def add(
    assignment: Annotated[str, typer.Argument(help="An assignment of this kit.", metavar="ASSIGNMENT")],
    configure: Annotated[
        bool, typer.Option("--configure", help="Also add the two lines to nbgrader_config.py.")
    ] = False,
) -> None:
    """Add an assignment to an existing nbgrader course; run it in the course's root.

    Copies its source and release into the course's own folders, and overwrites nothing.
    """
    from autograder.cli import adding

    added = adding.add(Path.cwd(), assignment, configure)
    for path in added.paths:
        say("Wrote {path}.", path=path)
    if added.lines:
        say("\nAdd these two lines to nbgrader_config.py:\n")
        print("\n".join(f"    {line}" for line in added.lines))
    say("\nNext: nbgrader generate_assignment {assignment}", assignment=assignment)


@app.command()
def translate() -> None:
    """Bring the catalogues of other languages in step with the sentences; exit 1 where one waits."""
    from autograder.cli import translating

    root = Path.cwd()
    for path in translating.bring_up(root):
        print(f"wrote {path}")
    waiting = translating.waiting(root)
    for line in waiting:
        print(line)
    if waiting:
        raise Stop(f"{len(waiting)} sentences wait: write their msgstr, and take `fuzzy` away", 1)
    print("Every sentence has its translation.")
