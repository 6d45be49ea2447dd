"""Becomes another program: Python again, a shell, by a path, by a handle, by a call from C."""
# expect: blocked

import os
import sys


def attack(x):
    argv = [sys.executable.encode(), b"-c", b"raise SystemExit(3)"]
    return tried(
        {
            "execv": lambda: os.execv(argv[0], argv),
            "execve": lambda: os.execve("/bin/true", ["true"], {}),
            "execve of a handle": lambda: os.execve(
                os.open(sys.executable, os.O_RDONLY), argv, {}
            ),
            "execveat": lambda: reaches(
                "execveat", -100, b"/bin/true", 0, 0, 0
            ),
            "uselib": lambda: reaches("uselib", b"/bin/true"),
        }
    )
