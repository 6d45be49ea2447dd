"""The commands for graders, with their options; other modules do the work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from autograder import courses, languages, settings
from autograder.cli.app import Jobs, Language, Seed, Unsafe, Visible, app, cluster_of, settings_of
from autograder.cli.stop import Stop
from autograder.cli.terminal import say
from autograder.errors import N_
from autograder.intake.layouts import Layout
from autograder.intake.submissions import folders_of


def _warn_of_public_seed(chosen):
    if chosen.is_public:
        say(
            "This run uses the public seed, so students can look up the inputs.\nRun "
            "`autograder init` once per course."
        )


@app.command()
def grade(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files (.ipynb, .py), folders of submissions, or a .zip from a platform.", metavar="PATH..."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the results; earlier results in it are kept. Optional for a single file."
        ),
    ] = None,
    course: Annotated[
        Path | None,
        typer.Option(
            help="An nbgrader course: grade its submitted/ folder into autograded/ and the gradebook."
        ),
    ] = None,
    assignment: Annotated[
        str, typer.Option(help="The assignment; by default, all that are found, into OUT/<assignment>/.")
    ] = "",
    jobs: Jobs = 0,
    scheduler: Annotated[
        str,
        typer.Option(
            help="Grade on a Dask cluster: an address such as tls://host:8786, or its scheduler file."
        ),
    ] = "",
    seed: Seed = None,
    memory: Annotated[int | None, typer.Option(help="Memory for each submission, in MiB.")] = None,
    language: Language = None,
    unsafe: Unsafe = False,
    only_list: Annotated[
        bool, typer.Option("--list", help="List each student's file, and grade nothing.")
    ] = False,
    layout: Annotated[
        Layout | None,
        typer.Option("--from", help="How the files are named, if that cannot be found out."),
    ] = None,
) -> None:
    """Grade submissions, and write results.json, grades.csv, a class report and a page per student to OUT.

    For a single file, print what the student reads; without --out, nothing is saved.

    With --course, grade a whole nbgrader course, as `nbgrader autograde` does. Settings come from
    autograder.toml in the course, or in the current folder.
    """
    if course is not None and (paths or out):
        raise Stop("--course grades the course's submitted/ folder. Leave out PATH and --out.")
    if only_list:
        if course is not None or not paths:
            raise Stop("--list needs a path. Run autograder grade PATH... --list.")
        from autograder.cli import listing

        raise typer.Exit(1 if listing.show(paths, assignment, out, layout) else 0)
    alone = course is None and out is None and len(paths or ()) == 1 and paths[0].is_file()
    alone = alone and paths[0].suffix.lower() in (".ipynb", ".py")
    if course is None and (not paths or (out is None and not alone)):
        if paths:
            raise Stop("--out is missing. Add --out DIR.")
        raise Stop("A path is missing. Run autograder grade PATH... --out DIR, or grade --course DIR.")
    given = {"seed": seed, "memory": memory, "language": language, "unsafe": unsafe or None}
    chosen = settings_of(course or Path.cwd(), folders_of(paths or ()), **given)
    judges = cluster_of(scheduler, jobs) or jobs
    if judges is jobs:
        from autograder.grading import pool

        pool.start()
    from autograder.cli import grading

    _warn_of_public_seed(chosen)
    if course is not None:
        needing = grading.grade_course(course, assignment, judges, chosen)
    elif alone:
        needing = grading.show_one(paths[0], assignment, judges or 1, chosen)
    else:
        needing = grading.grade_paths(paths, out, assignment, judges, chosen, layout=layout)
    raise typer.Exit(1 if needing else 0)


@app.command()
def watch(
    course: Annotated[
        Path, typer.Argument(help="An nbgrader course whose exchange is watched.", metavar="[COURSE]")
    ] = Path(),
    assignment: Annotated[
        list[str] | None,
        typer.Option(help="An assignment to watch; repeat the option for more. By default, all."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Watch a folder that receives students' files, instead of a course.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="With --folder: where to write results and pages.")] = None,
    words: Annotated[
        str | None, typer.Option(help="What feedback shows before the due date: points, hints or all.")
    ] = None,
    again: Annotated[
        float | None, typer.Option(help="Minutes between two feedbacks to the same student.")
    ] = None,
    every: Annotated[
        float | None, typer.Option(help="Seconds between two checks for new submissions.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Number of judge processes for each assignment.")] = 1,
    unsafe: Unsafe = False,
) -> None:
    """Grade submissions as they come and return feedback, until Ctrl-C or SIGTERM.

    Collects from nbgrader's exchange, grades, makes the feedback and releases it. Options override
    the [watch] table in autograder.toml. You can stop and restart it at any time.
    """
    if (folder is None) != (out is None):
        raise Stop("--folder and --out belong together. Give both, or neither.")
    from autograder.grading import pool

    pool.start()
    from autograder.cli import watching

    root = Path.cwd() if folder is not None else course
    chosen = settings_of(root, [] if folder is None else [folder], unsafe=unsafe or None)
    _warn_of_public_seed(chosen)
    rules = watching.rules_of(root, words=words, again=again, every=every)
    if folder is not None:
        watching.watch_folder(folder, out, assignment or [], rules, jobs, unsafe)
    else:
        watching.watch_course(course, assignment or [], rules, jobs, unsafe)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the sample class and its results.")] = Path("demo"),
    assignment: Annotated[str, typer.Option(help="The assignment; by default, all.")] = "",
    jobs: Jobs = 0,
) -> None:
    """Write a sample class, grade it, and list the pages to open."""
    from autograder import exercises
    from autograder.cli.collecting import demand_known
    from autograder.grading import pool

    demand_known(assignment)
    pool.start()
    from autograder.cli import demo as sample
    from autograder.cli import grading

    try:
        names = [assignment] if assignment else exercises.assignments()
        count = sample.write_class(out, names)
    except OSError as error:
        words = N_("Cannot write to {out} ({why}). Choose another folder with --out.")
        raise Stop(words, out=out, why=error.strerror) from None
    say("Wrote a sample class of {count} students to {out}/submitted/.\n", count=count, out=out)
    spoken = settings.Settings(language=languages.language())
    grading.grade_paths([out], out / "results", "", jobs, spoken)
    say("\nOpen these first (below {out}/results/):", out=out)
    for path, what in sample.where_to_look(out / "results", names):
        print(f"  {path:38} {what}")


@app.command()
def doctor() -> None:
    """Test each sandbox layer on this machine; exit 1 if grading cannot start."""
    from autograder.grading import machine, pool

    if machine.shortage():  # torch itself may be too much then
        say("Grading cannot start. {why}", why=machine.shortage())
        raise typer.Exit(1)
    courses.use(None)  # what lies in the current folder may be a student's
    pool.start()
    from autograder.cli import doctor as examination

    raise typer.Exit(0 if examination.examine() else 1)


@app.command()
def export(
    results: Annotated[
        Path, typer.Argument(help="A results folder, or its results.json.", metavar="RESULTS")
    ],
    to: Annotated[Literal["canvas", "moodle"], typer.Option(help="The platform.")],
    into: Annotated[
        Path, typer.Option(help="The gradebook file that Canvas or Moodle exported; a copy gets the points.")
    ],
    out: Annotated[
        Path | None, typer.Option(help="The file to write; by default below RESULTS/export/.")
    ] = None,
    column: Annotated[
        str, typer.Option(help="The column for the points; by default, the one named after the assignment.")
    ] = "",
    scale: Annotated[
        bool, typer.Option("--scale", help="Rescale the points to the maximum in the file.")
    ] = False,
    unread: Annotated[
        Literal["zero", "leave"] | None,
        typer.Option(help="Written answers without points: zero exports them as 0, leave skips the student."),
    ] = None,
) -> None:
    """Put the points into a copy of the gradebook that a learning platform exported.

    Exit 1: some students have no points there; stderr lists them with the reason.
    """
    from autograder.cli import exporting

    raise typer.Exit(1 if exporting.export(results, to, into, out, column, scale, unread or "") else 0)


@app.command("gradescope-zip")
def gradescope_zip(
    assignment: Annotated[str, typer.Argument(help="The assignment to grade.", metavar="ASSIGNMENT")],
    out: Annotated[Path, typer.Option(help="The .zip to write.")],
    visibility: Visible = "visible",
    unsafe: Unsafe = False,
) -> None:
    """Make an autograder for Gradescope: a .zip with this kit and the course's autograder.toml."""
    from autograder.cli import gradescope

    gradescope.write_bundle(assignment, out, visibility, unsafe)


@app.command("gradescope-run", hidden=True)
def gradescope_run(
    assignment: str,
    root: Annotated[Path, typer.Option()] = Path("/autograder"),
    visibility: Visible = "visible",
    unsafe: Unsafe = False,
) -> None:
    """What run_autograder calls, on Gradescope's machine."""
    from autograder.grading import pool

    pool.start()
    from autograder.cli import gradescope

    raise typer.Exit(0 if gradescope.run(assignment, root, visibility, unsafe) else 1)
