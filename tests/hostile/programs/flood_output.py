"""Prints 200 MB to both outputs, and to the handles below them."""
# expect: value

import os
import sys


def attack(x):
    line = "x" * (1 << 20)
    for _ in range(100):
        print(line)
        print(line, file=sys.stderr)
    os.write(1, line.encode())
    os.write(2, line.encode())
    return 1.0
