"""`autograder check`: what an assignment's author has to fix, in one run and one table.

Imports no torch: the pool's processes do all that needs it, while this one makes the release and prints.
"""

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
from autograder.auditing import verdict_cache
from autograder.auditing.verdicts import Declared, Program, Verdict
from autograder.cli.collecting import ours
from autograder.cli.skeleton import SELFCHECK
from autograder.errors import Interrupted, KitError
from autograder.grading.machine import judges
from autograder.grading.pool import Pool
from autograder.intake import released
from autograder.languages import language, tr
from autograder.settings import Settings


def check(names: Sequence[str], settings: Settings, mutants: int, jobs: int, shares: bool, seeds: int) -> int:
    """Check assignments, and print each problem.  Returns how many there are.  Raises UnknownAssignment.

    names: by default those of the course, or all if it has none of its own.
    """
    there = courses.names()
    names = names or [name for name in there if courses.is_own(name)] or there
    here = Path.cwd() / courses.SOLUTIONS
    names = ours(
        dict.fromkeys(names),
        lambda name: name not in there or courses.is_own(name) or released.is_ours(name, here / name),
    )
    released.require(*names)
    sources = verdict_cache.digest_of_sources()  # before any process imports them
    with closing(Pool(functools.partial(_auditors, settings, seeds, shares), judges(jobs))) as pool:
        if not all(map(_is_released, names)):
            from autograder.nbgrader_bridge import release  # noqa: F401 - while the pool's processes import torch
        errors = dict(zip(names, pool.map(_errors_of_declarations, names)))
        problems = sum(_print_all(tr(error).splitlines()) for error in errors.values() if error)
        for name in names:
            if not errors[name]:
                problems += _check_assignment(pool, name, mutants, shares, sources)
    return problems


def _auditors(settings: Settings, seeds: int, shares: bool) -> Any:
    from autograder.auditing.auditor import Auditor  # in the pool's processes alone

    latest = ExitStack()  # closes one before another is opened: its judges take much memory

    @functools.lru_cache(maxsize=1)
    def auditor(assignment: str) -> Auditor:
        latest.close()
        return latest.enter_context(closing(Auditor(assignment, settings, seeds, shares)))

    return auditor


def _errors_of_declarations(assignment: str, auditors: Any) -> KitError | None:
    try:
        auditors(assignment)
    except KitError as error:
        return error
    return None


def _call(question: tuple, auditors: Any) -> Any:
    assignment, method, *args = question
    return getattr(auditors(assignment), method)(*args)


def _print_all(lines: Iterable[str | KitError], mark: str = "! ") -> int:
    """Print each problem at once.  Returns how many there are."""
    count = 0
    for line in lines:
        count += 1
        _print_wrapped(mark + (tr(line) if isinstance(line, KitError) else line), " " * (len(mark) + 2))
    return count


def _print_wrapped(line: str, indent: str) -> None:
    """Print a line at once; in a terminal, in lines of its width."""
    if sys.stdout.isatty():
        columns = shutil.get_terminal_size().columns
        options: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
        line = textwrap.fill(line, columns, subsequent_indent=indent, replace_whitespace=False, **options)
    print(line, flush=True)


def _root(assignment: str) -> Path:
    """Return the folder whose release of an assignment is made: its own course, or where the user is."""
    return (courses.root() if courses.is_own(assignment) else None) or Path.cwd()


def _check_assignment(pool: Pool, assignment: str, mutants: int, shares: bool, sources: str) -> int:
    def ask(*calls: tuple) -> Iterator[Any]:
        return pool.map(_call, [(assignment, *call) for call in calls])

    def look_at(some: Sequence[Program]) -> Iterator[Verdict]:
        return ask(*(("look", program) for program in some))

    root = _root(assignment)
    errors, _ = ask(("errors_of_files",), ("draw_for_oracle",))
    if errors:
        return _print_all(errors)
    try:
        _release(root, assignment)
    except KitError as error:
        return _print_all([error])
    answers = root if courses.is_own(assignment) else Path("tests")  # of a clone of the kit
    (work,) = ask(("programs", mutants, answers))
    problems = _print_all(work.problems)
    _print_all(work.remarks, "")
    width = max((len(exercise.name) for exercise in work.exercises), default=0)
    for exercise in work.exercises:
        own = work.programs[exercise.name]
        verdicts = verdict_cache.verdicts(assignment, own, look_at, sources)
        problems += _print_exercise(exercise, own, verdicts, width)
    if shares and work.exercises:
        ((lines, wrong),) = ask(("gaps",))
        _print_all(lines, "")
        problems += _print_all(wrong)
    return problems


def _print_exercise(
    exercise: Declared, programs: Sequence[tuple[str, Program]], verdicts: Iterator[Verdict], width: int
) -> int:
    """Print an exercise's line and problems, as they are known; returns how many problems there are."""
    looked: list[Verdict] = []
    try:
        no_bar = not sys.stdout.isatty()
        looked.extend(track(verdicts, exercise.name, len(programs), transient=True, disable=no_bar))
    except (KeyboardInterrupt, Interrupted):
        if looked:
            count = f"{len(looked)} of {len(programs)}"
            print(f"{exercise.name:{width}}  stopped after {count} programs")
            _print_all(exercise.problems(exercise.trusted(looked)), "  ! ")
        raise
    trusted = exercise.trusted(looked)
    _print_wrapped(f"{exercise.name:{width}}  {exercise.counts(trusted)}", " " * (width + 2))
    _print_all(exercise.remarks(trusted), "  ")
    _print_all(exercise.prices(trusted), "  ")
    return _print_all(exercise.problems(trusted), "  ! ")


def _release(root: Path, assignment: str) -> None:
    """Update assignments/, unless nothing has changed since the last time: nbgrader takes long to start."""
    if not _is_released(assignment):
        from autograder.nbgrader_bridge.release import release

        for path in release(root, [assignment], language()):
            print(f"Wrote {path.relative_to(root)}", flush=True)
        cache.write(_state(root, assignment), {})


def _is_released(assignment: str) -> bool:
    root = _root(assignment)
    has_source = (root / courses.SOLUTIONS / assignment).is_dir()
    return not has_source or cache.read(_state(root, assignment)) is not None


def _state(root: Path, assignment: str) -> str:
    """Return a digest of what a release depends on, and of the release."""
    kinds = courses.SOLUTIONS, courses.ASSIGNMENTS, courses.EXERCISES
    paths = [path for kind in kinds for path in (root / kind / assignment).rglob("*")]
    paths += [root / "nbgrader_config.py", root / courses.FILE, root / courses.SOLUTIONS / SELFCHECK]
    paths = sorted(path for path in paths if path.is_file() and path.suffix != ".pyc")
    return f"release-{cache.digest(paths, str(root))}"
