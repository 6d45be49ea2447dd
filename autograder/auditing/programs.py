"""The programs of an audit: the reference, stubs, lazy answers, known mistakes, other styles, and mutants."""

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from autograder import courses
from autograder.auditing.mutants import LACKING, OTHERWISE, WRONG, rewritten
from autograder.auditing.verdicts import Program
from autograder.authoring.exercise import Exercise, right_answers
from autograder.errors import N_, DeclarationError
from autograder.intake.submission import Submission, open_submission
from autograder.judging import gate
from autograder.judging.judge import Judge
from autograder.languages import tr
from autograder.reading.source import Operators

# What a lazy answer returns, without looking at its arguments.
LAZY = {
    "raises": "raise ValueError('no')",
    "passes": "pass",
    "returns_none": "return None",
    "returns_first": "return args[0]",
    "returns_second": "return args[1]",
    "returns_last": "return args[-1]",
    "zero": "return 0.0",
    "zeros": "return torch.zeros(args[0].shape if hasattr(args[0], 'shape') else 1)",
    "ones": "return torch.ones(args[0].shape if hasattr(args[0], 'shape') else 1)",
    "zeros_of_second": "return torch.zeros(args[1].shape if hasattr(args[1], 'shape') else 1)",
    "empty_list": "return []",
    "a_pair": "return [(args[1], args[2])]",
    "nan": "return torch.full((1,), float('nan'))",
}
REFERENCE = "the reference"
DECLARED_WRONG = re.compile(r"# wrong: (\w+)")  # in a wrong answer's first line: its exercise
NO_ANSWER = N_(
    "{where} answers no exercise (its first line: `{first}`). Define one of the functions, and "
    "start a wrong answer with `# wrong: NAME:`."
)
STYLES = 6  # other right answers that mutants of an exercise are made of


def known(exercises: Sequence[Exercise], folder: Path) -> Iterator[Program]:
    """Yield all programs that an author called right or wrong.

    folder: may have `right_answers/<assignment>/` and `wrong_answers/<assignment>/`.  Raises DeclarationError
    for a file that answers none of the exercises.
    """
    assignment = exercises[0].assignment
    reference, stub = gate.reference(assignment), gate.stub(assignment)
    rights = {exercise.name: right_answers([*exercise.parts, exercise]) for exercise in exercises}
    for exercise in exercises:
        own, right = (assignment, exercise.name), rights[exercise.name]
        yield Program(*own, "reference", REFERENCE, reference.text, reference.suffix)
        yield Program(*own, "stub", "the stub", stub.text, stub.suffix)
        for name, body in LAZY.items():
            text = f"{right}def {exercise.function}(*args):\n    {body}\n"
            yield Program(*own, "lazy", f"lazy: {name}", text)
        for name in exercise.parameters if exercise.function == exercise.name else ():
            text = f"{right}def {exercise.function}({', '.join(exercise.parameters)}):\n    return {name}\n"
            yield Program(*own, "half", f"lazy: returns {name}", text)
        if exercise.function == exercise.name:
            with contextlib.suppress(ValueError):  # its source is bundled with what it uses
                _, made = rewritten(right, exercise.function, LACKING)
                for number, text in enumerate(made, start=1):
                    yield Program(*own, "half", f"half answer {number}", text, before=right)
        for number, source in enumerate(exercise.style_sources, start=1):
            yield Program(*own, "right", f"style {number}", right + source)
        for mistake in exercise.mistakes:
            for source in mistake.sources:
                yield Program(*own, "mistake", mistake.name, right + source)
    for sort, kind in zip(("right", "wrong"), courses.ANSWERS):
        for path in _answers(folder, kind, assignment):
            found = open_submission(path, path.name)
            named = DECLARED_WRONG.search(found.text)
            code = DECLARED_WRONG.sub("", found.text, count=1)
            tried = [e for e in exercises if re.search(rf"\b{e.function}\b", code)]
            if sort == "wrong":
                tried = [e for e in tried if named and e.name == named[1]]
            if not tried:
                where = path.relative_to(folder).as_posix()
                raise DeclarationError(NO_ANSWER, where, first=found.text.partition("\n")[0])
            for e in tried:  # which parts it may lack
                text = (rights[e.name] if found.suffix == ".py" else "") + found.text
                yield Program(assignment, e.name, sort, path.name, text, found.suffix)


def unread(judge: Judge, functions: set[str], folder: Path) -> Iterator[str]:
    """Yield what is wrong with each answer's file that lacks a function, since Python could not read it.

    The right answer would stand in for it.
    """
    for kind in courses.ANSWERS:
        for path in _answers(folder, kind, judge.cases.assignment):
            parsed, _ = judge.parse(open_submission(path, path.name))
            missing = functions.difference(parsed.names)
            broken = [lost for lost in parsed.lost if missing.intersection(lost.binds)]
            if len(missing) == len(functions):
                broken = broken or [*parsed.lost]  # what it would have bound may be unknown
            for lost in broken[:1]:
                where = path.relative_to(folder).as_posix()
                where += f", {lost.place}" * (path.suffix == ".ipynb")
                yield f"{where}, line {lost.line}: {tr(lost.message)}. Correct the answer, or remove it."


def _answers(folder: Path, kind: str, assignment: str) -> list[Path]:
    paths = (folder / kind / assignment).glob("*")
    return sorted(path for path in paths if path.suffix in (".py", ".ipynb"))


def mutated(judge: Judge, exercise: Exercise, count: int, folder: Path) -> list[Program]:
    """`count` mutants, or all: half of the reference, half of other right answers; always the same."""
    if exercise.function != exercise.name:
        return []  # it has no function of its own
    paths = _answers(folder, courses.ANSWERS[0], exercise.assignment)
    paths = Random(exercise.name).sample(paths, min(STYLES, len(paths)))
    own = _mutants(judge, exercise, [gate.reference(exercise.assignment)])
    other = _mutants(judge, exercise, [open_submission(path, path.name) for path in paths])
    own = own[: max(count - len(other), (count + 1) // 2)]
    return [*{program.id: program for program in [*own, *other]}.values()][:count]


def _mutants(judge: Judge, exercise: Exercise, sources: Sequence[Submission]) -> list[Program]:
    found = [*_changed(judge, exercise, sources, WRONG, "mutant")]
    found.sort(key=lambda program: program.id)
    Random(0).shuffle(found)
    return found


def styled(judge: Judge, exercise: Exercise) -> list[Program]:
    """Return the reference as other people write it: right answers that the author need not write."""
    if exercise.function != exercise.name:
        return []
    return [*_changed(judge, exercise, [gate.reference(exercise.assignment)], OTHERWISE, "right")]


def _changed(
    judge: Judge, exercise: Exercise, sources: Sequence[Submission], operators: Operators, sort: str
) -> Iterator[Program]:
    """Yield what these operators make of the exercise's function in these sources."""
    for source in sources:
        parsed, _ = judge.parse(source)
        text = "\n".join(statement.source for statement in parsed.needed(exercise.function))
        try:
            before, made = rewritten(text, exercise.function, operators)
        except (ValueError, SyntaxError):
            continue  # a class, a lambda or an alias: no function to change
        names = exercise.assignment, exercise.name, sort, source.id
        yield from (Program(*names, one, ".py", before) for one in made)
