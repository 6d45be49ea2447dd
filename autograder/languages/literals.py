"""The sentences in a program's source: the literals that certain calls are given.

Reads programs, and runs none of them.
"""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator, Mapping


def sentences(source: str, spoken: Mapping[str, int]) -> Iterator[str]:
    """Each literal that stands at its place in a call; of a name there, all literals that it is given.

    spoken: the place of the sentence in the arguments, by the called function's name.
    """
    tree = ast.parse(source)
    given: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for name, value in _pairs(node.targets[0], node.value):
                given.setdefault(name, []).append(value)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        place = spoken.get(getattr(node.func, "attr", getattr(node.func, "id", "")))
        if place is None or len(node.args) <= place:
            continue
        argument = node.args[place]
        texts = [argument.value] if isinstance(argument, ast.Constant) else []
        texts += given.get(argument.id, []) if isinstance(argument, ast.Name) else []
        yield from (text for text in texts if isinstance(text, str) and is_sentence(text))


def _pairs(target, value):
    """The names that an assignment gives literals."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, its in zip(target.elts, value.elts):
            yield from _pairs(one, its)
    elif isinstance(target, ast.Name) and isinstance(value, ast.Constant):
        yield target.id, value.value


def claims(source: str, decorator: str) -> Iterator[str]:
    """The docstrings of the functions that a decorator's call stands above."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            calls = [d.func for d in node.decorator_list if isinstance(d, ast.Call)]
            if any(getattr(call, "id", "") == decorator for call in calls):
                yield ast.get_docstring(node) or ""


def is_sentence(text: str) -> bool:
    """Whether it says anything besides what fills it, and is no name."""
    return any(map(str.isalpha, bare(text))) and not text.strip().isidentifier()


def bare(text: str) -> str:
    """A sentence without what fills its braces."""
    try:
        return "".join(part for part, *_ in string.Formatter().parse(text))
    except ValueError:  # a brace that is meant as one
        return text
