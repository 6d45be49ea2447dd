"""Checks what the kernel holds against it: that it dies with its parent, cannot be traced,
gains nothing.
"""
# expect: blocked

import ctypes


def attack(x):
    # prctl is refused by the filter; where it is not, the answers show which promise is missing
    value = ctypes.c_int(-1)
    if libc.prctl(2, ctypes.byref(value), 0, 0, 0) < 0:
        return "blocked: prctl"
    if libc.prctl(39, 0, 0, 0, 0) != 1:
        return "BREACH: may gain privileges"
    if libc.prctl(3, 0, 0, 0, 0) != 0:
        return "BREACH: may be traced"
    return (
        "blocked: promised"
        if value.value == 9
        else "BREACH: outlives its parent"
    )
