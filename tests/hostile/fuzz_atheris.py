"""Fuzzes the decoder by coverage, where atheris is installed.

python tests/hostile/fuzz_atheris.py -max_total_time=60 -max_len=200
"""

import contextlib
import sys

import atheris

with atheris.instrument_imports(include=["autograder.wire", "json"]):
    from autograder import wire


TOKENS = [b'{"$":["%s"' % name.encode() for name in wire.DTYPES]
TOKENS += [b'{"%s":[' % kind for kind in (b"tuple", b"dict", b"raised", b"numpy", b"other", b"x")]
TOKENS += [
    b'{"numpy":{"$":["float32",',
    b"]}",
    b"]}}",
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b":",
    b'"',
    b'"a"',
    b'"a",1',
]
TOKENS += [b"0", b"1", b"3", b"-1", b"16", b"1e999", b"NaN", b"null", b"true", b"1099511627775", b"9" * 5000]


def one(data: bytes) -> None:
    """The first byte says how long the data is; each of the others stands for a piece of the tree."""
    size = data[0] if data else 0
    pieces = [TOKENS[b] if b < len(TOKENS) else bytes([b]) for b in data[1 + size :]]
    with contextlib.suppress(wire.WireError):
        wire.unpack(b"".join(pieces), bytearray(data[1 : 1 + size]))


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
