"""Reads memory that is not there."""
# expect: crashed

import ctypes


def attack(x):
    return ctypes.string_at(16)
