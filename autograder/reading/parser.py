"""Finds the statements that each function needs in a file's text; unreadable parts become data.
Runs none.

Parses a student's text, so it runs in a worker: a text that breaks the parser cannot break a judge.
"""

import ast
import importlib.util
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager

from autograder.errors import N_, NOT_PERMITTED, Unread
from autograder.reading.near_names import near
from autograder.reading.needs import Needs, needs_of
from autograder.reading.notebooks import BROKEN, code_cells, tree_of
from autograder.reading.parsed import (
    FailedStatement,
    ParsedSubmission,
)
from autograder.reading.repair import python_for, repairs
from autograder.reading.source import says_nothing
from autograder.reading.statements import TopLevel, loop_variables, names

# After so many, none is repaired, since each try parses a chunk.
MAX_FAILED = 20
MAX_JOINED = 40  # chunks that are tried as one statement
NESTED_CODE = N_("it is nested too deeply")
_PYTHON_MAGICS = {"time", "timeit", "capture", "python", "python3"}
_MAGIC = re.compile(r"^[^\S\n]*[%!?]|\?[^\S\n]*$|=\s*[%!]", re.MULTILINE)
# Matches a line that goes on with the statement before it.
_INSIDE = re.compile(r"[\s#)\]}]|(?:else|elif|except|finally|return|yield)\b")
# Packages that plot, if they are installed.
_PLOTTING = [
    name
    for name in ("matplotlib", "pylab", "d2l", "seaborn", "sklearn", "pandas")
    if importlib.util.find_spec(name)
]
# Matches code that needs `preload.slow`: torch's compiler, or plotting.
_SLOW_IMPORTS = re.compile(
    r"\b(optim|func|functorch|compiler|checkpoint|parallel|library|flex_attention|jacobian|hessian|grad_outputs|"
    rf"{'|'.join(_PLOTTING)})\b|\.backward\((?!\s*\)|retain_|create_)|\bgrad\([^\n]{{0,200}}\bones"
)


def parse(
    text: str,
    suffix: str,
    functions: list[str],
    misnamed: Mapping[str, str] | None = None,
    repaired: Mapping[str, int] | None = None,
) -> dict:
    """Return a submission as the plain data of a ParsedSubmission.

    misnamed: functions that have another name in this file, which is also looked for by
    its spelling.  repaired: functions that get another of their repairs than the first.
    """
    # Python warns of a student's invalid escape, for one.
    warnings.simplefilter("ignore")
    try:
        cells = code_cells(text, suffix)
    except Unread as error:
        return ParsedSubmission(problem=error.message).to_wire()
    statements: list[TopLevel] = []
    failed: list[FailedStatement] = []
    for place, source in cells:
        cell = _Cell(
            place,
            _python(source),
            failed,
            repaired or {},
            functions,
        )
        for chunk in cell.chunks():
            statements += _statements(chunk, place, failed)
    defined: set[str] = set()
    for statement in statements:
        if statement.defines_function:
            defined |= statement.binds
    all_names = {*defined}
    for broken in failed:
        all_names.update(broken.binds)
    origins = _origins(statements)
    for function in functions:
        if function in origins:
            statement, name = origins[function]
            if name not in functions:
                _bind(function, name, statement)
    misnamed = _misnamed(
        statements, defined, all_names, functions, misnamed or {}
    )
    needs = needs_of(statements, functions)
    used: set[int] = set()
    used_first: set[int] = set()
    for need in needs.values():
        used |= need.fallback
        used_first |= need.first
    # Only these are sent, so they are counted anew.
    new_numbers = {old: new for new, old in enumerate(sorted(used))}
    first: dict[str, list[int]] = {}
    fallback: dict[str, list[int]] = {}
    for function, need in needs.items():
        first[function] = sorted(new_numbers[old] for old in need.first)
        if need.fallback != need.first:
            fallback[function] = sorted(
                new_numbers[old] for old in need.fallback
            )
    return ParsedSubmission(
        statements=[statements[number].as_sent() for number in new_numbers],
        needs=first,
        fallback=fallback,
        failed=failed[:50],
        names=sorted(all_names)[:2000],
        written=[
            name
            for name in functions
            if _is_written(statements, misnamed.get(name, name))
        ],
        needs_slow_imports=any(
            _SLOW_IMPORTS.search(statements[number].source)
            for number in used_first
        ),
        misread=_misread(statements, needs),
        misnamed=misnamed,
    ).to_wire()


def _origins(statements: list[TopLevel]) -> dict[str, tuple[TopLevel, str]]:
    """Return for each name the statement that defines its function, and the name there.

    `loss = mse` gives a function another name, which may get others in turn.
    """
    origins: dict[str, tuple[TopLevel, str]] = {}
    for statement in statements:
        value = statement.value
        origin = None
        if isinstance(value, ast.Name):
            origin = origins.get(value.id)
        for name in statement.binds:
            if origin:
                origins[name] = origin
            elif statement.defines_function:
                origins[name] = statement, name
            else:
                origins.pop(name, None)
    return origins


def _bind(function: str, name: str, statement: TopLevel) -> None:
    """Bind a function also under the name that was asked for where it is defined under another.

    All that takes it, by whichever name, then gets its double.
    """
    if function not in statement.binds:
        statement.source += f"\n{function} = {name}"
        statement.binds.add(function)


def _misnamed(
    statements: list[TopLevel],
    defined: set[str],
    all_names: set[str],
    functions: list[str],
    by_behavior: Mapping[str, str],
) -> dict[str, str]:
    """Return the names that missing functions have in a file, and bind the functions there.

    by_behavior: names that were found by what their functions do.
    """
    misnamed = {**by_behavior}
    bound = {*all_names}
    for statement in statements:
        bound |= statement.binds
    for function in functions:
        if function in bound or function in misnamed:
            continue
        unclaimed = defined - {*functions} - {*misnamed.values()}
        if name := near(function, unclaimed):
            misnamed[function] = name
    for function, name in misnamed.items():
        for statement in statements:
            if name in statement.binds and statement.defines_function:
                _bind(function, name, statement)
    return misnamed


def _misread(
    statements: list[TopLevel], needs: Mapping[str, Needs]
) -> dict[str, FailedStatement]:
    """Return a fault of each function that uses a repaired statement, which costs the function
    that it defines, or else the first that uses it.
    """
    misread: dict[str, FailedStatement] = {}
    charged: set[int] = set()
    for function, need in needs.items():
        used = {function}
        for number in need.first:
            used |= statements[number].reads
        used -= needs.keys() - {function}
        for number in sorted(need.first):
            statement = statements[number]
            failed = statement.misread
            if failed and number not in charged and used & statement.binds:
                misread.setdefault(function, failed)
                charged.add(number)
    return misread


def _is_written(statements: list[TopLevel], name: str) -> bool:
    """Return whether the function's last definition has more than a docstring and a raise."""
    body: list[ast.stmt] = []
    for statement in statements:
        node = statement.node
        if isinstance(node, ast.FunctionDef) and node.name == name:
            body = node.body
    for node in body:
        if not isinstance(node, ast.Raise | ast.Pass) and not says_nothing(
            node
        ):
            return True
    return False


def _python(source: str) -> str:
    """Return a cell as Python: magics become calls, and %%time is removed."""
    for sign, newline in ("\r\n", "\n"), ("\r", "\n"), ("\x00", ""):
        source = source.replace(sign, newline)
    if not _MAGIC.search(source):
        return source
    lines = source.split("\n")
    for number, line in enumerate(lines):
        magic = re.match(r"\s*%%(\w*)", line)
        if magic is None and line.strip():
            break
        if magic and magic[1] not in _PYTHON_MAGICS:
            return ""
        lines[number] = ""
    source = re.sub(r"(?m)^([ \t]*)%time[ \t]+(?=\S)", r"\1", "\n".join(lines))
    # IPython would remove blank lines at the start, and so change the numbers of all others.
    code = source.lstrip("\n")
    blank_lines = source[: len(source) - len(code)]
    try:
        return blank_lines + TransformerManager().transform_cell(code)
    except Exception:
        # Its tokenizer can fail on students' text.
        return source


class _Chunk(NamedTuple):
    """Some statements of a cell: their first line there, their text and its tree.

    misread: why Python cannot read it as it was typed, if the text is repaired.
    """

    line: int
    text: str
    tree: ast.Module
    misread: FailedStatement | None = None


@dataclass
class _Cell:
    """A cell that is taken apart into chunks that Python reads, and faults of all others.

    repaired: which of its repairs a statement gets, by the name that it binds; else the first.
    """

    place: str
    source: str
    failed: list[FailedStatement]
    repaired: Mapping[str, int]
    functions: list[str]

    def __post_init__(self) -> None:
        self.lines = self.source.split("\n")

    def chunks(self) -> Iterator[_Chunk]:
        """Yield the chunks of a cell that are Python, as they are or repaired.

        Splits the text where a statement may start, and joins chunks until they can be
        parsed.
        """
        whole = tree_of(self.source)
        if isinstance(whole, ast.Module):
            yield _Chunk(1, self.source, whole)
            return
        starts = self._starts()
        ends = [*starts[1:], len(self.lines)]
        number = 0
        while number < len(starts):
            start = starts[number]
            for count, end in enumerate(ends[number : number + MAX_JOINED], 1):
                text = self._text(start, end)
                tree = tree_of(text)
                if isinstance(tree, ast.Module):
                    yield _Chunk(start + 1, text, tree)
                    number += count
                    break
            else:
                yield from self._broken(start, ends[number])
                number += 1

    def _text(self, start: int, end: int) -> str:
        return "\n".join(self.lines[start:end])

    def _starts(self) -> list[int]:
        """Return the lines where a statement may start: of one with decorators, the first."""
        starts: list[int] = []
        is_decorated = False
        for number, line in enumerate(self.lines):
            # A form feed is not indentation.
            line = line.lstrip("\f")
            if not line or _INSIDE.match(line):
                continue
            if not is_decorated:
                starts.append(number)
            is_decorated = line.startswith("@")
        return starts

    def _broken(
        self,
        start: int,
        end: int,
    ) -> Iterator[_Chunk]:
        """Yield what Python reads of lines where it stops, and what it reads once repaired."""
        error = tree_of(self._text(start, end))
        error_line = getattr(error, "lineno", None) or 1
        line = start + error_line
        stray = ""
        # The parser may stop behind the last line.
        if line <= len(self.lines):
            stray = self.lines[line - 1]
        before = self._text(start, line - 1)
        tree = tree_of(before)
        # Where the stray line could belong to the body before it, all is broken.
        if isinstance(tree, ast.Module) and _is_whole(tree, stray):
            yield _Chunk(start + 1, before, tree)
            start = line - 1
        text = self._text(start, end)
        fault = _failure(
            self.place,
            line,
            error,
            text,
            stray.strip(),
        )
        repaired = ""
        if fault.error != NOT_PERMITTED and len(self.failed) < MAX_FAILED:
            number = self.repaired.get("".join(fault.binds), 0)
            texts = islice(repairs(text, self.functions), number, None)
            repaired = next(texts, "")
        if not repaired:
            self.failed.append(fault)
            return
        line = start
        for typed, meant in zip(self.lines[start:end], repaired.split("\n")):
            line += 1
            if typed != meant:
                break
        misread = replace(
            fault,
            line=line,
            first_line=typed.strip(),
        )
        yield _Chunk(start + 1, repaired, ast.parse(repaired), misread)


def _is_whole(tree: ast.Module, stray: str) -> bool:
    """Return whether statements are complete without a stray line below them."""
    if not tree.body:
        return False
    return stray[:1] in ")]}" or not hasattr(tree.body[-1], "body")


_DEFINES = r"(?m)^[^\S\n]*(?:async\s+)?(?:def|class)\s+(\w+)|^[^\S\n]*(\w+)\s*="


def _failure(
    place: str, line: int, error: object, text: str, code: str
) -> FailedStatement:
    """Return the fault of a text that cannot be run, with the name that it would have bound."""
    defined = re.search(_DEFINES, text)
    names: tuple[str, ...] = ()
    if defined:
        names = (defined[1] or defined[2],)
    kind = type(error).__name__
    message = getattr(error, "msg", None) or NESTED_CODE
    # Counted from the start of this text.
    message = re.sub(r" on line \d+$", "", message)
    if version := python_for(text):
        kind = NOT_PERMITTED
        message = f"python:{version}"
    return FailedStatement(place, line, kind, message, names, code)


def _statements(
    chunk: _Chunk, place: str, failed: list[FailedStatement]
) -> Iterator[TopLevel]:
    """Yield the statements of a chunk; add a fault for each that could not be run."""
    lines = chunk.text.split("\n")
    for node in chunk.tree.body:
        start, text = _cut_out(lines, node)
        line = chunk.line + start - 1
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            # Every statement is compiled separately, so it would not reach any.
            continue
        try:
            compile(text, place, "exec", dont_inherit=True)
            binds, reads = names(text)
        except BROKEN as error:
            # Such as `return` outside a function: it could not be run either.
            code = text.partition("\n")[0].strip()
            failed.append(_failure(place, line, error, text, code))
            continue
        binds -= loop_variables(node)
        misread = chunk.misread
        if misread and not 0 <= misread.line - line <= text.count("\n"):
            misread = None
        yield TopLevel(place, line, text, node, binds, reads, misread)


def _cut_out(lines: list[str], node: ast.stmt) -> tuple[int, str]:
    """Return a statement's first line, and its text alone: its surroundings could change it."""
    first, column = node.lineno, node.col_offset
    for decorator in getattr(node, "decorator_list", [])[:1]:
        first, column = decorator.lineno, 0
        # The sign may stand above its expression.
        while not lines[first - 1].lstrip().startswith("@"):
            first -= 1
    # The parser counts columns in bytes.
    parts = [line.encode() for line in lines[first - 1 : node.end_lineno]]
    parts[-1] = parts[-1][: node.end_col_offset]
    parts[0] = parts[0][column:]
    return first, b"\n".join(parts).decode()
