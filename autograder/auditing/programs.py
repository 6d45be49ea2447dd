"""The programs that `check` tries: lazy answers, known mistakes, an author's own answers, and
mutants.
"""

import ast
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from autograder import courses
from autograder.authoring.exercise import Exercise, right_answers
from autograder.errors import N_, DeclarationError
from autograder.intake.submission import Submission, open_submission
from autograder.judging.judge import Judge
from autograder.languages import tr

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
RIGHT_ANSWERS, WRONG_ANSWERS = courses.ANSWERS
DECLARED_WRONG = re.compile(
    r"# wrong: (\w+)"
)  # in a wrong answer's first line: its exercise
ALL_CHANGES = 4_000
NO_ANSWER = N_(
    "{where} answers no exercise (its first line: `{first}`). Define one of the functions, and "
    "start a wrong answer with `# wrong: NAME:`."
)
UNREADABLE = N_(
    "{where}, line {line}: {why}. Correct the answer, or remove it."
)


@dataclass(frozen=True)
class Program:
    """A submission whose answer to one exercise is tried.

    sort: "reference", "stub", "lazy", "mistake", "style", "right", "wrong" or "mutant".
    name: what the author calls it; of a mutant, the change that made it.
    """

    exercise: str
    sort: str
    name: str
    text: str
    suffix: str = ".py"

    @property
    def submission(self) -> Submission:
        return Submission(self.name, self.name, self.text, self.suffix)


def lazy(exercise: Exercise) -> Iterator[Program]:
    """Yield answers that anybody could write without an idea of the exercise, beside right
    parts.
    """
    right, function = (
        right_answers([*exercise.parts, exercise]),
        exercise.function,
    )
    for name, body in LAZY.items():
        yield Program(
            exercise.name,
            "lazy",
            name,
            f"{right}def {function}(*args):\n    {body}\n",
        )
    if function == exercise.name:
        parameters = ", ".join(exercise.parameters)
        for name in exercise.parameters:
            text = f"{right}def {function}({parameters}):\n    return {name}\n"
            yield Program(exercise.name, "lazy", f"returns {name}", text)


def styles(exercise: Exercise) -> Iterator[Program]:
    """Yield the right answer in its other styles, beside right parts."""
    right = right_answers([*exercise.parts, exercise])
    for number, source in enumerate(exercise.style_sources, start=1):
        yield Program(exercise.name, "right", f"style {number}", right + source)


def mistakes(exercise: Exercise) -> Iterator[Program]:
    """Yield the known mistakes of an exercise beside right parts: in the first style, and as
    "style" in the others.
    """
    right = right_answers([*exercise.parts, exercise])
    for mistake in exercise.mistakes:
        sort = "mistake"
        for source in mistake.sources:
            yield Program(exercise.name, sort, mistake.name, right + source)
            sort = "style"


def answers(judge: Judge, folder: Path) -> list[Program]:
    """Return what an author wrote in `right_answers/` and `wrong_answers/`, for each exercise.

    folder: the course's.  Raises DeclarationError for a file that answers none of the
    exercises, or lacks a
    function that Python could not read: the right answer would stand in for it.
    """
    programs = []
    for kind in courses.ANSWERS:
        for path in sorted((folder / kind / judge.cases.assignment).glob("*")):
            if path.suffix in (".py", ".ipynb"):
                programs += _of_file(
                    judge, path, kind, path.relative_to(folder).as_posix()
                )
    return programs


def _of_file(judge: Judge, path: Path, kind: str, where: str) -> list[Program]:
    source = open_submission(path, path.name)
    parsed, _ = judge.parse(source)
    bound = {
        name for statement in parsed.statements for name in statement.binds
    }
    missing = {*judge.functions} - bound
    for lost in parsed.lost:
        if missing.intersection(lost.binds) or len(missing) == len(
            judge.functions
        ):
            place = (
                f"{where}, {lost.place}" if path.suffix == ".ipynb" else where
            )
            raise DeclarationError(
                UNREADABLE, place, line=lost.line, why=tr(lost.message)
            )
    sort, named = "right", {exercise.name for exercise in judge.exercises}
    if kind == WRONG_ANSWERS:
        sort, named = (
            "wrong",
            {*DECLARED_WRONG.findall(source.text.partition("\n")[0])},
        )
    programs = []
    for exercise in judge.exercises:
        if exercise.function in bound and exercise.name in named:
            right = (
                right_answers([*exercise.parts, exercise])
                if path.suffix == ".py"
                else ""
            )
            programs.append(
                Program(
                    exercise.name,
                    sort,
                    path.name,
                    right + source.text,
                    path.suffix,
                )
            )
    if not programs:
        raise DeclarationError(
            NO_ANSWER, where, first=source.text.partition("\n")[0]
        )
    return programs


def mutants(
    judge: Judge, exercise: Exercise, source: Submission, count: int
) -> list[Program]:
    """Return up to `count` programs that one change of a right answer makes; the same ones
    each time.

    The changes are those that the search for a slip tries: what undoes a slip in a wrong
    function makes one in a right function.
    """
    parsed, _ = judge.parse(source)
    needed = parsed.needed(exercise.function)
    own = [
        statement
        for statement in needed
        if statement.defines and exercise.function in statement.binds
    ]
    if exercise.function != exercise.name or not own:
        return []  # it has no function of its own, or a class, a lambda or an alias
    known = sorted({name for statement in needed for name in statement.binds})
    changes = [*judge.changes(exercise, own[-1], known, 0, ALL_CHANGES)]
    programs: list[Program] = []
    seen = {_meaning(own[-1].source)}
    Random(exercise.name).shuffle(changes)
    for change in changes:
        changed = change.applied_to(own[-1].source)
        meaning = _meaning(changed)
        if len(programs) == count or meaning in seen:
            continue
        seen.add(meaning)
        texts = [
            changed if statement is own[-1] else statement.source
            for statement in needed
        ]
        name = _difference(own[-1].source, changed)
        programs.append(
            Program(exercise.name, "mutant", name, "\n".join(texts) + "\n")
        )
    return programs


def _meaning(source: str) -> str:
    """Return what programs have in common that differ in comments, docstrings or spaces."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
            del node.body[0]
    return ast.dump(tree)


def _difference(before: str, after: str) -> str:
    """Return the lines that a change took away and added."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), lineterm="", n=0
    )
    changed = [
        f"`{line[1:].strip()}`"
        for line in [*lines][2:]
        if not line.startswith("@@")
    ]
    return " -> ".join(changed)
