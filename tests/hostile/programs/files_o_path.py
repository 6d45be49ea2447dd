"""Opens a hidden file by O_PATH, which no wall refuses, and tries to make a reading handle of
it.
"""
# expect: blocked

import os


def attack(x):
    def opened(flags=0):
        return os.open(ARENA["hidden"], os.O_PATH | flags)

    folder = os.path.dirname(ARENA["hidden"])

    def below(name, flags=os.O_RDONLY):
        return os.read(
            os.open(
                name, flags, dir_fd=os.open(folder, os.O_PATH | os.O_DIRECTORY)
            ),
            10,
        )

    return tried(
        {
            "read": lambda: os.read(opened(), 10),
            "pread": lambda: os.pread(opened(), 10, 0),
            "reopen": lambda: open(f"/proc/self/fd/{opened()}").read(),
            "dev fd": lambda: open(f"/dev/fd/{opened()}").read(),
            "empty path": lambda: syscall(
                "openat", opened(), b"", 0o10000000 | 0o100000
            ),
            "below a folder": lambda: below(os.path.basename(ARENA["hidden"])),
            "fchdir": lambda: os.fchdir(os.open(folder, os.O_PATH)),
            "chdir": lambda: os.chdir(folder),
            "handle": lambda: syscall("open_by_handle_at", -100, bytes(64), 0),
        }
    )
