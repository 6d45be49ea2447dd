"""Lists the root, homes, temporary folders and the folder of this very grading run."""
# expect: blocked

import os


def attack(x):
    paths = (
        "/",
        "/root",
        "/home",
        "/tmp",
        "/var",
        "/etc",
        "/dev",
        "/proc",
        "/sys",
        ".",
        ARENA["folder"],
    )
    return tried({path: lambda path=path: os.listdir(path) for path in paths})
