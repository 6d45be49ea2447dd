"""Fuzzes the decoder of answers, or the reader of hand-ins, by coverage, where atheris is installed.

python tests/hostile/fuzz_atheris.py decoder -max_total_time=60 -max_len=200
python tests/hostile/fuzz_atheris.py reader -max_total_time=60 -max_len=200 -rss_limit_mb=2048 -timeout=20
"""

import contextlib
import json
import sys

import atheris

with atheris.instrument_imports(include=["autograder", "json"]):
    from autograder import wire
    from autograder.sandbox.inside import reader
    from autograder.sandbox.inside.parsed import ParsedSubmission


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


def decoder(data: bytes) -> None:
    """The first byte says how long the data is; each of the others stands for a piece of the tree."""
    size = data[0] if data else 0
    pieces = [TOKENS[b] if b < len(TOKENS) else bytes([b]) for b in data[1 + size :]]
    with contextlib.suppress(wire.WireError):
        wire.unpack(b"".join(pieces), bytearray(data[1 : 1 + size]))


FUNCTIONS = ["sgd", "train"]
WORDS = [
    "def sgd(",
    "def train(p):\n",
    "class sgd:\n",
    "async ",
    "@deco\n",
    "lambda x: ",
    "    return p\n",
    "yield",
]
WORDS += ["import torch", "from x import *", "try:\n", "except", "if 1:\n", "with ", "for i in p:\n", "else:"]
WORDS += [
    "%%bash\n",
    "%time ",
    "!ls\n",
    "?sgd",
    "= %x",
    "# coding: punycode\n",
    "'''"[1:2],
    '"""',
    "f'{",
    "\\\n",
]
WORDS += [
    "globals()",
    "sgd = ",
    "sgd",
    "train",
    "global sgd\n",
    "del sgd",
    "\0",
    "\x0c",
    "\r",
    "\ufeff",
    "\ud800",
    "٣",
]
WORDS += [
    "\n",
    "\n\n",
    "    ",
    "\t",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    ".",
    "*",
    "0",
    "9" * 5000,
    "print x",
]


def reader_of(data: bytes) -> None:
    """The first byte says whether it is a program or a notebook of some cells; then a piece for each byte."""
    pieces = [WORDS[b] if b < len(WORDS) else chr(b) for b in data[1:]]
    text, suffix = "".join(pieces), ".py"
    if data and data[0] % 2:
        kinds = ["code", "markdown", None]
        cells = [
            {"cell_type": kinds[i % 3 and data[0] % 3], "source": s} for i, s in enumerate(text.split("\0"))
        ]
        text, suffix = json.dumps({"cells": cells, "nbformat": 4}), ".ipynb"
    (found,) = wire.opened(wire.pack([reader.read(text, suffix, FUNCTIONS)]))
    ParsedSubmission.from_wire(found)


if __name__ == "__main__":
    targets = {"decoder": decoder, "reader": reader_of}
    target = targets[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
