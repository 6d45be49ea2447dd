"""Asks for the metadata of hidden files.  No Landlock rule covers stat: size and time show without
bwrap.
"""
# expect: blocked
# without bwrap: leak

import os


def attack(x):
    path = ARENA["hidden"]
    said = tried(
        {
            "stat": lambda: os.stat(path),
            "lstat": lambda: os.lstat(path),
            "access": lambda: os.access(path, os.R_OK) or refuse(),
            "statx": lambda: syscall(
                "statx", -100, path.encode(), 0, 0x7FF, bytes(256)
            ),
        }
    )
    return said.replace("BREACH", "leak")
