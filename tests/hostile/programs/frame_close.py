"""Closes the frame socket."""
# expect: crashed

import os


def attack(x):
    os.close(3)
