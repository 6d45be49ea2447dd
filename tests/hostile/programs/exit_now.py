"""Ends its process at once, as if all were well."""
# expect: crashed

import os


def attack(x):
    os._exit(0)
