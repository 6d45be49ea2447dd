"""Looks through all its handles for something other than the null device and its own frames."""
# expect: blocked

import os
import stat


def attack(x):
    found = []
    for fd in range(1024):
        try:
            mode = os.fstat(fd).st_mode
        except OSError:
            continue
        kind = (
            "device"
            if stat.S_ISCHR(mode)
            else "socket"
            if stat.S_ISSOCK(mode)
            else "other"
        )
        found.append((fd, kind))
    right = [(0, "device"), (1, "device"), (2, "device"), (3, "socket")]
    return "blocked: only its own" if found == right else f"BREACH: {found}"
