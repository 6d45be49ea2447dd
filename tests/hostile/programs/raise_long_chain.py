"""Raises exceptions caused by exceptions in a ring, from 900 frames down."""
# expect: error


def attack(x, depth=900):
    if depth:
        return attack(x, depth - 1)
    a, b = ValueError("a"), ValueError("b")
    a.__cause__, b.__cause__ = b, a
    a.__context__, b.__context__ = b, a
    raise a
