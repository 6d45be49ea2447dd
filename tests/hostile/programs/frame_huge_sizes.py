"""Announces the largest sizes that a header can hold."""
# expect: protocol

import os
import struct


def attack(x):
    os.write(3, struct.pack("<II", 2**32 - 1, 2**32 - 1))
