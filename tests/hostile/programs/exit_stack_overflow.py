"""Overflows the stack in C, by a recursion that Python no longer stops."""
# expect: crashed|error

import sys


def attack(x):
    sys.setrecursionlimit(10**9)

    class Deep:
        def __repr__(self):
            return repr(self)

    def down(n):
        return repr(Deep()) if n == 0 else down(n - 1)

    return down(10)
