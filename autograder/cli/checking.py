"""`autograder check`: what an assignment's author has to fix, function by function."""

import functools
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from rich.progress import track

from autograder import cache, courses
from autograder.auditing import selfchecks
from autograder.auditing.auditor import Auditor, Verdict
from autograder.cli.collecting import ours
from autograder.errors import KitError
from autograder.grading.machine import judges
from autograder.grading.pool import Pool
from autograder.intake import released
from autograder.languages import language, tr
from autograder.settings import Settings

SORTS = {
    "lazy": "lazy answers fail",
    "wrong": "wrong answers fail",
    "mutant": "mutants fail",
    "right": "right answers pass",
}


def check(names: Sequence[str], settings: Settings, mutants: int, jobs: int) -> int:
    """Check assignments, and print each problem.  Returns how many there are.  Raises
    UnknownAssignment.

    names: by default those of the course, or all if it has none of its own.
    """
    known = courses.names()
    names = names or [name for name in known if courses.is_own(name)] or known
    here = Path.cwd() / courses.SOLUTIONS

    def is_ours(name: str) -> bool:
        return (
            name not in known
            or courses.is_own(name)
            or released.is_ours(name, here / name)
        )

    names = ours(dict.fromkeys(names), is_ours)
    released.require(*names)
    with closing(Pool(functools.partial(_auditors, settings), judges(jobs))) as pool:
        return sum(_check_assignment(pool, name, mutants) for name in names)


def _auditors(settings: Settings) -> Any:
    latest = (
        ExitStack()
    )  # closes one before another is opened: its judges take much memory

    @functools.lru_cache(maxsize=1)
    def auditor(assignment: str) -> Auditor:
        latest.close()
        return latest.enter_context(closing(Auditor(assignment, settings)))

    return auditor


def _ask(question: tuple, auditors: Any) -> Any:
    """Return the answer of an assignment's auditor, or the error in the author's files that it
    met.
    """
    assignment, method, *arguments = question
    try:
        return getattr(auditors(assignment), method)(*arguments)
    except KitError as error:
        return error


def _check_assignment(pool: Pool, assignment: str, mutants: int) -> int:
    def ask(*calls: tuple) -> Iterator[Any]:
        return pool.map(_ask, [(assignment, *call) for call in calls])

    (errors,) = ask(("errors_of_files",))
    if errors:
        return _print_problems([errors] if isinstance(errors, KitError) else errors)
    try:
        _release(_root(assignment), assignment)
    except KitError as error:
        return _print_problems([error])
    answers = _root(assignment) if courses.is_own(assignment) else None
    (programs,) = ask(("programs", mutants, answers))
    if isinstance(programs, KitError):
        return _print_problems([programs])
    problems = 0
    for exercise, tried in programs.items():
        print(exercise, flush=True)
        reference, *others = tried
        (first,) = ask(("look", reference))
        if isinstance(first, KitError) or first.problem:  # all others would fail alike
            problems += _print_problems(
                [first if isinstance(first, KitError) else first.problem], "  ! "
            )
            continue
        verdicts = ask(*(("look", program) for program in others))
        bar = track(
            verdicts,
            exercise,
            len(others),
            transient=True,
            disable=not sys.stdout.isatty(),
        )
        problems += _print_exercise(first, [*bar])
    print("self-check", flush=True)
    every = [program for tried in programs.values() for program in tried]
    return problems + _print_problems(
        selfchecks.problems(assignment, [*programs], every), "  ! "
    )


def _print_exercise(reference: Verdict, verdicts: Sequence[Verdict | KitError]) -> int:
    """Print what an exercise's programs earn, and what to fix.  Returns how many problems there
    are.
    """
    errors = [verdict for verdict in verdicts if isinstance(verdict, KitError)]
    if errors:
        return _print_problems(errors[:1], "  ! ")
    looked = [verdict for verdict in verdicts if isinstance(verdict, Verdict)]
    worth = sum(reference.earned.values())

    def of(sort: str) -> list[Verdict]:
        return [verdict for verdict in looked if verdict.program.sort == sort]

    counts = [f"reference {worth:g} points"]
    for sort, words in SORTS.items():
        verdicts_of_sort = of(sort)
        expected = [
            verdict
            for verdict in verdicts_of_sort
            if bool(verdict.lost) == (sort != "right")
        ]
        if verdicts_of_sort:
            counts.append(f"{len(expected)} of {len(verdicts_of_sort)} {words}")
    _print_wrapped("  " + ", ".join(counts), "  ")
    prices: dict[float, list[str]] = {}
    for verdict in of("mistake"):
        names = prices.setdefault(worth - sum(verdict.earned.values()), [])
        names.append(verdict.program.name)
    for price in sorted(prices, reverse=True):
        _print_wrapped(
            f"  -{price:g}: {', '.join(dict.fromkeys(prices[price]))}", "    "
        )
    for verdict in of("mutant"):
        if not verdict.lost:
            _print_wrapped(f"  passes: {verdict.program.name}, right or wrong?", "    ")
    problems = [verdict.problem for verdict in looked if verdict.problem]
    return _print_problems([*problems, *_unearned(of("stub") + of("lazy"))], "  ! ")


def _unearned(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield a sentence for each check that gives points to answers without an idea."""
    names: dict[str, list[str]] = {}
    for verdict in verdicts:
        for check in verdict.earned:
            names.setdefault(check, []).append(verdict.program.name)
    for check, lazy in names.items():
        listed = ", ".join(lazy)
        yield f'"{check}" gives points to lazy answers: {listed}. Demand the right value there.'


def _print_problems(problems: Iterable[str | KitError], mark: str = "! ") -> int:
    """Print each problem at once.  Returns how many there are."""
    count = 0
    for problem in problems:
        count += 1
        for line in (
            tr(problem) if isinstance(problem, KitError) else problem
        ).splitlines():
            _print_wrapped(mark + line, " " * (len(mark) + 2))
    return count


def _print_wrapped(line: str, indent: str) -> None:
    """Print a line at once; in a terminal, in lines of its width."""
    if sys.stdout.isatty():
        columns = shutil.get_terminal_size().columns
        line = textwrap.fill(
            line,
            columns,
            subsequent_indent=indent,
            replace_whitespace=False,
            break_long_words=False,
            break_on_hyphens=False,
        )
    print(line, flush=True)


def _root(assignment: str) -> Path:
    """Return the folder whose release of an assignment is made: its own course, or where the
    user is.
    """
    return (courses.root() if courses.is_own(assignment) else None) or Path.cwd()


def _release(root: Path, assignment: str) -> None:
    """Update assignments/, unless nothing has changed since the last time: nbgrader takes long
    to start.
    """
    is_source = (root / courses.SOLUTIONS / assignment).is_dir()
    if not is_source or cache.read(_state(root, assignment)) is not None:
        return
    from autograder.nbgrader_bridge.release import release

    release(root, [assignment], language())
    print(f"Wrote {courses.ASSIGNMENTS}/{assignment}/.", flush=True)
    cache.write(_state(root, assignment), {})


def _state(root: Path, assignment: str) -> str:
    """Return a digest of what a release depends on, and of the release."""
    paths = [root / "nbgrader_config.py", root / courses.FILE]
    for kind in (courses.SOLUTIONS, courses.ASSIGNMENTS, courses.EXERCISES):
        paths += (root / kind / assignment).rglob("*")
    files = sorted(path for path in paths if path.is_file() and path.suffix != ".pyc")
    return f"release-{cache.digest(files, str(root))}"
