"""Ends its process while its cell is run."""
# expect: crashed

import os

os._exit(0)


def attack(x):
    return "BREACH: loaded"
