"""Reads the frame socket for the questions to come."""
# expect: blocked

import os
import select


def attack(x):
    if not select.select([3], [], [], 0.1)[0]:
        return "blocked: nothing there before it is asked"
    return f"BREACH: {os.read(3, 100)!r}"
