"""The commands for authors, with their options; other modules do the work."""

from pathlib import Path
from typing import Annotated

import typer

from autograder import courses, languages, settings
from autograder.cli.app import Jobs, Language, app, settings_of
from autograder.cli.collecting import ours
from autograder.cli.terminal import Stop, say, say_some
from autograder.grading import pool
from autograder.intake import released
from autograder.languages import N_, plural, tr

STOPPED = N_("Stopped. The verdicts so far are kept, and the same command goes on from there.")
NOT_TRANSLATED = N_("Not translated, so left out (run `autograder translate`)")


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The root folder of the course.")] = Path(),
    language: Language = None,
) -> None:
    """Write autograder.toml with a secret seed for this course, and add it to .gitignore."""
    languages.speak(settings.Settings().with_options(language=language or languages.language()).language)
    try:
        path = settings.write(folder)
    except FileExistsError:
        words = N_("{folder} already exists. Its seed was not changed.")
        raise Stop(words, folder=folder / settings.FILE) from None
    ignored = folder / ".gitignore"
    text = ignored.read_text("utf-8", "replace") if ignored.is_file() else ""
    if not {settings.FILE, f"/{settings.FILE}"}.intersection(text.splitlines()):
        with open(ignored, "a", encoding="utf-8") as file:
            start = "\n" if text and not text.endswith("\n") else ""  # its last line may lack a line break
            file.write(f"{start}/{settings.FILE}\n")
    say("Wrote {path} with a secret seed for this course. Keep the file, and keep it secret.", path=path)


@app.command()
def check(
    names: Annotated[list[str] | None, typer.Argument(help="Assignments; by default, all.")] = None,
    mutants: Annotated[int, typer.Option(min=0, help="Mutants to make for each exercise.")] = 20,
    jobs: Jobs = 0,
    shares: Annotated[
        bool, typer.Option("--shares", help="Count the cases that show each; compare tolerances.")
    ] = False,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds to draw the cases with.")] = 1,
) -> None:
    """Check assignments that you write, and print each problem.

    Updates assignments/, then grades the stub, the reference, lazy answers, known mistakes, the
    answers in right_answers/ and wrong_answers/, and mutants, and runs the visible self-check on them.
    Exit 1: something must be fixed.
    """
    chosen = settings_of(Path.cwd())
    pool.start()
    from autograder.cli import checking
    from autograder.cli.grading import interruptible

    with interruptible(STOPPED):
        problems = checking.check(names or [], chosen, mutants, jobs, shares, seeds)
    raise typer.Exit(1 if problems else 0)


@app.command()
def release(
    names: Annotated[list[str] | None, typer.Argument(help="Assignments; by default, all.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only print what is out of date.")] = False,
    language: Language = None,
) -> None:
    """Make assignments/ from solutions/ with nbgrader's generate_assignment; without solutions/, the kit's.

    Each test cell gets as many points as the checks of its exercise have.
    """
    from autograder.nbgrader_bridge import release as making

    root = Path.cwd()
    known = courses.names()  # another assignment is released by nbgrader alone
    if (root / "solutions").is_dir():
        there = {path.name for path in (root / "solutions").iterdir()}.intersection(names or known)
        mine = ours(sorted(there), lambda name: released.is_ours(name, root / "solutions" / name))
        known, names = mine, names and [name for name in names if name in mine or name not in there]
    elif not (root / settings.FILE).is_file():
        raise Stop(
            "No folder solutions/ here. Run the command in the root of the course, or "
            "`autograder init` first."
        )
    else:  # the kit's own, to hand out
        released.require(*names or ())
    spoken = settings_of(root, language=language).language
    if not names:
        names = [name for name in known if making.has_edition(root, name, spoken)]
        say_some(tr(NOT_TRANSLATED), sorted({*known} - {*names}))
        if not names:
            return
    if check:
        if diff := making.differences(root, names, spoken):
            print(diff)
            raise Stop("assignments/ does not match solutions/. Run `autograder release`.", 1)
        say("assignments/ matches solutions/.")
        return
    changed = making.release(root, names, spoken)
    for path in changed:
        say("Wrote {path}.", path=path.relative_to(root))
    say(plural("1 file changed.", "{n} files changed.", len(changed)))


@app.command()
def new(
    assignment: Annotated[str, typer.Argument(help="The name of the assignment.")],
    functions: Annotated[list[str], typer.Argument(help='"f(X)", or "g(X, W, b): f" if it calls f.')],
) -> None:
    """Write an assignment, or add functions to one, with blanks to fill in. Run this in the course's root."""
    from autograder.cli import skeleton

    for path in skeleton.write(Path.cwd(), assignment, functions):
        say("Wrote {path}.", path=path.relative_to(Path.cwd()))
    say(
        "\nNext: fill in the lines marked FILL IN, then run `autograder check {assignment}`.",
        assignment=assignment,
    )


@app.command()
def add(
    assignment: Annotated[str, typer.Argument(help="An assignment of this kit.")],
) -> None:
    """Add an assignment to an existing nbgrader course. Run this in the root of the course.

    Copies its source into the course, overwrites nothing, and adds two lines to nbgrader_config.py.
    """
    from autograder.cli import adding

    for path in adding.add(Path.cwd(), assignment):
        say("Wrote {path}.", path=path)
    say("\nNext: nbgrader generate_assignment {assignment}", assignment=assignment)


@app.command()
def translate(
    check: Annotated[bool, typer.Option("--check", help="Only list them, and write nothing.")] = False,
) -> None:
    """Update the translation catalogues, and list the sentences without a translation; exit 1 if any."""
    from autograder.cli import translating
    from autograder.languages import catalogues

    waiting: list[str] = []
    for path, found in translating.all_catalogues(Path.cwd()).items():
        if not check and catalogues.update(path, found):
            print(f"Wrote {path}.")
        waiting += catalogues.waiting(path, found)
    print("\n".join(waiting or ["Every sentence is translated."]))
    if waiting:
        todo = "Write their msgstr, and remove `fuzzy`."
        wait = "They may wait until a release in that language, and are shown in English."
        raise Stop(f"{len(waiting)} sentences have no translation. {wait if check else todo}", 1)
