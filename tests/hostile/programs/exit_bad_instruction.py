"""Overwrites Python's own objects, so that the interpreter breaks."""
# expect: crashed|error

import ctypes


def attack(x):
    ctypes.memset(id(None), 0xFF, 64)
    return [None] * 3
