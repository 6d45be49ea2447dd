"""What Python cannot read: corrected where the parser stops, or newer than the grader's Python.

Full-width signs, as a Chinese keyboard types them, become narrow.  In a function, one other sign or
indentation may be wrong as well.
"""

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import islice

from autograder.reading.notebooks import tree_of

# The signs outside of Unicode's full-width forms, which are U+FF01 to U+FF5E and lie 0xFEE0
# above ASCII.
SIGNS = dict(zip("。、“”‘’【】×÷−\u3000", ".,\"\"''[]*/- "))
SIGNS |= {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
TABLE = str.maketrans(SIGNS)
_QUOTES = "“”‘’＇＂"
_QUOTES_ALONE = str.maketrans({sign: SIGNS[sign] for sign in _QUOTES})
# Of a line, up to its next string or comment.
_CODE = re.compile(f"[^'\"#＃{_QUOTES}]*")
_DEFINES = re.compile(r"(?m)^[ \t]*(?:async[ \t]+)?def\b")
# Where a sign may be missing: neither in a name nor behind a blank.
_GAP = re.compile(r"(?<=\S)(?!(?<=\w)\w)")
# where an argument, and so its bracket, may begin
_OPENINGS = re.compile(r"(?<!\w)(?=\S)|(?<=[^\W\d])(?=\d)|(?<=\w)(?=[-\[{\"'])")
_METHOD = re.compile(r"\.[a-z_]+$")
# Indents a block that has no line to show its own indentation.
_UNIT = "    "
MAX_LINES = 50  # with full-width signs
MAX_LINE = 200  # characters in which places are tried
MAX_TEXT = 10_000
# The version that first reads it, a pattern, and what an older one reads in its place.
_OLDER_FORMS = (
    ((3, 12), r"\b((?:def|class)\s+\w+)\s*\[[^\n]*?\](?=\s*[(:])", r"\1"),
    # A field of an f-string that has the string's own quote, or a backslash.
    (
        (3, 12),
        r"(?i)\b(r?fr?(['\"])(?:(?!\2)[^\n])*?\{)[^{}\n]*(?:\2|\\)[^{}\n]*\}",
        r"\g<1>0}",
    ),
)


def is_python(text: str) -> bool:
    """Return whether Python reads a text."""
    return isinstance(tree_of(text), ast.Module)


def repairs(text: str, functions: Sequence[str] = ()) -> Iterator[str]:
    """Yield the texts that Python reads and that may be meant, the most plausible first.

    functions: names after which a bracket may be missing.

    >>> next(repairs("def f(x)\\n    return （x）"))
    'def f(x):\\n    return (x)'
    """
    narrow = narrowed(text)
    if is_python(narrow):
        yield narrow
    elif len(text) <= MAX_TEXT and _DEFINES.search(text):
        candidates = map(narrowed, _candidates(narrow, functions))
        yield from filter(is_python, dict.fromkeys(candidates))


def narrowed(text: str) -> str:
    """Return the text with narrow signs where Python does not take full-width ones.

    Asks the parser where it stops, so that comments and strings stay; of a line with
    full-width quotes, all are replaced.
    """
    for _ in range(MAX_LINES):
        row, column = _stop(text)
        lines = text.split("\n")
        line = lines[row]
        if line[column : column + 1] not in SIGNS:
            break
        if line[column] in _QUOTES:
            lines[row] = line.translate(_QUOTES_ALONE)
        else:
            code = _CODE.findall(line, column)[0] or line[column]
            end = column + len(code)
            lines[row] = line[:column] + code.translate(TABLE) + line[end:]
        text = "\n".join(lines)
    return text


def _stop(text: str) -> tuple[int, int]:
    """Return the row and the column where the parser stops, or the end of the first line."""
    error = tree_of(text)
    row = (getattr(error, "lineno", 0) or 0) - 1
    column = (getattr(error, "offset", 0) or 0) - 1
    lines = text.split("\n")
    if 0 <= row < len(lines) and column >= 0:
        return row, column
    return 0, len(lines[0])


def _candidates(text: str, functions: Sequence[str]) -> Iterator[str]:
    """Yield the text with a sign more or less, or another indentation, where the parser stops."""
    for function in functions:
        yield re.sub(rf"\b(def {function})(?=\w)", r"\1(", text)
    row, column = _stop(text)
    lines = text.split("\n")
    changed_lines = [
        (row, line) for line in _with_another_sign(lines[row], column)
    ]
    before = lines[row - 1]
    # The line that opens a block may be indented too far, rather than its first.
    if row and before.rstrip().endswith(":"):
        for indent in islice(_indents(lines[: row - 1]), 1):
            changed_lines.append((row - 1, indent + before.lstrip()))
    for indent in _indents(lines[:row]):
        # A line that is indented by a level does not leave its function.
        if indent or not lines[row].startswith((_UNIT, "\t")):
            changed_lines.append((row, indent + lines[row].lstrip()))
    # A bracket that is never closed is told at its own line or at the next statement.
    if row:
        for line in _with_another_sign(before, len(before)):
            changed_lines.append((row - 1, line))
    for number, line in changed_lines:
        changed = [*lines]
        changed[number] = line
        yield "\n".join(changed)
    yield text.expandtabs(4)
    yield text.expandtabs(8)


def _with_another_sign(line: str, stop: int) -> Iterator[str]:
    """Yield a line with one sign more, less, or in place of another."""
    if len(line) > MAX_LINE:
        return
    # From the end on, and first before a comment: a colon or a bracket is forgotten last.
    end = len(line.partition("#")[0].rstrip())
    gaps = [end]
    for gap in reversed([*_GAP.finditer(line)]):
        if gap.start() < end:
            gaps.append(gap.start())
    for place in gaps:
        for sign in ",:)]}":
            yield line[:place] + sign + line[place:]
    for place in (stop, stop - 1, end - 1):
        old = line[place : place + 1]
        if old.strip() and not old.isalnum():
            call = ""
            # A method does nothing without its call.
            if _METHOD.search(line, 0, place):
                call = "()"
            for sign in (call, "", "()", *":,)]}"):
                yield line[:place] + sign + line[place + 1 :]
    for opening in _OPENINGS.finditer(line):
        place = opening.start()
        for sign in "([{":
            yield line[:place] + sign + line[place:]


def _indents(lines: list[str]) -> Iterator[str]:
    """Yield what may stand before a line below these: as before the nearest of them, or one
    level more.
    """
    for line in filter(str.strip, reversed(lines)):
        indent = line[: len(line) - len(line.lstrip())]
        deeper = [indent, indent + _UNIT]
        if line.rstrip().endswith(":"):
            deeper.reverse()
        yield from deeper


def python_for(text: str) -> str:
    """Return the first Python that reads a text which this one does not, such as "3.12"; "" if
    none does.
    """
    if is_python(text):
        # It is refused only once it is compiled, such as two parameters of one name.
        return ""
    for version, pattern, older in _OLDER_FORMS:
        if version > sys.version_info[:2]:
            text = re.sub(pattern, older, text)
            if is_python(text):
                return ".".join(map(str, version))
    return ""
