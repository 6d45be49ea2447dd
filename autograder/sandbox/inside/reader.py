"""Finds the statements that each function needs in a file's text; what cannot be read becomes data.

Parses what a student wrote, so it runs in a worker: a text that breaks the parser breaks no judge.
Runs no statement.
"""

from __future__ import annotations

import ast
import functools
import re
import warnings
from dataclasses import dataclass

from autograder.errors import N_, NotANotebook
from autograder.sandbox.inside import extras, scopes
from autograder.sandbox.inside.needs import Needs
from autograder.sandbox.inside.notebooks import MANY_STATEMENTS, MUCH_CODE, cells_of, text_in
from autograder.sandbox.inside.parsed import Lost, ParsedSubmission, Statement

NESTED_CODE = N_("it is nested too deeply")
MAX_CODE = 1 << 20  # characters; a student's chapter has 10,000
MAX_STATEMENTS = 20_000  # a student's chapter has 200

_PYTHON_MAGICS = {"time", "timeit", "capture", "prun", "memit", "mprun", "python", "python3"}
_MARIMO = re.compile(r"(?m)^app = marimo\.App\(")
_MAGIC = re.compile(r"^[^\S\n]*[%!?]|\?[^\S\n]*$|=\s*[%!]", re.MULTILINE)
_COMMENT = re.compile(rb"\s*#")


class _Patience:
    """How many characters may be read again: what starts anew at each line grows by the square."""

    def __init__(self):
        self.left = 4 * MAX_CODE

    def lasts(self, characters):
        """Whether it lasts for so many more, and what it takes to begin."""
        self.left -= characters + 200
        return self.left > 0


@dataclass
class _Found:
    place: str
    line: int
    source: str
    node: ast.stmt
    binds: frozenset[str]
    reads: frozenset[str]


def read(text: str, suffix: str, functions: list[str]) -> dict:
    """What a submission holds, as a ParsedSubmission's plain data."""
    warnings.simplefilter("ignore")  # a student's invalid escape is no news
    try:
        cells = _cells(text, suffix)
        statements, lost = _all_statements(cells)
    except NotANotebook as error:
        return ParsedSubmission(problem=error.message).to_wire()
    own = {n for s in statements if scopes.is_own_module(getattr(s.node, "value", None)) for n in s.binds}
    for statement in statements:
        statement.reads |= set(scopes.read_by_other_means(statement.node, own))
    if suffix != ".ipynb":
        _keep_private(statements)
    chosen = Needs(statements)
    needs = {name: chosen.of(name) for name in functions}
    used = sorted({i for indices in needs.values() for i in indices})
    number = {old: new for new, old in enumerate(used)}
    names = {n: _takes(s.node, n) for s in statements if _makes_function(s.node) for n in s.binds}
    return ParsedSubmission(
        tuple(Statement(s.place, s.line, s.source, tuple(s.binds)) for s in (statements[i] for i in used)),
        {name: tuple(number[i] for i in indices) for name, indices in needs.items()},
        tuple(lost[:50]),
        dict(sorted(names.items())[:2000]),
        tuple(name for name in functions if _is_written(statements, name)),
        extras.used(statements[i].node for i in used),
    ).to_wire()


def _keep_private(statements):
    """A name with one underscore is its cell's own in marimo.  A program has one place, and so one cell."""
    own = {(s.place, name) for s in statements for name in s.binds if name[:1] == "_" != name[1:2]}
    for s in statements:
        s.reads = {(s.place, name) if (s.place, name) in own else name for name in s.reads}


def _all_statements(cells):
    if sum(len(source) for _, source in cells) > MAX_CODE:
        raise NotANotebook(MUCH_CODE, most=f"{MAX_CODE:,}")
    statements, lost, patience = [], [], _Patience()
    for place, source in cells:
        for line, chunk in _parsed(_python(source, patience), lost, place, patience):
            statements.extend(_statements(chunk, place, line, lost))
            _require_few(statements, lost)
        _require_few(statements, lost)
    return statements, lost


def _require_few(*found):
    if sum(map(len, found)) > MAX_STATEMENTS:
        raise NotANotebook(MANY_STATEMENTS, most=f"{MAX_STATEMENTS:,}")


def _makes_function(node):
    """Whether a statement may be what a misspelt function was meant to be."""
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Lambda)
    return isinstance(node, scopes.DEFINITIONS)


def _takes(node, name):
    """How many parameters the function of this name has by place; None where that is not known."""
    if isinstance(node, ast.FunctionDef) and node.name == name:
        return len(node.args.posonlyargs) + len(node.args.args)
    return None


def _is_written(statements, name):
    """Whether the function's last definition holds more than a docstring and a raise."""
    found = [s.node for s in statements if isinstance(s.node, ast.FunctionDef) and s.node.name == name]
    if not found:
        return False
    body = found[-1].body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return any(not isinstance(node, ast.Raise | ast.Pass) for node in body)


def _cells(text, suffix):
    if suffix != ".ipynb":
        return [*_marimo_cells(text)] if _MARIMO.search(text) else [("file", text)]
    return [
        (f"cell {number}", text_in(cell))
        for number, cell in enumerate(cells_of(text), start=1)
        if cell.get("cell_type") == "code"
    ]


def _marimo_cells(text):
    """The cells of a marimo notebook, a program: bodies of functions, functions, classes, and broken text.

    https://docs.marimo.io/guides/apps/ and its `marimo/_ast/parse.py`.
    """
    lines = re.split(r"\r\n|[\r\n]", text)  # as Python counts them
    try:
        nodes = ast.parse(text).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        yield "file", text
        return
    cells = [cell for cell in (_marimo_cell(node, lines) for node in nodes) if cell is not None]
    yield from ((f"cell {number}", cell) for number, cell in enumerate(cells, start=1))


def _marimo_cell(node, lines):
    """The code of one cell; None for a statement that is not one."""
    match node:
        case ast.Expr(ast.Call(func, [ast.Constant(str(code)), *_])) if (
            _app_attribute(func) == "_unparsable_cell"
        ):
            return re.sub(r"(?m)^ {0,4}", "", code.removeprefix("\n").replace('\\"', '"'))
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            kinds = {_app_attribute(mark) for mark in node.decorator_list}
        case ast.With():
            kinds = {_app_attribute(item.context_expr) for item in node.items}
        case _:
            kinds = {""}
    if kinds <= {""}:
        return None
    body = [node]
    if kinds & {"cell", "setup"}:
        body = [part for part in node.body if not isinstance(part, ast.Return)]
    if not body:
        return ""
    marks = [mark for mark in getattr(body[0], "decorator_list", []) if not _app_attribute(mark)]
    first, indent = min(each.lineno for each in (body[0], *marks)), body[0].col_offset
    ends, end, found = {}, 0, []  # a line that starts inside a string keeps its indent
    for part in ast.walk(node):
        if isinstance(part, ast.Constant | ast.JoinedStr):
            ends[part.lineno] = max(part.end_lineno, ends.get(part.lineno, 0))
    for number in range(first, body[-1].end_lineno + 1):
        line = lines[number - 1]
        found.append(line if number <= end else line[:indent].lstrip() + line[indent:])
        end = max(end, ends.get(number, 0))
    return "\n".join(found)


def _app_attribute(node):
    """The name in `app.name` and `app.name(...)`; "" for anything else."""
    match node.func if isinstance(node, ast.Call) else node:
        case ast.Attribute(ast.Name("app"), name):
            return name
    return ""


def _python(source, patience):
    """A cell as Python: magics become calls, and a cell under %%time is the code that it holds."""
    source = source.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    if not _MAGIC.search(source):
        return source
    lines = source.split("\n")
    for number, line in enumerate(lines):
        words = line.strip()[2:].split() if line.lstrip().startswith("%%") else None
        if words is None and line.strip():
            break
        if words is not None:
            if not words or words[0] not in _PYTHON_MAGICS:
                return ""
            lines[number] = ""
    source = "\n".join(lines)
    if not _MAGIC.search(source):
        return source
    blank = len(source) - len(source.lstrip("\n"))
    source = re.sub(r"^([ \t]*)%time[ \t]+(?=\S)", r"\1", source, flags=re.MULTILINE)
    if not patience.lasts(8 * len(source) * len(_MAGIC.findall(source))):
        return source  # IPython's tokenizer starts anew for each magic
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return "\n" * blank + TransformerManager().transform_cell(source.lstrip("\n"))
    except Exception:  # its tokenizer meets what students write
        return source


def _parsed(source, lost, place, patience):
    """(first line, text) of each piece that is Python; a fault for each piece that is not."""
    if _can_be_parsed(source):
        yield 1, source
    else:
        yield from _pieces(source, lost, place, patience)


def _pieces(source, lost, place, patience):
    """Split where a statement may start, and join pieces again until they can be parsed."""
    lines = source.split("\n")
    starts = [i for i, line in enumerate(lines) if _starts_statement(line)]
    starts = [s for k, s in enumerate(starts) if k == 0 or not _is_decorator(lines, starts[k - 1], s)]
    ends = [*starts[1:], len(lines)]
    _require_few(starts)
    k = 0
    while k < len(starts):
        bounds = [(starts[k], end) for end in ends[k : k + 40]]
        joined, first = _whole_piece(lines, bounds, patience)
        if joined:
            yield starts[k] + 1, "\n".join(lines[starts[k] : ends[k + joined - 1]])
            k += joined
            continue
        line = starts[k] + (getattr(first, "lineno", None) or 1)
        before, piece = lines[starts[k] : line - 1], lines[starts[k] : ends[k]]
        if _is_whole("\n".join(before), lines[line - 1]):
            # A stray line after a statement that is whole: only that line is lost.
            yield starts[k] + 1, "\n".join(before)
            piece = piece[len(before) :]
        code = lines[line - 1].strip() if line <= len(lines) else ""
        lost.append(_lost(place, line, first, "\n".join(piece), code))
        k += 1


def _whole_piece(lines, bounds, patience):
    """How many pieces must be joined to be Python, and 0 where none are; what was wrong with the first."""
    first = None
    for count, (start, end) in enumerate(bounds, start=1):
        piece = "\n".join(lines[start:end])
        if count > 1 and not patience.lasts(len(piece)):
            break
        try:
            ast.parse(piece)
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            first = first or error
            continue
        return count, None
    return 0, first


_DEFINES = r"(?m)^[^\S\n]*(?:async\s+)?(?:def|class)\s+(\w+)|^[^\S\n]*(\w+)\s*="


def _lost(place, line, error, text, code):
    """What an error says of a text that cannot be run; the name that it would have bound."""
    defined = re.search(_DEFINES, text)
    name = (defined[1] or defined[2]) if defined else ""
    return Lost(place, line, type(error).__name__, getattr(error, "msg", None) or NESTED_CODE, name, code)


def _is_whole(source, stray):
    """Whether a line that cannot follow leaves this complete: it could belong to a body that ends here."""
    if not source.strip() or not _can_be_parsed(source):
        return False
    return stray[:1] in ")]}" or not hasattr(ast.parse(source).body[-1], "body")


def _can_be_parsed(source):
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def _starts_statement(line):
    return bool(line) and not re.match(r"[\s#)\]}]|(?:else|elif|except|finally)\b", line)


def _is_decorator(lines, previous, start):
    """Whether the piece that starts at `previous` is a decorator of the one at `start`."""
    return lines[previous].startswith("@") and all(
        line.startswith(("@", "#")) or not line.strip() for line in lines[previous:start]
    )


def _statements(source, place, first_line, lost):
    lines, nodes = source.split("\n"), ast.parse(source).body
    in_bytes = functools.cache(lambda number: lines[number].encode())  # where columns are counted
    for before, node in zip([None, *nodes], nodes):
        start, text = _cut_out(in_bytes, node, before)
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            continue  # every statement is compiled apart
        try:
            table = scopes.table_of(text, place)
            reads = frozenset(scopes.read(table))
        except (SyntaxError, RecursionError, ValueError) as error:
            # Such as `return` outside a function: it could not be run either.
            code = text.partition("\n")[0].strip()
            lost.append(_lost(place, first_line + start - 1, error, text, code))
            continue
        binds = (scopes.bound(table) | scopes.bound_by_other_means(node)) - scopes.bound_by_loops_alone(node)
        yield _Found(place, first_line + start - 1, text, node, frozenset(binds), reads)


def _cut_out(in_bytes, node, before):
    """The line where a statement starts, and its text from its first character to its last.

    What stands around it could mean something else once it is compiled apart: a semicolon, spaces below a
    backslash, a backslash before an empty line.  A comment means nothing, and stays.
    before: the statement above it, or None.
    """
    first, column = node.lineno, node.col_offset
    if getattr(node, "decorator_list", []):
        first, column = _decorated_from(in_bytes, node, before)
    parts = [in_bytes(number) for number in range(first - 1, node.end_lineno)]
    if not _COMMENT.match(parts[-1], node.end_col_offset):
        parts[-1] = parts[-1][: node.end_col_offset]
    parts[0] = parts[0][column:]
    return first, b"\n".join(parts).decode()


def _decorated_from(in_bytes, node, before):
    """The line and column of the first "@": its expression may start lines below, in brackets."""
    above = before.end_lineno if before else 0
    for number in range(above, node.lineno):
        column = in_bytes(number).partition(b"#")[0].find(b"@")
        if column >= 0:
            return number + 1, column
    return node.lineno, node.col_offset
