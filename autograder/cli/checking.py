"""`autograder check`: what an assignment's author has to fix, in one run and one table."""

import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rich.progress import track

from autograder import cache, courses, exercises
from autograder.auditing import auditor, gaps, inspection, programs
from autograder.auditing.programs import RIGHT_SORTS, Verdict, thin_checks
from autograder.authoring import Exercise
from autograder.cli.collecting import ours
from autograder.cli.skeleton import FILL, SELFCHECK
from autograder.errors import DeclarationError, Interrupted, KitError
from autograder.grading.machine import judges
from autograder.intake import released
from autograder.judging import gate
from autograder.judging.cases import cases_of
from autograder.languages import catalogues, tr
from autograder.reading.notebooks import cells_of, text_in
from autograder.settings import Settings

SEEDS = 30  # whose cases are looked at for tolerances that are too wide
NO_ORACLE = "No oracle: the checks' own inputs decide what is right."
NO_ORACLE_HERE = " (no oracle: the checks' own inputs decide which are wrong)"
MADE_ORACLE = " (no oracle: what the checks ask, of larger inputs too, decides which are wrong)"


def check(names: Sequence[str], settings: Settings, mutants: int, jobs: int, shares: bool, seeds: int) -> int:
    """Check assignments, and print each problem.  Returns how many there are.  Raises UnknownAssignment.

    names: by default those of the course, or all if it has none of its own.
    """
    there = exercises.assignments()
    names = names or [name for name in there if courses.is_own(name)] or there
    here = Path.cwd() / courses.SOLUTIONS
    names = ours(
        dict.fromkeys(names),
        lambda name: name not in there or courses.is_own(name) or released.is_ours(name, here / name),
    )
    declared: dict[str, list[Exercise]] = {}
    problems = 0
    for name in names:
        try:
            declared[name] = exercises.load(name)
        except DeclarationError as error:
            problems += _print_all(tr(error).splitlines())
    for name, chosen in declared.items():
        problems += _check_assignment(name, chosen, settings, mutants, jobs, shares, seeds)
    return problems


def _print_all(lines: Iterable[str], mark: str = "! ") -> int:
    """Print each problem at once.  Returns how many there are."""
    count = 0
    for line in lines:
        count += 1
        print(mark + line, flush=True)
    return count


def _check_assignment(
    assignment: str,
    chosen: Sequence[Exercise],
    settings: Settings,
    mutants: int,
    jobs: int,
    shares: bool,
    seeds: int,
) -> int:
    own_course = courses.root() if courses.is_own(assignment) else None
    root = own_course or Path.cwd()
    if found := _print_all(inspection.of_notebook(chosen)) or _print_all(_blanks(assignment)):
        return found
    answers = own_course or Path("tests")  # of a clone of the kit
    with gate.open_judge(cases_of(assignment, settings.seed), settings) as judge:
        if found := _print_all(inspection.of_checks(judge)):
            return found
        try:
            if (root / courses.SOLUTIONS / assignment).is_dir():
                _release(root, assignment)
            gate.check_files(judge)
            if found := _print_all(inspection.of_self_check(chosen)):
                return found
            some = [*programs.known(judge.exercises, answers)]
        except KitError as error:
            return _print_all([tr(error)])
        parsed, _ = judge.parse(gate.reference(assignment))
        problems = _print_all(inspection.of_words(chosen, parsed))
        _print_all(inspection.same_words(chosen), "")
        for e in judge.exercises:
            some += [*programs.styled(judge, e), *programs.mutated(judge, e, mutants, answers)]
    order = [exercise.name for exercise in chosen]
    some.sort(key=lambda program: order.index(program.exercise))
    looked: dict[str, list[Verdict]] = defaultdict(list)
    total = Counter(program.exercise for program in some)
    width = max(map(len, order))
    verdicts = auditor.verdicts(assignment, some, settings, judges(jobs), shares, seeds)
    no_bar = not sys.stdout.isatty()
    try:
        for one in track(verdicts, assignment, total=len(some), transient=True, disable=no_bar):
            name = one.program.exercise
            looked[name].append(one)
            if len(looked[name]) == total[name]:
                exercise = chosen[order.index(name)]
                own = _trusted(exercise, looked[name])
                print(f"{name:{width}}  {_counts(exercise, own)}", flush=True)
                problems += _print_all(_problems(exercise, own), "  ! ")
    except (KeyboardInterrupt, Interrupted):
        for exercise in chosen:
            if len(own := looked[exercise.name]) < total[exercise.name] and own:
                print(f"{exercise.name:{width}}  stopped after {len(own)} of {total[exercise.name]} programs")
                _print_all(_problems(exercise, own), "  ! ")
        raise
    counted = chosen if shares else []
    seeds_drawn = SEEDS if any(check.margin for e in counted for check in e.checks) else 0
    many = [cases_of(assignment, settings.seed + k) for k in range(seeds_drawn)]
    for tolerance in gaps.widest(counted, many):
        place = f"{tolerance.check}, {tolerance.case}"
        print(f"  {place}: allows {tolerance.share:.2g} of the smallest fault, or less")
        if not tolerance.share < gaps.NARROW:
            problems += _print_all([f"{place} of seed {tolerance.seed} shows too little."])
    for name, kinds in auditor.only_oracles_draw(counted, settings):
        print(f"! {name}: {len(kinds)} kinds of inputs are drawn only by the oracle, such as {kinds[0]}.")
    for line in _translations(root, assignment):
        print(line)
    return problems


def _release(root: Path, assignment: str) -> None:
    """Update assignments/, unless nothing has changed since the last time: nbgrader takes long to start."""
    name = _state(root, assignment)
    if cache.read(name) is None:
        from autograder.nbgrader_bridge.release import release

        for path in release(root, [assignment]):
            print(f"Wrote {path.relative_to(root)}", flush=True)
        cache.write(_state(root, assignment), {})


def _state(root: Path, assignment: str) -> str:
    """Return a digest of what a release depends on, and of the release."""
    kinds = courses.SOLUTIONS, courses.ASSIGNMENTS, courses.EXERCISES
    paths = [path for kind in kinds for path in (root / kind / assignment).glob("*")]
    paths += [root / "nbgrader_config.py", root / courses.SOLUTIONS / SELFCHECK]
    return f"release-{cache.digest(sorted(filter(Path.is_file, paths)), str(root))}"


def _blanks(assignment: str) -> Iterator[str]:
    """Yield the lines of programs and cells of notebooks that an assignment's author has still to write."""
    root = courses.folder(courses.SOLUTIONS, assignment).parent.parent
    folders = courses.folder(courses.EXERCISES, assignment), courses.folder(courses.SOLUTIONS, assignment)
    for path in sorted(path for folder in folders for path in folder.glob("*") if path.is_file()):
        text = path.read_text("utf-8", "replace")
        if path.suffix == ".ipynb":
            parts = [(f"cell {cell.get('id')}", text_in(cell)) for cell in cells_of(text)]
        else:
            parts = [(f"line {number}", line) for number, line in enumerate(text.splitlines(), start=1)]
        place = path.relative_to(root) if path.is_relative_to(root) else path
        yield from (f"{place}, {where}: still to fill in" for where, part in parts if FILL in part)


def _counts(exercise: Exercise, own: Sequence[Verdict]) -> str:
    kinds: dict[str, list[Verdict]] = defaultdict(list)
    for one in own:
        kinds[one.program.sort].append(one)

    def earned(kind: str) -> float:
        lost = {name for one in kinds[kind] for name in one.lost}
        return sum(check.points for check in exercise.checks if check.name not in lost)

    def caught(some: Sequence[Verdict]) -> str:
        return f"{sum(bool(one.lost) for one in some)} of {len(some)}"

    made = "" if exercise.oracles else NO_ORACLE_HERE
    if not exercise.oracles and auditor.wider(exercise):
        made = MADE_ORACLE
    stated = sum(not [*_of_mistake(exercise, one, "")] for one in kinds["mistake"])
    return (
        f"stub {earned('stub'):g}/{exercise.points:g}  "
        f"reference {earned('reference'):g}/{exercise.points:g}  "
        f"{stated} of {len(kinds['mistake'])} mistakes as declared  {caught(kinds['lazy'])} lazy and "
        f"{caught(kinds['wrong'])} wrong answers caught  "
        f"{sum(not one.lost for one in kinds['right'])} of {len(kinds['right'])} right ones pass  "
        f"{caught([one for one in kinds['mutant'] if one.is_wrong])} mutants caught{made}"
    )


def _trusted(exercise: Exercise, own: Sequence[Verdict]) -> list[Verdict]:
    """Return the verdicts without those on changes of a failing reference; no made oracle that is misled."""
    right = [one for one in own if one.program.sort in RIGHT_SORTS]
    if any(one.lost for one in right if one.program.sort == "reference"):
        own = [one for one in own if not (one.program.before and one.program.sort in ("right", "mutant"))]
    if not exercise.oracles and any(one.witness for one in right):
        own = [one if one.lost or one.program.sort != "mutant" else replace(one, witness="") for one in own]
    return [*own]


def _problems(exercise: Exercise, own: Sequence[Verdict]) -> Iterator[str]:
    for one in own:
        yield from _of_program(exercise, one)
    drawn = {c.name: c.cases - len(c.edge_cases) for c in exercise.checks if c.is_drawn}
    yield from thin_checks(own, {exercise.name: drawn})
    yield from _self_check(own)


def _of_program(exercise: Exercise, one: Verdict) -> Iterator[str]:
    what, lost = one.program.origin, ", ".join(f'"{name}"' for name in one.lost)
    sort = one.program.sort
    if one.slip:
        yield f"{what} gains points, because one change of it passes every check."
    if sort == "half":
        return  # what it lacks may cost only some checks, or none
    if sort == "reference" and one.lost:
        yield f"The reference solution fails {lost}: {one.why}"
    elif sort in ("lazy", "stub"):
        if passed := [check.name for check in exercise.checks if check.name not in one.lost]:
            yield f"{what} passes {', '.join(passed)}. Draw cases that it gets wrong."
    elif sort == "mistake":
        yield from _of_mistake(exercise, one, lost)
    elif sort == "mutant" and one.kind == "right rejected":
        yield f"A mutant that the oracle calls right fails {lost}: {_change(one)}."
    elif one.kind == "right rejected":
        called = f"with {_change(one)} is right" if one.program.before else "is called right"
        yield f"{what} {called} and fails {lost}: {one.why}"
    elif one.kind == "wrong accepted":
        note = "" if exercise.oracles else f" {NO_ORACLE}"
        why = f" ({one.witness})" if one.witness else ""
        yield f"passes every check: {_change(one) or what}{why}.{note}"
    if one.seeds and sort != "mistake":
        decided, other = ("accepted", "rejected") if not one.lost else ("rejected", "accepted")
        yield f"{_change(one) or what} is {decided}, but {other} with seed {one.seeds[0]}."


def _change(one: Verdict) -> str:
    return " -> ".join(f"`{line[1:].strip()}`" for line in one.program.diff.splitlines())


def _of_mistake(exercise: Exercise, one: Verdict, lost: str) -> Iterator[str]:
    stated = next(mistake for mistake in exercise.mistakes if mistake.name == one.program.origin)
    what = f"{stated.place}: mistake {stated.name}"
    if not one.lost:
        yield f"{what} breaks no check, so it is none. Draw cases that it gets wrong, or remove it."
    elif one.seeds:
        yield f"{what} does not fail [{lost}] with every seed."
    elif stated.is_open:
        yield f"{what}: write fails=[{lost}]."
    elif {*stated.fails} != one.lost.keys():
        yield f"{what} fails [{lost}], not {sorted(stated.fails)}. Write fails=[{lost}]."
    elif one.named != stated.name:
        other = one.named or "nothing"
        yield f"{what} is diagnosed as {other}: another mistake answers alike."
    if one.others:
        yield f"{what} costs {', '.join(one.others)} points too. Is it among their parts=?"


def _self_check(looked: Sequence[Verdict]) -> Iterator[str]:
    rejected: dict[tuple[str, str], list[str]] = defaultdict(list)
    broken = [one for one in looked if one.red and one.program.sort == "reference"]
    for one in broken or looked:
        if one.red:
            rejected[one.program.exercise, one.red].append(_change(one) or one.program.origin)
    for (exercise, why), origins in rejected.items():
        yield f"The self-check rejects {', '.join(dict.fromkeys(origins))} of {exercise}: {why}"


def _translations(root: Path, assignment: str) -> Iterator[str]:
    kinds = courses.SOLUTIONS, courses.EXERCISES
    paths = (path.relative_to(root) for kind in kinds for path in (root / kind).rglob("*.po"))
    if not any(assignment in str(path) for path in paths):
        return
    from autograder.cli import translating  # with nbgrader, which takes long to start

    for path, found in translating.all_catalogues(root).items():
        is_its_own = path.parent.name == assignment or path.name.startswith(f"{assignment}.")
        if is_its_own and path.is_file() and (lines := catalogues.waiting(path, found)):
            yield f"{len(lines)} sentences of {os.path.relpath(path, root)} have no translation."
