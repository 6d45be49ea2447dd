"""`autograder ...`: the commands, what they print, and how they exit.

Exit 0: all graded; 1: some submissions need a person; 2: wrong use, with one line that says what to do.
"""

from __future__ import annotations

import contextlib
import gc
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

app = typer.Typer(
    help="Grade the exercises of linear regression from scratch by hidden properties.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
ROWS = 60  # students that the summary lists one by one


class Stop(Exception):
    """Ends a command with one line and an exit code."""

    def __init__(self, message: str, code: int = 2):
        super().__init__(message)
        self.code = code


def main() -> None:
    """The entry point: every expected failure is one line on stderr."""
    try:
        app()
    except Stop as stop:
        print(f"autograder: {stop}", file=sys.stderr)
        sys.exit(stop.code)
    finally:
        gc.freeze()  # else Python searches all of torch for cycles as it ends, for a third of a second


@app.command()
def grade(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Files (.ipynb, .py) or folders of submissions.", metavar="PATH..."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results; what is there is kept.")] = None,
    course: Annotated[
        Path | None,
        typer.Option(help="An nbgrader course: grade its submitted/ into its autograded/ and gradebook."),
    ] = None,
    assignment: Annotated[
        str, typer.Option(help="Which assignment; without it, each one found, into OUT/<assignment>/.")
    ] = "",
    jobs: Annotated[int, typer.Option(min=0, help="Judges at a time; 0: one per core.")] = 0,
    seed: Annotated[int, typer.Option(help="The course's seed: the same inputs for all students.")] = -1,
    compare: Annotated[
        Path | None, typer.Option(help="An earlier results.json: print whose score changed, by which check.")
    ] = None,
    memory: Annotated[int, typer.Option(min=300, help="MiB of memory for each submission.")] = 1024,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Grade without walls around student code; marks every result.")
    ] = False,
) -> None:
    """Grade submissions: results.json, grades.csv, a text and a page for each student in OUT.

    Or, with --course, a whole nbgrader course, as `nbgrader autograde` would.
    """
    options = {"memory": memory << 20, "unsafe": unsafe}
    if course is not None:
        if paths or out:
            raise Stop("--course grades what is in the course's submitted/: give neither PATH nor --out")
        needing = _grade_course(course, assignment, jobs, options)
    elif not paths or out is None:
        raise Stop("say what to grade and where to: autograder grade PATH... --out DIR, or --course DIR")
    else:
        needing = _grade(paths, out, assignment, jobs, seed, options, compare)
    raise typer.Exit(1 if needing else 0)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the sample class and its results.")] = Path("demo"),
    jobs: Annotated[int, typer.Option(min=0, help="Judges at a time; 0: one per core.")] = 0,
) -> None:
    """Write a sample class of students, grade both assignments, and say where to look."""
    from autograder import demo as sample
    from autograder import exercises

    names = exercises.assignments()
    try:
        count = max(sample.write_class(out, name) for name in names)
    except OSError as error:
        raise Stop(f"cannot write into {out} ({error.strerror}): choose another folder with --out") from None
    print(f"A sample class of {count} students lies in {out}/submitted/.\n")
    _grade([out], out / "results", "", jobs, -1, {})
    print(f"\nWhere to look (below {out}/results/):")
    print("  linear_regression/feedback/dana.txt   what one student reads")
    print("  linear_regression/grades.csv          the points, for a spreadsheet")
    print("  linear_regression/results.json        everything, for a program")


@app.command()
def release(
    names: Annotated[list[str] | None, typer.Argument(help="Assignments; all by default.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail with a diff where they are out of step.")
    ] = False,
) -> None:
    """Make assignments/ from solutions/, by nbgrader's own generate_assignment."""
    from autograder import release as making

    root = Path.cwd()
    if not (root / "solutions").is_dir():
        raise Stop("there is no folder solutions/ here: run this in the root of the course")
    names = names or sorted(p.name for p in (root / "solutions").iterdir() if p.is_dir())
    try:
        if check:
            diff = making.differences(root, names)
            if diff:
                print(diff)
                raise Stop("assignments/ is out of step with solutions/: run `autograder release`", 1)
            print("assignments/ is in step with solutions/.")
            return
        changed = making.release(root, names)
    except making.ReleaseError as error:
        raise Stop(str(error)) from None
    for path in changed:
        print(f"wrote {path.relative_to(root)}")
    print(f"{len(changed)} files changed.")


@app.command()
def doctor() -> None:
    """Try each wall around student code, and say which stand here; exit 1 where grading would refuse."""
    from autograder import doctor as examination

    report = examination.examine()
    print(report.text())
    raise typer.Exit(0 if report.safe else 1)


def _grade_course(course, assignment, jobs, options):
    """Grade an nbgrader course; returns the submissions that need a person."""
    from autograder import forks

    forks.start()
    # jsonschema would take a second to compile a grammar of IRIs, which no notebook is checked for.
    with _missing("rfc3987_syntax"):
        from autograder import course as grading
    from autograder import exercises, gate
    from autograder.sandbox import SandboxError

    known = exercises.assignments()
    there = [name for name in known if any(course.glob(f"submitted/*/{name}"))]
    if not assignment and not there:
        raise Stop(
            f"nothing of {', '.join(known)} lies in {course}/submitted/: collect the submissions first"
        )
    needing = []
    for name in [assignment] if assignment else there:
        started, done = time.monotonic(), [0]

        def progress(student, name=name, done=done):
            done[0] += 1
            print(f"{name}: {done[0]} graded: {student}", flush=True)

        try:
            graded = grading.grade_course(course, name, jobs, progress=progress, **options)
        except (grading.CourseError, gate.UnknownAssignment, gate.BrokenExam, SandboxError) as error:
            raise Stop(str(error), 1 if isinstance(error, gate.BrokenExam) else 2) from None
        except KeyboardInterrupt:
            raise Stop("stopped; what was graded stands in the gradebook", 130) from None
        table = Table(title=name, title_justify="left", box=None, pad_edge=False, header_style="bold")
        table.add_column("student", max_width=24, overflow="ellipsis", no_wrap=True)
        table.add_column("score", justify="right", no_wrap=True)
        table.add_column("worth knowing", overflow="fold")
        for one in graded:
            score = "" if one.score is None else f"{one.score:g}/{one.max_score:g}"
            table.add_row(Text(one.student), score, Text(one.problem or "; ".join(one.notes)))
        console = Console(width=80 if not sys.stdout.isatty() else None, highlight=False)
        console.print(table)
        print(f"\n{len(graded)} submissions in {time.monotonic() - started:.1f} s; formgrader shows them.")
        for one in graded:
            if one.problem:
                print(f"needs a person: {one.student}: {one.problem}", file=sys.stderr)
                needing.append(one)
    return needing


@contextlib.contextmanager
def _missing(module):
    """As if this module were not installed."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None
    try:
        yield
    finally:
        del sys.modules[module]


def _grade(paths, out, assignment, jobs, seed, options, compare=None):
    """Grade one assignment, or each one found; returns the submissions that need a person."""
    for path in paths:
        if not path.exists():
            raise Stop(f"there is no file or folder {path}")
    from autograder import forks

    forks.start()
    from autograder import collect, exercises, gate

    known = exercises.assignments()
    if assignment and assignment not in known:
        raise Stop(f"there is no assignment {assignment!r}: choose one of {', '.join(known)}")
    names = [assignment] if assignment else collect.assignments_below(paths, known)
    if not names:
        raise Stop(
            f"no assignment is named below {paths[0]}: say which with --assignment ({', '.join(known)})"
        )
    needing = []
    for name in names:
        others = [other for other in known if other != name]
        try:
            entries = collect.collect(paths, name, others)
        except collect.WrongPath as error:
            raise Stop(str(error)) from None
        folder = out if assignment else out / name
        seed = gate.SEED if seed < 0 else seed
        old = _copy_of(compare, name, assignment)
        needing += _grade_one(entries, folder, name, jobs, seed, options)
        if old is not None:
            _print_changes(old, folder, name)
    return needing


def _copy_of(compare, name, assignment):
    """The earlier results as they are now: this run may write over them."""
    if compare is None:
        return None
    folder = compare if assignment or compare.is_file() else compare / name
    path = folder / "results.json" if folder.is_dir() else folder
    if not path.is_file():
        raise Stop(f"there is no {path} to compare with")
    copy = tempfile.NamedTemporaryFile(suffix=".json")  # noqa: SIM115 - it lives until it was compared
    copy.write(path.read_bytes())
    copy.flush()
    return copy


def _print_changes(old, folder, name):
    from autograder import gradebook

    try:
        with gradebook.Gradebook(folder, name, {}) as book:
            changed = list(gradebook.changes(Path(old.name), book.entries()))
    except gradebook.GradebookError as error:
        raise Stop(str(error)) from None
    print(f"\n{len(changed)} scores changed" + (":" if changed else "."))
    for id, before, now, by in changed:
        print(f"  {id}: {before:g} -> {now:g} by {', '.join(by)}")


@app.command()
def replay(
    results: Annotated[Path, typer.Argument(help="A results.json.", metavar="RESULTS")],
    id: Annotated[str, typer.Option(help="The student.")],
    file: Annotated[Path | None, typer.Option(help="The submission, where it has moved.")] = None,
) -> None:
    """Grade one submission again as it was graded: prints its report; exit 1 where it differs."""
    from autograder import batch, gate, gradebook
    from autograder.sandbox import SandboxError
    from autograder.submission import open_source

    try:
        assignment = json.loads(results.read_text(encoding="utf-8"))["assignment"]
        with gradebook.Gradebook(results.parent, assignment, {}) as book:
            entry = book.entry(id)
    except (OSError, ValueError, KeyError, TypeError, gradebook.GradebookError):
        raise Stop(
            f"{results} has no report of {id!r}: name a results.json of this kit, and a student"
        ) from None
    path = file or Path(entry["path"])
    if not path.is_file():
        raise Stop(f"the submission is no longer at {path}: say where with --file")
    kept, run = entry["report"], entry["run"]
    try:
        with gate.open_judge(gate.exam_of(assignment, run["seed"])) as judge:
            source = open_source(path, id, file=kept["file"])
            report = judge.judge(replace(source, flags=tuple(kept["flags"]))).to_json()
            now = batch.run_facts(judge.exam, str(judge.sandbox.walls))
    except SandboxError as error:
        raise Stop(str(error)) from None
    for tree in (report, kept):
        del tree["seconds"], tree["timings"]
    report = json.loads(json.dumps(report))
    print(json.dumps(report, ensure_ascii=False))
    for fact in run:
        if run[fact] != now.get(fact):
            print(f"{fact} was {run[fact]}, is {now.get(fact)}", file=sys.stderr)
    if report != kept:
        raise Stop("the report differs from the one that is kept", 1)


def _grade_one(entries, folder, name, jobs, seed, options):
    from autograder import batch, gate, gradebook
    from autograder.sandbox import SandboxError

    started = time.monotonic()
    jobs = min(jobs or batch.cores(), len(entries))
    exam = gate.exam_of(name, seed)
    try:
        gradebook.Gradebook(folder, name, {}).close()  # whether it can be written, before the work
        hidden = sorted({folder.resolve(), *(entry.path.resolve().parent for entry in entries)})
        with batch.Batch(exam, jobs, hidden, **options) as pool:
            run = batch.run_facts(exam, pool.walls)
            with gradebook.Gradebook(folder, name, run) as book:
                _run(pool, book, entries, run, name)
                needing = book.needing_a_person()
                _summary(book, name, folder, len(entries), time.monotonic() - started)
    except (gradebook.GradebookError, SandboxError, gate.BrokenExam) as error:
        raise Stop(str(error), 1 if isinstance(error, gate.BrokenExam) else 2) from None
    except KeyboardInterrupt:
        raise Stop("stopped; what was graded is kept, and the same command goes on from there", 130) from None
    for id, why in needing:
        print(f"needs a person: {id}: {why}", file=sys.stderr)
    return needing


def _run(pool, book, entries, run, name):
    from autograder.batch import content_key

    keys = {entry.id: content_key(entry, run) for entry in entries}
    todo = [entry for entry in entries if not book.has(entry.id, keys[entry.id])]
    if len(todo) < len(entries):
        print(f"{name}: {len(entries) - len(todo)} of {len(entries)} were graded before, and did not change.")
    try:
        with _Bar(name, len(todo)) as bar:
            for entry, report in pool.reports(todo):
                book.add(report, keys[entry.id], entry.path)
                bar.step(report)
    finally:
        book.write()


class _Bar:
    """Progress: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self, name, total):
        self.name, self.total, self.done, self.said = name, total, 0, time.monotonic()
        self.bar = None
        if sys.stdout.isatty():
            columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
            self.bar = Progress(*columns, TimeRemainingColumn(), transient=True)
            self.task = self.bar.add_task(name, total=total)

    def step(self, report):
        self.done += 1
        if self.bar:
            self.bar.advance(self.task)
        elif time.monotonic() > self.said + 5 or self.done == self.total:
            self.said = time.monotonic()
            print(f"{self.name}: {self.done} of {self.total} graded", flush=True)

    def __enter__(self):
        if self.bar:
            self.bar.start()
        return self

    def __exit__(self, *_):
        if self.bar:
            self.bar.stop()


def _summary(book, name, folder, count, seconds):
    """The class in two tables of 80 columns: students, then exercises."""
    console = Console(width=80 if not sys.stdout.isatty() else None, highlight=False)
    totals: dict[str, list] = {}
    students = Table(title=f"{name}", title_justify="left", box=None, pad_edge=False, header_style="bold")
    students.add_column("student", max_width=24, overflow="ellipsis", no_wrap=True)
    students.add_column("points", justify="right", no_wrap=True)
    students.add_column("lost in", overflow="fold")
    rows = 0
    for report in book.reports():
        rows += 1
        lost: dict[str, str] = {}
        for result in report.results:
            entry = totals.setdefault(result.exercise, [0.0, 0.0, 0, {}])
            entry[0] += result.earned
            entry[1] += result.points
            if result.earned < result.points:
                known = result.mistake or {"failed": "", "grader_error": "grader_error"}.get(
                    result.outcome, str(result.outcome)
                )
                lost[result.exercise] = lost.get(result.exercise) or known
        for exercise, why in lost.items():
            totals[exercise][2] += 1
            if why:
                totals[exercise][3][why] = totals[exercise][3].get(why, 0) + 1
        if rows <= ROWS:
            students.add_row(
                Text(report.id), f"{report.score:g}/{report.max_score:g}", Text(_lost(report, lost))
            )
    if rows <= ROWS:
        console.print(students)
        console.print()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, justify in (("exercise", "left"), ("mean", "right"), ("lost by", "right")):
        table.add_column(heading, justify=justify, no_wrap=True)
    table.add_column("most often", overflow="fold")
    for exercise, (earned, points, losers, whys) in totals.items():
        often = max(whys, key=whys.get) if whys else ""
        often = f"{often} ({whys[often]})" if often else ""
        mean = f"{earned / rows:.1f}/{points / rows:g}"
        table.add_row(exercise, mean, str(losers), often)
    console.print(table)
    console.print(
        f"\n{count} submissions in {seconds:.1f} s; results in {folder}", soft_wrap=True, markup=False
    )


def _lost(report, lost):
    if report.notes and report.score == 0 and len({r.message for r in report.results}) == 1:
        return report.results[0].message
    return ", ".join(f"{exercise} ({why})" if why else exercise for exercise, why in lost.items())


if __name__ == "__main__":
    main()
