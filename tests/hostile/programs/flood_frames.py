"""Floods the frame socket with bytes that are no frame, at most 200 MB."""
# expect: protocol

import os


def attack(x):
    for _ in range(200):
        os.write(3, b"\xff" * (1 << 20))
