"""Tells code that only a newer Python reads from code that none reads.

Rewrites what is newer than the grader's Python in its older form, and asks the parser
again.  The rewritten text is never run.
"""

import ast
import re
import sys

from autograder.reading.notebooks import tree_of

_BRACKETS = r"\[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\]"
# The version that first reads it, a pattern, and the older form; for code without strings
# and comments.
_REWRITTEN = [
    ((3, 12), rf"\b((?:def|class)\s+\w+)\s*{_BRACKETS}", r"\1"),
    (
        (3, 12),
        rf"(?m)^(\s*)type\s+(\w+)\s*(?:{_BRACKETS})?\s*=(?!=)",
        r"\1\2 =",
    ),
    (
        (3, 14),
        r"(?m)^(\s*except\*?)\s+([\w.]+(?:\s*,\s*[\w.]+)+)\s*:",
        r"\1 (\2):",
    ),
]
# A comment, a string's start, or a character that matters in a field of an f-string.
_TOKEN = re.compile(
    r"#[^\n]*|(?:\b([A-Za-z]{1,2}))?('''|\"\"\"|'|\")|[][(){}:]|!=|!"
)
# What ends a literal part, by its end and whether it has fields; with what is skipped before that.
_STOPS = {("}", True): re.compile(r"[{}]")}
for _quote in ("'''", '"""', "'", '"'):
    _line = r"\n|" if len(_quote) == 1 else ""
    _STOPS[_quote, False] = re.compile(rf"\\[\s\S]|{_line}{_quote}")
    _STOPS[_quote, True] = re.compile(
        rf"\\N\{{[^{{}}]*\}}|\\[^{{}}]|\{{\{{|\}}\}}|[{{}}]|{_line}{_quote}"
    )
_CONVERSION = re.compile(r"!\s*[rsa]\s*(?=[:}])")


class _Unreadable(Exception):
    """No Python reads it."""


def python_for(text: str) -> str:
    """Return the first Python that reads a text which this one does not, such as "3.12"; "" if
    none does.
    """
    reader = _Reader(text)
    try:
        code = reader.code()
    except (_Unreadable, RecursionError):
        return ""
    versions = reader.versions
    for version, pattern, older in _REWRITTEN:
        code, count = re.subn(pattern, older, code)
        if count:
            versions.add(version)
    newer = [version for version in versions if version > sys.version_info[:2]]
    pieces = [code, *(f"({field}\n)" for field in reader.fields)]
    if newer and all(
        isinstance(tree_of(piece), ast.Module) for piece in pieces
    ):
        return ".".join(map(str, max(newer)))
    return ""


class _Reader:
    """Reads a text once, from its start.

    fields: what f-strings compute, as code.  versions: the first Pythons that read its strings.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.fields: list[str] = []
        self.versions: set[tuple[int, int]] = set()

    def code(self, is_field: bool = False) -> str:
        """Return the code from here to the end, or to the end of a field; each string in it is
        empty.
        """
        parts = []
        depth = 0
        while token := _TOKEN.search(self.text, self.at):
            parts.append(self.text[self.at : token.start()])
            sign = token[0]
            if is_field and depth == 0 and sign in ("}", ":", "!"):
                self.at = token.start()
                return "".join(parts)
            self.at = token.end()
            if token[2]:
                parts.append(self.string((token[1] or "").lower(), token[2]))
            elif not sign.startswith("#"):
                parts.append(sign)
                depth += (sign in "([{") - (sign in ")]}")
        if is_field:
            raise _Unreadable
        return "".join(parts) + self.text[self.at :]

    def string(self, prefix: str, quote: str) -> str:
        """Read the rest of a string.  Returns an empty one of its kind."""
        has_fields = bool({*prefix} & {*"ft"})
        if has_fields:
            self.versions.add((3, 14) if "t" in prefix else (3, 12))
        self.literal(quote, has_fields)
        return 'b""' if "b" in prefix else '""'

    def literal(self, end: str, has_fields: bool = True) -> None:
        """Read characters that mean themselves, and fields between them, up to `end`."""
        while stop := _STOPS[end, has_fields].search(self.text, self.at):
            self.at = stop.end()
            if stop[0] == end:
                return
            if stop[0] == "{":
                self.field()
            elif stop[0] in ("}", "\n"):
                break
        raise _Unreadable

    def field(self) -> None:
        """Read a field, from after its brace to after the other one."""
        expression = self.code(is_field=True).rstrip().removesuffix("=")
        if not expression.strip():
            raise _Unreadable
        self.fields.append(expression)
        if conversion := _CONVERSION.match(self.text, self.at):
            self.at = conversion.end()
        sign = self.text[self.at]
        self.at += 1
        if sign == ":":
            self.literal("}")
        elif sign != "}":
            raise _Unreadable
