"""`autograder ...`: the commands, what they print, and how they exit.

Exit 0: all graded; 1: some submissions need a person; 2: wrong use, with one line that says what to do.
"""

from __future__ import annotations

import sys
import time
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


@app.command()
def grade(
    paths: Annotated[
        list[Path], typer.Argument(help="Files (.ipynb, .py) or folders of submissions.", metavar="PATH...")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results; what is there is kept.")],
    assignment: Annotated[
        str, typer.Option(help="Which assignment; without it, each one found, into OUT/<assignment>/.")
    ] = "",
    jobs: Annotated[int, typer.Option(min=0, help="Judges at a time; 0: one per core.")] = 0,
    seed: Annotated[int, typer.Option(help="The course's seed: the same inputs for all students.")] = -1,
    memory: Annotated[int, typer.Option(min=300, help="MiB of memory for each submission.")] = 1024,
    unsafe: Annotated[
        bool, typer.Option("--unsafe", help="Grade without walls around student code; marks every result.")
    ] = False,
) -> None:
    """Grade submissions: results.json, grades.csv and a text for each student in OUT."""
    options = {"memory": memory << 20, "unsafe": unsafe}
    needing = _grade(paths, out, assignment, jobs, seed, options)
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


def _grade(paths, out, assignment, jobs, seed, options):
    """Grade one assignment, or each one found; returns the submissions that need a person."""
    from autograder import collect, exercises, gate

    known = exercises.assignments()
    if assignment and assignment not in known:
        raise Stop(f"there is no assignment {assignment!r}: choose one of {', '.join(known)}")
    for path in paths:
        if not path.exists():
            raise Stop(f"there is no file or folder {path}")
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
        needing += _grade_one(entries, folder, name, jobs, seed, options)
    return needing


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
                book.add(report, keys[entry.id])
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
