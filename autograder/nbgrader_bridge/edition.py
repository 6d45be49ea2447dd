"""An edition of a release in another language: prose, docstrings of stubs, and the words of the self-check.

Code, ids, points and metadata are those of the English edition.  The translations are in a catalogue beside
each assignment's folder, `solutions/<assignment>.<language>.po`, where a cell's whole text is one sentence
with the cell's id as its context, and in one for the shared self-check.
"""

import ast
import json
import textwrap
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog

from autograder.languages import catalogues

SHARED = "selfcheck"
EMPTY = "WORDS = {}\n"  # the line of the self-check that an edition fills in
SAYS = {"say": None, "stop": None}


def sentences(root: Path, language: str) -> dict[Path, Catalog]:
    """Each catalogue of a course, and the sentences that belong in it; empty without a course."""
    solutions = root / "solutions"
    found = {}
    if (solutions / f"{SHARED}.py").is_file():
        found[catalogue(root, SHARED, language)] = catalogues.template(
            _said(root, solutions / f"{SHARED}.py")
        )
    for folder in sorted(solutions.glob("[!._]*/")):
        notebook = folder / f"{folder.name}.ipynb"
        if notebook.is_file():
            own = [*_prose(root, notebook), *_said(root, folder / f"test_{folder.name}.py")]
            found[catalogue(root, folder.name, language)] = catalogues.template(own)
    return found


def catalogue(root: Path, name: str, language: str) -> Path:
    """Where the translations of an assignment's notebook and self-check are."""
    return root / "solutions" / f"{name}.{language}.po"


def _prose(root, notebook) -> Iterator[tuple[str, str, str]]:
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        text = "".join(cell["source"]) if _is_prose(cell) else _docstring(cell)[0]
        if text:
            yield text, cell["id"], notebook.relative_to(root).as_posix()


def _is_prose(cell):
    """Whether students only read the cell, and nbgrader has no metadata in it."""
    return cell["cell_type"] == "markdown" and "nbgrader" not in cell["metadata"]


def _docstring(cell):
    """The docstring of the stub in a solution cell, its first line and the one after it; "" for none."""
    if cell["cell_type"] == "code" and cell["metadata"].get("nbgrader", {}).get("solution"):
        for node in ast.parse("".join(cell["source"])).body:
            if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
                return ast.get_docstring(node), node.body[0].lineno - 1, node.body[0].end_lineno
    return "", 0, 0


def _said(root, file) -> Iterator[tuple[str, str, str]]:
    if file.is_file():
        for text in (*catalogues.extracted(file, SAYS), *_claims(file.read_text("utf-8"))):
            yield text, "", file.relative_to(root).as_posix()


def _claims(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and any(
            "visible(" in ast.unparse(d) for d in node.decorator_list
        ):
            yield ast.get_docstring(node) or ""


def waiting(root: Path, names: list[str], language: str) -> list[str]:
    """A line for each sentence of these assignments without a translation."""
    wanted = {catalogue(root, name, language) for name in (*names, SHARED)}
    found = sentences(root, language)
    return [line for path in wanted & found.keys() for line in catalogues.waiting(path, found[path])]


def translated(root: Path, made: dict[str, bytes], names: list[str], language: str) -> dict[str, bytes]:
    """A release with its prose and its self-check in a language; all sentences must be translated."""
    shared, result = catalogues.read(catalogue(root, SHARED, language)), dict(made)
    for name in names:
        own = catalogues.read(catalogue(root, name, language))
        place = f"assignments/{name}/"
        notebook = f"{place}{name}.ipynb"
        result[notebook] = _notebook(made[notebook], own)
        words = {text: said for (text, context), said in (shared | own).items() if not context}
        file = f"{place}{SHARED}.py"
        if file in made:
            filled = f"WORDS = {json.dumps(words, indent=4, ensure_ascii=False)}\n"
            result[file] = made[file].replace(EMPTY.encode(), filled.encode(), 1)
    return result


def _notebook(content, own):
    tree = json.loads(content)
    for cell in tree["cells"]:
        text, first, after = ("".join(cell["source"]), 0, None) if _is_prose(cell) else _docstring(cell)
        said = own.get((text, cell["id"]))
        if said is not None and _is_prose(cell):
            cell["source"] = said.splitlines(True)
        elif said is not None:
            lines = "".join(cell["source"]).splitlines(True)
            lines[first:after] = textwrap.indent(f'"""{said}\n"""\n', "    ").splitlines(True)
            cell["source"] = lines
    return (json.dumps(tree, indent=1, ensure_ascii=False) + "\n").encode()
