"""Writes an answer of its own to the frame socket, which is worth no more than returning it."""
# expect: value

import os
import struct


def attack(x):
    tree = b"[true]"
    os.write(3, struct.pack("<II", len(tree), 0) + tree)
