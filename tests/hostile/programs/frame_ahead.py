"""Answers before it is asked: a frame with two answers where one is due."""
# expect: protocol

import os
import struct


def attack(x):
    tree = b"[true,true]"
    os.write(3, (struct.pack("<II", len(tree), 0) + tree) * 5)
