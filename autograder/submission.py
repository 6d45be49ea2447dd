"""From a file to the statements that each exercise's function needs; faults are data, never exceptions.

`text_of` runs in the judge and only decodes.  `read` parses what a student wrote, so it runs in a
worker: a file that breaks the parser breaks no judge.  Neither runs a statement.
"""

from __future__ import annotations

import ast
import codecs
import json
import re
import stat
import symtable
import tokenize
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

MAX_FILE = 20 << 20  # bytes; a notebook with pictures in its outputs has 1-5 MB
MAX_CODE = 1 << 20  # characters; a student's chapter has 10,000


class Unreadable(Exception):
    """The file holds no submission: a sentence that says why, and what to do."""


@dataclass(frozen=True)
class Source:
    """A submission's text, as it comes from its file."""

    id: str
    file: str
    text: str = ""
    suffix: str = ".py"
    problem: str = ""  # why there is no text, in a sentence
    flags: tuple[str, ...] = ()  # what an instructor should know


def open_source(path: Path, id: str, flags: tuple[str, ...] = (), file: str = "") -> Source:
    """The submission in a file; where there is none, it says why."""
    file = file or str(path)
    try:
        return Source(id, file, text_of(path), path.suffix.lower(), flags=flags)
    except Unreadable as error:
        return Source(id, file, problem=str(error), suffix=path.suffix.lower(), flags=flags)


def text_of(path: Path) -> str:
    """The text of a .py or .ipynb file in any encoding that students use.

    Raises Unreadable where there is none.
    """
    try:
        status = path.lstat()
        if stat.S_ISDIR(status.st_mode):
            raise Unreadable(f"{path.name} is a folder, not a file")
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(f"{path.name} is a link or a device, not a file: hand in the file")
        if status.st_size > MAX_FILE:
            size = f"{status.st_size / (1 << 20):.0f} MB"
            limit = f"{MAX_FILE >> 20} MB"
            raise Unreadable(f"the file has {size}, more than {limit}: clear its outputs first")
        data = path.read_bytes()
    except FileNotFoundError:
        raise Unreadable(f"there is no file {path.name}") from None
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror}") from None
    if not data.strip():
        raise Unreadable("the file is empty")
    return _decoded(data)


def _decoded(data: bytes) -> str:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(name, "replace").replace("\x00", "")
    if b"\x00" in data:
        raise Unreadable("the file is no text: hand in a notebook (.ipynb) or a program (.py)")
    try:
        declared = tokenize.detect_encoding(BytesIO(data).readline)[0]
    except (SyntaxError, LookupError):
        declared = "utf-8"
    for name in (declared, "utf-8", "gb18030"):
        try:
            return data.decode(name)
        except (UnicodeError, LookupError):
            continue
    return data.decode("latin-1")


# From here on, in a worker.

_PYTHON_MAGICS = {"time", "timeit", "capture", "prun", "memit", "mprun", "python", "python3"}
_MAGIC = re.compile(r"^\s*[%!?]|\?\s*$|=\s*[%!]", re.MULTILINE)
_LOOPS = ast.For | ast.AsyncFor | ast.While
_DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass
class _Statement:
    place: str
    line: int
    source: str
    node: ast.stmt
    binds: frozenset[str]
    reads: frozenset[str]


def read(text: str, suffix: str, functions: list[str]) -> dict:
    """What a submission holds, as data for the wire.

    "statements": [place, line, source] of each that some function needs; "needs": for each
    function, which of them; "faults": [place, line, kind, message, name] of what could not be
    read; "names": what the file defines, for near names; "problem": a sentence, or "".
    """
    warnings.simplefilter("ignore")  # a student's invalid escape is no news
    nothing = {"statements": [], "needs": {}, "faults": [], "names": []}
    try:
        cells = _cells(text, suffix)
    except Unreadable as error:
        return {**nothing, "problem": str(error)}
    if sum(len(source) for _, source in cells) > MAX_CODE:
        problem = f"the file holds more than {MAX_CODE:,} characters of code"
        return {**nothing, "problem": problem}
    statements, faults = [], []
    for place, source in cells:
        for line, chunk in _parsed(_python(source), faults, place):
            statements.extend(_statements(chunk, place, line, faults))
    needs = {name: _needed(statements, name) for name in functions}
    used = sorted({i for indices in needs.values() for i in indices})
    number = {old: new for new, old in enumerate(used)}
    return {
        "statements": [[s.place, s.line, s.source] for s in (statements[i] for i in used)],
        "needs": {name: [number[i] for i in indices] for name, indices in needs.items()},
        "faults": faults[:50],
        "names": sorted({n for s in statements if not _is_import(s.node) for n in s.binds})[:2000],
        "problem": "",
    }


def _cells(text, suffix):
    if suffix != ".ipynb":
        return [("file", text)]
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"the file is no notebook: it is not JSON{where}") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if cells is None and isinstance(notebook, dict):  # version 3 kept its cells in worksheets
        sheets = notebook.get("worksheets")
        if isinstance(sheets, list):
            cells = [c for s in sheets if isinstance(s, dict) for c in _list(s.get("cells"))]
    if not isinstance(cells, list):
        raise Unreadable("the file is no notebook: it has no cells")
    result = []
    for number, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source = cell.get("source", cell.get("input", ""))
        lines = source if isinstance(source, list) else [source]
        result.append((f"cell {number}", "".join(x for x in lines if isinstance(x, str))))
    return result


def _list(value):
    return value if isinstance(value, list) else []


def _python(source):
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
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return "\n" * blank + TransformerManager().transform_cell(source.lstrip("\n"))
    except Exception:  # its tokenizer meets what students write
        return source


def _parsed(source, faults, place):
    """(first line, text) of each piece that is Python; a fault for each piece that is not."""
    if _can_be_parsed(source):
        yield 1, source
    else:
        yield from _pieces(source, faults, place)


def _pieces(source, faults, place):
    """Split where a statement may start, and join pieces again until they can be parsed."""
    lines = source.split("\n")
    starts = [i for i, line in enumerate(lines) if _starts_statement(line)]
    starts = [s for k, s in enumerate(starts) if k == 0 or not _is_decorator(lines, starts[k - 1], s)]
    ends = [*starts[1:], len(lines)]
    k = 0
    while k < len(starts):
        first = None
        for last in range(k, min(k + 40, len(starts))):
            piece = "\n".join(lines[starts[k] : ends[last]])
            try:
                ast.parse(piece)
            except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
                first = first or error
                continue
            yield starts[k] + 1, piece
            break
        else:
            last = k
            line = starts[k] + (getattr(first, "lineno", None) or 1)
            before, piece = lines[starts[k] : line - 1], lines[starts[k] : ends[k]]
            if _is_whole("\n".join(before), lines[line - 1]):
                # A stray line after a statement that is whole: only that line is lost.
                yield starts[k] + 1, "\n".join(before)
                piece = piece[len(before) :]
            defined = re.search(_DEFINES, "\n".join(piece))
            name = (defined.group(1) or defined.group(2)) if defined else ""
            message = getattr(first, "msg", None) or "it nests too deep"
            faults.append([place, line, type(first).__name__, message, name])
        k = last + 1


_DEFINES = r"(?m)^\s*(?:async\s+)?(?:def|class)\s+(\w+)|^\s*(\w+)\s*="


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


def _statements(source, place, first_line, faults):
    lines = source.split("\n")
    for node in ast.parse(source).body:
        decorators = getattr(node, "decorator_list", [])
        start = min([node.lineno, *(d.lineno for d in decorators)])
        text = "\n".join(lines[start - 1 : node.end_lineno])
        try:
            alone = len(ast.parse(text).body) == 1
        except SyntaxError:
            alone = False
        if not alone:  # it shares a line with another: a = 1; b = 2
            text = ast.get_source_segment(source, node) or ast.unparse(node)
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            continue  # every statement is compiled apart
        try:
            table = symtable.symtable(text, place, "exec")
            reads = frozenset(_reads(table))
        except (SyntaxError, RecursionError, ValueError) as error:
            # Such as `return` outside a function: it could not be run either.
            defined = re.search(_DEFINES, text)
            name = (defined.group(1) or defined.group(2)) if defined else ""
            message = getattr(error, "msg", None) or "it nests too deep"
            faults.append([place, first_line + start - 1, type(error).__name__, message, name])
            continue
        binds = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
        yield _Statement(place, first_line + start - 1, text, node, frozenset(binds), reads)


def _reads(table):
    """The module's names that a statement uses, now or when a function in it is called."""
    is_module = table.get_type() == "module"
    for symbol in table.get_symbols():
        if (symbol.is_referenced() and (is_module or symbol.is_global())) or (
            not is_module and symbol.is_declared_global()
        ):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _reads(child)


def _is_import(node):
    """An import, or an `if` or `try` that holds only imports and constants."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if not isinstance(node, ast.If | ast.Try):
        return False
    leaves = [n for n in ast.walk(node) if isinstance(n, ast.stmt) and n is not node]
    simple = ast.Import | ast.ImportFrom | ast.Pass | ast.Assign
    return any(isinstance(n, ast.Import | ast.ImportFrom) for n in leaves) and all(
        isinstance(n, simple) for n in leaves
    )


def _needed(statements, name):
    """Indices of the statements to run for this function, in their order.

    Imports always; whatever binds or changes a name that is needed, directly or through others;
    never a loop, a deletion, or an expression for its effect elsewhere.
    """
    last = max((i for i, s in enumerate(statements) if name in s.binds), default=-1)
    chosen = {i for i, s in enumerate(statements) if _is_import(s.node)}
    imported = {n for i in chosen for n in statements[i].binds}
    needed, more = set(), {name}
    while more:
        needed |= more
        for i, s in enumerate(statements):
            if i not in chosen and _concerns(s, more, imported) and not _is_later_use(i, s, last, statements):
                chosen.add(i)
        more = {n for i in chosen for n in statements[i].reads} - needed
    return sorted(chosen)


def _concerns(s, names, imported):
    node = s.node
    if isinstance(node, _LOOPS | ast.Delete):
        return False
    if s.binds & names:
        return True
    used = getattr(node, "decorator_list", [])
    if any(isinstance(n, ast.Name) and n.id in names - imported for d in used for n in ast.walk(d)):
        return True  # such as @add_to_class(data_iter)
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(_base(t) in names - imported for t in targets if not isinstance(t, ast.Name))
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        function, arguments = node.value.func, [*node.value.args, *node.value.keywords]
        calls = any(isinstance(n, ast.Call) for a in arguments for n in ast.walk(a))
        return isinstance(function, ast.Attribute) and _base(function) in names - imported and not calls
    return False


def _base(node):
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _is_later_use(i, s, last, statements):
    """After the function: `net = nn.Linear(2, 1)` where an earlier `net` was what the function meant."""
    if i <= last or not isinstance(s.node, ast.Assign) or not isinstance(s.node.value, ast.Call):
        return False
    return any(s.binds & earlier.binds for earlier in statements[: last + 1])
