"""Full-width signs, as a Chinese keyboard types them, and the text that Python takes in their
place.
"""

import ast
import re

from autograder.reading.notebooks import tree_of

# The signs outside of Unicode's full-width forms, which are U+FF01 to U+FF5E and lie 0xFEE0
# above ASCII.
SIGNS = dict(zip("。、“”‘’【】×÷−\u3000", ".,\"\"''[]*/- "))
SIGNS |= {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
TABLE = str.maketrans(SIGNS)
_QUOTES = "“”‘’＇＂"
_QUOTES_ALONE = str.maketrans({sign: SIGNS[sign] for sign in _QUOTES})
_CODE = re.compile(
    f"[^'\"#＃{_QUOTES}]*"
)  # of a line, up to its next string or comment
MAX_LINES = 50  # that are repaired


def narrowed(text: str) -> str:
    """Return the text with narrow signs, if that makes it Python; else "".

    Asks the parser where it stops, so that comments and strings stay; of a line with
    full-width quotes, all are replaced.
    """
    for _ in range(MAX_LINES):
        error = tree_of(text)
        if isinstance(error, ast.Module):
            return text
        lines = text.split("\n")
        row = (getattr(error, "lineno", 0) or 0) - 1
        column = (getattr(error, "offset", 0) or 0) - 1
        if not (0 <= row < len(lines) and 0 <= column < len(lines[row])):
            return ""
        line = lines[row]
        if line[column] not in SIGNS:
            return ""
        if line[column] in _QUOTES:
            lines[row] = line.translate(_QUOTES_ALONE)
        else:
            end = max(_CODE.match(line, column).end(), column + 1)  # type: ignore[union-attr]
            lines[row] = (
                line[:column] + line[column:end].translate(TABLE) + line[end:]
            )
        text = "\n".join(lines)
    return ""
