"""The programs that `check` tries: lazy answers, known mistakes, an author's own answers, and
mutants.
"""

import ast
import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from autograder import courses
from autograder.authoring.exercise import Exercise, right_answers
from autograder.errors import N_, DeclarationError
from autograder.intake.submission import Submission, open_submission
from autograder.judging.judge import Judge
from autograder.languages import tr
from autograder.reading.parsed import Statement

# What a lazy answer returns, without looking at its arguments.
LAZY = {
    "raises": "raise ValueError('no')",
    "passes": "pass",
    "returns_none": "return None",
    "returns_first": "return args[0]",
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

    kind: "reference", "stub", "lazy", "mistake", "right", "wrong" or "mutant".
    name: what the author calls it; of a mutant, the change that made it.
    """

    exercise: str
    kind: str
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
    bodies = dict(LAZY)
    for place, name in enumerate(exercise.parameters[1:], start=1):
        bodies[f"returns {name}"] = f"return args[{place}]"
    right = right_answers([*exercise.parts, exercise])
    for name, body in bodies.items():
        text = f"{right}def {exercise.function}(*args):\n    {body}\n"
        yield Program(exercise.name, "lazy", name, text)


def styles(exercise: Exercise) -> Iterator[Program]:
    """Yield the right answer in its other styles, beside right parts."""
    right = right_answers([*exercise.parts, exercise])
    for number, style in enumerate(exercise.styles, start=1):
        yield Program(exercise.name, "right", f"style {number}", right + style)


def mistakes(exercise: Exercise) -> Iterator[Program]:
    """Yield the known mistakes of an exercise, in its first style, beside right parts."""
    right = right_answers([*exercise.parts, exercise])
    for mistake in exercise.mistakes:
        text = right + mistake.source
        yield Program(exercise.name, "mistake", mistake.name, text)


def answers(judge: Judge) -> list[Program]:
    """Return what an author wrote in `right_answers/` and `wrong_answers/`, for each exercise.

    Raises DeclarationError for a file that answers none of the exercises, or lacks a function
    that Python could not read: the right answer would stand in for it.
    """
    programs = []
    for kind in courses.ANSWERS:
        folder = courses.folder(kind, judge.cases.assignment)
        for path in sorted(folder.glob("*")):
            if path.suffix in (".py", ".ipynb"):
                where = f"{kind}/{folder.name}/{path.name}"
                programs += _of_file(judge, path, kind, where)
    return programs


def _of_file(judge: Judge, path: Path, kind: str, where: str) -> list[Program]:
    submission = open_submission(path, path.name)
    parsed = judge.workers.parse(submission)
    bound: set[str] = set()
    for statement in parsed.statements:
        bound.update(statement.binds)
    missing = {*judge.functions} - bound
    for failed in parsed.failed:
        if missing.intersection(failed.binds) or missing == {*judge.functions}:
            if path.suffix == ".ipynb":
                where = f"{where}, {failed.place}"
            raise DeclarationError(
                UNREADABLE,
                where,
                line=failed.line,
                why=tr(failed.message),
            )
    first_line, _, _ = submission.text.partition("\n")
    is_wrong = kind == WRONG_ANSWERS
    declared = DECLARED_WRONG.findall(first_line)
    kind = "wrong" if is_wrong else "right"
    programs = []
    for exercise in judge.exercises:
        is_declared = not is_wrong or exercise.name in declared
        if exercise.function in bound and is_declared:
            text = submission.text
            if path.suffix == ".py":
                text = right_answers([*exercise.parts, exercise]) + text
            answer = Program(exercise.name, kind, path.name, text, path.suffix)
            programs.append(answer)
    if not programs:
        raise DeclarationError(NO_ANSWER, where, first=first_line)
    return programs


def mutants(
    judge: Judge,
    exercise: Exercise,
    submission: Submission,
    count: int,
    answers: Iterable[Program] = (),
) -> list[Program]:
    """Return up to `count` programs that one change of a right answer makes, always the same ones.

    The changes are those that the search for a slip tries: what undoes a slip in a wrong
    function makes one in a right function.  answers: an author's; who wrote a change there
    knows whether it is right.
    """
    needed, defining = _statements(judge, exercise, submission)
    if exercise.function != exercise.name or defining is None:
        return []  # it has no function of its own, or a class, a lambda or an alias
    names: set[str] = set()
    for statement in needed:
        names.update(statement.binds)
    seen = {_meaning(defining.source)}
    for answer in answers:
        _, function = _statements(judge, exercise, answer.submission)
        if function is not None:
            seen.add(_meaning(function.source))
    changes = [
        *judge.workers.changes(
            exercise, defining, sorted(names), 0, ALL_CHANGES
        )
    ]
    Random(exercise.name).shuffle(changes)
    programs: list[Program] = []
    for change in changes:
        if len(programs) == count:
            break
        changed = change.applied_to(defining.source)
        meaning = _meaning(changed)
        if meaning in seen:
            continue
        seen.add(meaning)
        text = ""
        for statement in needed:
            text += changed if statement is defining else statement.source
            text += "\n"
        name = _difference(defining.source, changed)
        programs.append(Program(exercise.name, "mutant", name, text))
    return programs


def _statements(
    judge: Judge, exercise: Exercise, submission: Submission
) -> tuple[list[Statement], Statement | None]:
    """Return the statements that a function needs, and the one that defines it, if any."""
    parsed = judge.workers.parse(submission)
    needed = parsed.needed(exercise.function)
    defining = None
    for statement in needed:
        if statement.defines_function and exercise.function in statement.binds:
            defining = statement
    return needed, defining


def _meaning(source: str) -> str:
    """Return what programs have in common that differ in comments, strings alone or spaces."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        # A docstring that changed places with a statement is one of these, too.
        if isinstance(node, ast.FunctionDef | ast.With | ast.For | ast.If):
            node.body = [
                statement
                for statement in node.body
                if not isinstance(getattr(statement, "value", 0), ast.Constant)
                or not isinstance(statement, ast.Expr)
            ]
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
