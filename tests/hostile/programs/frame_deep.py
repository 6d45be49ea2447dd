"""Sends a tree of a million brackets."""
# expect: protocol

import os
import struct


def attack(x):
    os.write(3, struct.pack("<II", 1 << 20, 0) + b"[" * (1 << 20))
