"""Sends half a frame and ends."""
# expect: crashed

import os
import struct


def attack(x):
    os.write(3, struct.pack("<II", 100, 0) + b"[1,2")
    os._exit(0)
