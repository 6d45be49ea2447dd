"""Whatever bytes a worker sends, the decoder gives plain values or its own error, in bounded
memory.
"""

import tracemalloc

import numpy as np
import pytest
import torch
from autograder import wire
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_wire import cut, values

PLAIN = (
    type(None),
    bool,
    int,
    float,
    str,
    wire.Other,
    wire.Raised,
    torch.Tensor,
    np.ndarray,
)


def fuzz(count):
    """Settings of a fuzz test: the same examples in every run, however slow the machine is."""
    quiet = list(HealthCheck)
    return settings(
        max_examples=count,
        deadline=None,
        database=None,
        suppress_health_check=quiet,
        derandomize=True,
    )


def elements(value) -> int:
    """How many bytes the tensors of a decoded value hold; each value has a type that the wire
    knows.
    """
    if type(value) in (list, tuple):
        return sum(map(elements, value))
    if type(value) is dict:
        assert all(type(key) is str for key in value)
        return sum(map(elements, value.values()))
    assert type(value) in PLAIN
    if type(value) is torch.Tensor:
        assert value.layout is torch.strided
        assert value.device.type == "cpu"
        assert not value.requires_grad
        return value.untyped_storage().nbytes()
    return value.nbytes if type(value) is np.ndarray else 0


def decode(tree: bytes, data: bytes) -> None:
    """Decode a frame, and look at what it cost."""
    frame = len(tree) + len(data)
    tracemalloc.start()
    try:
        value = wire.unpack(tree, bytearray(data))
        assert elements(value) <= 2 * len(data) + 64
    except wire.WireError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak <= 100 * frame + (1 << 16), (
        f"{peak} bytes for a frame of {frame}"
    )


@st.composite
def mutated(draw):
    """A valid frame with bytes changed, cut out, doubled, or put in from elsewhere."""
    tree, data = map(bytearray, cut(draw(values.map(wire.pack))))
    tokens = [
        b'{"$":',
        b'"float32"',
        b'["bool",',
        b'{"dict":',
        b'{"tuple":',
        b'{"numpy":',
        b'{"raised":',
    ]
    tokens += [
        b"[",
        b"]",
        b"{",
        b"}",
        b",",
        b"-1",
        b"1e999",
        b"NaN",
        b"1099511627775",
        b"9" * 30,
    ]
    for _ in range(draw(st.integers(1, 4))):
        part = draw(st.sampled_from([tree, tree, tree, data]))
        at = draw(st.integers(0, len(part)))
        to = min(len(part), at + draw(st.integers(0, 6)))
        part[at:to] = draw(
            st.sampled_from(tokens)
            | st.binary(max_size=4)
            | st.just(bytes(part[at:to]) * 2)
        )
    return bytes(tree), bytes(data)


@fuzz(200)
@given(mutated())
def test_changed_frames_raise_only_its_own_error(frame):
    """And decode to plain values in bounded memory, where they decode."""
    decode(*frame)


@pytest.mark.parametrize(
    "piece", [b"[]", b'{"dict":[]}', b'{"$":["bool",0]}', b"1"]
)
def test_many_small_parts_cost_little(piece):
    """The largest tree that may be sent, of the parts that cost most for their size."""
    count = (wire.MAX_TREE >> 4) // (len(piece) + 1)
    decode(b"[" + b",".join([piece] * count) + b"]", b"")
