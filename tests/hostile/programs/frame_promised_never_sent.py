"""Announces as much as a frame may have, and sends none of it."""
# expect: timeout

import os
import select
import struct


def attack(x):
    os.write(3, struct.pack("<II", 1 << 20, 16 << 20))
    select.select([], [], [], 30)
