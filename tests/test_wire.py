"""The wire: what crosses it comes back equal, and what is no frame of ours is refused in words."""

import json

import numpy as np
import pytest
import torch
from file_helpers import table
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograder import wire
from autograder.wire import Other, Raised, WireError


def cut(frame):
    """A frame's tree and data."""
    size, rest = wire.HEAD.unpack_from(frame)
    start = wire.HEAD.size
    assert start + size + rest == len(frame)
    return frame[start : start + size], bytearray(frame[start + size :])


def crossed(value):
    """The value on the other side."""
    return wire.opened(wire.pack(value))


def equal(a, b):
    """The same types and values, tensors with the same shape and dtype."""
    if isinstance(a, torch.Tensor):
        whole = [t.reshape(-1, 1).view(torch.uint8).tolist() for t in (a, b)]
        return whole[0] == whole[1] and (a.shape, a.dtype) == (b.shape, b.dtype)
    if isinstance(a, np.ndarray):
        return (a.dtype, a.shape, a.tobytes()) == (
            b.dtype,
            b.shape,
            b.tobytes(),
        )
    if isinstance(a, dict):
        return list(a) == list(b) and equal([*a.values()], [*b.values()])
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(equal, a, b))
    return repr((type(a), a)) == repr((type(b), b))


tensors = st.builds(
    lambda shape, dtype, value: torch.full(shape, value).to(dtype),
    st.lists(st.integers(0, 3), max_size=4),
    st.sampled_from([*wire.NAMES]),
    st.floats(width=32),
)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats()
    | st.text(max_size=8)
    | tensors
    | tensors.filter(lambda t: t.dtype is not torch.bfloat16).map(
        lambda t: t.numpy()
    )
    | st.builds(Other, st.text(max_size=5))
    | st.builds(
        Raised, st.text(max_size=5), st.text(max_size=5), st.text(max_size=5)
    )
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(
            st.sampled_from(["", "$", "tuple", "raised", "a"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(values)
@example({"$": ["float32", 3]})
@example({"raised": ["a", "b", "c"]})
@example("\ud800")
@example(-0.0)
@example(torch.tensor([1.0, float("inf"), -float("inf"), float("nan"), 1e-40]))
def test_a_value_crosses_and_is_equal(value):
    """All dtypes in all shapes, numpy's arrays, Python's own values, and dicts that look like
    nodes.
    """
    assert equal(value, crossed(value))


def test_parameters_cross_as_tensors():
    """A leaf is one again in a frame of our own, and never in a worker's."""
    w = torch.nn.Parameter(torch.ones(2, 1))
    got = crossed([w, w * 2, w.T])
    assert [t.tolist() for t in got] == [[[1], [1]], [[2], [2]], [[1, 1]]]
    assert [t.requires_grad for t in got] == [True, False, False]
    (from_worker,) = wire.unpack(*cut(wire.pack([w])))
    assert not from_worker.requires_grad


class Strange:
    def __getattr__(self, name):
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "name"),
    table("""
Strange()                      -> Strange
lambda: 0                      -> function
{(1,): 2}                      -> dict
np.array([None])               -> numpy ndarray of object
torch.ones(2).to_sparse()      -> sparse_coo tensor of torch.float32 on cpu
torch.zeros(1).expand(1 << 40) -> tensor of 1099511627776 elements
"""),
)
def test_other_objects_cross_by_name(value, name):
    """Nothing that could run code is sent, and no terabytes that have four bytes."""
    assert crossed([eval(value), 1]) == [Other(name), 1]


def test_what_comes_back_owns_its_memory():
    """A student resizes or changes it in place; no write reaches another."""
    tree, data = cut(wire.pack([torch.ones(4), torch.zeros(4)]))
    first, second = wire.unpack(tree, data)
    first.resize_(8)
    second.add_(1)
    assert wire.unpack(tree, data)[1].tolist() == [0.0] * 4
    data[:] = bytes(len(data))
    assert [1.0] * 4 == first[:4].tolist() == second.tolist()


def decoded(tree, **bounds):
    return wire.unpack(json.dumps(tree).encode(), bytearray(), **bounds)


@pytest.mark.parametrize("number", [2**63, -(2**63), 1 << 4000])
def test_a_number_beyond_64_bits_is_none(number):
    """Whole numbers as a tensor can hold them cross."""
    beyond = Other("whole number beyond 64 bits")
    assert decoded([number]) == [beyond]
    assert crossed(number) == beyond
    assert decoded([2**63 - 1, 1 - 2**63]) == [2**63 - 1, 1 - 2**63]


@pytest.mark.parametrize(
    "tree",
    [[{"$": ["float32", 600, 0]}] * 2, {"numpy": {"$": ["float32", 1001, 0]}}],
)
def test_rows_are_counted_where_they_take_no_bytes(tree):
    """A tensor without elements may claim 2**40, which as lists take a gigabyte."""
    with pytest.raises(WireError, match="the frame has too many rows"):
        decoded(tree, rows=1000)
    assert decoded({"$": ["float32", 1000, 0]}, rows=1000).shape == (1000, 0)


DEEP = b"[" * 100_000 + b"]" * 100_000
MALFORMED = table(r"""
b'1'                                                 -> 16 -> the data has the wrong size
b'{"$":["float32",1099511627775,1099511627775]}'     -> 16 -> a tensor is larger than the data
b'{"$":["float32",-1]}'                              -> 16 -> malformed frame: bad shape
b'{"$":["float32",' + b','.join([b'1'] * 17) + b']}' -> 16 -> malformed frame: bad shape
b'{"numpy":{"$":["bfloat16",1]}}'                    -> 16 -> malformed frame: TypeError
b'{"pickle":"x"}'                                    -> 0  -> malformed frame: unknown node
b''                                                  -> 0  -> malformed frame: JSONDecodeError
b'{}'                                                -> 0  -> malformed frame: ValueError
b'{"$":["float33",4]}'                               -> 16 -> malformed frame: KeyError
b'{"$":["float32",0,1099511627775,1099511627775]}'   -> 0  -> malformed frame: RuntimeError
DEEP                                                 -> 0  -> malformed frame: RecursionError
""")


@pytest.mark.parametrize(("tree", "size", "message"), MALFORMED)
def test_a_malformed_frame_is_refused_in_words(tree, size, message):
    """Never another exception, and never a guess."""
    with pytest.raises(WireError) as caught:
        wire.unpack(eval(tree), bytearray(int(size)))
    assert str(caught.value) == message


class Refuses(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        raise OSError("not today")


def test_a_value_that_cannot_be_packed_costs_only_itself():
    """Its neighbours cross, and its own bytes do not disturb theirs."""
    bad = [torch.ones(3), torch.ones(2).as_subclass(Refuses)]
    got = wire.unpack(
        *cut(wire.pack_each([torch.zeros(2), bad, torch.ones(5), 7]))
    )
    assert equal(
        [torch.zeros(2), Other("list (OSError)"), torch.ones(5), 7], got
    )
