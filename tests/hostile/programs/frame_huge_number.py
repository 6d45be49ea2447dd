"""Sends a number of four million digits, which takes minutes to read."""
# expect: protocol

import os
import struct


def attack(x):
    os.write(3, struct.pack("<II", 4 << 20, 0) + b"9" * (4 << 20))
