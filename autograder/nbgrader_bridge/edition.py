"""An edition of a release in another language: prose, docstrings of stubs, and what code says.

Ids, points, metadata and what code does are those of the English edition.  The translations are in a
catalogue beside each assignment's folder, `solutions/<assignment>.<language>.po`, where a cell's whole text
is one sentence with the cell's id as its context, and in one for the shared self-check.  A text that an
instructor changed is in no catalogue, and stays as it is.
"""

import ast
import contextlib
import io
import json
import re
import textwrap
import tokenize
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from nbformat import from_dict
from nbgrader.utils import compute_checksum

from autograder import courses
from autograder.languages import N_, catalogues, tr
from autograder.languages.catalogues import CODE
from autograder.reading.notebooks import mark_of

SHARED = "selfcheck"
EMPTY = "WORDS = {}\n"  # the line of the self-check that an edition fills in
SAYS = {"say": None, "stop": None}
SPEAKS = re.compile(r"print|(?:\w+\.)*\w*(?:Error|Exception)")  # calls whose texts a student reads
# The line below it in each stub raises NotImplementedError with the function's own name.
STUB = N_("# YOUR CODE HERE, in place of this line and the next")
ANSWER = N_("YOUR ANSWER HERE")  # as nbgrader writes it
SOLUTION = re.compile(r"(?s)### BEGIN SOLUTION.*?### END SOLUTION")
Translations = Mapping[tuple[Any, str], Any]  # (English, context) -> its translation


def sentences(root: Path, language: str) -> dict[Path, Catalog]:
    """Return each catalogue of a course, and the sentences that belong in it; nothing without a course."""
    solutions, shared = root / "solutions", root / "solutions" / f"{SHARED}.py"
    by_catalogue = {}
    if shared.is_file():
        by_catalogue[catalogue(root, SHARED, language)] = _of_self_check(root, shared)
    for folder in sorted(solutions.glob("[!._]*/")):
        notebook = folder / f"{folder.name}.ipynb"
        if notebook.is_file():
            texts, where = [], notebook.relative_to(root).as_posix()
            for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
                prose, _ = _prose(cell)
                texts += [(prose, cell["id"], where)] if prose else []
                texts += [(text, CODE, where) for text in _texts_in_code(cell)]
            texts += _of_self_check(root, folder / f"test_{folder.name}.py")
            by_catalogue[catalogue(root, folder.name, language)] = texts
    return {path: catalogues.template(texts) for path, texts in by_catalogue.items()}


def catalogue(root: Path, name: str, language: str) -> Path:
    """Return where the translations of an assignment's notebook and self-check are."""
    return root / "solutions" / f"{name}.{language}.po"


def _prose(cell: Mapping[str, Any]) -> tuple[str, slice]:
    """Return a cell's text to translate, prose or a docstring, or "", and its lines in the source."""
    source, mark = "".join(cell["source"]), mark_of(cell)
    if cell["cell_type"] == "markdown" and not mark:  # students only read it
        return source, slice(None)
    if cell["cell_type"] == "code" and mark.get("solution"):
        for node in _parsed(source).body:
            if isinstance(node, ast.FunctionDef) and (docstring := ast.get_docstring(node)):
                return docstring, slice(node.body[0].lineno - 1, node.body[0].end_lineno)
    return "", slice(0)


def _texts_in_code(cell: Mapping[str, Any]) -> list[str]:
    """Return what a student reads in a cell's code: comments, docstrings and printed texts."""
    source, mark = "".join(cell["source"]), mark_of(cell)
    if cell["cell_type"] != "code" or mark.get("grade"):
        return [ANSWER] if mark.get("solution") and source.strip() == ANSWER else []
    comments = []
    with contextlib.suppress(SyntaxError, tokenize.TokenError):
        for token in tokenize.generate_tokens(io.StringIO(SOLUTION.sub("", source)).readline):
            comments += [token.string] if token.type == tokenize.COMMENT else []
    return comments if mark else comments + _strings(source, docstrings=True)


def _strings(source: str, docstrings: bool = False) -> list[str]:
    """Return the texts with a word that code prints or raises, with their quotes."""
    nodes: list[ast.expr] = []
    for node in ast.walk(_parsed(source)):
        if isinstance(node, ast.Call) and SPEAKS.fullmatch(ast.unparse(node.func)):
            nodes += node.args
        elif isinstance(node, ast.Expr) and docstrings:
            nodes.append(node.value)
    texts = []
    for node in nodes:
        if isinstance(node, ast.JoinedStr) or isinstance(getattr(node, "value", None), str):
            texts.append(ast.get_source_segment(source, node) or "")
    return [text for text in texts if re.search(r"[^\W\d_]{3}", re.sub(r"\{[^{}]*\}", "", text))]


def _parsed(source: str) -> ast.Module:
    """Return the tree of a program; an empty one if it is not Python alone, as with a magic of IPython's."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.Module([], [])


def _of_self_check(root: Path, file: Path) -> list[tuple[Any, str, str]]:
    """Return the sentences of a self-check: what it says or raises, and the claims of its visible checks."""
    if not file.is_file():
        return []
    source, where = file.read_text("utf-8"), file.relative_to(root).as_posix()
    texts = [*catalogues.extracted(file, SAYS)]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and "visible(" in "".join(map(ast.unparse, node.decorator_list)):
            texts.append(ast.get_docstring(node) or "")
    raised = [] if file.stem == SHARED else _strings(source)  # there, by `say`, or for authors
    return [(text, "", where) for text in texts] + [(text, CODE, where) for text in raised]


def waiting(root: Path, names: list[str], language: str) -> list[str]:
    """Return a line for each sentence of these assignments without a translation."""
    wanted = {catalogue(root, name, language) for name in (*names, SHARED)}
    known = sentences(root, language)
    return [line for path in wanted & known.keys() for line in catalogues.waiting(path, known[path])]


def translations(name: str, language: str, folders: Sequence[Path] = ()) -> Translations:
    """Return the translations for an assignment: those of its source, and of these folders before them."""
    known: dict[tuple[Any, str], Any] = {}
    for folder in (courses.folder(courses.SOLUTIONS, name).parent, *folders):
        for each in (SHARED, name):
            known |= catalogues.read(folder / f"{each}.{language}.po")
    return known


def translate_cell(cell: Mapping[str, Any], known: Translations) -> str:
    """Return the source of a released cell in the language of these translations."""
    lines = "".join(cell["source"]).splitlines(True)
    english, where = _prose(cell)
    if (text := known.get((english, cell.get("id", "")))) is not None:
        is_code = cell["cell_type"] == "code"
        text = textwrap.indent(f'"""{text}\n"""\n', "    ") if is_code else text
        lines[where] = text.splitlines(True)
    return _replace("".join(lines), _texts_in_code(cell), known)


def translate_program(source: str, known: Translations) -> str:
    """Return a program of a self-check in the language of these translations."""
    spoken = {english: text for (english, context), text in known.items() if not context}
    source = source.replace(EMPTY, f"WORDS = {json.dumps(spoken, indent=4, ensure_ascii=False)}\n", 1)
    return _replace(source, _strings(source), known)


def _replace(source: str, texts: Sequence[str], known: Translations) -> str:
    for english in sorted({*texts}, key=len, reverse=True):
        source = source.replace(english, known.get((english, CODE)) or tr(english))
    return source


def translated(files: dict[str, bytes], language: str) -> dict[str, bytes]:
    """Return the kit's own release in the current language, in which all sentences must be translated."""
    result = {}
    for path, content in files.items():
        known, text = translations(Path(path).parent.name, language), content.decode()
        if path.endswith(".ipynb"):
            tree = json.loads(text)
            for cell in tree["cells"]:
                source, mark = translate_cell(cell, known), mark_of(cell)
                if "checksum" in mark:
                    mark["checksum"] = compute_checksum(from_dict({**cell, "source": source}))
                cell["source"] = source.splitlines(True)
            text = json.dumps(tree, indent=1, ensure_ascii=False) + "\n"
        elif path.endswith(".py"):
            text = translate_program(text, known)
        result[path] = text.encode()
    return result
