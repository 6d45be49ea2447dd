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
        if candidate not in tried and isinstance(
            tree_of(candidate), ast.Module
        ):
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
    changed_lines = [*_with_another_sign(lines[row], column)]
    for indent in _indents(lines[:row]):
        changed_lines.append(indent + lines[row].lstrip())
    for line in changed_lines:
        yield "\n".join([*lines[:row], line, *lines[row + 1 :]])
    # A bracket that is never closed is told at its own line or at the next statement.
    if row:
        before = lines[row - 1]
        for line in _with_another_sign(before, len(before)):
            yield "\n".join([*lines[: row - 1], line, *lines[row:]])
    yield text.expandtabs(4)
    yield text.expandtabs(8)


def _with_another_sign(line: str, stop: int) -> Iterator[str]:
    """Yield a line with one sign more, less, or in place of another."""
    if len(line) > MAX_LINE:
        return
    code = CODE.match(line)
    end = code.end() if code else len(line)
    yield _put(line, end, ":")
    for pattern, sign in FORGOTTEN.items():
        for gap in re.finditer(pattern, line):
            yield _put(line, gap.start(), sign)
    yield _put(line, stop, ":")
    # From the end on: a bracket is forgotten last.
    for place in range(end, 0, -1):
        is_in_name = re.fullmatch(r"\w\w", line[place - 1 : place + 1])
        if not is_in_name and not line[place - 1].isspace():
            for bracket in CLOSING:
                yield _put(line, place, bracket)
    for new in ("", *INSTEAD):
        for place in (stop, stop - 1, end - 1):
            old = line[place : place + 1]
            if old.strip() and not old.isalnum():
                yield _put(line, place, new, taken=1)
    for opening, closing in zip(OPENING, CLOSING):
        if line.count(closing) > line.count(opening):
            for word in re.finditer(r"(?<!\w)(?=\S)", line):
                yield _put(line, word.start(), opening)


def _put(line: str, place: int, new: str, taken: int = 0) -> str:
    return line[:place] + new + line[place + taken :]


def _indents(lines: list[str]) -> Iterator[str]:
    """Yield what may stand before a line below these: as before the nearest of them, or one
    level more.
    """
    above = [line for line in reversed(lines) if line.strip()]
    for line in above:
        indent = line[: len(line) - len(line.lstrip())]
        deeper = [indent, indent + UNIT]
        if line.rstrip().endswith(":"):
            deeper.reverse()
        yield from deeper
