"""Aborts its process."""
# expect: crashed

import os


def attack(x):
    os.abort()
