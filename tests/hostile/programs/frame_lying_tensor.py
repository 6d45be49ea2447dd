"""Sends a tensor whose shape promises more than the data holds."""
# expect: protocol

import os
import struct


def attack(x):
    tree = b'[{"$":["float64",1099511627775,1099511627775]}]'
    os.write(3, struct.pack("<II", len(tree), 16) + tree + bytes(16))
