"""Sends nodes of kinds that the protocol does not have."""
# expect: protocol

import os
import struct


def attack(x):
    tree = b'[{"object":"os.system"}]'
    os.write(3, struct.pack("<II", len(tree), 0) + tree)
