"""Raises an exception with a message of 50 MB."""
# expect: error


def attack(x):
    raise ValueError("x" * (50 << 20))
