"""Wakes and waits on a page of the C library that all processes share: a word between two of
them.
"""
# expect: blocked

import ctypes

WAIT, WAKE, PRIVATE, CLOCK_REALTIME = 0, 1, 128, 256


def attack(x):
    page = ctypes.cast(ctypes.CDLL(None).printf, ctypes.c_void_p).value & ~4095
    assert syscall("futex", page, WAKE | PRIVATE, 1, 0, 0, 0) >= 0, (
        "locks of one's own are everybody's"
    )
    return tried(
        {
            "wake": lambda: syscall("futex", page, WAKE, 1, 0, 0, 0),
            "wait": lambda: reaches("futex", page, WAIT, 0, 0, 0, 0),
            "bitset": lambda: reaches(
                "futex", page, 9 | CLOCK_REALTIME, 0, 0, 0, -1
            ),
            "requeue": lambda: syscall("futex", page, 3, 0, 0, page + 4, 0),
            "waitv": lambda: reaches("futex_waitv", 0, 0, 0, 0, 0),
        }
    )
