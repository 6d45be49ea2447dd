"""`autograder new`: writes an assignment, or adds functions to it, to grade once its blanks are filled in.

The notebook with its cells, the self-check, the hidden files with a check for each function, and folders for
answers.  Knows nothing of how any of it is judged.
"""

import ast
import importlib.util
import json
import keyword
import re
import shutil
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from jinja2 import Template

from autograder import courses
from autograder.cli.terminal import Stop
from autograder.errors import Message, NotANotebook
from autograder.languages import N_
from autograder.reading.notebooks import cells_of

FUNCTION = re.compile(r"\s*(\w+)\s*\((.*)\)\s*(?::([\w\s,]*))?")
# Names in the cells and files that are written, and, of parameters, options of `tensors`.
TAKEN = {"check", "tests", "torch", "sys", "importlib", "right", "expect", "tensors", "selfcheck"}
TAKEN |= {"PROPERTIES", "say", "show"}
RESERVED = {"torch", "say", "show", "Wrong", "draw", "largest", "dtype", "elements", "ties", "also"}
NOT_A_NAME = N_("{name} cannot be the name of {what}. Write a lowercase Python name that is not in use.")
NOT_YET = N_("{name} calls {part}, which is not declared before {name}. Move {part} up.")
NOT_A_FUNCTION = N_(
    '{text!r} is not a function. Write it as "f(X)", as "f(X, k=3)", or as "g(X, W, b): f" if it calls f.'
)
NOT_READ = N_("{path} cannot be read, so nothing was written. {why}")
CORRECT = N_("Correct line {line}: {error}.")
NO_PROPERTIES = N_("{path} has no `PROPERTIES = {{`. Add the functions to it by hand.")
SELFCHECK = "selfcheck.py"
TEMPLATES = Path(__file__).parent / "templates"


class Function(NamedTuple):
    """A function that students write: its parameters, and the functions that it calls.

    head: the parameters as they are written, with their defaults.
    """

    name: str
    head: str
    parameters: tuple[str, ...]
    parts: tuple[str, ...]


def write(root: Path, assignment: str, functions: Sequence[str]) -> list[Path]:
    """Write an assignment, or further functions of one, into a course.  Returns the files.

    Raises Stop before anything is written.
    """
    if not (root / courses.FILE).is_file():
        raise Stop(
            "No {file} here. Run `autograder init` in the root of the course first.", file=courses.FILE
        )
    hidden = root / courses.EXERCISES / assignment
    known = [path.stem for path in hidden.glob("[!_]*.py")]
    if not known:
        _require_name(assignment, N_("an assignment"), {"selfcheck", *courses.names(), *_modules(assignment)})
    found = _functions(assignment, functions, known)
    files = _files(root, assignment, found)
    if known:
        files = {path: text for path, text in files.items() if path.name not in ("__init__.py", ".gitkeep")}
        for path in files.keys() & {*(root / courses.SOLUTIONS / assignment).iterdir()}:
            add = _with_cells if path.suffix == ".ipynb" else _with_properties
            try:
                files[path] = add(path, files[path])
            except SyntaxError as error:
                why = Message(CORRECT, {"line": error.lineno, "error": error.msg})
                raise Stop(NOT_READ, path=path.relative_to(root), why=why) from None
            except (NotANotebook, LookupError, ValueError) as error:
                raise Stop(NOT_READ, path=path.relative_to(root), why=error) from None
    elif there := next((path for path in files if path.exists()), None):
        raise Stop(
            "{path} already exists. Move it away, or choose another name.", path=there.relative_to(root)
        )
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    shared = root / courses.SOLUTIONS / assignment / SELFCHECK
    if not shared.exists():
        shutil.copyfile(courses.folder(courses.SOLUTIONS) / SELFCHECK, shared)
    if not (root / "nbgrader_config.py").exists():
        text = filled("nbgrader_config.py.j2", course=root.resolve().name)
        (root / "nbgrader_config.py").write_text(text, encoding="utf-8")
    return [*files]


def _modules(name: str) -> set[str]:
    """Return the modules that a student's file of this name would hide: torch's and the self-check's."""
    text = (courses.folder(courses.SOLUTIONS) / SELFCHECK).read_text("utf-8")
    imported = {"random", *re.findall(r"(?m)^ *(?:import|from) (\w+)", text)}
    is_package = name.isidentifier() and name not in sys.stdlib_module_names
    return imported | ({name} if is_package and importlib.util.find_spec(name) else set())


def _with_cells(path: Path, new: str) -> str:
    """Return a notebook with the cells of the functions in a new one."""
    text = path.read_text("utf-8")
    cells_of(text)  # raises NotANotebook
    tree = json.loads(text)
    tree["cells"] += [cell for cell in json.loads(new)["cells"] if "nbgrader" in cell["metadata"]]
    return json.dumps(tree, indent=1, ensure_ascii=False) + "\n"


def _with_properties(path: Path, new: str) -> str:
    """Return a self-check with the properties of the functions in a new one, and their parts."""
    text = path.read_text("utf-8")
    (own, parts), (added, more) = map(_properties, (text, new))
    if not own:
        raise Stop(NO_PROPERTIES, path=path.name)
    start, end = own
    head = text[: end - 1].rstrip()
    head += "" if head.endswith(("{", ",")) else ","
    blocks, entries = new[new.index("# --- ") : added[0]], new[added[0] : added[1]].partition("\n")[2]
    called = json.dumps(parts | more)
    tail = re.sub(r"parts=\{[^{}]*\}", lambda _: f"parts={called}", text[end:], count=1)
    return f"{head[:start]}{blocks}{head[start:]}\n{entries}{tail}"


def _properties(text: str) -> tuple[tuple[int, ...], dict[str, list[str]]]:
    """Return where the statement `PROPERTIES = {...}` of a self-check starts and ends, and its parts."""
    match = re.search(r"parts=(\{[^{}]*\})", text)
    parts = ast.literal_eval(match[1]) if match else {}
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "PROPERTIES":
            written = ast.get_source_segment(text, node) or ""
            start = text.index(written)
            return (start, start + len(written)), parts
    return (), parts


def _functions(assignment: str, texts: Sequence[str], there: Collection[str] = ()) -> list[Function]:
    found: list[Function] = []
    for text in texts:
        match = FUNCTION.fullmatch(text)
        if match is None:
            raise Stop(NOT_A_FUNCTION, text=text)
        name, head, called = match.groups()
        parts = tuple(filter(None, map(str.strip, (called or "").split(","))))
        try:
            arguments = ast.parse(f"lambda {head}: 0", mode="eval").body.args  # type: ignore[attr-defined]
        except SyntaxError:
            raise Stop(NOT_A_FUNCTION, text=text) from None
        parameters = tuple(each.arg for each in arguments.args)
        special = arguments.posonlyargs or arguments.vararg or arguments.kwonlyargs or arguments.kwarg
        if special or len(set(parameters)) < len(parameters):
            raise Stop(NOT_A_FUNCTION, text=text)
        known = [*there, *(one.name for one in found)]
        is_test = name.startswith("test_")  # to pytest
        taken = {assignment, *TAKEN, *known, *([name] if is_test else [])}
        _require_name(name, N_("a function"), taken, any_case=True)
        for parameter in parameters:
            _require_name(parameter, N_("a parameter"), {name, *parts, *RESERVED}, any_case=True)
        if unknown := [part for part in parts if part not in known]:
            raise Stop(NOT_YET, name=name, part=unknown[0])
        found.append(Function(name, ast.unparse(arguments), parameters, parts))
    return found


def _require_name(name: str, what: str, taken: set[str], any_case: bool = False) -> None:
    fits = name.isidentifier() and name.isascii() and not keyword.iskeyword(name) and not name.startswith("_")
    if not fits or name in taken or (not any_case and (name != name.lower() or name.startswith("test_"))):
        raise Stop(NOT_A_NAME, name=repr(name), what=Message(what))


def _files(root: Path, assignment: str, functions: Sequence[Function]) -> dict[Path, str]:
    solutions, hidden = root / courses.SOLUTIONS / assignment, root / courses.EXERCISES / assignment
    title = assignment.replace("_", " ").capitalize()
    parts = {one.name: one.parts for one in functions if one.parts}
    values = {"assignment": assignment, "title": title, "functions": functions, "parts": parts}
    found = {
        solutions / f"{assignment}.ipynb": filled("notebook.ipynb.j2", **values),
        solutions / f"test_{assignment}.py": filled("self_check.py.j2", **values),
        hidden / "__init__.py": f'"""{title}: what is asked, and how it is judged."""\n',
    }
    for one in functions:
        found[hidden / f"{one.name}.py"] = filled("hidden.py.j2", assignment=assignment, function=one)
    return found | {root / kind / assignment / ".gitkeep": "" for kind in courses.ANSWERS}


def filled(template: str, **values: object) -> str:
    """Return the text of a file that `new` writes."""
    made = Template((TEMPLATES / template).read_text("utf-8"), trim_blocks=True, lstrip_blocks=True)
    return made.render(values) + "\n"
