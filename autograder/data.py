"""Makes dataclasses of JSON again, by their annotations: the way back from `dataclasses.asdict`."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from enum import EnumType
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

Reader = Callable[[Any], Any]


def from_json(kind: Any, tree: Any) -> Any:
    """Return the value of a type of which `dataclasses.asdict` and JSON made a tree.

    kind: a dataclass, an enumeration, a named tuple, or a tuple, mapping or optional one of
    these; anything else stays as it is.  Raises an Exception for a tree of anything else.

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
    if origin is Mapping:
        return lambda tree: {name: readers[1](tree[name]) for name in tree}
    if origin is tuple and ... in parts:
        return lambda tree: tuple(map(readers[0], tree))
    if origin is tuple:
        return tuple
    if isinstance(kind, EnumType):
        return kind
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


def _same(tree: Any) -> Any:
    return tree
