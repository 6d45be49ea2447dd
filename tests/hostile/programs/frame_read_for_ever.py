"""Waits at the frame socket itself."""
# expect: timeout

import os


def attack(x):
    return os.read(3, 100)
