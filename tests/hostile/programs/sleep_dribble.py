"""Answers one byte every 50 ms, so that there is always something new to read, for at most 6 s."""
# expect: timeout

import os
import select
import struct


def attack(x):
    os.write(3, struct.pack("<II", 1 << 20, 0))
    for _ in range(120):
        os.write(3, b" ")
        select.select([], [], [], 0.05)
    os._exit(0)
