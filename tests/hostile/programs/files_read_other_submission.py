"""Reads another student's submission, and lists the folder in which it lies."""
# expect: blocked

import glob
import os
import pathlib


def attack(x):
    path = pathlib.Path(ARENA["other"])
    return tried(
        {
            "read": path.read_bytes,
            "listdir": lambda: os.listdir(path.parent),
            "scandir": lambda: list(os.scandir(path.parent)),
            "glob": lambda: glob.glob(str(path.parent / "*")) or refuse(),
            "walk": lambda: list(os.walk(path.parent)) or refuse(),
            "opendir": lambda: (
                libc.opendir(str(path.parent).encode()) or refuse()
            ),
        }
    )
