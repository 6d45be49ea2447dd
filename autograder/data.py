"""Makes dataclasses of JSON again, by their annotations: the way back from `dataclasses.asdict`."""

import functools
from collections.abc import Mapping
from dataclasses import is_dataclass
from enum import Enum
from itertools import repeat
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

_hints = functools.cache(get_type_hints)


def from_json(kind: Any, tree: Any) -> Any:
    """Return the value of a type of which `dataclasses.asdict` and JSON made a tree.

    kind: a dataclass, an enumeration, a named tuple, or a tuple, mapping or optional one of
    these; anything else stays as it is.  Raises an Exception for a tree of anything else.

    >>> from_json(tuple[int, ...], [1, 2])
    (1, 2)
    """
    is_record = is_dataclass(kind)
    if is_record:
        hints = _hints(kind)
        values = {}
        for name, value in tree.items():
            values[name] = from_json(hints[name], value)
        return kind(**values)
    kinds = get_args(kind)
    if isinstance(kind, UnionType):  # of a type and None
        return None if tree is None else from_json(kinds[0], tree)
    if get_origin(kind) is Mapping:
        return {name: from_json(kinds[1], tree[name]) for name in tree}
    if get_origin(kind) is tuple:
        items = repeat(kinds[0]) if ... in kinds else kinds
        return tuple(map(from_json, items, tree))
    if isinstance(kind, type) and issubclass(kind, tuple):
        return kind(*tree)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(tree)
    return tree
