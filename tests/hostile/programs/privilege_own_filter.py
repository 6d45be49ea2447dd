"""Loads a filter of its own on top, to make calls lie to the grader's code in the worker."""
# expect: blocked

import ctypes
import struct


def attack(x):
    allow = ctypes.create_string_buffer(
        struct.pack("HBBI", 6, 0, 0, 0x7FFF0000)
    )
    program = ctypes.create_string_buffer(
        struct.pack("HxxxxxxQ", 1, ctypes.addressof(allow))
    )
    return tried(
        {
            "prctl": lambda: syscall("prctl", 22, 2, program, 0, 0),
            "seccomp": lambda: syscall("seccomp", 1, 0, program),
            "listener": lambda: syscall("seccomp", 1, 8, program),
            "strict": lambda: reaches("seccomp", 0, 1, 0),
        }
    )
