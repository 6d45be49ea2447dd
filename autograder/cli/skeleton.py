"""`autograder new`: writes an assignment, to grade once its blanks are filled in.

The notebook with its cells, the self-check, the hidden files with a check for each
function, and folders for answers.  Knows nothing of how any of it is judged.
"""

import ast
import contextlib
import keyword
import shutil
from collections.abc import Collection, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from jinja2 import Template

from autograder import courses
from autograder.errors import KitError, Message
from autograder.languages import N_, language

SELFCHECK = "selfcheck.py"
CONFIG = "nbgrader_config.py"
TEMPLATES = Path(__file__).parent / "templates"


class Function(NamedTuple):
    """A function that students write: its parameters, and the functions that it calls.

    head: the parameters as they are written, with their defaults.
    """

    name: str
    head: str
    parameters: tuple[str, ...]
    parts: tuple[str, ...]


def write(root: Path, assignment: str, texts: Sequence[str]) -> list[Path]:
    """Write an assignment into a course.  Returns the files.

    texts: the functions, as in "g(X, W, b): f".  Raises KitError before anything is written.
    """
    if not (root / courses.FILE).is_file():
        raise KitError(
            "No {file} here. Run `autograder init` in the root of the course first.",
            file=courses.FILE,
        )
    taken = {"selfcheck", *courses.names()}
    if assignment.isidentifier() and find_spec(assignment):
        raise KitError(
            "{name} cannot be the name of an assignment, because a student's file of this name "
            "would stand in front of the Python module that is called so. Choose another name.",
            name=repr(assignment),
        )
    # A name of files is lowercase, so that it is the same on every disk.
    if assignment != assignment.lower():
        taken.add(assignment)
    _require_name(assignment, N_("an assignment"), taken)
    functions = [_function(text) for text in texts]
    for function in functions:
        _require_name(function.name, N_("a function"), {assignment})
    files = _files(root, assignment, functions)
    for path in files:
        if path.exists():
            raise KitError(
                "{path} already exists. Move it away, or choose another name.",
                path=path.relative_to(root),
            )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shared = root / courses.SOLUTIONS / assignment / SELFCHECK
    if not shared.exists():
        shutil.copyfile(courses.folder(courses.SOLUTIONS) / SELFCHECK, shared)
    if not (root / CONFIG).exists():
        text = filled(f"{CONFIG}.j2", course=root.resolve().name)
        (root / CONFIG).write_text(text, encoding="utf-8")
    return [*files]


def _function(text: str) -> Function:
    """Return the function that a text describes.  Raises KitError."""
    # What it calls is the body of a definition; without any, the body is empty.
    for end in ("", ": ()"):
        with contextlib.suppress(SyntaxError, ValueError):
            (definition,) = ast.parse(f"def {text.strip()}{end}").body
            assert isinstance(definition, ast.FunctionDef)
            (called,) = definition.body
            parts = [
                node.id
                for node in ast.walk(called)
                if isinstance(node, ast.Name)
            ]
            head = definition.args
            parameters = tuple(argument.arg for argument in head.args)
            return Function(
                definition.name, ast.unparse(head), parameters, tuple(parts)
            )
    raise KitError(
        '{text!r} is not a function. Write it as "f(X)", as "f(X, k=3)", or as "g(X, W, b): f" '
        "if it calls f.",
        text=text,
    )


def _require_name(name: str, what: str, taken: Collection[str]) -> None:
    """Raise KitError unless this is a public name in ASCII that is not taken, and no test's."""
    is_name = (
        name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
    )
    if not is_name or name in taken or name.startswith(("_", "test_")):
        raise KitError(
            "{name} cannot be the name of {what}. Write a lowercase Python name that is not "
            "in use.",
            name=repr(name),
            what=Message(what),
        )


def _files(
    root: Path, assignment: str, functions: Sequence[Function]
) -> dict[Path, str]:
    """Return the text of each file."""
    solutions = root / courses.SOLUTIONS / assignment
    values = {
        "assignment": assignment,
        "title": assignment.replace("_", " ").capitalize(),
        "functions": functions,
        "parts": {
            function.name: function.parts
            for function in functions
            if function.parts
        },
        "language": language(),
    }
    files = {
        solutions / f"{assignment}.ipynb": filled(
            "notebook.ipynb.j2", **values
        ),
        solutions / f"test_{assignment}.py": filled(
            "self_check.py.j2", **values
        ),
    }
    for function in functions:
        path = root / courses.EXERCISES / assignment / f"{function.name}.py"
        files[path] = filled(
            "hidden.py.j2", assignment=assignment, function=function
        )
    # git keeps no empty folder.
    for kind in courses.ANSWERS:
        files[root / kind / assignment / ".gitkeep"] = ""
    return files


def filled(template: str, **values: object) -> str:
    """Return the text of a file that `new` writes."""
    text = (TEMPLATES / template).read_text("utf-8")
    lines = Template(text, trim_blocks=True, lstrip_blocks=True)
    return lines.render(values) + "\n"
