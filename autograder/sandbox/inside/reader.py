"""From a file's text to the statements that each function needs; what was lost is data, and no exception.

It parses what a student wrote, so it runs in a worker: a file that breaks the parser breaks no judge.
Runs no statement.
"""

from __future__ import annotations

import ast
import re
import symtable
import warnings
from dataclasses import dataclass

from autograder.sandbox.inside.notebooks import NotANotebook, cells_of, text_in
from autograder.sandbox.inside.parsed import Lost, ParsedSubmission, Statement

MAX_CODE = 1 << 20  # characters; a student's chapter has 10,000

_PYTHON_MAGICS = {"time", "timeit", "capture", "prun", "memit", "mprun", "python", "python3"}
_MAGIC = re.compile(r"^\s*[%!?]|\?\s*$|=\s*[%!]", re.MULTILINE)
_LOOPS = ast.For | ast.AsyncFor | ast.While
_DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


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
    except NotANotebook as error:
        return ParsedSubmission(problem=str(error)).to_wire()
    if sum(len(source) for _, source in cells) > MAX_CODE:
        problem = f"the file holds more than {MAX_CODE:,} characters of code"
        return ParsedSubmission(problem=problem).to_wire()
    statements, lost = [], []
    for place, source in cells:
        for line, chunk in _parsed(_python(source), lost, place):
            statements.extend(_statements(chunk, place, line, lost))
    needs = {name: _needed(statements, name) for name in functions}
    used = sorted({i for indices in needs.values() for i in indices})
    number = {old: new for new, old in enumerate(used)}
    names = sorted({n for s in statements if not _is_import(s.node) for n in s.binds})
    return ParsedSubmission(
        tuple(Statement(s.place, s.line, s.source) for s in (statements[i] for i in used)),
        {name: tuple(number[i] for i in indices) for name, indices in needs.items()},
        tuple(lost[:50]),
        tuple(names[:2000]),
    ).to_wire()


def _cells(text, suffix):
    if suffix != ".ipynb":
        return [("file", text)]
    return [
        (f"cell {number}", text_in(cell))
        for number, cell in enumerate(cells_of(text), start=1)
        if cell.get("cell_type") == "code"
    ]


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


def _parsed(source, lost, place):
    """(first line, text) of each piece that is Python; a fault for each piece that is not."""
    if _can_be_parsed(source):
        yield 1, source
    else:
        yield from _pieces(source, lost, place)


def _pieces(source, lost, place):
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
            lost.append(Lost(place, line, type(first).__name__, message, name))
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


def _statements(source, place, first_line, lost):
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
            line = first_line + start - 1
            lost.append(Lost(place, line, type(error).__name__, message, name))
            continue
        binds = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
        yield _Found(place, first_line + start - 1, text, node, frozenset(binds), reads)


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
        return True  # such as @add_to_class(it)
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
