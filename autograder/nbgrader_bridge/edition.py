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
from typing import Any

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
        found[catalogue(root, SHARED, language)] = _said(root, solutions / f"{SHARED}.py")
    for notebook in sorted(solutions.glob("[!._]*/*.ipynb")):
        name, own = notebook.stem, []
        if name == notebook.parent.name:
            tree, where = json.loads(notebook.read_text("utf-8")), notebook.relative_to(root).as_posix()
            own += [(text, cell["id"], where) for cell, text, _ in _texts(tree)]
            own += _said(root, notebook.with_name(f"test_{name}.py"))
            found[catalogue(root, name, language)] = own
    return {path: catalogues.template(own) for path, own in found.items()}


def catalogue(root: Path, name: str, language: str) -> Path:
    """Where the translations of an assignment's notebook and self-check are."""
    return root / "solutions" / f"{name}.{language}.po"


def _texts(notebook: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, slice]]:
    """Each cell with a text to translate, the text, and its lines in the source: prose, or a docstring."""
    for cell in notebook["cells"]:
        source, marks = "".join(cell["source"]), cell["metadata"].get("nbgrader")
        if cell["cell_type"] == "markdown" and marks is None and source:  # students only read it
            yield cell, source, slice(None)
        elif cell["cell_type"] == "code" and marks and marks.get("solution"):
            stubs = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
            node = next(filter(ast.get_docstring, stubs), None)
            if node is not None:
                yield (
                    cell,
                    ast.get_docstring(node) or "",
                    slice(node.body[0].lineno - 1, node.body[0].end_lineno),
                )


def _said(root: Path, file: Path) -> list[tuple[Any, str, str]]:
    """The sentences of a self-check: what it says, and the claims of its visible checks."""
    if not file.is_file():
        return []
    texts = [*catalogues.extracted(file, SAYS)]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.FunctionDef):
            continue
        if any("visible(" in ast.unparse(decorator) for decorator in node.decorator_list):
            texts.append(ast.get_docstring(node) or "")
    return [(text, "", file.relative_to(root).as_posix()) for text in texts]


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
        notebook, file = f"assignments/{name}/{name}.ipynb", f"assignments/{name}/{SHARED}.py"
        tree = json.loads(made[notebook])
        for cell, text, where in _texts(tree):
            said, lines = own.get((text, cell["id"])), "".join(cell["source"]).splitlines(True)
            if said is not None:
                is_code = cell["cell_type"] == "code"
                said = textwrap.indent(f'"""{said}\n"""\n', "    ") if is_code else said
                lines[where] = said.splitlines(True)
                cell["source"] = lines
        result[notebook] = (json.dumps(tree, indent=1, ensure_ascii=False) + "\n").encode()
        words = {text: said for (text, context), said in (shared | own).items() if not context}
        if file in made:
            filled = f"WORDS = {json.dumps(words, indent=4, ensure_ascii=False)}\n"
            result[file] = made[file].replace(EMPTY.encode(), filled.encode(), 1)
    return result
