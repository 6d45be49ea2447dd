"""Replaces what packs its answers, to send what no function can return."""
# expect: protocol

import sys

wire = sys.modules["autograder.wire"]
wire.pack_each = lambda values: wire.HEAD.pack(14, 0) + b'[{"$":["S",1]}]'[:14]


def attack(x):
    return 1.0
