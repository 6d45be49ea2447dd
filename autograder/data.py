"""Reads files that a person or a program may have broken, and makes dataclasses of JSON again, by
their annotations: the way back from `dataclasses.asdict`.
"""

import functools
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from enum import EnumType
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from autograder.errors import N_, KitError, Message

Value = TypeVar("Value")
Reader = Callable[[Any], Any]
CANNOT_READ = N_("Cannot read {path} ({why}). Make it readable, or correct it.")
# What a reader of text, and who looks for values in a tree of another form, raise.
BROKEN = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
)


def read(path: Path, parse: Callable[[bytes], Value]) -> Value:
    """Return what `parse` makes of a file's bytes.

    Raises KitError with its name and what is wrong with it, whatever is there.
    """
    try:
        return parse(bytes_of(path))
    except RecursionError:
        why: object = Message("it is nested too deeply")
    except OSError as error:
        why = error.strerror or error
    except ValueError as error:
        why = error
    except BROKEN:
        why = Message("its values have the wrong types")
    raise KitError(CANNOT_READ, path=path, why=why)


def bytes_of(path: Path) -> bytes:
    """Return a file's bytes.  Raises OSError, and KitError for what may never end."""
    with open(path, "rb", opener=_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise KitError(
                "{path} is not a file but a device or a pipe. Name a file.",
                path=path,
            )
        return file.read()


def _without_waiting(path: str, flags: int) -> int:
    """Open a file, but wait for nobody who writes into a pipe.  Raises OSError."""
    return os.open(path, flags | os.O_NONBLOCK)


def from_json(kind: Any, tree: Any) -> Any:
    """Return the value of a type of which `dataclasses.asdict` and JSON made a tree.

    kind: a dataclass, an enumeration, a named tuple, or a tuple, mapping or optional one of
    these; a text, a number and the like stay as they are, and so does any other annotation's.
    Raises one of BROKEN for a tree of anything else.

    >>> from_json(tuple[int, ...], [1, 2])
    (1, 2)
    """
    return _reader(kind)(tree)


# Looking at annotations takes longer than reading a class of students.
@functools.cache
def _reader(kind: Any) -> Reader:
    if is_dataclass(kind):
        return _dataclass_reader(kind)
    origin = get_origin(kind)
    parts = get_args(kind)
    readers = [_reader(part) for part in parts]
    # A union is always of a type and None here.
    if isinstance(kind, UnionType):
        return lambda tree: None if tree is None else readers[0](tree)
    if origin in (Mapping, dict):
        return lambda tree: {name: readers[1](tree[name]) for name in tree}
    if origin is list:
        return lambda tree: [*map(readers[0], tree)]
    if origin is tuple and ... in parts:
        return lambda tree: tuple(map(readers[0], tree))
    if origin is tuple:
        return tuple
    if isinstance(kind, EnumType):
        return kind
    if kind in (str, int, bool):
        return functools.partial(_of_type, (kind,))
    if kind is float:
        return functools.partial(_of_type, (float, int))
    # of a named tuple
    return getattr(kind, "_make", _same)


def _dataclass_reader(kind: Any) -> Reader:
    readers = {}
    for name, hint in get_type_hints(kind).items():
        if _reader(hint) is not _same:
            readers[name] = _reader(hint)

    def read(tree: Mapping[str, Any]) -> Any:
        values = dict(tree)
        for name in readers.keys() & values.keys():
            values[name] = readers[name](values[name])
        return kind(**values)

    return read


def _of_type(types: tuple[type, ...], tree: Any) -> Any:
    if type(tree) not in types:
        raise TypeError
    return tree


def _same(tree: Any) -> Any:
    return tree
