"""What who grades may ask for; what each command does stands elsewhere."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from autograder import languages, settings
from autograder.cli.app import Jobs, Language, Seed, Unsafe, Visible, app, cluster_of, one_of, settings_of
from autograder.cli.stop import Stop
from autograder.cli.terminal import console, say
from autograder.errors import N_
from autograder.intake.layouts import Layout
from autograder.intake.submissions import folders_of


@app.command()
def grade(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files (.ipynb, .py), folders of submissions, or a platform's .zip.", metavar="PATH..."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the results; what is there is kept.  One file needs none."),
    ] = None,
    course: Annotated[
        Path | None,
        typer.Option(help="An nbgrader course: grade its submitted/ into its autograded/ and gradebook."),
    ] = None,
    assignment: Annotated[
        str, typer.Option(help="Which assignment; without it, each one found, into OUT/<assignment>/.")
    ] = "",
    jobs: Jobs = 0,
    scheduler: Annotated[
        str,
        typer.Option(help="Grade on a Dask cluster: tls://host:8786, or the file that its scheduler wrote."),
    ] = "",
    seed: Seed = None,
    compare: Annotated[
        Path | None, typer.Option(help="An earlier results.json: print whose score changed, by which check.")
    ] = None,
    memory: Annotated[int | None, typer.Option(help="MiB of memory for each submission.")] = None,
    language: Language = None,
    unsafe: Unsafe = False,
    open_page: Annotated[
        bool, typer.Option("--open", help="Show the class's page in the browser afterwards.")
    ] = False,
    only_list: Annotated[
        bool, typer.Option("--list", help="Show what would be graded as whom, and grade nothing.")
    ] = False,
    layout: Annotated[
        str,
        typer.Option("--from", help=f"How the files are named: {', '.join(Layout)}."),
    ] = "",
) -> None:
    """Grade submissions: results.json, grades.csv, a page of the class and one for each student in OUT.

    Of a single file, print what its student reads; without --out nothing of it is kept.

    Or, with --course, a whole nbgrader course, as `nbgrader autograde` would.  Settings are read from
    autograder.toml, in the course or in the current folder.
    """
    said = one_of(Layout, layout, "--from") if layout else None
    if course is not None and (paths or out):
        raise Stop("--course grades what is in the course's submitted/: give neither PATH nor --out")
    if only_list:
        if course is not None or not paths:
            raise Stop("say what to list: autograder grade PATH... --list")
        from autograder.cli import listing

        raise typer.Exit(1 if listing.show(paths, assignment, out, said) else 0)
    alone = course is None and out is None and len(paths or ()) == 1 and paths[0].is_file()
    alone = alone and paths[0].suffix.lower() in (".ipynb", ".py")
    if course is None and (not paths or (out is None and not alone)):
        raise Stop("say what to grade and where to: autograder grade PATH... --out DIR, or --course DIR")
    if alone and (compare or open_page):
        raise Stop("of one file without --out nothing is kept: say where to with --out DIR")
    given = {"seed": seed, "memory": memory, "language": language, "unsafe": unsafe or None}
    chosen = settings_of(course or Path.cwd(), folders_of(paths or ()), **given)
    judges = cluster_of(scheduler, jobs) or jobs
    if judges is jobs:
        from autograder.grading import pool

        pool.start()
    from autograder.cli import grading

    if chosen.is_public:
        say("This run's cases are public: `autograder init` gives a course a secret seed.")
    if course is not None:
        graded = grading.grade_course(course, assignment, judges, chosen, compare)
    elif alone:
        graded = grading.show_one(paths[0], assignment, judges or 1, chosen)
    else:
        graded = grading.grade_paths(paths, out, assignment, judges, chosen, compare, layout=said)
    if open_page:
        import webbrowser

        for page in graded.pages:
            if not webbrowser.open(page.resolve().as_uri()):
                say("no browser was found here: open {page}", page=page)
    raise typer.Exit(1 if graded.needing else 0)


@app.command()
def watch(
    course: Annotated[
        Path, typer.Argument(help="An nbgrader course: its exchange is watched.", metavar="[COURSE]")
    ] = Path(),
    assignment: Annotated[
        list[str] | None, typer.Option(help="Which assignments, once for each; all of the kit by default.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="In place of a course: a folder where students' files come.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="With --folder: where results and pages go.")] = None,
    words: Annotated[
        str | None, typer.Option(help="In feedback before the due date: points, hints or all.")
    ] = None,
    again: Annotated[float | None, typer.Option(help="Minutes between two answers to one student.")] = None,
    every: Annotated[float | None, typer.Option(help="Seconds between two looks.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Judges for each assignment.")] = 1,
    unsafe: Unsafe = False,
) -> None:
    """Grade submissions as they come and return feedback, until Ctrl-C or SIGTERM.

    Collects from nbgrader's exchange, grades, makes the feedback and releases it.  What a table [watch] in
    autograder.toml says holds where no option does.  It can be stopped and started again at any moment.
    """
    if (folder is None) != (out is None):
        raise Stop("Give --folder and --out together.")
    from autograder.grading import pool

    pool.start()
    from autograder.cli import watching

    root = Path.cwd() if folder is not None else course
    chosen = settings_of(root, [] if folder is None else [folder], unsafe=unsafe or None)
    if chosen.is_public:
        say("This run's cases are public: `autograder init` gives a course a secret seed.")
    rules = watching.rules_of(root, words=words, again=again, every=every)
    if folder is not None:
        watching.watch_folder(folder, out, assignment or [], rules, jobs, unsafe)
    else:
        watching.watch_course(course, assignment or [], rules, jobs, unsafe)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the sample class and its results.")] = Path("demo"),
    assignment: Annotated[str, typer.Option(help="Which assignment; without it, all.")] = "",
    jobs: Jobs = 0,
) -> None:
    """Write a sample class of students, grade it, and say where to look."""
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
        words = N_("cannot write into {out} ({why}): choose another folder with --out")
        raise Stop(words, out=out, why=error.strerror) from None
    say("A sample class of {count} students lies in {out}/submitted/.\n", count=count, out=out)
    spoken = settings.Settings(language=languages.language())
    grading.grade_paths([out], out / "results", "", jobs, spoken, None)
    say("\nWhere to look (below {out}/results/):", out=out)
    for path, what in sample.where_to_look(out / "results", names):
        print(f"  {path:38} {what}")


@app.command()
def doctor() -> None:
    """Try each wall around student code, and say which stand here; exit 1 where grading would refuse."""
    from autograder.grading import machine, pool

    if machine.shortage():  # torch itself may be too much then
        say("Grading refuses to start: {why}", why=machine.shortage())
        raise typer.Exit(1)
    pool.start()
    from autograder.cli import doctor as examination

    raise typer.Exit(0 if examination.examine() else 1)


@app.command()
def replay(
    results: Annotated[Path, typer.Argument(help="A results.json.", metavar="RESULTS")],
    id: Annotated[str, typer.Option(help="The student.")],
    file: Annotated[Path | None, typer.Option(help="The submission, where it has moved.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report for a program.")] = False,
) -> None:
    """Grade one submission again as it was graded: prints its report; exit 1 where it differs."""
    from autograder.cli.replaying import replay as grade_again
    from autograder.reporting import tables

    report, differences = grade_again(results, id, file)
    if as_json:
        print(json.dumps(report.to_json()))  # in ASCII: JSON on every terminal
    else:
        tables.show_report(report, console())
    for line in differences.facts:
        say(line, sys.stderr)
    if differences.report:
        raise Stop("the report differs from the one that is kept", 1)


@app.command()
def export(
    results: Annotated[
        Path, typer.Argument(help="A folder of results, or its results.json.", metavar="RESULTS")
    ],
    to: Annotated[str, typer.Option(help="canvas or moodle.")] = "",
    into: Annotated[
        Path | None, typer.Option(help="The gradebook's file as Canvas or Moodle gave it: a copy is filled.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The file to write; RESULTS/export/... by default.")
    ] = None,
    column: Annotated[
        str, typer.Option(help="The column of the assignment; by default, the one of its name.")
    ] = "",
    scale: Annotated[
        bool, typer.Option("--scale", help="Fit the points to what the file says the column is worth.")
    ] = False,
    encoding: Annotated[str, typer.Option(help="Of the file, where it is none of the usual.")] = "",
    unread: Annotated[
        str, typer.Option(help="Answers that nobody has read: zero gives no points, leave leaves the cell.")
    ] = "",
) -> None:
    """Bring points back to a learning platform: into a copy of its gradebook, of which all else stays.

    Exit 1: some have no points there, listed on stderr with the reason.
    """
    from autograder.cli import exporting

    if not to:
        raise Stop(
            "say where to: autograder export RESULTS --to {targets}", targets="|".join(exporting.Target)
        )
    target = one_of(exporting.Target, to, "--to")
    chosen = str(one_of(exporting.Unread, unread, "--unread")) if unread else ""
    options = exporting.Options(column, encoding, scale, chosen)
    raise typer.Exit(1 if exporting.export(results, target, into, out, options) else 0)


@app.command("gradescope-zip")
def gradescope_zip(
    assignment: Annotated[str, typer.Argument(help="Which assignment it grades.", metavar="ASSIGNMENT")],
    out: Annotated[Path, typer.Option(help="The .zip to write.")],
    visibility: Visible = "visible",
    unsafe: Unsafe = False,
) -> None:
    """Make an autograder for Gradescope: a .zip with this kit and the course's autograder.toml inside."""
    from autograder.cli import gradescope

    seen = one_of(gradescope.Visibility, visibility, "--visibility")
    gradescope.write_bundle(assignment, out, seen, unsafe)


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

    seen = one_of(gradescope.Visibility, visibility, "--visibility")
    raise typer.Exit(0 if gradescope.run(assignment, root, seen, unsafe) else 1)
