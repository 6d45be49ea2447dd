"""Finds errors in an assignment's files that students would meet, before any program is judged.

`of_words` stops no release and no run; the others do.
"""

import ast
import builtins
import doctest
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch

from autograder import courses
from autograder.auditing import selfchecks
from autograder.authoring.exercise import Exercise
from autograder.authoring.mistakes import Mistake
from autograder.errors import NotANotebook
from autograder.intake.submission import Unreadable, text_of
from autograder.judging import gate
from autograder.judging.judge import Judge
from autograder.reading.notebooks import cells_of, mark_of, text_in
from autograder.reading.parsed import ParsedSubmission

FILL = "FILL IN"  # marks each line that `autograder new` leaves to the author
BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"  # as nbgrader looks for them
REGION = re.compile(rf"(?m)^.*{BEGIN}(?s:.*?){END}.*$")
# Names in prose: in backticks, with an underscore, or a single letter; but a, A and I, and none after "(".
NAMES = re.compile(r"`([A-Za-z]\w*)`|(?<!['’.(])\b([B-HJ-Zb-z]|[A-Za-z]\w*_\w*)\b(?!['’.]\w)")


class Stub(NamedTuple):
    """A function or class in a solution cell: its definition, and the cell's id and text."""

    node: Any
    id: str
    text: str


def of_notebook(exercises: Sequence[Exercise]) -> Iterator[str]:
    """Yield what is wrong with the solution notebook: its cells, and the definitions in them."""
    path = gate.notebook("solutions", exercises[0].assignment)
    try:
        cells = cells_of(text_of(path))
    except (Unreadable, NotANotebook) as error:
        yield f"{path.name} cannot be read. {error}"
        return
    ids = Counter(mark_of(cell).get("grade_id") for cell in cells)
    for id in [id for id, count in ids.items() if id and count > 1]:
        yield f"{ids[id]} cells of {path.name} have the grade_id `{id}`. Give each its own."
    stubs: dict[str, Stub] = {}
    broken = ""
    for id, text in _solution_cells(cells):
        if text.count(BEGIN) != text.count(END):
            yield _lacks(path, id, min(BEGIN, END, key=text.count))
        try:
            stubs |= _defined(id, text)
        except SyntaxError as error:
            yield f"Cell `{id}` of {path.name}, line {error.lineno}: {error.msg}. Correct the solution."
            broken += text
    for exercise in {e.function: e for e in exercises}.values():
        function = exercise.function
        if function not in stubs and f"def {function}(" in broken:
            continue
        if function not in stubs:
            yield f"No solution cell of {path.name} defines `{function}`. Correct its name, or mark its cell."
            continue
        node, id, text = stubs[function]
        if BEGIN not in text and END not in text:
            yield _lacks(path, id, BEGIN)
        if isinstance(node, ast.FunctionDef) and exercise.right:
            own = tuple(each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg))
            if own != exercise.parameters:
                right = f"({', '.join(exercise.parameters)})"
                yield f"`{function}` takes ({', '.join(own)}) in {path.name}, but {right} in the answer."
        error_line = f'raise NotImplementedError("{function}")'
        if error_line not in REGION.sub("", text).replace("'", '"'):
            yield f"The stub of `{function}` raises no error of its own. End its cell with `{error_line}`."


def blanks(assignment: str) -> Iterator[str]:
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


def _lacks(path: Path, id: str, line: str) -> str:
    return (
        f"Cell `{id}` of {path.name} lacks the line `### {line}`, so the release would have no stub. Add it."
    )


def _solution_cells(cells: Sequence[dict]) -> Iterator[tuple[str, str]]:
    """Yield the grade_id and the text of each cell of code in which students write."""
    for cell in cells:
        mark = mark_of(cell)
        if mark.get("solution") and cell.get("cell_type") == "code":
            yield mark.get("grade_id", ""), text_in(cell)


def _defined(id: str, text: str) -> dict[str, Stub]:
    """Return the functions and classes that a cell defines.  Raises SyntaxError."""
    body = ast.parse(re.sub(r"(?m)^([ \t]*)[%!?].*$", r"\1pass", text)).body  # without magics
    nodes = [node for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return {node.name: Stub(node, id, text) for node in nodes}


def of_checks(judge: Judge) -> Iterator[str]:
    """Yield the error of each check that asks nothing, or something else each time."""
    for exercise in judge.exercises:
        for check in judge.checks[exercise.name]:
            try:
                check.first_questions(exercise.conditional)
            except Exception as error:  # an author's body may raise anything
                yield str(error)


def of_words(exercises: Sequence[Exercise], parsed: ParsedSubmission) -> Iterator[str]:
    """Yield what is wrong with what students read and run.  parsed: the solution notebook."""
    path = gate.notebook("solutions", exercises[0].assignment)
    stubs: dict[str, Stub] = {}
    for id, text in _solution_cells(cells_of(text_of(path))):
        stubs |= _defined(id, text)
    read = set[str]()  # functions whose docstring was looked at: several exercises may have one
    for exercise in exercises:
        function = exercise.function
        docstring = ast.get_docstring(stubs[function].node) or ""
        code = "\n".join(statement.source for statement in parsed.needed(function))
        if not docstring:
            yield f"The stub of `{function}` has no docstring. Write what it gives, and the shapes."
        examples = partial(_wrong_example, code, function, docstring)
        if function not in read and (why := selfchecks.in_a_child(examples, path.parent)):
            yield f"The docstring of `{function}` has a wrong example: {why}"
        read.add(function)
        yield from _of_hints(exercise, docstring, code, {e.function for e in exercises})


def same_words(exercises: Sequence[Exercise]) -> Iterator[str]:
    """Yield mistakes with the same message: two ways to make one mistake, or a copy that nobody changed."""
    for exercise in exercises:
        seen: dict[str, Mistake] = {}
        for mistake in exercise.mistakes:
            other = seen.setdefault(mistake.says, mistake)
            if other.place != mistake.place:
                yield f"{mistake.place}: {mistake.name} has the same message as {other.name}. Is that meant?"


def _wrong_example(code: str, function: str, docstring: str) -> str:
    """Return how the first wrong example of a docstring differs, or ""."""
    names: dict[str, Any] = {"torch": torch, "__name__": "reference"}
    exec(code, names)
    said: list[str] = []
    examples = doctest.DocTestParser().get_doctest(docstring, names, function, None, None)
    options = doctest.FAIL_FAST | doctest.NORMALIZE_WHITESPACE
    _Examples(optionflags=options).run(examples, out=said.append)
    return "".join(said)


class _Examples(doctest.DocTestRunner):
    """Says in a line how an example differs."""

    def report_start(self, *_: object) -> None:
        pass

    def report_failure(self, out: Any, test: Any, example: Any, got: str) -> None:
        out(f"`{example.source.strip()}` gives `{got.strip()}`, not `{example.want.strip()}`.")

    def report_unexpected_exception(self, out: Any, test: Any, example: Any, exc_info: Any) -> None:
        out(f"`{example.source.strip()}` raises {exc_info[0].__name__}: {exc_info[1]}")


def _of_hints(exercise: Exercise, docstring: str, code: str, functions: set[str]) -> Iterator[str]:
    """Yield the names in hints that are in no other part of the docstring, and in no right code."""
    prose, _, hint = docstring.partition("Hint:")
    texts = {"the docstring": hint} | {f"the hint for {sort}": text for sort, text in exercise.hints.items()}
    known = {*re.findall(r"\w+", prose + exercise.right_source), *functions, *dir(builtins), *dir(torch)}
    known |= {*dir(torch.Tensor), *dir(torch.nn.functional)}
    for node in ast.walk(ast.parse(code)):  # without the docstring
        known |= {getattr(node, field) for field in ("id", "arg", "attr", "name") if hasattr(node, field)}
    for where, text in texts.items():
        for name in dict.fromkeys(map("".join, NAMES.findall(text))):
            if name not in known:
                own = ", ".join(exercise.parameters)
                yield f"`{exercise.name}`: the hint of {where} names `{name}`, but students know ({own})."


def of_self_check(exercises: Sequence[Exercise]) -> Iterator[str]:
    """Yield what is wrong with the file of the self-check, and with the names of its exercises."""
    assignment = exercises[0].assignment
    file = gate.notebook("solutions", assignment).with_name(f"test_{assignment}.py")
    said = selfchecks.names(file)
    tests, wanted = said.split(), [f"test_{exercise.name}" for exercise in exercises]
    if not all(name.startswith("test_") for name in tests):
        yield f"{file.name} cannot be imported. {said}"
    elif {*tests} != {*wanted}:
        lacks = ", ".join(name.removeprefix("test_") for name in wanted if name not in tests) or "none"
        other = ", ".join(name.removeprefix("test_") for name in tests if name not in wanted) or "none"
        yield f"PROPERTIES in {file.name} lacks {lacks}, and has {other} beside the exercises. Correct it."
