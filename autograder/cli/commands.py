"""The commands and their options; what each does stands elsewhere.

Exit 0: all graded; 1: some submissions need a person; 2: wrong use, with one line that says what to do.
"""

from __future__ import annotations

import contextlib
import enum
import gc
import json
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from autograder import __version__, languages, settings
from autograder.cli.stop import Stop, Told, heed_signals, of_machine
from autograder.cli.terminal import say, write_all_letters
from autograder.languages import tr

UsageError = typer.BadParameter.__base__  # whatever is wrong with a command line

app = typer.Typer(
    help="Grade the exercises of linear regression from scratch by hidden properties.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def run() -> None:
    """Run the command line: every expected failure is one line on stderr."""
    write_all_letters()
    heed_signals()
    with contextlib.suppress(settings.SettingsError):  # whoever needs the file will be told what is wrong
        languages.speak(settings.load(Path.cwd()).language)
    try:
        sys.exit(app(prog_name="autograder", standalone_mode=False))
    except Stop as stop:
        _end(stop)
    except Told as told:
        _end(Stop(f"ended by {told}", told.code))
    except UsageError as error:
        say(_in_a_line(error), sys.stderr)
        sys.exit(2)
    except typer.Abort:
        sys.exit(130)
    except BrokenPipeError:  # whoever read has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (OSError, MemoryError, RuntimeError) as error:
        stop = of_machine(error)
        if stop is None:
            raise
        _end(stop)
    finally:
        gc.freeze()  # else Python searches all of torch for cycles as it ends, for a third of a second


def _in_a_line(error: UsageError) -> str:
    """What is wrong with a command, and where to look; Typer's own words for it take four lines."""
    command = error.ctx.command_path if error.ctx is not None else "autograder"
    said = error.format_message()
    if "\n" in said:  # all there is to know, where nothing was asked
        return said
    said = said.rstrip(".")
    return f"autograder: {said[:1].lower()}{said[1:]}: see `{command} --help`"


def _end(stop: Stop) -> NoReturn:
    say(f"autograder: {stop}", sys.stderr)
    sys.exit(stop.code)


def _version(is_asked: bool) -> None:
    if is_asked:
        print(f"autograder {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version, and end.")
    ] = False,
) -> None:
    """Grade the exercises of linear regression from scratch by hidden properties."""


Jobs = Annotated[int, typer.Option(min=0, help="Judges at a time; 0: one per core, as memory allows.")]
VISIBILITY = "When students see Gradescope's page: visible, hidden, after_due_date or after_published."


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
    seed: Annotated[
        int | None, typer.Option(help="In place of the seed in autograder.toml: what the cases come from.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(help="An earlier results.json: print whose score changed, by which check.")
    ] = None,
    memory: Annotated[int | None, typer.Option(help="MiB of memory for each submission.")] = None,
    language: Annotated[str | None, typer.Option(help="In place of autograder.toml's: en or zh.")] = None,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Grade without walls around student code; marks every result.")
    ] = False,
    open_page: Annotated[
        bool, typer.Option("--open", help="Show the class's page in the browser afterwards.")
    ] = False,
    only_list: Annotated[
        bool, typer.Option("--list", help="Show what would be graded as whom, and grade nothing.")
    ] = False,
) -> None:
    """Grade submissions: results.json, grades.csv, a page of the class and one for each student in OUT.

    Of a single file, print what its student reads; without --out nothing of it is kept.

    Or, with --course, a whole nbgrader course, as `nbgrader autograde` would.  Settings are read from
    autograder.toml, in the course or in the current folder.
    """
    if course is not None and (paths or out):
        raise Stop(tr("--course grades what is in the course's submitted/: give neither PATH nor --out"))
    if only_list:
        if course is not None or not paths:
            raise Stop(tr("say what to list: autograder grade PATH... --list"))
        from autograder.cli import listing

        raise typer.Exit(1 if listing.show(paths, assignment, out) else 0)
    alone = course is None and out is None and len(paths or ()) == 1 and paths[0].is_file()
    alone = alone and paths[0].suffix.lower() in (".ipynb", ".py")
    if course is None and (not paths or (out is None and not alone)):
        raise Stop(tr("say what to grade and where to: autograder grade PATH... --out DIR, or --course DIR"))
    if alone and (compare or open_page):
        raise Stop(tr("of one file without --out nothing is kept: say where to with --out DIR"))
    given = {"seed": seed, "memory": memory, "language": language, "unsafe": unsafe or None}
    chosen = _settings(course or Path.cwd(), **given)
    from autograder.grading import fork_server

    fork_server.start()
    from autograder.cli import grading

    if chosen.is_public:
        print(tr("This run's cases are public: `autograder init` gives a course a secret seed."), flush=True)
    if course is not None:
        graded = grading.grade_course(course, assignment, jobs, chosen, compare)
    elif alone:
        graded = grading.show_one(paths[0], assignment, chosen)
    else:
        graded = grading.grade_paths(paths, out, assignment, jobs, chosen, compare)
    if open_page:
        from autograder.cli import browser

        for page in graded.pages:
            browser.show(page)
    raise typer.Exit(1 if graded.needing else 0)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="The course's root.")] = Path(),
) -> None:
    """Write autograder.toml with a secret seed of this course's own, and keep it out of git."""
    if not folder.is_dir():
        raise Stop(tr("there is no folder {folder}: make it first", folder=folder))
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
        raise Stop(
            tr("{folder} is there already: its seed stays as it is", folder=folder / settings.FILE)
        ) from None
    except OSError as error:
        raise Stop(tr("cannot write into {folder}: {why}", folder=folder, why=error.strerror)) from None
    print(
        tr("wrote {path}: this course's cases are its own now; keep the file, and keep it secret.", path=path)
    )


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the sample class and its results.")] = Path("demo"),
    jobs: Jobs = 0,
) -> None:
    """Write a sample class of students, grade all assignments, and say where to look."""
    from autograder.grading import fork_server

    fork_server.start()
    from autograder.cli import demo as sample
    from autograder.cli import grading

    try:
        count = sample.write_class(out)
    except OSError as error:
        raise Stop(
            tr(
                "cannot write into {out} ({why}): choose another folder with --out",
                out=out,
                why=error.strerror,
            )
        ) from None
    print(
        tr("A sample class of {count} students lies in {out}/submitted/.\n", count=count, out=out), flush=True
    )
    grading.grade_paths(
        [out], out / "results", "", jobs, settings.Settings(language=languages.language()), None
    )
    print(tr("\nWhere to look (below {out}/results/):", out=out))
    for path, what in sample.where_to_look(out / "results"):
        print(f"  {path:38} {what}")


@app.command()
def audit(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Assignments, or ASSIGNMENT.EXERCISE; all by default.", metavar="[NAME...]"),
    ] = None,
    mutants: Annotated[int, typer.Option(min=0, help="Wrong answers to make of each exercise.")] = 300,
    out: Annotated[Path, typer.Option(help="Folder for audit.json and audit.html.")] = Path("build/audit"),
    jobs: Jobs = 0,
    seed: Annotated[
        int | None, typer.Option(help="In place of the seed in autograder.toml: what the cases come from.")
    ] = None,
    known: Annotated[
        bool, typer.Option(help="Look at what somebody has called right or wrong, too, not at mutants alone.")
    ] = True,
    shares: Annotated[
        bool, typer.Option("--shares", help="Count in how many cases each shows, and how many are needed.")
    ] = False,
) -> None:
    """Say how often the checks are wrong: of right answers, known mistakes, and mutants made by a program.

    Each mutant is first told right or wrong by an oracle of larger and other inputs.  In a clone, the
    answers in tests/ are looked at too.  Exit 1: a wrong one was accepted, or a right one rejected.
    """
    chosen = _settings(Path.cwd(), seed=seed)
    from autograder.grading import fork_server

    fork_server.start()
    from autograder.cli import auditing

    options = {"mutants": mutants, "out": out, "jobs": jobs, "known": known, "shares": shares}
    if not auditing.audit(names or [], chosen, **options):
        raise typer.Exit(1)


@app.command()
def release(
    names: Annotated[list[str] | None, typer.Argument(help="Assignments; all by default.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail with a diff where they are out of step.")
    ] = False,
    language: Annotated[str | None, typer.Option(help="In place of autograder.toml's: en or zh.")] = None,
) -> None:
    """Make assignments/ from solutions/, by nbgrader's own generate_assignment."""
    from autograder.nbgrader_bridge import release as making
    from autograder.reporting import words
    from autograder.reporting.words import many

    root = Path.cwd()
    if not (root / "solutions").is_dir():
        raise Stop(tr("there is no folder solutions/ here: run this in the root of the course"))
    folders = [p.name for p in (root / "solutions").iterdir() if p.is_dir()]
    names = names or sorted(name for name in folders if not name.startswith((".", "_")))
    spoken = _settings(root, language=language).language
    try:
        if check:
            diff = making.differences(root, names, spoken)
            if diff:
                print(diff)
                raise Stop(tr("assignments/ is out of step with solutions/: run `autograder release`"), 1)
            print(tr("assignments/ is in step with solutions/."))
            for other in making.editions(root, names, spoken):
                print(
                    tr(
                        "The edition in {other!r} can be made: every sentence has its translation.",
                        other=other,
                    )
                )
            return
        changed = making.release(root, names, spoken)
    except making.ReleaseError as error:
        raise Stop(str(error)) from None
    for path in changed:
        print(tr("wrote {path}", path=path.relative_to(root)))
    print(f"{many(words.FILES_CHANGED, len(changed))}.")


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


@app.command()
def doctor() -> None:
    """Try each wall around student code, and say which stand here; exit 1 where grading would refuse."""
    from autograder.cli import doctor as examination

    report = examination.examine()
    print(report.text())
    raise typer.Exit(0 if report.safe else 1)


@app.command()
def replay(
    results: Annotated[Path, typer.Argument(help="A results.json.", metavar="RESULTS")],
    id: Annotated[str, typer.Option(help="The student.")],
    file: Annotated[Path | None, typer.Option(help="The submission, where it has moved.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report for a program.")] = False,
) -> None:
    """Grade one submission again as it was graded: prints its report; exit 1 where it differs."""
    from autograder.cli import grading

    report, differences = grading.replay(results, id, file)
    if as_json:
        print(json.dumps(report.to_json()))  # in ASCII: JSON on every terminal
    else:
        grading.show_report(report)
    for line in differences.facts:
        say(line, sys.stderr)
    if differences.report:
        raise Stop(tr("the report differs from the one that is kept"), 1)


@app.command()
def export(
    results: Annotated[
        Path, typer.Argument(help="A folder of results, or its results.json.", metavar="RESULTS")
    ],
    to: Annotated[str, typer.Option(help="canvas, moodle, gradescope or csv.")] = "",
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
    visibility: Annotated[str, typer.Option(help=VISIBILITY)] = "visible",
) -> None:
    """Bring points back to a learning platform; with --into, all else in its file stays byte for byte.

    Exit 1: some have no points there, listed on stderr with the reason.
    """
    from autograder.cli import exporting
    from autograder.reporting.gradebooks import Wanted

    if not to:
        raise Stop(
            tr(
                "say where to: autograder export RESULTS --to {platform}",
                platform="|".join(exporting.Platform),
            )
        )
    platform = _one_of(exporting.Platform, to, "--to")
    seen = _one_of(exporting.Visibility, visibility, "--visibility")
    wanted = Wanted(platform, column, encoding, scale)
    open_ = exporting.export(results, platform, exporting.Places(into, out), wanted, seen)
    raise typer.Exit(1 if open_ else 0)


@app.command("gradescope-zip")
def gradescope_zip(
    assignment: Annotated[str, typer.Argument(help="Which assignment it grades.", metavar="ASSIGNMENT")],
    out: Annotated[Path, typer.Option(help="The .zip to write.")],
    visibility: Annotated[str, typer.Option(help=VISIBILITY)] = "visible",
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Grade there without walls, if none stand; marks every result.")
    ] = False,
) -> None:
    """Make an autograder for Gradescope: a .zip with this kit and the course's autograder.toml inside."""
    from autograder.cli import gradescope

    seen = _one_of(gradescope.Visibility, visibility, "--visibility")
    gradescope.write_bundle(assignment, out, seen, unsafe)


@app.command("gradescope-run", hidden=True)
def gradescope_run(
    assignment: str,
    root: Annotated[Path, typer.Option()] = Path("/autograder"),
    visibility: Annotated[str, typer.Option()] = "visible",
    unsafe: Annotated[bool, typer.Option("--unsafe")] = False,
) -> None:
    """What run_autograder calls, on Gradescope's machine."""
    from autograder.grading import fork_server

    fork_server.start()
    from autograder.cli import gradescope

    seen = _one_of(gradescope.Visibility, visibility, "--visibility")
    raise typer.Exit(0 if gradescope.run(assignment, root, seen, unsafe) else 1)


def _settings(folder: Path, **options: object) -> settings.Settings:
    """A course's settings, with options in their place."""
    try:
        chosen = settings.load(folder).with_options(**options)
        languages.speak(chosen.language)
        return chosen
    except settings.SettingsError as error:
        raise Stop(str(error)) from None


def _one_of(kinds: type[enum.StrEnum], value: str, option: str) -> enum.StrEnum:
    """The member that was named."""
    try:
        return kinds(value)
    except ValueError:
        raise Stop(
            tr(
                "{option} {value} is none of {kinds}: name one of them",
                option=option,
                value=value,
                kinds=", ".join(kinds),
            )
        ) from None
