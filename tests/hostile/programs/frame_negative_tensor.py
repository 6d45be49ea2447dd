"""Sends a tensor with a negative size, whose start would lie before the data."""
# expect: protocol

import os
import struct


def attack(x):
    tree = b'[{"$":["float32",-4]},{"$":["float32",4]}]'
    os.write(3, struct.pack("<II", len(tree), 16) + tree + bytes(16))
