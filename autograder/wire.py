"""Frames between judge and worker: a JSON tree followed by the raw bytes of its tensors.

Knows nothing of what the values mean.  Decoding runs no code of the sender and never
unpickles.  Everything that a worker sends is bounded (`unpack`), so that a judge can
compute with it; what the judge sends is not.

    frame = u32 size of the tree | u32 size of the data | tree | data

In the tree, a tensor is `{"$": [dtype, *shape]}`, in the order of the data; a leaf that
requires its gradient is `{"leaf": ...}`, and only a frame of our own turns it into a leaf
again.
"""

import json
import math
import re
import struct
import typing
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

_DTYPES = "float32 float64 float16 bfloat16 int64 int32 int16 int8 uint8 bool complex64 complex128"
DTYPES: dict[str, torch.dtype] = {
    name: getattr(torch, name) for name in _DTYPES.split()
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
HEAD = struct.Struct("<II")
# bytes; the largest tree of a right answer has 60 kB
MAX_TREE = 1 << 20
# bytes; the largest tensor of a right answer has 4 MB
MAX_DATA = 16 << 20
MAX_DEPTH = 60  # lists in lists; a right answer has 6
# of an int; computing with more may overflow, and no right answer has more
MAX_BITS = 63
# Lists and dicts in a frame, which cost far more memory than bytes.
MAX_NODES = 200_000
# of all tensors in a frame, each 100 bytes as a list; a right answer has 30,000
MAX_ROWS = 1 << 18
# Of an exception's type, message, place and names.
MAX_CHARACTERS = (100, 2000, 300, 300)
KEYS = str, int, float, bool  # types of keys in a dict
NUMPY_DTYPES = frozenset(map(np.dtype, _DTYPES.replace("bfloat16", "").split()))
# Tensors start at multiples of this, for vector instructions.
ALIGN = 16

# the type in an `Other` for such an int
BEYOND = "whole number beyond 64 bits"

# Chinese text is not escaped, which would take twice as many bytes.
_dumps = json.JSONEncoder(
    separators=(",", ":"), check_circular=False, ensure_ascii=False
).encode


class Raised(typing.NamedTuple):
    """In place of a value: the student's function raised this."""

    error: str
    message: str
    place: str = ""  # "function:line in it:the line"
    # what the names in the expression that raised it stood for, as `sentences.names` reads it
    names: str = ""


class Other(typing.NamedTuple):
    """In place of a value that cannot be sent: only the name of its type."""

    type: str


SIDE_EFFECTS = ("recording", "seeds")


class SideEffect(typing.NamedTuple):
    """Wraps a value whose call had a side effect on later calls, one of SIDE_EFFECTS."""

    what: str
    value: object


class WireError(ValueError):
    """The peer sent something outside the protocol."""


ANYTHING = object()


def fits(form: Any, value: Any) -> bool:
    """Return whether a decoded value has this form, because the sender may be hostile.

    A form is a type (`float` stands for any number), `[form]` for a list, `{name: form}`
    for a record, `{str: form}` for a dict of any names, `(form, form)` for either, None for
    itself, ANYTHING, or a function that says yes or no.
    """
    if form is ANYTHING:
        return True
    if form is None:
        return value is None
    if form is float:
        return type(value) in (int, float)
    if isinstance(form, type):
        return type(value) is form
    if type(form) is tuple:
        return any(fits(choice, value) for choice in form)
    if type(form) is list:
        is_list = type(value) is list
        return is_list and all(fits(form[0], item) for item in value)
    if type(form) is not dict:
        return bool(form(value))
    if type(value) is not dict:
        return False
    if str in form:
        for name, item in value.items():
            if type(name) is not str or not fits(form[str], item):
                return False
        return True
    is_record = value.keys() == form.keys()
    return is_record and all(fits(form[name], value[name]) for name in form)


def pack(value: object) -> bytes:
    """Return one frame that holds value.

    None, numbers, strings, dense CPU tensors, numpy arrays and scalars, and tuples, lists
    and dicts of these keep their values; anything else becomes an `Other`.  Raises
    RecursionError for what is nested too deeply.
    """
    data: list[bytes] = []
    return _frame(_node(value, data), data)


def pack_each(values: Iterable[object]) -> bytes:
    """Like `pack` for a list, but a value that cannot be packed costs only itself."""
    data: list[bytes] = []
    nodes = []
    for value in values:
        before = len(data)
        try:
            nodes.append(_node(value, data))
        # Student objects may raise anything from any attribute.
        except Exception as error:
            del data[before:]
            name = f"{type(value).__name__} ({type(error).__name__})"
            nodes.append({"other": name})
    return _frame(nodes, data)


def _frame(node: Any, data: list[bytes]) -> bytes:
    tree = _dumps(node).encode("utf-8", "backslashreplace")
    body = b"".join(data)
    return HEAD.pack(len(tree), len(body)) + tree + body


def _node(v: Any, data: list[bytes], depth: int = 0) -> Any:
    kind = type(v)
    if isinstance(v, torch.Tensor):
        return _tensor_node(v, data)
    if v is None or kind is bool or kind is float or kind is str:
        return v
    if kind is int:
        if v.bit_length() <= MAX_BITS:
            return v
        return {"other": BEYOND}
    if depth > MAX_DEPTH:
        raise RecursionError
    depth += 1
    if kind is Raised:
        return {"raised": list(v)}
    if kind is Other:
        return {"other": v.type}
    if kind is SideEffect:
        return {"left": [v.what, _node(v.value, data, depth)]}
    # Also of a subclass, such as a namedtuple, by what it holds.
    if isinstance(v, tuple | list):
        nodes = [_node(x, data, depth) for x in v]
        if kind is list:
            return nodes
        return {"tuple": nodes}
    # Also a Counter.
    if isinstance(v, dict) and all(type(k) in KEYS for k in v):
        return {"dict": [[k, _node(x, data, depth)] for k, x in v.items()]}
    if isinstance(v, np.ndarray | np.generic):
        return _numpy_node(v, data)
    return {"other": kind.__name__}


def _tensor_node(t: torch.Tensor, data: list[bytes]) -> dict[str, Any]:
    name = NAMES.get(t.dtype)
    if name is None or not t.is_cpu or t.layout is not torch.strided:
        layout = str(t.layout).removeprefix("torch.")
        return {"other": f"{layout} tensor of {t.dtype} on {t.device}"}
    # A view with stride 0 may claim far more than it has.
    if t.nbytes > MAX_DATA:
        return {"other": f"tensor of {t.numel()} elements"}
    kind = "leaf" if t.is_leaf and t.requires_grad else "$"
    shape = t.shape
    if name == "bfloat16":
        t = t.detach().contiguous().view(torch.int16)
    raw = t.numpy(force=True).tobytes()
    data.append(raw)
    if len(raw) % ALIGN:
        data.append(bytes(-len(raw) % ALIGN))
    return {kind: [name, *shape]}


def _numpy_node(a: Any, data: list[bytes]) -> Any:
    if isinstance(a, np.generic):
        value = a.item()
        if type(value) in KEYS:
            return value
    elif a.dtype in NUMPY_DTYPES and a.nbytes <= MAX_DATA:
        # A copy: strides may be negative.
        return {"numpy": _tensor_node(torch.from_numpy(np.array(a)), data)}
    return {"other": f"numpy {type(a).__name__} of {a.dtype}"}


def unpack(
    tree: bytes | bytearray, data: bytearray, rows: int = MAX_ROWS
) -> Any:
    """Return the value of a frame from a possibly hostile peer.

    Tensors are dense copies of bytes in data, and have at most `rows` rows together.  An
    int beyond 64 bits becomes an `Other`, and strings are cut.  Raises only WireError, for
    anything that `pack` cannot have written, or that costs too much to look at.
    """
    if _parts(tree) > MAX_NODES:
        raise WireError("the frame has too many parts")
    return _Reader(data, rows).read(tree)


def unpack_ours(tree: bytes | bytearray, data: bytearray) -> Any:
    """Return the value of a frame of our own, however large it is.  Raises WireError."""
    return _Reader(data, math.inf, has_leaves=True).read(tree)


def opened(frame: bytes) -> Any:
    """Return the value of a whole frame of our own.  Raises WireError."""
    if len(frame) < HEAD.size:
        raise WireError("the frame has no head")
    start = HEAD.size + HEAD.unpack_from(frame)[0]
    return unpack_ours(frame[HEAD.size : start], bytearray(frame[start:]))


# From after a quote to the quote that ends it; without backtracking, so that no text takes long.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?+', re.DOTALL)


def _parts(tree: bytes | bytearray) -> int:
    """Return a bound on the lists and dicts in a tree, without strings if that matters."""
    count = tree.count(b"[") + tree.count(b"{")
    if count <= MAX_NODES:
        return count
    bare = _STRING.sub(b"", tree)
    return bare.count(b"[") + bare.count(b"{")


def _whole(digits: str) -> int | Other:
    number = int(digits)
    if number.bit_length() > MAX_BITS:
        return Other(BEYOND)
    return number


def _cut(text: object, most: int) -> str:
    if type(text) is not str:
        raise WireError("malformed frame: no text")
    return text[:most]


class _Reader:
    def __init__(self, data: bytearray, rows: float, has_leaves: bool = False):
        self.data = data
        self.offset = 0
        self.rows = rows
        self.has_leaves = has_leaves

    def read(self, tree: bytes | bytearray) -> object:
        # The scanner, which is C, makes all but these; a dict's values come before it.
        decoder = json.JSONDecoder(object_hook=self.node, parse_int=_whole)
        try:
            value = decoder.decode(tree.decode())
        except WireError:
            raise
        except (
            ArithmeticError,
            AttributeError,
            LookupError,
            RuntimeError,
            TypeError,
            ValueError,
        ) as error:
            raise WireError(
                f"malformed frame: {type(error).__name__}"
            ) from None
        if self.offset != len(self.data):
            raise WireError("the data has the wrong size")
        return value

    def node(self, v: dict[str, Any]) -> object:
        """Return what a dict of the tree stands for; what it holds was decoded before."""
        ((name, x),) = v.items()
        if name == "$":
            return self.tensor(x)
        if name == "leaf":
            return self.tensor(x).requires_grad_(self.has_leaves)
        if name == "numpy":
            return x.numpy()
        if name == "other":
            return Other(_cut(x, MAX_CHARACTERS[0]))
        # A tensor has rows that cost more than its bytes.
        if type(x) is not list:
            raise WireError("malformed frame: unknown node")
        if name == "tuple":
            return tuple(x)
        if name == "dict":
            if not all(type(key) in KEYS for key, _ in x):
                raise WireError("malformed frame: bad key")
            return dict(x)
        if name == "raised":
            limited = zip(x, MAX_CHARACTERS, strict=True)
            return Raised(*[_cut(text, most) for text, most in limited])
        if name == "left":
            what, inner = x
            if what in SIDE_EFFECTS:
                return SideEffect(what, inner)
        raise WireError("malformed frame: unknown node")

    def tensor(self, x: Any) -> torch.Tensor:
        dtype = DTYPES[x[0]]
        shape = x[1:]
        if len(shape) > 16:
            raise WireError("malformed frame: bad shape")
        rows = count = 1
        for n in shape:
            if type(n) is not int or not 0 <= n < 1 << 40:
                raise WireError("malformed frame: bad shape")
            rows = count
            count *= n
        size = count * dtype.itemsize
        start = self.offset
        self.offset += size + -size % ALIGN
        if self.offset > len(self.data):
            raise WireError("a tensor is larger than the data")
        # also of a tensor without elements, whose rows take no bytes
        self.rows -= rows
        if self.rows < 0:
            raise WireError("the frame has too many rows")
        if not count:
            return torch.empty(shape, dtype=dtype)
        # a bool byte other than 0 and 1 would be undefined behaviour
        raw = torch.uint8 if dtype is torch.bool else dtype
        t = torch.frombuffer(self.data, dtype=raw, count=count, offset=start)
        # A copy: a student may resize or detach it in place, which a view refuses.
        return t.to(dtype, copy=True).resize_(shape)
