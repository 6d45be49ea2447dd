"""Makes folders, links, pipes and devices."""
# expect: blocked

import os
import posix  # whose functions are the real ones


def attack(x):
    old, new = ARENA["canary"], os.path.join(ARENA["folder"], "made")
    return tried(
        {
            "mkdir": lambda: posix.mkdir(new),
            "symlink": lambda: os.symlink(ARENA["hidden"], new),
            "link": lambda: os.link(old, new),
            "mkfifo": lambda: os.mkfifo(new),
            "mknod": lambda: os.mknod(new),
            "mkdirat": lambda: syscall("mkdirat", -100, new.encode(), 0o700),
        }
    )
