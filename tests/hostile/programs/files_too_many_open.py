"""Opens one readable file again and again, at most 5000 times, to use up the machine's file
handles.
"""
# expect: blocked

import os


def attack(x):
    count = 0
    try:
        for count in range(5000):  # noqa: B007
            os.open(os.devnull, os.O_RDONLY)
    except OSError as error:
        return (
            f"blocked: {error.strerror} after {count}"
            if count <= 64
            else f"BREACH: {count} files"
        )
    return "BREACH: 5000 files"
