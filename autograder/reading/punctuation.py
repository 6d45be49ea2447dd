"""Full-width punctuation, as a Chinese keyboard types it, and the text that Python takes in its place."""

import ast
import unicodedata

from autograder.reading.notebooks import tree_of

QUOTES = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'"})
NARROW = {"。": ".", "、": ","}  # of the others, Unicode knows the narrow form
MAX_REPLACED = 50  # lines with quotes, and other characters


def narrowed(text: str) -> str:
    """Return the text with narrow punctuation, if that makes it Python; else "".

    Asks the parser for each character that it does not take, so that comments and strings stay; of a line
    with full-width quotes, all are replaced.
    """
    for _ in range(MAX_REPLACED):
        error = tree_of(text)
        if isinstance(error, ast.Module):
            return text
        lines = text.split("\n")
        row, column = (getattr(error, "lineno", 0) or 0) - 1, (getattr(error, "offset", 0) or 0) - 1
        if not (0 <= row < len(lines) and 0 <= column < len(lines[row])):
            return ""
        line, wide = lines[row], lines[row][column]
        narrow = NARROW.get(wide) or unicodedata.normalize("NFKC", wide)
        if wide.translate(QUOTES) != wide:
            lines[row] = line.translate(QUOTES)
        elif narrow != wide and len(narrow) == 1 and narrow.isascii():
            lines[row] = line[:column] + narrow + line[column + 1 :]
        else:
            return ""
        text = "\n".join(lines)
    return ""
