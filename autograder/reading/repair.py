"""What Python cannot read, with one correction where the parser stops; knows nothing of what a
text means.
"""

import ast
import re
from collections.abc import Iterator

from autograder.reading.notebooks import tree_of
from autograder.reading.source import Change, difference

OPENING, CLOSING = "([{", ")]}"
INSTEAD = ":,)]}"  # of another sign
# Signs that are forgotten, by the places where they belong.
FORGOTTEN = {
    r"(?<=[\w)\]}])(?=\s+[\w(\[{])": ",",  # as in `f(x y)`
    r"(?<![=<>!+*/%-])(?==(?!=))": "=",  # as in `if x = 1:`
}
DEFINES = re.compile(r"(?m)^[ \t]*(?:async[ \t]+)?def\b")
UNIT = "    "  # of indentation, where a block has no line that shows it
MAX_LINE, MAX_TEXT = 500, 20_000  # characters in which places are tried
CODE = re.compile(
    r"[^#]*?(?=\s*(#.*)?$)"
)  # of a line, without blanks and a comment at its end


def repaired(text: str) -> str:
    """Return the text as Python reads it, with as little changed as possible; "" if no one
    change is enough.

    >>> repaired("def f(x)\\n    return x")
    'def f(x):\\n    return x'
    """
    change = next(repairs(text), None)
    return change.applied_to(text) if change else ""


def repairs(text: str) -> Iterator[Change]:
    """Yield the changes that make a function Python by one sign or one indentation."""
    if len(text) > MAX_TEXT or not DEFINES.search(text):
        return
    tried = {text}
    for candidate in _candidates(text):
        if candidate not in tried and isinstance(tree_of(candidate), ast.Module):
            yield difference(text, candidate, "syntax")
        tried.add(candidate)


def _candidates(text: str) -> Iterator[str]:
    """Yield the text with a sign more or less, or another indentation, where the parser stops."""
    error = tree_of(text)
    lines = text.split("\n")
    row = (getattr(error, "lineno", 0) or 0) - 1
    column = (getattr(error, "offset", 0) or 0) - 1
    if not 0 <= row < len(lines):
        return
    # A bracket that is never closed is told at its own line or at the next statement.
    for number in (row, row - 1):
        if not 0 <= number < len(lines) or len(lines[number]) > MAX_LINE:
            continue
        line = lines[number]
        for changed in _of_line(line, column if number == row else len(line)):
            yield "\n".join([*lines[:number], changed, *lines[number + 1 :]])
    for indent in _indentations(lines, row):
        yield "\n".join([*lines[:row], indent + lines[row].lstrip(), *lines[row + 1 :]])
    yield text.expandtabs(4)
    yield text.expandtabs(8)


def _of_line(line: str, stop: int) -> Iterator[str]:
    """Yield a line with one sign more, less, or in place of another."""
    code = CODE.match(line)
    end = code.end() if code else len(line)
    yield line[:end] + ":" + line[end:]
    for pattern, sign in FORGOTTEN.items():
        for gap in re.finditer(pattern, line):
            yield line[: gap.start()] + sign + line[gap.start() :]
    yield line[:stop] + ":" + line[stop:]
    # From the end on: a bracket is forgotten last.
    for place in range(end, 0, -1):
        is_in_name = re.fullmatch(r"\w\w", line[place - 1 : place + 1])
        if not is_in_name and not line[place - 1].isspace():
            for bracket in CLOSING:
                yield line[:place] + bracket + line[place:]
    for new in ("", *INSTEAD):
        for place in (stop, stop - 1, end - 1):
            old = line[place : place + 1]
            if old.strip() and not old.isalnum():
                yield line[:place] + new + line[place + 1 :]
    for opening, closing in zip(OPENING, CLOSING):
        if line.count(closing) > line.count(opening):
            for start in re.finditer(r"(?<!\w)(?=\S)", line):
                yield line[: start.start()] + opening + line[start.start() :]


def _indentations(lines: list[str], row: int) -> Iterator[str]:
    """Yield what may stand before a line: as before the nearest lines above, one level more,
    or below it.
    """
    above = [line for line in lines[:row] if line.strip()]
    for line in reversed(above):
        indent = line[: len(line) - len(line.lstrip())]
        if line is above[-1] and line.rstrip().endswith(":"):
            yield indent + UNIT
        yield indent
    if above:
        last = above[-1]
        yield last[: len(last) - len(last.lstrip())] + UNIT
