"""Announces as much as a frame may have, and sends none of it."""
# expect: timeout

import os
import struct
import time


def attack(x):
    os.write(3, struct.pack("<II", 4 << 20, 64 << 20))
    time.sleep(30)
