"""Sleeps, but computes for a moment just when the judge looks, as if it only waited for a core."""
# expect: timeout

import os
import select
import struct
import time


def attack(x):
    os.write(3, struct.pack("<II", 1 << 20, 0))
    for _ in range(30):
        os.write(3, b" ")
        end = time.monotonic() + 0.004
        while time.monotonic() < end:
            pass
        select.select([], [], [], 0.2)
    os._exit(0)
