"""Walks out by the links that the kernel offers: a process's root, its folder, dots above the
library.
"""
# expect: blocked

import os


def attack(x):
    hidden = ARENA["hidden"]
    library = os.path.dirname(os.__file__)
    up = "/".join([".."] * library.count("/"))
    return tried(
        {
            "root": lambda: open("/proc/self/root" + hidden).read(),
            "cwd": lambda: open("/proc/self/cwd" + hidden).read(),
            "parent": lambda: open(f"/proc/{os.getppid()}/root{hidden}").read(),
            "dots": lambda: open(f"{library}/{up}{hidden}").read(),
            "dir_fd": lambda: os.read(
                os.open(up + hidden, os.O_RDONLY, dir_fd=os.open(library, 0)), 9
            ),
        }
    )
