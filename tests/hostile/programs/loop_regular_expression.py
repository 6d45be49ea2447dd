"""Matches an expression that takes exponential time."""
# expect: timeout

import re


def attack(x):
    return re.match(r"(a+)+$", "a" * 60 + "b")
