"""Changes, moves and deletes a file that it can name: mode, owner, times, attributes, size,
place.
"""
# expect: blocked

import os
import posix  # whose functions are the real ones
import shutil


def attack(x):
    old, new = ARENA["canary"], os.path.join(ARENA["folder"], "made")
    return tried(
        {
            "chmod": lambda: posix.chmod(old, 0o777),
            "chown": lambda: os.chown(old, os.getuid(), os.getgid()),
            "utime": lambda: posix.utime(old, (1, 1)),
            "setxattr": lambda: os.setxattr(old, "user.x", b"x"),
            "truncate": lambda: os.truncate(old, 0),
            "rename": lambda: posix.rename(old, new),
            "move": lambda: shutil.move(old, new),
            "unlink": lambda: posix.unlink(old),
            "rmdir": lambda: os.rmdir(os.path.dirname(ARENA["hidden"])),
            "rmtree": lambda: shutil.rmtree(os.path.dirname(ARENA["hidden"])),
            "unlinkat": lambda: syscall("unlinkat", -100, old.encode(), 0),
            "renameat2": lambda: syscall(
                "renameat2", -100, old.encode(), -100, new.encode(), 0
            ),
        }
    )
