"""`autograder check`: what an assignment's author has to fix, function by function."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from autograder import courses
from autograder.auditing import selfchecks
from autograder.auditing.auditor import Auditor, ProgramScore
from autograder.auditing.programs import Program
from autograder.cli.collecting import ours
from autograder.errors import KitError
from autograder.grading.machine import judges
from autograder.grading.pool import Pool
from autograder.intake import released
from autograder.languages import language, tr
from autograder.settings import Settings

# By a program's kind, what should happen to it.
EXPECTED = {
    "lazy": "lazy answers fail",
    "wrong": "wrong answers fail",
    "mutant": "mutants fail",
    "right": "right answers pass",
}


# Asks a pool's auditors: a method's name, and its arguments for each question.
Ask = Callable[[str, list[tuple]], list]


def check(
    names: Sequence[str], settings: Settings, mutants: int, jobs: int
) -> int:
    """Check assignments, and print each problem.  Returns how many there are.

    names: by default those of the course, or all if it has none of its own.
    Raises KitError.
    """
    existing = courses.names()
    names = names or courses.own_names()
    solutions = Path.cwd() / courses.SOLUTIONS

    def is_ours(name: str) -> bool:
        if name not in existing or courses.is_of_course(name):
            return True
        return released.is_ours(name, solutions / name)

    names = ours(dict.fromkeys(names), is_ours)
    released.require(*names)
    problems = 0
    for name in names:
        opened = functools.partial(Auditor, name, settings)
        try:
            with closing(Pool(opened, judges(jobs))) as pool:
                ask = functools.partial(_ask, pool)
                problems += _check_assignment(ask, name, mutants)
        except KitError as error:
            problems += _print_problems([tr(error)])
    return problems


def _answer(call: tuple, auditor: Auditor) -> Any:
    """Return an auditor's answer, or the error in the author's files, after which it goes on."""
    method, *arguments = call
    try:
        return getattr(auditor, method)(*arguments)
    except KitError as error:
        return error


def _ask(pool: Pool, method: str, arguments: Iterable[tuple]) -> list:
    """Return the answers of a pool's auditors.  Raises the first KitError that one met."""
    calls = [(method, *values) for values in arguments]
    # All are taken before one is raised: the pool's next questions come after these.
    answers = [*pool.map(_answer, calls)]
    for answer in answers:
        if isinstance(answer, KitError):
            raise answer
    return answers


def _check_assignment(ask: Ask, name: str, mutants: int) -> int:
    """Print what to fix, exercise by exercise.  Returns how many problems there are."""
    # Where its release is made: in its own course, or where the user is.
    root = Path.cwd()
    if courses.is_of_course(name):
        root = courses.root() or root
    (errors,) = ask("errors_of_files", [()])
    if errors:
        return _print_problems(errors)
    if (root / courses.SOLUTIONS / name).is_dir():
        _release(root, name)
    (programs,) = ask("programs", [(mutants,)])
    problems = 0
    for exercise, tried in programs.items():
        print(exercise, flush=True)
        try:
            problems += _check_exercise(ask, tried)
        except KitError as error:
            problems += _print_problems([tr(error)], "  ! ")
    print("self-check", flush=True)
    every = [program for tried in programs.values() for program in tried]
    reasons = selfchecks.problems(name, [*programs], every)
    return problems + _print_problems(reasons, "  ! ")


def _check_exercise(ask: Ask, programs: Sequence[Program]) -> int:
    reference, *tried = programs
    (first,) = ask("look", [(reference,)])
    if first.problem:  # all others would fail alike
        return _print_problems([first.problem], "  ! ")
    return _print_exercise(
        first, ask("look", [(program,) for program in tried])
    )


def _release(root: Path, name: str) -> None:
    """Update assignments/, from which the stub is, and the self-check that students get."""
    from autograder.nbgrader_bridge.release import release

    release(root, [name], language())
    print(f"Wrote {courses.ASSIGNMENTS}/{name}/.", flush=True)


def _print_exercise(
    reference: ProgramScore, scores: Sequence[ProgramScore]
) -> int:
    """Print what an exercise's programs earn, and what to fix.

    Returns how many problems there are.
    """
    by_kind: dict[str, list[ProgramScore]] = {}
    for score in scores:
        by_kind.setdefault(score.program.kind, []).append(score)
    worth = sum(reference.earned.values())
    counts = [f"reference {worth:g} points"]
    for kind, words in EXPECTED.items():
        if tried := by_kind.get(kind):
            is_right = kind == "right"
            count = sum(bool(score.failed) != is_right for score in tried)
            counts.append(f"{count} of {len(tried)} {words}")
    print("  " + ", ".join(counts), flush=True)
    names_by_price: dict[float, list[str]] = {}
    for score in by_kind.get("mistake", ()):
        price = worth - sum(score.earned.values())
        names_by_price.setdefault(price, []).append(score.program.name)
    for price in sorted(names_by_price, reverse=True):
        print(f"  -{price:g}: {', '.join(names_by_price[price])}", flush=True)
    for score in by_kind.get("mutant", ()):
        if not score.failed:
            print(
                f"  passes: {score.program.name}, right or wrong?", flush=True
            )
    problems = [score.problem for score in scores if score.problem]
    without_idea = by_kind.get("stub", []) + by_kind.get("lazy", [])
    return _print_problems([*problems, *_unearned(without_idea)], "  ! ")


def _unearned(scores: Sequence[ProgramScore]) -> Iterator[str]:
    """Yield a sentence for each check that gives points to answers without an idea."""
    names: dict[str, list[str]] = {}
    for score in scores:
        for check in score.earned:
            names.setdefault(check, []).append(score.program.name)
    for check, lazy in names.items():
        listed = ", ".join(lazy)
        yield f'"{check}" gives points to lazy answers: {listed}. Demand the right value there.'


def _print_problems(problems: Iterable[str], prefix: str = "! ") -> int:
    """Print each problem at once.  Returns how many there are."""
    count = 0
    for problem in problems:
        count += 1
        for line in problem.splitlines():
            print(prefix + line, flush=True)
    return count
