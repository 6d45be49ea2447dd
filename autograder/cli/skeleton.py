"""`autograder new`: writes an assignment that can grade once its blanks are filled in.

The notebook with its cells, the self-check, the hidden files with a check for each function, and folders for
answers.  Knows nothing of how any of it is judged.
"""

from __future__ import annotations

import json
import keyword
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4

from autograder import courses
from autograder.cli.stop import Stop
from autograder.errors import Message
from autograder.languages import N_

FILL = "FILL IN"  # marks each line that the author must write; `autograder check` lists them
FUNCTION = re.compile(r"\s*(\w+)\s*\(([\w\s,]*)\)\s*(?::([\w\s,]*))?")
# Names in the cells and files that are written, and, of parameters, options of `tensors`.
TAKEN = {"check", "tests", "torch", "sys", "importlib", "right", "expect", "tensors", "selfcheck"}
TAKEN |= {"PROPERTIES", "say", "show"}
RESERVED = {"torch", "say", "show", "Wrong", "draw", "largest", "dtype", "elements", "also"}
NOT_A_NAME = N_("{name} cannot be the name of {what}. Write a lowercase Python name that is not in use.")
SELFCHECK = "selfcheck.py"
CONFIG = """\
\"\"\"nbgrader's settings for this course: run its commands, or formgrader, from this folder.\"\"\"

from autograder.nbgrader_bridge import configure

c = get_config()  # noqa: F821 - nbgrader puts it here
configure(c)

c.CourseDirectory.course_id = {name!r}
c.CourseDirectory.source_directory = "solutions"
c.CourseDirectory.release_directory = "assignments"
"""
STUB = """\
def {call}:
    \"\"\"{fill}: what it gives, the shapes, and an example.

    Hint: {fill}
    \"\"\"
    ### BEGIN SOLUTION
    raise NotImplementedError("{name}")  # {fill}
    ### END SOLUTION
    raise NotImplementedError("{name}")  # delete this line when yours is written"""
TEST = """\
### BEGIN HIDDEN TESTS
# For nbgrader without our preprocessor: the same points, asked for here before the check can raise.
import importlib

importlib.import_module("autograder.plugin").in_kernel("{assignment}", "{name}")
### END HIDDEN TESTS
import sys

try:
    from test_{assignment} import check
except ModuleNotFoundError:
    print("Put test_{assignment}.py and selfcheck.py beside this notebook.", file=sys.stderr)
else:
    check("{name}")"""
HIDDEN = '''\
"""`{call}`: {fill}."""

from autograder import Exercise, tensors
{imports}
{name} = Exercise("{name}"{parts})


@{name}.answer
def right({parameters}):
    raise NotImplementedError("{name}")  # {fill}, by another way than the notebook's solution


{name}.contract(
    given=tensors({shapes}),  # {fill}: which axes belong together
    points={{"value": 1}},
)
'''
VISIBLE = '''\
# --- {name} {dashes}


@visible(tensors({shapes}))  # {fill}: which axes belong together
def {name}_gives_a_tensor({name}, {parameters}):
    """gives a tensor"""
    got = {name}({parameters})  # {fill}: a claim that students may see; two or three such properties
    if not isinstance(got, torch.Tensor):
        raise Wrong(say("expected {{label}}a tensor, got {{got}}", label="", got=show(got)))
'''
SELF_CHECK = '''\
"""Self-checks for {assignment}: what you can see of the grading, runnable at any time.

In the notebook, each test cell calls `check`. In a terminal, run `pytest` in this folder: it tests the
functions in `{assignment}.py` if you made such a file, else those in `{assignment}.ipynb`.
The grader checks more than you see here, and in the same spirit.
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # for pytest --import-mode=importlib
try:  # first of all, since it says what else is missing
    from selfcheck import Wrong, agree, classes, entry_points, probabilities, say, show, tensors, visible
except ModuleNotFoundError:
    import pytest

    sentence = "Put the assignment's selfcheck.py beside test_{assignment}.py."
    error = pytest.fail.Exception(sentence, pytrace=False)
    error._render_traceback_ = lambda: [sentence]  # for Jupyter
    raise error from None
import torch

{visible}

PROPERTIES = {{
{properties}}}

check, tests = entry_points(__file__, PROPERTIES{parts})
globals().update(tests)  # one test per exercise, where pytest looks for them
'''


@dataclass(frozen=True)
class Function:
    """A function that students write: its parameters, and the functions that it calls."""

    name: str
    parameters: tuple[str, ...]
    parts: tuple[str, ...] = ()

    @property
    def call(self) -> str:
        return f"{self.name}({', '.join(self.parameters)})"

    @property
    def shapes(self) -> str:
        """A first guess: a matrix for a capital letter, else a vector."""
        return ", ".join(f'{name}="{"n d" if name[0].isupper() else "n"}"' for name in self.parameters)


def write(root: Path, assignment: str, functions: Sequence[str]) -> list[Path]:
    """Write a new assignment into a course.  Returns the files.  Raises Stop before anything is written."""
    if not (root / courses.FILE).is_file():
        raise Stop(
            "No {file} here. Run `autograder init` in the root of the course first.", file=courses.FILE
        )
    _demand_name(assignment, N_("an assignment"), {"selfcheck", *courses.names()})
    found = _functions(assignment, functions)
    files = _files(root, assignment, found)
    if there := next((path for path in files if path.exists()), None):
        raise Stop(
            "{path} already exists. Move it away, or choose another name.", path=there.relative_to(root)
        )
    shared = root / courses.SOLUTIONS / SELFCHECK
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if not shared.exists():
        shutil.copyfile(courses.folder(courses.SOLUTIONS) / SELFCHECK, shared)
    if not (root / "nbgrader_config.py").exists():
        (root / "nbgrader_config.py").write_text(CONFIG.format(name=root.resolve().name), encoding="utf-8")
    return [*files]


def _functions(assignment: str, texts: Sequence[str]) -> list[Function]:
    found: list[Function] = []
    for text in texts:
        match = FUNCTION.fullmatch(text)
        if match is None:
            words = N_('{text!r} is not a function. Write it as "f(X)", or as "g(X, W, b): f" if it calls f.')
            raise Stop(words, text=text)
        name, parameters, parts = match[1], _words(match[2]), _words(match[3] or "")
        known = [one.name for one in found]
        _demand_name(name, N_("a function"), {assignment, *TAKEN, *known})
        for parameter in parameters:
            _demand_name(parameter, N_("a parameter"), {name, *parts, *RESERVED}, any_case=True)
        if len(set(parameters)) < len(parameters) or not parameters:
            raise Stop("{call} needs parameters with different names. Correct them.", call=text)
        if unknown := [part for part in parts if part not in known]:
            words = N_("{name} calls {part}, which is not declared before {name}. Move {part} up.")
            raise Stop(words, name=name, part=unknown[0])
        found.append(Function(name, parameters, parts))
    return found


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _demand_name(name: str, what: str, taken: set[str], any_case: bool = False) -> None:
    fits = name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and not name.startswith("_")
    if not fits or name in taken or (not any_case and (name != name.lower() or name.startswith("test_"))):
        raise Stop(NOT_A_NAME, name=repr(name), what=Message(what))


def _files(root: Path, assignment: str, functions: Sequence[Function]) -> dict[Path, str]:
    solutions, hidden = root / courses.SOLUTIONS / assignment, root / courses.EXERCISES / assignment
    found = {
        solutions / f"{assignment}.ipynb": _notebook(assignment, functions),
        solutions / f"test_{assignment}.py": _self_check(assignment, functions),
        hidden / "__init__.py": f'"""{_title(assignment)}: what is asked, and how it is judged."""\n',
    }
    for one in functions:
        imports = "".join(f"from autograder.exercises.{assignment}.{p} import {p}\n" for p in one.parts)
        found[hidden / f"{one.name}.py"] = HIDDEN.format(
            call=one.call,
            name=one.name,
            parameters=", ".join(one.parameters),
            shapes=one.shapes,
            imports=imports,
            parts=f", parts=[{', '.join(one.parts)}]" if one.parts else "",
            fill=FILL,
        )
    return found | {root / kind / assignment / ".gitkeep": "" for kind in courses.ANSWERS}


def _title(assignment: str) -> str:
    return assignment.replace("_", " ").capitalize()


def _self_check(assignment: str, functions: Sequence[Function]) -> str:
    visible = "\n\n".join(
        VISIBLE.format(
            name=one.name,
            shapes=one.shapes,
            parameters=", ".join(one.parameters),
            dashes="-" * (90 - len(one.name)),
            fill=FILL,
        )
        for one in functions
    )
    parts = {one.name: [*one.parts] for one in functions if one.parts}
    return SELF_CHECK.format(
        assignment=assignment,
        visible=visible.rstrip(),
        properties="".join(f'    "{one.name}": [{one.name}_gives_a_tensor],\n' for one in functions),
        parts=f", parts={json.dumps(parts)}" if parts else "",
    )


def _notebook(assignment: str, functions: Sequence[Function]) -> str:
    head = (
        f"# {_title(assignment)}\n\n{FILL}: what this is about. Replace each `YOUR CODE HERE` by your code."
    )
    cells = [v4.new_markdown_cell(head, id="title"), v4.new_code_cell("import torch", id="imports")]
    for one in functions:
        stub = STUB.format(call=one.call, name=one.name, fill=FILL)
        test = TEST.format(assignment=assignment, name=one.name)
        cells.append(_cell(one.name, stub, solution=True))
        cells.append(_cell(f"test_{one.name}", test, grade=True, locked=True, points=1))
        cells[-1].metadata["tags"] = ["raises-exception"]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return nbformat.writes(v4.new_notebook(cells=cells, metadata=metadata)) + "\n"


def _cell(name: str, source: str, **mark: object) -> Any:
    """A code cell with nbgrader's own mark."""
    plain = {"grade": False, "grade_id": name, "locked": False, "schema_version": 3}
    plain |= {"solution": False, "task": False}
    return v4.new_code_cell(source, id=name, metadata={"nbgrader": plain | mark})
