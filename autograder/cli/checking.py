"""`autograder check`: what an assignment's author has to fix, in one run and one table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from autograder import courses, exercises
from autograder.auditing import auditor, programs
from autograder.auditing.programs import LAZY_ONE, MISTAKE, REFERENCE, STUB, Program, Verdict
from autograder.auditing.thin import thin_checks
from autograder.authoring import Exercise
from autograder.cli import translating
from autograder.cli.skeleton import FILL
from autograder.cli.stop import Stop
from autograder.cli.terminal import Count
from autograder.grading.machine import judges
from autograder.judging import gate
from autograder.judging.cases import cases_of
from autograder.languages import ENGLISH, LANGUAGES, catalogues
from autograder.nbgrader_bridge import edition
from autograder.nbgrader_bridge.release import release
from autograder.sandbox.inside.notebooks import cells_of, text_in
from autograder.settings import Settings

NO_ORACLE = "No oracle: the checks' own inputs decide what is right."


def named(names: Iterable[str]) -> dict[str, list[Exercise]]:
    """The named exercises, by assignment: those of one assignment share a table.

    Without a name, those of the course, or all exercises if it has none of its own.  Raises Stop and
    UnknownAssignment.
    """
    chosen: dict[str, list[Exercise]] = {}
    there = exercises.assignments()
    for name in [*names] or [one for one in there if courses.is_own(one)] or there:
        assignment, _, only = name.partition(".")
        found = [e for e in exercises.of(assignment) if not only or e.name == only]
        if not found:
            known = ", ".join(e.name for e in exercises.of(assignment))
            raise Stop(f"{assignment} has no exercise {only!r}. Choose one of {known}.")
        some = chosen.setdefault(assignment, [])
        some += [e for e in found if e not in some]
    return chosen


def check(
    asked: dict[str, list[Exercise]], settings: Settings, mutants: int, jobs: int, shares: bool, seeds: int
) -> bool:
    """Check each assignment, and print each problem.  Returns whether there is none."""
    fine = [_one(name, some, settings, mutants, jobs, shares, seeds) for name, some in asked.items()]
    return all(fine)


def _one(assignment, chosen, settings, mutants, jobs, shares, seeds):
    root = courses.root() if courses.is_own(assignment) else Path.cwd()
    if blanks := [*_blanks(assignment)]:
        print("\n".join(blanks))
        return False
    if (root / courses.SOLUTIONS / assignment).is_dir():
        for path in release(root, [assignment]):
            print(f"Wrote {path.relative_to(root)}")
    some = _programs(assignment, chosen, mutants, settings)
    looked: list[Verdict] = []
    with Count(assignment) as count:
        for verdict in auditor.verdicts(assignment, some, settings, judges(jobs), shares, seeds):
            looked.append(verdict)
            count.show(len(looked), len(some))
    problems, width = 0, max(len(e.name) for e in chosen)
    for exercise in chosen:
        own = [one for one in looked if one.program.exercise == exercise.name]
        print(f"{exercise.name:{width}}  {_counts(exercise, own)}")
        for line in _problems(exercise, own):
            problems += 1
            print(f"  ! {line}")
    thin = thin_checks(looked, {e.name: {c.name: _drawn(c) for c in e.checks} for e in chosen if shares})
    for line in [*thin, *_of_the_seeds(looked), *_self_check(looked)]:
        problems += 1
        print(f"! {line}")
    for name, kinds in auditor.only_oracles_draw(chosen, settings).items() if shares else ():
        print(f"! {name}: {len(kinds)} kinds of inputs are drawn only by the oracle, such as {kinds[0]}.")
    for line in _translations(root, assignment):
        print(line)
    return not problems


def _blanks(assignment: str) -> Iterator[str]:
    """The lines of programs, and the cells of notebooks, that an assignment's author has still to write."""
    root = courses.folder(courses.SOLUTIONS, assignment).parent.parent
    folders = courses.folder(courses.EXERCISES, assignment), courses.folder(courses.SOLUTIONS, assignment)
    for path in sorted(path for folder in folders for path in folder.glob("*") if path.is_file()):
        text = path.read_text("utf-8", "replace")
        if path.suffix == ".ipynb":
            parts = [(f"cell {cell.get('id')}", text_in(cell)) for cell in cells_of(text)]
        else:
            parts = [(f"line {number}", line) for number, line in enumerate(text.splitlines(), start=1)]
        place = path.relative_to(root) if path.is_relative_to(root) else path
        yield from (f"! {place}, {where}: still to fill in" for where, part in parts if FILL in part)


def _programs(assignment, chosen, mutants, settings) -> list[Program]:
    course = courses.root() if courses.is_own(assignment) else None
    folder = course or Path("tests")  # of a clone of the kit
    names = {e.name for e in chosen}
    with gate.open_judge(cases_of(assignment, settings.seed), settings) as judge:
        known = programs.known(judge.exercises, folder if folder.is_dir() else None)
        asked = [program for program in known if program.exercise in names]
        for exercise in chosen:
            asked += programs.mutated(judge, exercise, mutants, folder if folder.is_dir() else None)
    return asked


def _drawn(check):
    return check.cases - len(check.edge_cases) if check.is_drawn else 0


def _counts(exercise: Exercise, own: Sequence[Verdict]) -> str:
    kinds: dict[str, list[Verdict]] = {}
    for one in own:
        kinds.setdefault(_kind(one.program), []).append(one)

    def earned(kind):
        lost = {name for one in kinds.get(kind, ()) for name in one.lost}
        return sum(check.points for check in exercise.checks if check.name not in lost)

    mistakes, right = kinds.get(MISTAKE, []), kinds.get("right", [])
    stated = sum(_as_stated(exercise, one) for one in mistakes)
    mutants = [one for one in kinds.get("mutant", ()) if one.is_wrong]
    return (
        f"stub {earned(STUB):g}/{exercise.points:g}  reference {earned(REFERENCE):g}/{exercise.points:g}  "
        f"{stated} of {len(mistakes)} mistakes as declared  {_caught(kinds.get(LAZY_ONE, ()))} lazy and "
        f"{_caught(kinds.get('wrong', ()))} wrong answers caught  "
        f"{sum(not one.lost for one in right)} of {len(right)} right ones pass  "
        f"{_caught(mutants)} mutants caught"
    )


def _kind(program: Program) -> str:
    """The column that counts it: its sort, or its origin if it does not come from an answer's file."""
    if program.sort == "mutant":
        return program.sort
    origins = (kind for kind in (REFERENCE, STUB, LAZY_ONE, MISTAKE) if program.origin.startswith(kind))
    return next(origins, program.sort)


def _caught(some: Sequence[Verdict]) -> str:
    return f"{sum(bool(one.lost) for one in some)} of {len(some)}"


def _mistake(exercise: Exercise, one: Verdict):
    name = one.program.origin.removeprefix(MISTAKE)
    return next(mistake for mistake in exercise.mistakes if mistake.name == name)


def _as_stated(exercise: Exercise, one: Verdict) -> bool:
    stated = _mistake(exercise, one)
    return not stated.is_open and {*stated.fails} == one.lost.keys() and one.named == stated.name


def _problems(exercise: Exercise, own: Sequence[Verdict]) -> Iterator[str]:
    for one in own:
        what, lost = one.program.origin, ", ".join(f'"{name}"' for name in one.lost)
        kind = _kind(one.program)
        if kind == REFERENCE and one.lost:
            yield f"The reference solution fails {lost}: {one.witness or 'it and the answer disagree'}."
        elif kind in (LAZY_ONE, STUB):
            if passed := [check.name for check in exercise.checks if check.name not in one.lost]:
                yield f"{what} passes {', '.join(passed)}. Draw cases that it gets wrong."
        elif kind == MISTAKE:
            yield from _of_mistake(exercise, one, lost)
        elif kind == "mutant" and one.kind == "right rejected":
            yield f"A mutant that the oracle calls right fails {lost}: {_change(one)}."
        elif one.kind == "right rejected":
            yield f"{what} is called right and fails {lost}."
        elif one.kind == "wrong accepted":
            note = "" if exercise.oracles else f" {NO_ORACLE}"
            why = f" ({one.witness})" if one.witness else ""
            yield f"passes every check: {_change(one) or what}{why}.{note}"


def _change(one):
    return " -> ".join(f"`{line[1:].strip()}`" for line in one.program.diff.splitlines())


def _of_mistake(exercise, one, lost):
    stated = _mistake(exercise, one)
    what = f"{stated.place}: mistake {stated.name}"
    if stated.is_open:
        yield f"{what}: write fails=[{lost}]" + ("" if lost else ". No check fails.")
    elif {*stated.fails} != one.lost.keys():
        yield f"{what} fails [{lost}], not {sorted(stated.fails)}. Write fails=[{lost}]."
    elif one.named != stated.name:
        other = one.named or "nothing"
        yield f"{what} is diagnosed as {other}: another mistake answers alike."
    if one.others:
        yield f"{what} costs {', '.join(one.others)} points too. Is it among their parts=?"


def _self_check(looked: Sequence[Verdict]) -> Iterator[str]:
    rejected: dict[tuple[str, str], list[str]] = {}
    for one in looked:
        if one.red:
            rejected.setdefault((one.program.exercise, one.red), []).append(
                _change(one) or one.program.origin
            )
    for (exercise, why), origins in rejected.items():
        yield f"The self-check rejects {', '.join(dict.fromkeys(origins))} of {exercise}: {why}"


def _of_the_seeds(looked: Sequence[Verdict]) -> Iterator[str]:
    for one in looked:
        if one.seeds:
            seeds = ", ".join(map(str, one.seeds))
            yield f"{one.program.id} is {one.kind.split()[1]}, but not with seed {seeds}."


def _translations(root: Path, assignment: str) -> Iterator[str]:
    for language in LANGUAGES:
        has = language != ENGLISH and (root / courses.SOLUTIONS / f"{assignment}.{language}.po").is_file()
        if has and (waiting := len(edition.waiting(root, [assignment], language))):
            yield f"{waiting} sentences have no translation: `release --language {language}` needs them."
        own = translating.catalogue(assignment, language)
        if own.is_file() and (lines := catalogues.waiting(own, translating.of_exercises(assignment))):
            place = Path(courses.EXERCISES, assignment, own.name).as_posix()
            yield f"{len(lines)} sentences of {place} have no translation. Feedback has them in English."
