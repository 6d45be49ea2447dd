"""Sends a frame whose tree is no JSON."""
# expect: protocol

import os
import struct


def attack(x):
    os.write(3, struct.pack("<II", 4, 0) + b"{[}]")
